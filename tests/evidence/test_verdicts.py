"""Readings, contrasts and verdicts on courses whose numbers are known."""

import numpy as np
import pytest
from scipy.stats import beta, binom

from gutskin.evidence.experiment_parts import Check, Condition, Read, TrialCheck
from gutskin.evidence.running import Group
from gutskin.evidence.verdicts import find, judged, judged_share, reading
from gutskin.trials.certainty import interval

DAYS = np.arange(0.0, 29.0)


class Course:
    """One quantity: start + slope * day + bump, for each patient."""

    times = DAYS

    def __init__(self, values):
        self.values = np.asarray(values, float)

    def quantity(self, name):
        return self.values


def lines(start, slope, patients=100):
    return Course(start + np.outer(DAYS, np.full(patients, slope)))


def everyone(patients=100, per_world=1):
    keys = np.zeros((patients, 3), np.uint32)
    return Group(keys, np.arange(patients) // per_world)


def check(**other):
    given = {"says": "it", "quantity": "q", "read": Read(day=28.0), "contrast": {"a": 1, "b": -1}}
    return Check(**(given | {"expected": (0.0, np.inf)} | other))


@pytest.mark.parametrize(
    ("read", "value"),
    [
        ({"day": 14.0}, 15.0),
        ({"mean": (7.0, 21.0)}, 15.0),
        ({"max": (7.0, 21.0)}, 22.0),
        ({"min": (7.0, 21.0)}, 8.0),
        ({"area": (0.0, 28.0)}, 28.0 * 15.0),
        ({"change": (7.0, 21.0)}, 14.0),
        ({"above": (14.5, 14.0)}, 1.0),
        ({"above": (15.5, 14.0)}, 0.0),
        ({"ever_above": (21.5, 0.0, 28.0)}, 1.0),
        ({"ever_above": (22.5, 0.0, 28.0)}, 0.0),
    ],
)
def test_closed_form_readings_of_a_straight_line(read, value):
    assert reading(Read(**read), lines(1.0, 1.0), "q") == pytest.approx(value)


def test_closed_form_difference_ratio_and_percent():
    courses = {"a": lines(2.0, 1.0), "b": lines(1.0, 0.5)}
    for scale, value in (("difference", 15.0), ("ratio", 2.0), ("percent", 100.0)):
        found = find(check(scale=scale, expected=(1.0, np.inf)), everyone(), courses)
        assert found.middle == pytest.approx(value)
        assert found.verdict == "shown"


def test_closed_form_an_interaction_weighs_four_arms():
    courses = {"both": lines(9, 0), "a": lines(3, 0), "b": lines(4, 0), "none": lines(1, 0)}
    weights = {"both": 1, "a": -1, "b": -1, "none": 1}
    assert find(check(contrast=weights), everyone(), courses).middle == pytest.approx(3.0)


def test_closed_form_recovery_and_return_of_a_contrast():
    fading = Course(np.outer(np.exp(-DAYS / 7.0), np.ones(100)))
    courses = {"a": fading, "b": lines(0, 0)}
    gone = find(check(read=Read(recovered=(0.0, 7.0))), everyone(), courses)
    assert gone.middle == pytest.approx(1 - np.exp(-1))
    back = find(check(read=Read(return_to=(np.exp(-2.0) * 1.001, 0.0))), everyone(), courses)
    assert back.middle == pytest.approx(14.0)


def test_closed_form_a_contrast_that_is_none_neither_recovers_nor_returns():
    some = np.array([1.0, 0.0, 1.0, 1.0])
    fading = Course(np.outer(np.exp(-DAYS / 7.0), some))
    courses, four = {"a": fading, "b": lines(0, 0, 4)}, everyone(4)
    for read in (Read(return_to=(np.exp(-2.0) * 1.001, 0.0)), Read(recovered=(0.0, 7.0))):
        found = find(check(read=read, expected=(0.0, 20.0)), four, courses)
        assert (found.units, found.without) == (3, 1)
        assert found.middle == pytest.approx(14.0 if read.kind == "return_to" else 1 - np.exp(-1))


@pytest.mark.parametrize("scale", ["ratio", "percent"])
def test_closed_form_units_without_events_stay_in_a_ratio_and_nothing_over_nothing_is_told(scale):
    courses = {"a": Course(np.tile([2.0, 3.0, 0.0, 0.0], (len(DAYS), 1))),
               "b": Course(np.tile([1.0, 0.0, 1.0, 0.0], (len(DAYS), 1)))}  # fmt: skip
    found = find(check(scale=scale, expected=(1.0, np.inf)), everyone(4), courses)
    assert (found.units, found.without) == (3, 1)
    assert found.middle == pytest.approx(2.0 if scale == "ratio" else 100.0)  # 0, 2 and infinity
    assert found.share == pytest.approx(2 / 3)
    assert np.isnan([found.low, found.high]).all()


def test_nobody_with_a_value_shows_nothing():
    zero = {"a": lines(0, 0), "b": lines(0, 0)}
    for more in ({}, {"expected": None, "near": 0.1, "control": {"a": 1, "b": -1}}):
        one = check(scale="ratio", **more)
        found = find(one, everyone(), zero)
        assert (found.verdict, found.units, found.without) == ("not shown", 0, 100)


def test_closed_form_several_steps_with_units_that_have_no_value():
    courses = {"a": Course(np.tile([1.0, 0.0], (len(DAYS), 1))),
               "b": Course(np.tile([2.0, 0.0], (len(DAYS), 1))),
               "c": Course(np.tile([6.0, 1.0], (len(DAYS), 1)))}  # fmt: skip
    rising = check(contrast={}, rising=("a", "b", "c"), scale="ratio", expected=(1.0, np.inf))
    found = find(rising, everyone(2), courses)
    assert (found.middle, found.units, found.without) == (2.0, 1, 1)


def test_closed_form_day_of_the_highest_daily_reading():
    peaks = np.array([0.0, 2.0, 3.4, 28.0])
    hats = Course(-np.abs(DAYS[:, None] - peaks))
    assert reading(Read(highest_on=(0.0, 28.0)), hats, "q").tolist() == [0, 2, 3, 28]
    assert reading(Read(highest_on=(1.0, 7.0)), hats, "q").tolist() == [1, 2, 3, 7]
    flat = reading(Read(highest_on=(1.0, 7.0)), lines(5.0, 0.0), "q")
    assert (flat == 1).all()  # nothing happens: the first day, not a day in the middle


def test_unit_rising_takes_the_smallest_step():
    courses = {"a": lines(0, 0), "b": lines(3, 0), "c": lines(4, 0)}
    found = find(check(contrast={}, rising=("a", "b", "c")), everyone(), courses)
    assert found.middle == pytest.approx(1.0)
    falling = find(check(contrast={}, falling=("a", "b", "c")), everyone(), courses)
    assert falling.middle == pytest.approx(-3.0) or falling.middle == pytest.approx(-4.0)
    assert falling.verdict == "not shown"


@pytest.mark.parametrize(
    ("right", "expected", "verdict"),
    [
        (100, (0.5, 2.0), "shown"),
        (70, (0.5, 2.0), "shown"),
        (60, (0.5, 2.0), "partly"),
        (100, (2.0, 3.0), "partly"),
        (40, (0.5, 2.0), "not shown"),
        (0, (0.5, 2.0), "not shown"),
    ],
)
def test_unit_verdict_by_share_and_size(right, expected, verdict):
    values = np.where(np.arange(100) < right, 1.0, -1.0)
    courses = {"a": Course(np.tile(values, (len(DAYS), 1))), "b": lines(0, 0)}
    assert find(check(expected=expected), everyone(), courses).verdict == verdict


def test_unit_no_change_needs_a_control_that_changes():
    courses = {"a": lines(0.01, 0), "b": lines(0, 0), "c": lines(5, 0), "d": lines(0.02, 0)}
    same = {"expected": None, "near": 0.1}
    found = find(check(**same, control={"c": 1, "b": -1}), everyone(), courses)
    assert found.verdict == "shown"
    blind = find(check(**same, control={"d": 1, "b": -1}), everyone(), courses)
    assert blind.verdict == "not shown"


@pytest.mark.parametrize(
    ("near", "control", "verdict"),
    [
        ((0.8, 1.25), 5.0, "shown"),
        ((0.8, 1.25), 1.2, "not shown"),  # a control that stays as well
        ((0.8, 1.05), 5.0, "not shown"),
        (0.15, 5.0, "shown"),  # of a ratio about 1
        (0.05, 5.0, "not shown"),
    ],
)
def test_unit_a_range_about_no_effect_need_not_be_symmetrical(near, control, verdict):
    courses = {"a": lines(1.1, 0), "b": lines(1.0, 0), "c": lines(control, 0)}
    stays = check(expected=None, near=near, control={"c": 1, "b": -1}, scale="ratio")
    found = find(stays, everyone(), courses)
    assert found.verdict == verdict
    low, high = near if isinstance(near, tuple) else (1 - near, 1 + near)
    assert found.to_json("1")["expected"] == [low, high]


def test_closed_form_the_unit_is_a_world_when_it_has_several_patients():
    ill = np.arange(100) % 10 < 5
    courses = {
        "a": Course(np.tile(np.where(ill & (np.arange(100) % 2 == 0), 20.0, 0.0), (29, 1))),
        "b": Course(np.tile(np.where(ill, 20.0, 0.0), (29, 1))),
    }
    risk = check(read=Read(above=(15.0, 28.0)), scale="ratio", expected=(0.0, 1.0))
    found = find(risk, everyone(per_world=10), courses)
    assert found.units == 10
    assert found.middle == pytest.approx(3 / 5)


def test_closed_form_share_of_trials_against_chance():
    share = TrialCheck(
        says="it", endpoint="scorad", statistic="significant_for", expected=(0.05, 1)
    )
    many = judged_share(share, np.arange(100) < 20)
    assert many.verdict == "shown"
    assert many.low < 0.2 < many.high
    assert judged_share(share, np.arange(100) < 2).verdict != "shown"


def test_property_the_intervals_of_verdicts_hold_95_percent_too():
    """Of units: the interval of draws. Of a share of trials: Jeffreys' 2.5th and 97.5th."""
    effect = TrialCheck(says="it", endpoint="scorad", statistic="true_effect", expected=(-9, 0))
    draws = np.random.default_rng(1).normal(size=100)
    found = judged(effect, draws)
    assert (found.low, found.high) == interval(draws)
    assert np.isnan(judged(effect, draws[:20]).low)
    share = TrialCheck(
        says="it", endpoint="scorad", statistic="significant_for", expected=(0.05, 1)
    )
    few = judged_share(share, np.arange(100) < 20)
    inside = beta.cdf([few.low, few.high], 20.5, 80.5)
    np.testing.assert_allclose(inside, [0.025, 0.975], atol=1e-9)
    held = np.mean([
        (lambda one: one.low <= 0.2 <= one.high)(judged_share(share, np.arange(100) < hits))
        for hits in binom.rvs(100, 0.2, size=1000, random_state=2)
    ])  # fmt: skip
    assert 0.93 < held < 0.975


class Courses:
    """Several quantities that stay as they are, one value for each patient."""

    times = DAYS

    def __init__(self, **values):
        self.values = {
            name: np.tile(np.asarray(one, float), (len(DAYS), 1)) for name, one in values.items()
        }

    def quantity(self, name):
        return self.values[name]


ILL = Condition(quantity="ill", read=Read(above=(0.5, 28.0)))
YES = {"read": Read(above=(0.5, 28.0)), "scale": "odds_ratio"}


def test_closed_form_among_those_who_meet_a_condition():
    a = Courses(q=[3, 5, 100, 100], ill=[1, 1, 0, 0])
    b = Courses(q=[1, 2, 3, 100], ill=[1, 1, 1, 0])
    found = find(check(among=ILL), everyone(4, per_world=4), {"a": a, "b": b})
    assert found.middle == pytest.approx(4 - 2)  # each arm those of its own


def test_closed_form_odds_ratio_between_arms():
    a, b = Courses(q=[1, 1, 1, 0]), Courses(q=[1, 0, 0, 0])
    found = find(check(**YES, expected=(1, 99)), everyone(4, per_world=4), {"a": a, "b": b})
    assert found.middle == pytest.approx((3.5 / 1.5) / (1.5 / 3.5))


def test_closed_form_odds_ratio_between_those_who_meet_a_condition_and_those_who_do_not():
    a = Courses(q=[1, 1, 0, 1, 0, 0, 0, 0], ill=[1, 1, 1, 0, 0, 0, 0, 0])
    one = check(**YES, contrast={"a": 1}, between=ILL, expected=(1, 99))
    found = find(one, everyone(8, per_world=8), {"a": a})
    assert found.middle == pytest.approx((2.5 / 1.5) / (1.5 / 4.5))


def test_worlds_in_which_nobody_meets_the_condition_do_not_count():
    a = Courses(q=[3, 5, 9, 9], ill=[1, 1, 0, 0])
    b = Courses(q=[1, 2, 9, 9], ill=[1, 1, 0, 0])
    found = find(check(among=ILL), everyone(4, per_world=2), {"a": a, "b": b})
    assert found.units == 1
    assert found.middle == pytest.approx(2.5)
