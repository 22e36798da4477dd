"""Without an effect each method is significant in 5% of trials, with and without dropout.

Counts of p < 0.05 lie in the binomial interval of their own error rate; where a method's exact
rate is not 5% in small trials (discrete data, Wald tests), the bound says by how much.
"""

import numpy as np
import pytest
from scipy.stats import binom

from gutskin.statistics.cox import cox
from gutskin.statistics.log_rank import log_rank
from gutskin.statistics.mann_whitney import mann_whitney
from gutskin.statistics.mantel_haenszel import counted, mantel_haenszel
from gutskin.statistics.meta_analysis import meta_analysis
from gutskin.statistics.mmrm import arm_columns, mmrm
from gutskin.statistics.negative_binomial import negative_binomial
from gutskin.statistics.standardised_risk import standardised_risks

N = 60  # patients of both arms
ARM = np.repeat([1, 0], N // 2)


def repeated(rng, trials, dropout):
    """Baseline and four visits; who does worse is likelier not to come to the next."""
    body = rng.normal(0, 1, (trials, N, 1))
    baseline = body[..., 0] + rng.normal(0, 0.7, (trials, N))
    y = body + rng.normal(0, 0.7, (trials, N, 4)) + 0.5 * rng.normal(0, 1, (trials, N, 4)).cumsum(2)
    if dropout:
        before = np.concatenate([baseline[..., None], y[..., :-1]], axis=-1)
        leaves = rng.random(y.shape) < 0.12 / (1 + np.exp(-before))
        y[np.maximum.accumulate(leaves, axis=-1)] = np.nan
    return y, baseline


def by_mmrm(adjustment):
    def p(rng, trials, dropout):
        y, baseline = repeated(rng, trials, dropout)
        contrast = np.zeros(12)
        contrast[7] = 1.0
        return mmrm(y, arm_columns(baseline, ARM, 4), contrast, adjustment).contrasts.p[:, 0]

    return p


def by_risks(rng, trials, dropout):
    y, baseline = repeated(rng, trials, dropout)
    last = np.where(np.isfinite(y[..., -1]), (y[..., -1] < -0.3).astype(float), np.nan)
    return standardised_risks(last, ARM.astype(float), baseline[..., None]).difference.p


def by_mantel_haenszel(rng, trials, dropout):
    y, baseline = repeated(rng, trials, dropout)
    last = np.where(np.isfinite(y[..., -1]), (y[..., -1] < -0.3).astype(float), np.nan)
    return mantel_haenszel(*counted(last, ARM, (baseline > 0).astype(int), 2)).p


def by_ranks(rng, trials, dropout):
    y, _ = repeated(rng, trials, dropout)
    last = np.exp(y[..., -1])
    return mann_whitney(last[:, ARM == 1], last[:, ARM == 0]).p


def times(rng, trials, dropout):
    """Visits every second week; a frailty between people; who leaves is censored."""
    until = np.ceil(rng.exponential(10, (trials, N)) / rng.gamma(4, 0.25, (trials, N)) / 2) * 2
    last = np.full((trials, N), 24.0)
    if dropout:
        last = np.minimum(last, np.ceil(rng.exponential(30, (trials, N)) / 2) * 2)
    return np.minimum(until, last), (until <= last).astype(float)


def by_log_rank(rng, trials, dropout):
    return log_rank(*times(rng, trials, dropout), ARM).p


def by_cox(rng, trials, dropout):
    return cox(*times(rng, trials, dropout), ARM[:, None].astype(float)).coefficients.p[:, 0]


def by_counts(rng, trials, dropout):
    watched = np.full((trials, N), 1.0)
    if dropout:
        watched = np.minimum(1.0, rng.exponential(1.5, (trials, N)) + 0.05)
    y = rng.poisson(3 * watched * rng.gamma(1.5, 1 / 1.5, (trials, N)))
    x = np.column_stack([np.ones(N), ARM])
    return negative_binomial(y, x, watched).coefficients.p[:, 1]


def by_pool(rng, trials, dropout):
    """Twelve trials of different sizes; dropout leaves trials out by chance."""
    variance = rng.uniform(0.5, 1.5, (trials, 12))
    effect = rng.normal(0, np.sqrt(variance + 0.5))
    if dropout:
        effect[rng.random(effect.shape) < 0.2] = np.nan
    return meta_analysis(effect, variance).mean.p


# method -> lowest and highest error rate that its theory allows at this size
METHODS = {
    "mmrm kenward-roger": (by_mmrm("kenward-roger"), 0.05, 0.05),
    "mmrm satterthwaite": (by_mmrm("satterthwaite"), 0.05, 0.058),
    "standardised risks": (by_risks, 0.05, 0.075),  # a Wald test of counts, 60 patients
    "mantel-haenszel": (by_mantel_haenszel, 0.045, 0.06),
    "mann-whitney": (by_ranks, 0.046, 0.05),  # exact: never above
    "log-rank": (by_log_rank, 0.05, 0.055),
    "cox": (by_cox, 0.045, 0.055),
    "negative binomial": (by_counts, 0.05, 0.075),  # a Wald test of 60 counts
    "meta-analysis": (by_pool, 0.045, 0.055),
}


def check(name, dropout, trials):
    method, lowest, highest = METHODS[name]
    p = method(np.random.default_rng(5), trials, dropout)
    tested = np.isfinite(p)
    assert tested.mean() > 0.99
    count, many = int((p[tested] < 0.05).sum()), int(tested.sum())
    assert binom.ppf(0.0005, many, lowest) <= count <= binom.ppf(0.9995, many, highest), (
        count / many
    )


@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize("name", METHODS)
def test_null(name, dropout):
    check(name, dropout, 400 if name.startswith("mmrm") else 1000)


@pytest.mark.slow
@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize("name", METHODS)
def test_null_many_trials(name, dropout):
    check(name, dropout, 10_000)
