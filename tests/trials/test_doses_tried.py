"""Doses of arms and of ranges beside those of real trials: where each stands by itself."""

import pytest

from gutskin.media import plain
from gutskin.model.biology import shipped_biology
from gutskin.trials.applicability import Applicability, applicability
from gutskin.trials.axes import INSIDE, OUTSIDE
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.intervention_parts import DosePrior

BIOLOGY = shipped_biology()


def arms_of(design: TrialDesign, **doses: float | DosePrior) -> Applicability:
    """Where the trial stands with so many arms of its first product, each of another dose."""
    first = design.active[0]
    arms = tuple(
        first.model_copy(
            update={
                "name": name, "label": "",
                "interventions": (
                    first.interventions[0].model_copy(update={"cfu_per_day": dose}),
                ),
            }
        )
        for name, dose in doses.items()
    )  # fmt: skip
    return applicability(design.model_copy(update={"arms": (*arms, design.control)}), BIOLOGY)


def test_an_arm_whose_own_dose_no_trial_gave_is_told_of_and_the_largest_places_the_trial():
    """An arm of a thousandth of what was tried was told of as inside the evidence."""
    found = arms_of(load_trial("sakei-children"), low=1e7, high=8e9)
    assert found.where == INSIDE
    assert {name: its.where for name, its in found.arms} == {"low": OUTSIDE, "high": INSIDE}
    says = "By its own dose (1e7 CFU a day) low is outside the evidence; the trial is placed by its"
    assert found.sentence.endswith(f"{says} largest.")
    told = [(one["arm"], one["where"]) for one in found.to_json()["arms"]]
    assert told == [("low", OUTSIDE), ("high", INSIDE)]


def test_edge_nothing_is_said_of_arms_alike_or_of_one_alone():
    alike = arms_of(load_trial("sakei-children"), one=7e9, other=8e9)
    assert alike.beside == ()
    assert [its.where for _, its in alike.arms] == [INSIDE, INSIDE]
    alone = arms_of(load_trial("sakei-children"), one=8e9)
    assert (alone.arms, alone.beside) == ((), ())
    assert "arms" not in alone.to_json()


def test_arms_of_a_drug_are_told_of_as_those_of_a_product():
    real = load_trial("solo1-adults")
    first = real.active[0]
    less = first.interventions[0].model_copy(update={"dose_mg": 10.0, "loading_mg": 10.0})
    arm = first.model_copy(update={"name": "less", "label": "", "interventions": (less,)})
    found = applicability(
        real.model_copy(update={"arms": (first, arm, real.control)}), BIOLOGY
    )  # fmt: skip
    assert {name: its.where for name, its in found.arms} == {first.name: INSIDE, "less": OUTSIDE}
    assert any("of dupilumab a week) less is outside" in one for one in found.beside)


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (7e9, 9e9, None),  # both ends stand where the middle does
        (1e7, 1e13, "its lower end, 1e7 CFU a day, is outside and its upper end, 1e13 CFU a day"),
        (1e7, 7e12, "range is known, 1e7 to 7e12, and its middle is compared: its lower end"),
    ],
)
def test_a_dose_of_which_a_range_is_known_is_told_as_one(low, high, says):
    """Its middle was told as if it had been given."""
    found = arms_of(load_trial("sakei-children"), one=DosePrior(low=low, high=high))
    (dose,) = (one for one in found.axes if one.axis == "dose")
    assert dose.asked.endswith(f", the middle of a prior from {plain(low)} to {plain(high)}")
    assert len(found.beside) == (says is not None)
    assert says is None or says in found.sentence
