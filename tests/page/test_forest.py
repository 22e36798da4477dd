"""Studies behind a statement: rows of the evidence tables, each cohort once, and their pool."""

import math

import numpy as np
import pytest
from shown_page import shown

from gutskin.model.compiled import load_model
from gutskin.model.evidence import Evidence, load_evidence
from gutskin.page.forest import RATIOS, forests_of, pool_of

MODEL = load_model()
EVIDENCE = load_evidence(MODEL.biology)
STATEMENTS = shown()["statements"]
CARDS, SOURCES = STATEMENTS["cards"], STATEMENTS["sources"]
NOTHING = {"source": [], "mechanism": [], "against": []}


def rows(*ids, role="source"):
    found = forests_of({**NOTHING, role: ids}, MODEL, EVIDENCE)
    return {row["id"]: row for forest in found for row in forest["rows"]}


def study(middle, low, high, measure="RR", name="A2001"):
    return {"middle": middle, "low": low, "high": high, "measure": measure, "name": name}


def test_rows_are_those_of_the_tables():
    found = rows("MA0001", "PT0017")
    one = EVIDENCE["MA0001"].fields
    assert [found["MA0001"][key] for key in ("middle", "low", "high")] == [
        float(one[key]) for key in ("estimate", "ci_low", "ci_high")
    ]
    assert found["MA0001"]["pool"]
    assert found["PT0017"]["measure"] == "RR"
    assert not found["PT0017"]["pool"]


def test_what_is_no_effect_with_an_interval_is_left_out():
    """A value of people, a ratio for each unit, a direction, an estimate outside its interval."""
    assert rows("RV0080", "RV0580", "MA0038", "MA0014") == {}


def test_a_withheld_row_is_left_out():
    one = EVIDENCE["PT0017"]
    held = {"PT0017": Evidence(one.id, one.table, one.line, one.fields, "read wrongly")}
    assert forests_of({**NOTHING, "source": ["PT0017"]}, MODEL, held) == []


def test_trials_stand_beside_a_pool_that_asks_the_same_each_cohort_once():
    names = [row["name"] for row in CARDS["C46"]["forests"][0]["rows"] if not row["pool"]]
    assert sum(name.startswith("Kalliomaki") for name in names) == 1
    assert sum(name.startswith("Wickens") for name in names) == 1
    assert {"Kalliomaki2001", "Taylor2007", "Kim2010"} <= {*names}
    odds = next(one for one in CARDS["C54"]["forests"] if one["scale"] == RATIOS)
    assert [row["id"] for row in odds["rows"]] == ["MA0151"]  # of treatment: no trial to prevent


def test_counter_evidence_is_named_as_such():
    roles = {row["id"]: row["role"] for row in CARDS["C46"]["forests"][0]["rows"]}
    assert roles["PT0017"] == "against"
    assert roles["MA0152"] == "source"


@pytest.mark.parametrize("name", CARDS)
def test_every_row_has_an_estimate_within_its_interval_and_a_source(name):
    for forest in CARDS[name]["forests"]:
        for row in forest["rows"]:
            assert row["low"] <= row["middle"] <= row["high"]
            assert row["low"] > 0 or forest["scale"] != RATIOS
            assert row["id"] in SOURCES


def test_equal_studies_have_no_interval_and_no_pool():
    assert pool_of([study(0.5, 0.25, 1.0)] * 3, RATIOS) is None


def test_closed_form_two_means_of_equal_weight_pool_to_the_middle():
    four = [study(x, x / 2, x * 2) for x in (0.25, 1.0, 0.25, 1.0)]
    assert pool_of(four, RATIOS)["middle"] == pytest.approx(0.5)
    assert math.log(pool_of(four, RATIOS)["high"]) == pytest.approx(
        -math.log(pool_of(four, RATIOS)["low"] / 0.25), abs=0.02
    )


def test_only_one_measure_is_pooled_and_no_pool_is_made_of_two():
    some = [study(x, x / 2, x * 2) for x in (0.4, 0.5, 0.6)] + [study(2.0, 1.0, 4.0, "OR")] * 2
    assert pool_of(some, RATIOS)["measure"] == "RR"
    assert pool_of(some[-2:], RATIOS) is None
    assert np.isfinite(pool_of(some, RATIOS)["middle"])
