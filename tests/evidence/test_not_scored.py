"""Published numbers that no score is of: every one is named, with a reason that holds of it."""

from collections import Counter

import pytest

from gutskin.evidence import not_scored as reasons
from gutskin.evidence.not_scored import not_scored
from gutskin.evidence.score import why_not_scored
from gutskin.report.score import lines
from gutskin.trials.design import known_trials, load_trial
from gutskin.trials.published import headline, published_numbers

ARM = {"endpoint": "scorad", "arm": "placebo", "week": 8.0}
MIX = ARM | {"arm": "six_strain"}


def trial(values=(), differences=()):
    """The shipped trial without numbers, with these."""
    design = load_trial("six-strain-children")
    told = {"seen_in": "table", "source": "a paper"}
    published = design.published.model_validate(
        {**told, "values": tuple(values), "differences": tuple(differences)}
    )
    return design.model_copy(update={"published": published})


def told(values=(), differences=()):
    """What is told of each number: (arm, week, measure) -> why."""
    design = trial(values, differences)
    found = not_scored(design, *headline(design))
    return {(one["arm"], one["week"], one["measure"]): one["why"] for one in found}


def test_numbers_that_a_score_is_made_of_are_not_named():
    start = [one | {"week": 0.0, "geometric_mean": 30.0} for one in (ARM, MIX)]
    end = [one | {"geometric_mean": 20.0} for one in (ARM, MIX)]
    assert told([*start, *end]) == {}


def test_numbers_that_a_difference_is_made_of_are_not_named():
    """Nothing between arms was published: the difference is that of two changes."""
    assert told([ARM | {"change": -3.0}, MIX | {"change": -5.0}]) == {}


def test_what_one_score_lacks_another_may_still_be_made_of():
    """The control's own numbers were said to be rarely shown, though its score stands there."""
    start = [one | {"week": 0.0, "geometric_mean": 30.0} for one in (ARM, MIX)]
    design = trial([*start, *(one | {"geometric_mean": 20.0} for one in (ARM, MIX))])
    difference, control = headline(design)
    assert not_scored(design, difference) == []
    found = not_scored(design, control, None)
    assert [(one["arm"], one["week"], one["why"]) for one in found] == [
        (MIX["arm"], week, reasons.FEW) for week in (0.0, 8.0)
    ]
    assert len(not_scored(design)) == 4


def test_the_same_difference_told_twice_is_scored_once_and_named_once():
    """Adjusted and not: the second was neither scored nor named."""
    rows = [{"endpoint": "scorad", "difference": -2.0},
            {"endpoint": "scorad", "difference": -1.5, "adjusted": False}]  # fmt: skip
    design = trial((), rows)
    (named,) = not_scored(design, *headline(design))
    assert (named["value"], named["why"]) == (-1.5, reasons.ONE_DIFFERENCE)


def test_each_arm_is_scored_at_a_visit_of_its_own():
    """The difference at week 4, the control at week 8: of neither arm the other's visit is it."""
    found = told(
        [one | {"week": week, "change": -3.0} for one in (ARM, MIX) for week in (4.0, 8.0)],
        [{"endpoint": "scorad", "week": 4.0, "difference": -2.0}],
    )
    assert found == {
        (ARM["arm"], 4.0, "change"): reasons.OTHER_VISIT,
        (MIX["arm"], 8.0, "change"): reasons.OTHER_VISIT,
        (MIX["arm"], 4.0, "change"): reasons.OF_ARM,
    }


def test_every_other_number_has_the_reason_that_holds_of_it():
    mix, placebo = MIX["arm"], ARM["arm"]
    found = told(
        [
            ARM | {"change": -3.0, "change_sd": 9.0, "median": 20.0},
            ARM | {"week": 0.0, "mean": 31.0},
            ARM | {"week": 4.0, "change": -2.0},
            ARM | {"endpoint": "total_ige", "geometric_mean": 300.0},
            MIX | {"change": -5.0},
        ],
        [{"endpoint": "scorad", "difference": -2.0}, {"endpoint": "scorad", "ratio": 0.9}],
    )
    assert found == {
        (placebo, 8.0, "change_sd"): reasons.SPREAD,
        (placebo, 8.0, "median"): reasons.TWICE,
        (placebo, 0.0, "mean"): reasons.BEFORE,
        (placebo, 4.0, "change"): reasons.OTHER_VISIT,
        (placebo, 8.0, "geometric_mean"): reasons.OTHER_ENDPOINT,
        (mix, 8.0, "change"): reasons.OF_ARM,
        (mix, 8.0, "ratio"): reasons.ONE_DIFFERENCE,
    }


def test_two_arms_without_events_have_no_ratio_and_the_active_one_is_no_other_arm():
    """ "Another arm than the one that is compared with the control" stood there of the only one."""
    none = {"endpoint": "easi75", "n": 30, "events": 0}
    assert told([ARM | none, MIX | none]) == {(MIX["arm"], 8.0, "share"): reasons.NO_DIFFERENCE}


def test_a_number_of_one_visit_alone_and_one_that_simulated_trials_rarely_show():
    rows = [ARM | {"median": 20.0}], [{"endpoint": "scorad", "week": 8.0, "difference": -2.0}]
    assert told(*rows) == {(ARM["arm"], 8.0, "median"): reasons.ONE_VISIT}
    design = trial(*rows)
    why = {one["measure"]: one["why"] for one in not_scored(design)}
    assert why["difference"] == reasons.FEW


@pytest.mark.parametrize("name", known_trials())
def test_anything_every_number_of_a_shipped_trial_is_scored_or_named(name):
    design = load_trial(name)
    if why_not_scored(design):
        return
    named, every = not_scored(design, *headline(design)), published_numbers(design)
    assert len(named) < len(every)
    difference, control = headline(design)
    scored = {(each.endpoint, each.measure, each.week) for each in (difference, control) if each}
    assert not scored & {
        (one["endpoint"], one["measure"], one["week"]) for one in named
        if one["arm"] == design.control.name
    }  # fmt: skip


def test_a_reader_is_told_how_many_and_why():
    one = {"difference": None, "control": None, "primary_label": "SCORAD"}
    named = [{"why": reasons.SPREAD}, {"why": reasons.BEFORE}, {"why": reasons.SPREAD}]
    (says,) = lines(one | {"not_scored": named})[-1:]
    assert says == f"Published and not scored: 2 ({reasons.SPREAD}); 1 ({reasons.BEFORE})."
    assert Counter(lines(one | {"not_scored": []}))[says] == 0


@pytest.mark.parametrize(("measure", "told"), [("hazard_ratio", True), ("risk_ratio", False)])
def test_a_scored_hazard_ratio_says_of_what_it_is_made(measure, told):
    """A trial told three intervals of one hazard ratio, and this one was of none of the others."""
    one = {
        "label": "Eczema", "unit": "ratio", "measure": measure, "week": 104.0,
        "published": {"value": 0.51}, "simulated": {"mean": 0.49, "interval_95": [0.04, 1.91]},
    }  # fmt: skip
    trial_told = {"difference": one, "control": None, "primary_label": "Eczema", "not_scored": []}
    assert ("is made of the shares with the event at that visit" in lines(trial_told)[-1]) == told
