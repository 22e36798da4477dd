"""The chance of a significant difference: in closed form, by other programs, by trials made."""

import numpy as np
import pytest
from scipy.stats import nct
from scipy.stats import t as student
from statsmodels.stats.power import TTestIndPower

from gutskin.trials.difference_test import chance_of_significance, expected_size


def simple(active, control, effect, adjusted=False):
    return float(chance_of_significance(active, control, adjusted, 3.0)(np.array([effect]))[0])


@pytest.mark.parametrize(("active", "control"), [(20, 20), (10, 40), (3, 3), (500, 250)])
@pytest.mark.parametrize("effect", [0.0, 0.1, 0.25, 0.8, -0.25])
def test_double_programming_without_a_covariate_it_is_the_t_tests_power(active, control, effect):
    theirs = TTestIndPower().power(effect, active, 0.05, control / active, alternative="two-sided")
    ours = simple(active, control, effect) + simple(active, control, -effect)
    assert ours == pytest.approx(theirs, abs=2e-5)
    unit = 1 / np.sqrt(1 / active + 1 / control)
    freedom = active + control - 2
    tail = nct.sf(student.ppf(0.975, freedom), freedom, effect * unit)
    assert simple(active, control, effect) == pytest.approx(tail, abs=2e-5)


def test_closed_form_no_effect_is_significant_in_either_direction_by_chance():
    for n in (2, 5, 20, 1000):
        assert simple(n, n, 0.0, adjusted=n > 2) == pytest.approx(0.025, abs=1e-5)
    assert simple(1, 2, 1.0, adjusted=True) == 0.0  # nothing to test with


@pytest.mark.parametrize("sizes", [(6, 6), (20, 20), (10, 30)])
def test_property_with_a_covariate_it_is_the_share_of_trials_made_one_by_one(sizes):
    """20 000 trials analysed by `ancova` itself; the baseline explains half of the variance."""
    from gutskin.trials.ancova import ancova

    rng, effect, trials = np.random.default_rng(4), -0.8, 20_000
    pairs = []
    for size, shift in zip(sizes, (effect, 0.0), strict=True):
        x = rng.normal(size=(trials, size))
        pairs.append((x, x + shift + rng.normal(size=x.shape)))
    fit = ancova(*pairs)
    found = np.mean((fit.p < 0.05) & (fit.difference < 0))
    expected = simple(*sizes, -effect, adjusted=True)
    assert abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / trials)
    against = simple(*sizes, effect, adjusted=True)
    assert abs(np.mean((fit.p < 0.05) & (fit.difference > 0)) - against) < 4 * np.sqrt(
        max(against, 1e-4) / trials
    )


def test_closed_form_the_size_of_an_arm_with_leavers_has_their_mean_inverse():
    rng = np.random.default_rng(5)
    stay = rng.binomial(20, 0.85, 200_000)
    assert 1 / expected_size(20 * 0.85, 0.15) == pytest.approx(np.mean(1 / stay), rel=2e-3)
    assert expected_size(20.0, 0.0) == 20.0


@pytest.mark.parametrize("sizes", [(0.5, 100.0), (100.0, 0.5), (1.0, 1.5), (1.5, 2.0)])
@pytest.mark.parametrize("adjusted", [True, False])
def test_closed_form_where_an_arm_has_nobody_or_no_freedom_is_left_nothing_is_significant(
    sizes, adjusted
):
    """Of 1 and 1.5 patients half a degree is left, of 1.5 and 2 with a baseline as well."""
    enough = not adjusted and sizes == (1.5, 2.0)
    found = chance_of_significance(*sizes, adjusted, 3.0)(np.array([-2.0, 0.0, 2.0]))
    assert (found > 0).any() == enough
