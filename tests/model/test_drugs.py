"""The table of drugs: read, and every fault of a row told with its line."""

import dataclasses
import math

import pytest

from gutskin.errors import InputError
from gutskin.model import drugs as drugs_room
from gutskin.model.biology import Biology, Overlay, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.drugs import (
    KINETICS,
    TARGETS,
    drug_problems,
    drugs,
    is_oral,
    place_values,
    read_ids,
    targets_of,
    tiers_of,
    unread_targets,
)
from gutskin.model.rows import Row

SHIPPED = shipped_biology()
TABLE = drugs(SHIPPED)


def with_row(folder, name, **cells):
    """The shipped biology with one row of drugs.tsv changed on top of it."""
    row = {**TABLE[name].cells, **cells}
    text = "\t".join(row) + "\n" + "\t".join(row.values()) + "\n"
    (folder / "drugs.tsv").write_text(text)
    return dataclasses.replace(SHIPPED, overlay=Overlay(folder, (("drugs.tsv", text),)))


def test_the_shipped_table_has_no_fault():
    assert list(drug_problems(SHIPPED)) == []


def test_every_target_of_the_table_has_a_place_in_the_equations():
    model = load_model()
    assert {f"blocked_{name}" for name in TARGETS} <= set(model.assigned_ids)
    for place in (1, 2):
        found = set(place_values(TABLE["dupilumab"], place))
        assert found == {
            name for name in model.parameter_ids
            if name.endswith(f"_drug_{place}") and name != f"neutralised_drug_{place}"
        }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "cells", "says"),
    [
        ("dupilumab", {"route": "nasal"}, "route is 'nasal'"),
        ("dupilumab", {"volume": ""}, "volume missing"),
        ("dupilumab", {"volume": "0"}, "volume is 0"),
        ("dupilumab", {"volume": "much"}, "volume is 'much', not a number"),
        ("dupilumab", {"ka": "inf"}, "ka is infinite"),
        ("dupilumab", {"ke": "-1"}, "ke is -1 a day"),
        ("dupilumab", {"ka": "51"}, "ka is 51 a day"),
        ("dupilumab", {"km": "0.01"}, "vmax / km is 96.8 a day"),
        ("dupilumab", {"km": ""}, "vmax without km"),
        ("dupilumab", {"k21": ""}, "k12 and k21 belong together"),
        ("dupilumab", {"bioavailability": "1.2"}, "bioavailability is 1.2"),
        ("dupilumab", {"il4ra": "1.5"}, "il4ra is 1.5"),
        ("dupilumab", {"il4ra": ""}, "it has no target"),
        ("dupilumab", {"jak1": "0.5"}, "jak1 is the target of tablets"),
        ("dupilumab", {"ec50": "20"}, "ec50 '20' is not above 0 and between"),
        ("dupilumab", {"ec50_low": ""}, "ec50 '6' is not above 0 and between"),
        ("dupilumab", {"ada_share": "2"}, "ada_share is 2"),
        ("dupilumab", {"doses": "18;;;;600;1;300"}, "cannot be read: it has 7 fields"),
        ("dupilumab", {"doses": "18;6;;;600;1;300;2"}, "a range is upside down"),
        ("dupilumab", {"doses": "18;;;;600;1;300;0"}, "an amount or a time is below nothing"),
        ("dupilumab", {"doses": "18;;;;600;1;300;"}, "cannot be read"),
        ("abrocitinib", {"il13": "1"}, "a tablet acts on jak1 alone"),
    ],
)
def test_a_faulty_row_is_told_with_its_line(tmp_path, name, cells, says):
    (found,) = drug_problems(with_row(tmp_path, name, **cells))
    assert says in found.message
    assert (found.file, found.line) == (tmp_path / "drugs.tsv", 2)
    assert found.remedy


def test_closed_form_tiers_of_dupilumab():
    tiers = tiers_of(TABLE["dupilumab"])
    assert [(one.people, one.loading, one.dose, one.weeks) for one in tiers] == [
        ("0.5 to 6 years, 5 to 15 kg", 200, 200, 4),
        ("0.5 to 6 years, 15 to 30 kg", 300, 300, 4),
        ("6 to 18 years, 15 to 30 kg", 600, 300, 4),
        ("6 to 18 years, 30 to 60 kg", 400, 200, 2),
        ("6 to 18 years, from 60 kg", 600, 300, 2),
        ("from 18 years", 600, 300, 2),
    ]


def test_unit_a_tablet_has_one_dose_a_day():
    (tier,) = tiers_of(TABLE["abrocitinib"])
    assert (tier.dose, tier.weeks) == (200, 1 / 7)
    assert is_oral(TABLE["abrocitinib"])


def test_unit_a_tier_without_ends_is_for_everybody():
    cells = {"id": "x", "route": "subcutaneous", "doses": ";;;;;;10;1"}
    row = Row(cells, TABLE["dupilumab"].file, 1)
    (tier,) = tiers_of(row)
    assert (tier.age_low, tier.age_high, tier.loading, tier.people) == (0, math.inf, 10, "")


def test_unit_what_is_not_given_is_nothing():
    found = place_values(TABLE["lebrikizumab"], 2)
    assert found["vmax_drug_2"] == 0.0
    assert found["f_il13_drug_2"] == 1.0
    assert found["f_il4ra_drug_2"] == 0.0
    assert {f"{name}_2" for name in KINETICS.values()} <= set(found)


def test_what_no_state_and_no_endpoint_reads_is_known_before_anything_is_compiled(tmp_path):
    for code, reads in (
        ("spare := 1 - gut_treg\nspared := spare\n", False),  # nobody reads that in turn
        ("spare := 1 - gut_treg\nspend: gut_treg => ; spare * gut_treg\n", True),
        ("spare := 1 - gut_treg\nspared := spare\nspend: gut_treg => ; spared\n", True),
    ):
        one = Overlay(tmp_path, (("spare.ant", f"// M96 read-outs\n{code}"),))
        assert ("spare" in read_ids(Biology(SHIPPED.folder, one))) == reads


def test_every_target_of_the_shipped_drugs_is_read_and_one_of_nothing_is_not(monkeypatch):
    assert {unread_targets(row, SHIPPED) for row in TABLE.values()} == {()}
    monkeypatch.setitem(drugs_room._SHARE_TAKEN, "il33", "blocked_nothing")
    assert unread_targets(TABLE["etokimab"], SHIPPED) == ("il33",)


def test_every_drug_has_a_target_a_source_and_a_label():
    for row in TABLE.values():
        assert targets_of(row)
        assert row.text("evidence")
        assert row.text("label")[0].isupper()


def test_a_tier_that_cannot_be_read_says_how_it_is_written():
    row = Row({"id": "x", "route": "oral", "doses": "a;b"}, TABLE["dupilumab"].file, 7)
    with pytest.raises(InputError, match=r"age_low;age_high;kg_low;kg_high"):
        tiers_of(row)
