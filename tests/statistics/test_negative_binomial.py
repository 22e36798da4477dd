"""Counts: R's numbers, Poisson's limit, and data without counts.

Where an arm has no event: closed forms, a second program, and the error of the first kind.
"""

import numpy as np
import pytest
from reference_stats import numbers, reference, terms, texts
from scipy.optimize import minimize
from scipy.stats import binom, nbinom, norm

from gutskin.statistics.negative_binomial import negative_binomial
from gutskin.statistics.untested import Untested


def epil():
    columns = [numbers("epil", key) for key in ("lbase", "lage", "V4")]
    treated = (texts("epil", "trt") == "progabide").astype(float)
    return numbers("epil", "y"), np.stack([np.ones(236), treated, *columns], axis=-1)


def test_reference_r():
    y, x = epil()
    fit = negative_binomial(y, x)
    theirs = reference("negative binomial")
    assert fit.theta == pytest.approx(theirs["theta"], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"], rel=1e-9)
    np.testing.assert_allclose(
        fit.coefficients.value, terms("negative binomial", "value"), rtol=1e-5
    )
    np.testing.assert_allclose(
        fit.coefficients.standard_error, terms("negative binomial", "error"), rtol=1e-5
    )


def test_reference_r_counts_that_scatter_less_are_poisson():
    """Means of R's Poisson fit, rounded, scatter far less than Poisson's counts do."""
    _, x = epil()
    rate = np.exp(x @ terms("poisson", "value"))
    fit = negative_binomial(np.round(rate), x)
    assert np.isinf(fit.theta)
    weight = np.exp(x @ fit.coefficients.value)
    covariance = np.linalg.inv(x.T @ (x * weight[:, None]))
    np.testing.assert_allclose(fit.coefficients.standard_error**2, np.diag(covariance), rtol=1e-9)


def test_exposure_is_time_watched():
    y = np.array([2.0, 4.0, 0.0, 6.0, 3.0, 1.0])
    plain = negative_binomial(y, np.ones((6, 1)), np.full(6, 2.0))
    assert np.exp(plain.coefficients.value[0]) == pytest.approx(y.mean() / 2)
    gone = negative_binomial(np.append(y, 5.0), np.ones((7, 1)), np.append(np.full(6, 2.0), 0.0))
    assert gone.theta == pytest.approx(float(plain.theta), rel=1e-8)


def test_what_cannot_be_tested_says_why():
    arm = np.column_stack([np.ones(20), np.repeat([1.0, 0.0], 10)])
    rng = np.random.default_rng(1)
    y = rng.poisson(2.0, 20).astype(float)
    cases = [
        (np.zeros(20), Untested.no_events),
        (np.full(20, np.nan), Untested.too_few),
        (np.where(arm[:, 1] == 1, 0.0, y), Untested.separation),
        (np.where(np.arange(20) == 0, y, np.nan), Untested.too_few),
    ]
    for counts, why in cases:
        fit = negative_binomial(counts, arm)
        assert fit.untested == why
        assert np.isnan(fit.coefficients.p).all() == (why != Untested.separation)
    empty = negative_binomial(np.where(arm[:, 1] == 1, np.nan, y + 1), arm)
    assert empty.coefficients.untested[1] == Untested.not_estimable
    assert np.isnan(empty.coefficients.p[1])


def one_sided(rng, trials, n, theta=1.0):
    """Counts of arm 1 alone, then of n patients of arm 0 without any."""
    means = 0.8 * rng.gamma(theta, 1 / theta, (trials, n))
    return np.concatenate([rng.poisson(means), np.zeros((trials, n))], axis=1).astype(float)


@pytest.mark.parametrize("turned", [1.0, -1.0])
def test_closed_form_of_poisson_counts_in_one_arm_alone(turned):
    """Of T events w T are expected in the arm with the share w of all time: binomial."""
    y = np.repeat([1.0, 0.0, 0.0], [7, 13, 25])  # ones and noughts scatter less than Poisson's
    watched = np.repeat([2.0, 3.0], [20, 25])
    arm = turned * np.repeat([1.0, 0.0], [20, 25])
    found = negative_binomial(y, np.column_stack([np.ones(45), arm]), watched).coefficients
    share = 40 / (40 + 75)
    z = turned * (7 - 7 * share) / np.sqrt(7 * share * (1 - share))
    assert found.statistic[1] == pytest.approx(z, rel=1e-9)
    assert found.p[1] == pytest.approx(2 * norm.sf(abs(z)), rel=1e-9)
    assert found.untested[1] == Untested.tested
    assert np.isnan(found.value[1])
    assert np.isnan(found.interval()[0][1])


def test_double_programming_the_score_test_given_covariate_time_and_dispersion():
    """The null by scipy's own likelihood and optimiser, the curvature as it is expected."""
    rng = np.random.default_rng(4)
    y = one_sided(rng, 1, 30, 0.7)[0]
    arm, other = np.repeat([1.0, 0.0], 30), rng.normal(size=60)
    watched = rng.uniform(0.5, 3.0, 60)
    x = np.column_stack([np.ones(60), arm, other])

    def lost(place):
        mean = watched * np.exp(place[0] + place[1] * other)
        theta = np.exp(place[2])
        return -nbinom.logpmf(y, theta, theta / (theta + mean)).sum()

    best = minimize(lost, [-1.0, 0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9,
                    "fatol": 1e-13, "maxiter": 5000, "maxfev": 5000}).x  # fmt: skip
    mean, alpha = watched * np.exp(best[0] + best[1] * other), np.exp(-best[2])
    assert 0.1 < alpha < 10
    slope = ((y - mean) / (1 + alpha * mean)) @ arm
    information = x.T @ (x * (mean / (1 + alpha * mean))[:, None])
    spread = 1 / np.linalg.inv(information)[1, 1]
    found = negative_binomial(y, x, watched).coefficients
    assert found.statistic[1] == pytest.approx(slope / np.sqrt(spread), rel=1e-5)


def test_property_a_batch_is_its_members_beside_trials_that_have_a_fit():
    rng = np.random.default_rng(5)
    y = one_sided(rng, 6, 20)
    y[::2, 20:] = rng.poisson(1.0, (3, 20))
    x = np.column_stack([np.ones(40), np.repeat([1.0, 0.0], 20)])
    whole = negative_binomial(y, x).coefficients
    assert np.array_equal(np.isnan(whole.value[:, 1]), [False, True] * 3)
    assert np.isfinite(whole.p[:, 1]).all()
    alone = [negative_binomial(one, x).coefficients.p[1] for one in y]
    np.testing.assert_allclose(whole.p[:, 1], alone, rtol=1e-6)


def test_what_the_others_separate_by_themselves_has_no_score_test():
    y = one_sided(np.random.default_rng(6), 1, 20)[0]
    arm, twin = np.repeat([1.0, 0.0], 20), np.repeat([1.0, 0.0, 1.0], [20, 15, 5])
    found = negative_binomial(y, np.column_stack([np.ones(40), arm, twin])).coefficients
    assert found.untested[1] == Untested.separation  # without `arm`, `twin` still has no maximum
    assert np.isnan(found.p[1])


@pytest.mark.parametrize("theta", [np.inf, 0.5])
def test_monte_carlo_with_rare_events_few_trials_without_an_effect_are_significant(theta):
    """Of all trials; those with all events in one arm counted as not significant before."""
    rng = np.random.default_rng(7)
    means = np.full((1200, 40), 0.12)
    if np.isfinite(theta):
        means *= rng.gamma(theta, 1 / theta, means.shape)
    x = np.column_stack([np.ones(40), np.repeat([1.0, 0.0], 20)])
    found = negative_binomial(rng.poisson(means).astype(float), x).coefficients
    endless = np.isnan(found.value[:, 1]) & (found.untested[:, 1] == 0)
    assert endless.mean() > 0.1
    significant = found.p[:, 1] < 0.05
    assert (significant & endless).sum() > 3 * (significant & ~endless).sum()
    assert 0.01 < significant.mean() < 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / 3000)


