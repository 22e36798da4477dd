"""Doses that a trial gives, and where a mother's stands: closed forms, and shipped cohorts."""

import json
import re
from typing import Any

import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.drugs import drugs
from gutskin.trials.applicability import applicability
from gutskin.trials.axes import EDGE, INSIDE, OUTSIDE, Standing
from gutskin.trials.design import TrialDesign, known_trials, load_trial
from gutskin.trials.doses_given import MOTHERS, doses_of, doses_of_drug
from gutskin.trials.doses_tried import DOSE
from gutskin.trials.standing import where_they_stand

BIOLOGY = shipped_biology()
HERS = f"{DOSE} to the mother"


def doses(design: TrialDesign) -> dict[str, Standing]:
    """Every dose that is asked, by its unit."""
    found = [one for one in applicability(design, BIOLOGY).axes if one.axis == "dose"]
    return {one.asked.split(",")[0].split(" ", 1)[1]: one for one in found}


def given(design: TrialDesign, kind: str, factor: float, *, fixed: float = 0.0) -> TrialDesign:
    """The same with the dose of one kind of product times a factor, or another one."""
    text = json.loads(design.model_dump_json(exclude_unset=True))
    for arm in text["arms"]:
        for one in arm.get("interventions", ()):
            if one["kind"] == kind:
                one["cfu_per_day"] = fixed or _times(one["cfu_per_day"], factor)
    return TrialDesign.model_validate_json(json.dumps(text))


def _times(dose: Any, factor: float) -> Any:
    if isinstance(dose, dict):
        return {end: factor * value for end, value in dose.items()}
    return factor * dose


def test_closed_form_doses_of_children_and_of_mothers_are_told_apart() -> None:
    one = load_trial("hn001-newborns")  # two strains, in two arms
    assert sorted(doses_of(one)) == sorted(doses_of(one, MOTHERS)) == [6e9, 9e9]
    assert doses_of(given(one, MOTHERS, 2.0), MOTHERS) == [1.2e10, 1.8e10]
    assert doses_of(given(one, MOTHERS, 2.0)) == [6e9, 9e9]
    alone = load_trial("three-strains-mothers")
    assert doses_of(alone) == []
    assert doses_of(alone, MOTHERS) == pytest.approx([4.47e10], rel=1e-3)  # 1e10 to 2e11
    assert doses_of(load_trial("dupilumab-adults"), MOTHERS) == []


def test_closed_form_a_drug_counts_by_the_most_of_each_course() -> None:
    row = drugs(BIOLOGY)["dupilumab"]
    solo = load_trial("solo1-adults")  # 300 mg each week, or every other week
    assert sorted(doses_of_drug([solo], "dupilumab", row)) == [150.0, 300.0]
    assert doses_of_drug([load_trial("lgg-newborns")], "dupilumab", row) == []


@pytest.mark.parametrize("name", ["lgg-newborns", "hn001-newborns", "hn001-mothers"])
def test_a_hundred_times_the_dose_of_a_mother_is_outside(name: str) -> None:
    """It was inside: no dose of a mother was asked."""
    real = load_trial(name)
    more = given(real, MOTHERS, 100.0)
    assert applicability(real, BIOLOGY).where != OUTSIDE
    found = applicability(more, BIOLOGY)
    assert found.where == OUTSIDE
    assert [one.axis for one in found.axes if one.where == OUTSIDE] == ["dose"]
    dose = doses(more)[HERS]
    assert dose.evidence == "trials have 4.5e9 to 4.5e10"
    assert f"by dose ({dose.asked}: trials have 4.5e9 to 4.5e10)" in found.sentence
    assert doses(more).get(DOSE) == doses(real).get(DOSE)  # that of the child is as it was


def test_shipped_cohorts_from_birth_stand_inside_by_the_dose_of_the_mother_but_for_two() -> None:
    """Nobody gave mothers as little as 3e9 CFU in what was seen, and one trial alone the most."""
    every = [load_trial(name) for name in known_trials(BIOLOGY)]
    found = {one.name: doses(one)[HERS].where for one in every if doses_of(one, MOTHERS)}
    assert len(found) > 5
    strange = {name: where for name, where in found.items() if where != INSIDE}
    assert strange == {"three-strains-newborns": OUTSIDE, "three-strains-mothers": EDGE}
    assert doses(load_trial("three-strains-newborns"))[DOSE].where == OUTSIDE  # her child's too


def test_a_mother_is_compared_with_mothers_and_a_child_with_children() -> None:
    """4.5e10 CFU a day were given to mothers alone: to a child they are more than was tried."""
    real = load_trial("lgg-newborns")
    assert doses(given(real, MOTHERS, 1.0, fixed=4e10))[HERS].where == EDGE
    assert doses(given(real, "probiotic", 1.0, fixed=4e10))[DOSE].where == OUTSIDE
    assert HERS not in doses(load_trial("lavri-newborns"))  # to the child alone


def test_several_cases_name_whose_dose_is_outside_in_three_figures() -> None:
    real = load_trial("bgn4-newborns")
    told = where_they_stand(
        {"as it was": real, "more": given(real, MOTHERS, 100.0)}, BIOLOGY, "trials"
    )
    assert told["beyond"] == {"dose": [f"4.47e11 {HERS}, the middle of a prior from 1e11 to 2e12"]}
    assert not re.search(r"\d\.\d{3,}e", json.dumps(told))
