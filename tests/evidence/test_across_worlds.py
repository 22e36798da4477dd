"""Numbers over worlds: closed forms, and what mixing independent members does."""

import numpy as np
import pytest

from gutskin.evidence.across_worlds import STATISTICS, statistic

RNG = np.random.default_rng(1)
MEMBERS = RNG.normal(-2.0, 4.0, (6, 20_000))
MIXED = MEMBERS.mean(axis=0)


def test_closed_form_the_mean_of_independent_members_spreads_by_the_root_of_their_number():
    found, low, high = statistic("spread", MIXED, [MEMBERS[0]])
    assert found == pytest.approx(1 / np.sqrt(6), rel=0.03)
    assert low < found < high


def test_a_mean_is_hardly_ever_better_than_the_best_and_half_the_time_than_the_median():
    assert statistic("lower_than_best", MIXED, [*MEMBERS])[0] == 0.0
    assert statistic("lower_than_median", MIXED, [*MEMBERS])[0] == pytest.approx(0.5, abs=0.02)


def test_harm_falls_with_independent_members():
    single, mixed = (statistic("raised", one, [])[0] for one in (MEMBERS[0], MIXED))
    assert single == pytest.approx(0.309, abs=0.01)
    assert mixed == pytest.approx(0.110, abs=0.01)


def test_two_draws_of_one_distribution_are_not_distinct_and_two_spreads_are():
    same, other = RNG.normal(size=(2, 300))
    assert statistic("distinct", same, [other])[0] > -2
    assert statistic("distinct", same, [0.4 * other])[0] < -2


def test_the_size_is_that_of_the_means():
    assert statistic("size", 2.0 * MIXED, [MIXED])[0] == pytest.approx(2.0)


def test_the_interval_is_the_same_whenever_it_is_asked():
    for kind in STATISTICS:
        assert statistic(kind, MIXED[:50], [MEMBERS[0, :50]]) == statistic(
            kind, MIXED[:50], [MEMBERS[0, :50]]
        )


def test_closed_form_four_worlds_by_hand():
    """A tie with the best, the median or nothing is not better, and no harm."""
    effect = np.array([-2.0, -1.0, 0.0, 3.0])
    members = np.array([[-1.0, -1.0, -4.0, 1.0], [2.0, 0.0, 0.0, 2.0], [1.0, 1.0, 5.0, 4.0]])
    assert statistic("lower_than_best", effect, [*members])[0] == 1 / 4  # the second is a tie
    assert statistic("lower_than_median", effect, [*members])[0] == 2 / 4  # the third is one
    assert statistic("raised", effect, [])[0] == 1 / 4  # nothing is not above nothing
    assert statistic("size", effect, [np.full(4, -0.5)])[0] == 0.0


def test_closed_form_two_samples_that_nowhere_overlap():
    """Of three and three, 2 of the 20 ways to part them; of thousands p has no number left."""
    low, high = np.arange(3.0), 10 + np.arange(3.0)
    assert statistic("distinct", low, [high])[0] == pytest.approx(np.log10(2 / 20))
    many = np.arange(3000.0)
    assert STATISTICS["distinct"](many, np.array([many + 1e4])) == pytest.approx(-300.0)


@pytest.mark.parametrize("kind", STATISTICS)
def test_fewer_worlds_than_carry_an_interval_have_none(kind):
    for count in (8, 38, 39):
        middle, *ends = statistic(kind, MIXED[:count], [MEMBERS[0, :count]])
        assert np.isfinite(middle)
        assert np.isnan(ends).all() == (count < 39)


@pytest.mark.parametrize(
    ("across", "unit"),
    [("spread", "1"), ("size", "1"), ("raised", "of worlds"), ("lower_than_best", "of worlds"),
     ("lower_than_median", "of worlds"), ("distinct", "log10 p"), (None, "points")],
)  # fmt: skip
def test_unit_what_compares_worlds_has_not_the_unit_of_its_quantity(across, unit):
    from gutskin.evidence.experiment_parts import Check
    from gutskin.evidence.verdicts import unit_of

    check = Check.model_validate({
        "says": "x", "quantity": "scorad", "read": {"day": 7}, "contrast": {"a": 1, "b": -1},
        "across": across, "expected": (0.5, 0.9),
    })  # fmt: skip
    assert unit_of(check, "points") == unit
    assert unit_of(check.model_copy(update={"unit": "mine"}), "points") == "mine"
