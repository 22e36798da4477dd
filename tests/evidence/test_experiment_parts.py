"""What an experiment means where it says nothing, the ends of its numbers, and how checks read."""

import math

import pytest
from pydantic import ValidationError

from gutskin.evidence import experiment_parts as parts

ONE = {"experiment": "x", "evidence_verdict": "thin", "why": "few", "days": 28}
CHECK = {"says": "it rises", "quantity": "itch", "read": {"day": 3.0}}
TRIAL = {"says": "x", "endpoint": "scorad", "statistic": "difference", "expected": (0.0, 1.0)}


def test_unit_what_an_experiment_means_that_says_nothing():
    one = parts.Experiment.model_validate(ONE)
    assert (one.worlds, one.patients, one.replicates, one.exact) == (128, 1, 100, False)
    assert (one.scorad, one.trial, one.gain, one.statement) == (None, None, None, None)
    assert one.one_body is False
    arm = parts.Arm.model_validate({})
    assert (arm.noise, arm.start, arm.label, arm.like) == (False, "settled", "", None)
    assert (arm.off, arm.off_always, arm.doses, arm.holds) == ((), (), (), ())
    held = parts.Held.model_validate({"parameter": "emollient", "value": 1.0})
    assert (held.start_day, held.end_day) == (0.0, math.inf)
    check = parts.Check.model_validate(CHECK)
    assert (check.scale, check.expected, check.near, check.unit) == ("difference", None, None, None)


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [("worlds", 8, 1024), ("patients", 1, 4096), ("replicates", parts.FEWEST, 10_000)],
)
def test_closed_form_the_ends_of_a_number_are_allowed_and_nothing_beyond(key, low, high):
    for value in (low, high):
        assert getattr(parts.Experiment.model_validate({**ONE, key: value}), key) == value
    for value in (low - 1, high + 1):
        with pytest.raises(ValidationError):
            parts.Experiment.model_validate({**ONE, key: value})


def test_closed_form_the_value_of_no_effect():
    def null(scale):
        return parts.Check.model_validate({**CHECK, "scale": scale}).null

    assert (null("difference"), null("ratio"), null("percent")) == (0.0, 1.0, 0.0)
    assert parts.TrialCheck.model_validate(TRIAL).null == 0.0
    share = parts.TrialCheck.model_validate({**TRIAL, "statistic": "significant_for"})
    assert share.null == 0.025


@pytest.mark.parametrize(
    ("key", "numbers", "days"),
    [
        ("day", 3.0, (3.0,)), ("mean", (1.0, 2.0), (1.0, 2.0)), ("above", (0.5, 9.0), (9.0,)),
        ("ever_above", (0.5, 1.0, 9.0), (1.0, 9.0)), ("return_to", (0.5, 9.0), (9.0,)),
        ("recovered", (1.0, 9.0), (1.0, 9.0)), ("highest_on", (1.0, 9.0), (1.0, 9.0)),
    ],
)  # fmt: skip
def test_closed_form_the_days_that_a_read_names(key, numbers, days):
    read = parts.Read.model_validate({key: numbers})
    assert (read.kind, read.days()) == (key, days)
    assert read.numbers == (numbers if isinstance(numbers, tuple) else (numbers,))


def test_closed_form_of_an_order_each_is_compared_with_the_next():
    def comparisons(**given):
        return parts.Check.model_validate({**CHECK, **given}).comparisons()

    assert comparisons(contrast={"a": 1.0, "b": -1.0}) == [{"a": 1.0, "b": -1.0}]
    assert comparisons(rising=("a", "b", "c")) == [{"b": 1.0, "a": -1.0}, {"c": 1.0, "b": -1.0}]
    assert comparisons(falling=("a", "b")) == [{"a": 1.0, "b": -1.0}]


def test_unit_an_arm_on_top_of_another():
    base = parts.Arm.model_validate(
        {"population": "ad_child", "label": "first", "always": {"k_ph": 1.0, "k_itch": 1.0},
         "off": ("M07",), "noise": True}
    )  # fmt: skip
    over = parts.Arm.model_validate({"like": "x", "always": {"k_ph": 2.0}, "off": ("M08",)}).over(
        base
    )
    assert over.always == {"k_ph": 2.0, "k_itch": 1.0}
    assert (over.off, over.noise, over.population) == (("M07", "M08"), True, "ad_child")
    assert (over.label, over.like) == ("", None)


@pytest.mark.parametrize(
    ("across", "null"),
    [
        ("spread", 1.0), ("size", 1.0), ("distinct", 0.0), ("lower_than_best", 0.0),
        ("lower_than_median", 0.0), ("raised", 0.0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("scale", ["difference", "ratio"])
def test_closed_form_no_effect_over_worlds_is_a_ratio_of_one_or_a_share_of_none(
    across, null, scale
):
    assert parts.Check.model_validate({**CHECK, "across": across, "scale": scale}).null == null


def test_closed_form_the_range_in_which_nothing_changes_lies_about_no_effect():
    def stays(**given):
        return parts.Check.model_validate({**CHECK, **given}).stays

    assert stays() is None
    assert stays(near=0.5) == (-0.5, 0.5)
    assert stays(near=0.25, scale="ratio") == (0.75, 1.25)
    assert stays(near=(-1.0, 2.0), scale="ratio") == (-1.0, 2.0)


def test_unit_a_check_looks_at_its_quantity_its_control_and_its_conditions():
    easi = {"quantity": "easi", "read": {"above": (3.0, 7.0)}}
    plain = parts.Check.model_validate(CHECK)
    assert [(name, read.kind) for name, read in plain.reads] == [("itch", "day")]
    both = parts.Check.model_validate(
        {**CHECK, "control_read": {"mean": (1.0, 2.0)}, "among": easi,
         "between": {**easi, "quantity": "scorad"}}
    )  # fmt: skip
    assert [(name, read.kind) for name, read in both.reads] == [
        ("itch", "day"), ("itch", "mean"), ("easi", "above"), ("scorad", "above"),
    ]  # fmt: skip
