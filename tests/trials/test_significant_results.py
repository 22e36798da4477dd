"""Errors of sign and size of significant results, beside closed forms and simulated trials."""

import numpy as np
import pytest
from scipy.stats import norm, ttest_ind

from gutskin.trials.difference_test import chance_of_significance
from gutskin.trials.significant_results import (
    exaggeration,
    reported_if_significant,
    wrong_sign,
)

ALPHA = 0.05


def both(n, adjusted=False, largest=4.0):
    chance = chance_of_significance(n, n, adjusted, largest)
    return chance, reported_if_significant(n, n, adjusted, largest, ALPHA)


def test_closed_form_of_many_patients():
    """The normal case: E|Z + d| beyond 1.96 on either side."""
    n, effect = 100_000, np.array([-0.01, 0.0, 0.004, 0.02])
    chance, reported = both(n, largest=0.02)
    d = effect * np.sqrt(n / 2)
    expected = sum(norm.pdf(1.96 - x) + x * norm.cdf(x - 1.96) for x in (d, -d))
    assert np.allclose(reported(effect), expected / np.sqrt(n / 2), rtol=1e-3)
    of_one = np.array([0.004])
    x = d[2]
    wrong = norm.cdf(-x - 1.96)
    assert wrong_sign(of_one, chance) == pytest.approx(wrong / (wrong + norm.cdf(x - 1.96)), 1e-3)


@pytest.mark.parametrize("n", [4, 12])
def test_simulation_small_trials(n):
    """Against 100,000 t tests of simulated trials."""
    rng = np.random.default_rng(5)
    effect = 0.5
    a, b = rng.normal(effect, 1, (100_000, n)), rng.normal(0, 1, (100_000, n))
    gap, p = a.mean(axis=1) - b.mean(axis=1), ttest_ind(a, b, axis=1).pvalue
    chance, reported = both(n)
    one = np.array([effect])
    simulated = np.where(p < ALPHA, np.abs(gap), 0.0)
    error = simulated.std() / np.sqrt(len(gap))
    assert abs(reported(one)[0] - simulated.mean()) < 3.5 * error
    share = (gap < 0)[p < ALPHA].mean()
    assert abs(wrong_sign(one, chance) - share) < 3.5 * np.sqrt(share / (p < ALPHA).sum()) + 1e-4
    factor = np.abs(gap[p < ALPHA]).mean() / effect
    assert exaggeration(one, chance, reported) == pytest.approx(factor, rel=0.02)


def test_simulation_a_covariate_costs_what_its_chance_imbalance_does():
    rng, n, effect = np.random.default_rng(6), 6, 0.8
    found = np.empty(20_000)
    for i in range(len(found)):
        x, arm = rng.normal(size=2 * n), np.repeat([1.0, 0.0], n)
        y = effect * arm + x + rng.normal(size=2 * n)
        design = np.stack([np.ones(2 * n), arm, x], axis=1)
        fit, rest, *_ = np.linalg.lstsq(design, y)
        error = np.sqrt(rest[0] / (2 * n - 3) * np.linalg.inv(design.T @ design)[1, 1])
        found[i] = abs(fit[1]) if abs(fit[1]) > 2.2621571628 * error else 0.0  # t, 9 df
    _, reported = both(n, adjusted=True)
    error = found.std() / np.sqrt(len(found))
    assert abs(reported(np.array([effect]))[0] - found.mean()) < 3.5 * error


def test_property_large_trials_tell_the_truth_and_small_ones_too_much():
    effect = np.array([0.3, 0.5, -0.1])
    factors = [exaggeration(effect, *both(n)) for n in (3, 10, 100, 10_000)]
    assert (np.diff(factors) < 0).all()
    assert factors[-1] == pytest.approx(1.0, abs=0.01)
    wrong = [wrong_sign(effect, both(n)[0]) for n in (3, 10, 100, 10_000)]
    assert (np.diff(wrong) < 0).all()
    assert wrong[0] < 0.5


def test_unit_of_no_effect_half_of_what_is_significant_is_wrong_and_no_factor_is_known():
    chance, reported = both(20)
    nothing = np.zeros(3)
    assert wrong_sign(nothing, chance) == pytest.approx(0.5)
    assert np.isnan(exaggeration(nothing, chance, reported))
    chance, reported = both(1)
    assert np.isnan(wrong_sign(np.ones(2), chance))  # nothing is ever significant
