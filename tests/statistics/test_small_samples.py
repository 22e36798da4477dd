"""Wald tests in small samples: closed form, and 5% significant without an effect.

The statistics of `test_false_positives.py` by themselves are R's (up to 7.5% in trials of sixty);
trials are analysed with these. Counts of p < 0.05 lie in the binomial interval of 5%.
"""

import numpy as np
import pytest
from scipy.stats import binom, t

from gutskin.statistics.estimate import estimated
from gutskin.statistics.negative_binomial import negative_binomial
from gutskin.statistics.small_samples import in_small_samples
from gutskin.statistics.standardised_risk import standardised_risks
from gutskin.statistics.untested import Untested

N = 60  # patients of both arms
ARM = np.repeat([1.0, 0.0], N // 2)
HIGHEST = 0.058  # with dropout 40 patients are left, of whom few have the event


def test_closed_form_error_and_p_follow_from_patients_less_coefficients():
    found = in_small_samples(estimated([2.0, 2.0], 1.0), [20, 100_000], [4, 4])
    assert found.standard_error[0] == pytest.approx(np.sqrt(20 / 16))
    assert found.p[0] == pytest.approx(2 * t.sf(2.0 / np.sqrt(20 / 16), 16))
    assert found.p[1] == pytest.approx(0.0455, abs=1e-4)  # of many patients the normal test
    assert found.freedom.tolist() == [16, 99_996]


def test_what_has_no_test_stays_without_and_a_score_test_stays_as_it_is():
    none = in_small_samples(estimated(np.nan, np.nan, untested=Untested.no_events), 10, 2)
    assert np.isnan(none.p)
    assert none.untested == Untested.no_events
    y = np.concatenate([np.zeros(15), np.full(15, 3.0)])[None]
    arm = np.repeat([1.0, 0.0], 15)
    scored = negative_binomial(y, np.column_stack([np.ones(30), arm])).coefficients
    after = in_small_samples(scored, 30, 2)
    assert np.isnan(scored.value[0, 1])
    assert np.isfinite(scored.p[0, 1])
    np.testing.assert_array_equal(after.p[0, 1], scored.p[0, 1])
    # as many coefficients as patients: nothing is left of which to learn the error
    assert in_small_samples(estimated(1.0, 0.5), 2, 2).p == estimated(1.0, 0.5).p


def risks(rng, trials, dropout):
    """A score at baseline, and who has the event at the last visit."""
    body = rng.normal(0, 1, (trials, N))
    baseline = body + rng.normal(0, 0.7, (trials, N))
    y = (body + rng.normal(0, 1, (trials, N)) < -0.3).astype(float)
    y[rng.random(y.shape) < 0.3 * dropout] = np.nan
    found = standardised_risks(y, ARM, baseline[..., None])
    columns = 2 + found.adjusted
    return found.difference.p, in_small_samples(
        found.difference, np.isfinite(y).sum(axis=1), columns
    ).p


def counts(rng, trials, dropout):
    watched = np.full((trials, N), 1.0)
    if dropout:
        watched = np.minimum(1.0, rng.exponential(1.5, (trials, N)) + 0.05)
    y = rng.poisson(3 * watched * rng.gamma(1.5, 1 / 1.5, (trials, N)))
    found = negative_binomial(y, np.column_stack([np.ones(N), ARM]), watched).coefficients
    return found.p[:, 1], in_small_samples(found, N, 2).p[:, 1]


def check(method, dropout, trials):
    before, after = method(np.random.default_rng(11), trials, dropout)
    tested = np.isfinite(after)
    assert tested.mean() > 0.99
    count, many = int((after[tested] < 0.05).sum()), int(tested.sum())
    low, high = binom.ppf(0.0005, many, 0.045), binom.ppf(0.9995, many, HIGHEST)
    assert low <= count <= high, count / many
    assert count < (before[tested] < 0.05).sum()


@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize("method", [risks, counts])
def test_null(method, dropout):
    check(method, dropout, 1000)


@pytest.mark.slow
@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize("method", [risks, counts])
def test_null_many_trials(method, dropout):
    check(method, dropout, 10_000)
