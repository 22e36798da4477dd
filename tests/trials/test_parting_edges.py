"""Where arms part at the edges: the last injection, one of nothing, what nobody knows."""

import math

import pytest
from test_parting import file

from gutskin.trials.design import load_trial
from gutskin.trials.intervention_parts import Drug, MaternalProbiotic
from gutskin.trials.parting import not_parted, of_one_arm, parts_from

NEMOLIZUMAB = {"kind": "drug", "name": "nemolizumab", "every_weeks": 4.0}
LOADED = NEMOLIZUMAB | {"loading_mg": 30.0, "loading_doses": 3}
FROM_12 = {"kind": "drug", "name": "dupilumab", "dose_mg": 300.0, "start_week": 12.0}
HERS = {"kind": "maternal_probiotic", "strains": ("w23",), "cfu_per_day": 1e9, "end_week": 40.0,
        "weeks_before_birth": 1.0}  # fmt: skip
MINE = {"kind": "drug", "name": "mine", "every_weeks": 4.0, "dose_mg": 1.0}


@pytest.mark.parametrize(
    ("arm", "control", "week", "how"),
    [
        # one drug goes on in another amount as another begins, for both alike at first
        (
            [Drug(**LOADED, dose_mg=30.0, end_week=20.0),
             Drug(**FROM_12, every_weeks=2.0, end_week=20.0)],
            [Drug(**LOADED, dose_mg=60.0, end_week=20.0),
             Drug(**FROM_12, every_weeks=4.0, end_week=20.0)],
            12.0, "changes",
        ),
        # the amounts differ at the last injection alone
        (
            [Drug(**LOADED, dose_mg=30.0, end_week=13.0)],
            [Drug(**LOADED, dose_mg=60.0, end_week=13.0)],
            12.0, "changes",
        ),
        # an injection of nothing is none
        ([Drug(**NEMOLIZUMAB, dose_mg=0.0, end_week=9.0)], [], math.inf, "ends"),
        # before birth she takes it as the other does, and goes on
        (
            [MaternalProbiotic(**HERS)], [MaternalProbiotic(**HERS, while_nursing=False)],
            0.0, "begins",
        ),
        # a drug that this biology does not know is taken as it is written
        ([Drug(**MINE, end_week=9.0)], [], 0.0, "begins"),
        ([Drug(**MINE, end_week=9.0)], [Drug(**MINE, end_week=8.0)], 8.0, "ends"),
    ],
)  # fmt: skip
def test_edge_how_two_arms_part(arm, control, week, how):
    assert parts_from(arm, control) == parts_from(control, arm) == (week, how)


LATER = """[[arms.interventions]]
kind = "drug"
name = "nemolizumab"
start_week = 8
"""
AS_ADULTS = {"dose_mg": 30.0, "loading_mg": 60.0, "every_weeks": 4.0}


@pytest.fixture
def late(tmp_path):
    path = file(tmp_path, active=LATER)
    path.write_text(path.read_text().replace("ad_child", "ad_adult"))  # as the drug is for
    return load_trial(path)


def given(arm, name="active", **written):
    """The same arm on other doses, or at other times."""
    dose = arm.interventions[0].model_copy(update=written)
    return arm.model_copy(update={"name": name, "label": name, "interventions": (dose,)})


def test_edge_who_may_come_from_where_nobody_knows_may_be_anybody(late):
    """A child among them would be given other amounts, and so the arms part at once."""
    usual = given(late.active[0], start_week=0.0, end_week=9.0)
    arms = (
        usual,
        given(usual, "placebo", end_week=20.0, **AS_ADULTS).model_copy(update={"control": True}),
    )
    both = late.model_copy(update={"arms": arms})
    assert not_parted(both.model_copy(update={"population": ("ad_adult",)})) == {"active": 12}
    for population in (("mine",), ("ad_adult", "mine")):
        assert not_parted(both.model_copy(update={"population": population})) == {}


def test_one_arm_is_told_of_alone(late):
    first = late.active[0]
    arms = first, given(first, "soon", start_week=0.0), given(first, "later", start_week=12.0)
    every = late.model_copy(update={"arms": (*arms, late.control)})
    for name, at in ((None, {"active": 8}), ("active", {"active": 8}), ("soon", {}),
                     ("later", {"later": 12})):  # fmt: skip
        parted, notes = of_one_arm(every, name=name)
        assert parted == at
        told = [f"({arm}) begins at week {week}, and" for arm, week in at.items()]
        assert all(words in note for words, note in zip(told, notes, strict=True))
