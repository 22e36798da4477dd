"""The table of creams: what each moves, how it may be used, and every fault with its line."""

import dataclasses
from types import SimpleNamespace

import pytest

from gutskin.model.biology import Overlay, shipped_biology
from gutskin.model.topicals import inputs_of, topical_problems, topicals
from gutskin.population.doses import Topical, calendar_of
from gutskin.population.drugs import drug_problems

SHIPPED = shipped_biology()
TABLE = topicals(SHIPPED)


def test_the_shipped_table_has_no_fault():
    assert list(topical_problems(SHIPPED)) == []


def test_closed_form_what_a_cream_moves():
    potent = TABLE["steroid_potent"]
    assert inputs_of(potent, "daily") == {"topical_steroid": 1.0, "steroid_potency": 1.8}
    assert inputs_of(potent, "as_needed") == {"steroid_as_needed": 1.0, "steroid_potency": 1.8}
    twice = inputs_of(potent, "twice_weekly")
    assert twice == {"topical_steroid": pytest.approx(2 / 7), "steroid_potency": 1.8}
    assert inputs_of(TABLE["tacrolimus_0_03"], "daily") == {"topical_calcineurin": 0.7}


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"level": "0"}, "level is 0"),
        ({"level": "much"}, "level is 'much', not a number"),
        ({"input": "no id"}, "input is 'no id'"),
        ({"potency": "6"}, "potency is 6"),
        ({"twice_weekly": "2"}, "twice_weekly is 2"),
        ({"potency": ""}, "only a steroid is used as needed"),
    ],
)
def test_a_faulty_row_is_told_with_its_line(tmp_path, cells, says):
    row = {**TABLE["steroid_mild"].cells, **cells}
    text = "\t".join(row) + "\n" + "\t".join(row.values()) + "\n"
    one = dataclasses.replace(SHIPPED, overlay=Overlay(tmp_path, (("topicals.tsv", text),)))
    (found,) = topical_problems(one)
    assert says in found.message
    assert (found.file, found.line) == (tmp_path / "topicals.tsv", 2)


def cream(name, use="daily"):
    return Topical(kind="topical", name=name, use=use, start_day=3.0, end_day=10.0)


def test_closed_form_a_cream_in_the_calendar():
    (one,) = calendar_of([cream("ruxolitinib")], 28.0, {}, TABLE).exposures
    assert (one.input, one.start, one.end, one.level) == ("topical_jak", 3.0, 10.0, 0.6)


@pytest.mark.parametrize(
    ("given", "key", "says"),
    [
        (cream("tacrolimus_0_1", "as_needed"), "use", "is not used as needed"),
        (cream("steroid_mild", "twice_weekly"), "use", "is not used twice weekly"),
    ],
)
def test_a_use_that_a_cream_does_not_have_is_refused(given, key, says):
    ((place, what, remedy),) = drug_problems({0: given}, SHIPPED, 30.0)
    assert place == (0, key)
    assert says in what
    assert remedy


def test_a_cream_of_which_nothing_is_read_is_refused(monkeypatch):
    monkeypatch.setattr("gutskin.population.drugs.read_ids", lambda _: frozenset({"topical_jak"}))
    ((place, what, _),) = drug_problems({0: cream("tapinarof")}, SHIPPED, 30.0)
    assert place == (0, "kind")
    assert what.startswith("tapinarof moves topical_ahr, and no equation")
    assert list(drug_problems({0: cream("ruxolitinib")}, SHIPPED, 30.0)) == []
    unknown = SimpleNamespace(kind="topical", name="nothing", use="daily")
    assert list(drug_problems({0: unknown}, SHIPPED, 30.0)) == []
