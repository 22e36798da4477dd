"""Where cases stand to the evidence: unit tests on shipped trials, and what one sentence says."""

from functools import cache

import pytest

from gutskin.evidence.strain_standing import strain_standing
from gutskin.model.biology import shipped_biology
from gutskin.optimisation.readings import Key
from gutskin.optimisation.standing import where_a_design_stands
from gutskin.trials.applicability import applicability
from gutskin.trials.axes import ORDER
from gutskin.trials.design import load_trial
from gutskin.trials.standing import _joined, where_it_stands, where_they_stand

BIOLOGY = shipped_biology()
NAMES = ("cect-children", "lgg-infants", "solo1-adults", "lgg-newborns", "roessler-adults")
DESIGNS = {name: load_trial(name) for name in NAMES}


def test_unit_a_trial_that_was_done_is_evidence_for_itself_unless_it_is_left_out():
    with_itself, without = (
        where_they_stand(DESIGNS, BIOLOGY, "trials", without_itself=one) for one in (False, True)
    )
    worse = 0
    for name in NAMES:
        one, two = (found["cases"][name]["where"] for found in (with_itself, without))
        assert ORDER.index(two) >= ORDER.index(one)
        worse += one != two
        assert name in with_itself["cases"][name]["trials"]
        assert name not in without["cases"][name]["trials"]
    assert worse > 1
    assert sum(without["counts"].values()) == len(NAMES)


def test_unit_the_sentence_counts_and_names_what_is_beyond():
    found = where_they_stand(DESIGNS, BIOLOGY, "trials", without_itself=True)
    counts = found["counts"]
    for where, says in (("inside", "inside"), ("edge", "at the edge of"), ("outside", "outside")):
        assert (f"{counts[where]} {says}" in found["sentence"]) == (counts[where] > 0)
    assert found["beyond"]
    assert all(axis in found["sentence"] for axis in found["beyond"])
    asked = {
        axis["asked"]
        for case in found["cases"].values()
        for axis in case["axes"]
        if axis["where"] == "outside"
    }
    assert {one for some in found["beyond"].values() for one in some} == asked


def test_unit_together_they_stand_where_the_worst_of_them_does():
    found = where_they_stand(DESIGNS, BIOLOGY, "trials", without_itself=True)
    assert len([one for one in found["counts"].values() if one]) > 1
    assert found["where"] == [where for where in ORDER if found["counts"][where]][-1]


@pytest.mark.parametrize(
    ("parts", "says"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_unit_parts_of_a_sentence_in_a_row(parts, says):
    assert _joined(parts) == says


def test_unit_one_case_is_told_as_one():
    design = DESIGNS["cect-children"]
    found = where_they_stand({"it": design}, BIOLOGY, "trials")
    assert found["sentence"] == applicability(design, BIOLOGY).sentence
    assert where_it_stands(design, BIOLOGY)["sentence"] == found["sentence"]


def test_unit_all_in_one_place_are_told_in_one_clause():
    found = where_they_stand({"a": DESIGNS["cect-children"], "b": DESIGNS["cect-children"]},
                             BIOLOGY, "trials")  # fmt: skip
    assert found["sentence"].startswith("All 2 trials are ")


@cache
def standing(strain):
    """Of one strain; nobody changes it."""
    return strain_standing([strain], BIOLOGY)


def _times_outside(found):
    """By how many axes its cases are outside, all of them together."""
    return sum(
        axis["where"] == "outside" for case in found["cases"].values() for axis in case["axes"]
    )


def test_unit_a_strain_that_was_tried_is_nearer_than_one_of_a_species_that_was_not():
    """Of Bifidobacterium bifidum trials of prevention are shipped; of sakei of treatment alone."""
    tried, strange, sakei = map(standing, ("lgg", "w23", "kctc10755bp"))
    for what, other in (("treats", strange), ("prevents", sakei)):
        assert "strain" in other[what]["beyond"]
        assert "strain" not in tried[what]["beyond"]
        assert _times_outside(tried[what]) < _times_outside(other[what])
    assert tried["treats"]["counts"]["outside"] < strange["treats"]["counts"]["outside"]
    assert sum(tried["treats"]["counts"].values()) == 48
    adults = [one for name, one in tried["treats"]["cases"].items() if name.startswith("ad_adult")]
    assert {axis["asked"] for one in adults for axis in one["axes"] if axis["axis"] == "age"} == {
        "18 to 55 years"
    }


def test_unit_a_card_says_whose_dose_is_outside():
    """No trial in which mothers took a product was asked: ways to their child alone stood there."""
    found = standing("lgg")["prevents"]
    asked = found["beyond"]["dose"]
    assert {"4e9 CFU a day", "4e9 CFU a day to the mother"} <= {*asked}
    alone = [one for name, one in found["cases"].items() if name.startswith("mother,")]
    assert len(alone) == 2
    doses = [axis for one in alone for axis in one["axes"] if axis["axis"] == "dose"]
    assert {one["asked"] for one in doses} == {"4e9 CFU a day to the mother"}


@pytest.mark.parametrize(
    ("dose", "week", "beyond"),
    [(1.0, 8.0, set()), (30.0, 8.0, {"dose"}), (1.0, 60.0, {"duration"})],
)
def test_unit_a_design_of_another_dose_or_length_stands_elsewhere(dose, week, beyond):
    design = load_trial("six-strain-children")
    key = Key("scorad", week, 1, dose, 0.0, "all")
    axes = where_a_design_stands(design, "six_strain", key, BIOLOGY)["axes"]
    assert {one["axis"] for one in axes if one["where"] == "outside"} == beyond | {"strain"}