def test_monte_carlo_power_lies_between_a_permutation_test_and_an_exact_one():
    """The permutation of totals is true to any scatter; the binomial one ignores it."""
    rng = np.random.default_rng(8)
    means = np.repeat([0.01, 0.4], 30) * rng.gamma(0.7, 1 / 0.7, (600, 60))
    y = rng.poisson(means).astype(float)
    x = np.column_stack([np.ones(60), np.repeat([1.0, 0.0], 30)])
    found = negative_binomial(y, x).coefficients
    ours = (found.p[:, 1] < 0.05).mean()
    first, whole = y[:, :30].sum(axis=1), y.sum(axis=1)
    exact = np.minimum(2 * binom.cdf(np.minimum(first, whole - first), whole, 0.5), 1.0)
    places = np.argsort(rng.random((999, 60)), axis=1)[:, :30]
    drawn = np.abs(2 * y[:, places].sum(axis=2) - whole[:, None])
    permuted = (1 + (drawn >= np.abs(2 * first - whole)[:, None]).sum(axis=1)) / 1000
    error = 3.3 * np.sqrt(0.25 / 600)
    assert (permuted <= 0.05).mean() - error < ours < (exact <= 0.05).mean() + error
    assert ours > 0.5
    assert np.isnan(found.value[:, 1]).mean() > 0.5
