"""Made-up data at every edge: each method gives a p-value or says why not, never a nan alone."""

import numpy as np
import pytest

from gutskin.statistics.cox import cox
from gutskin.statistics.log_rank import log_rank
from gutskin.statistics.logistic import logistic
from gutskin.statistics.mann_whitney import mann_whitney
from gutskin.statistics.mantel_haenszel import counted, mantel_haenszel
from gutskin.statistics.meta_analysis import meta_analysis
from gutskin.statistics.mmrm import arm_columns, mmrm
from gutskin.statistics.multiple_imputation import imputations
from gutskin.statistics.negative_binomial import negative_binomial
from gutskin.statistics.standardised_risk import standardised_risks

B = 5  # trials of a batch


def made(rng):
    """Few patients, rounded or constant values, many missing, arms that may be empty."""
    n = int(rng.integers(1, 14))
    y = np.round(rng.normal(0, rng.choice([0, 1, 100]), (B, n, 3)), int(rng.integers(0, 3)))
    y[rng.random(y.shape) < rng.choice([0, 0.3, 0.9])] = np.nan
    arm = (rng.random(n) < rng.choice([0, 0.2, 0.5, 1])).astype(int)
    more = rng.choice([0.0, 1.0, 2.0, np.nan], (B, n, 2), p=[0.4, 0.3, 0.25, 0.05])
    return y, arm, more


def answers(y, arm, more, rng):
    """Each method's p and reason."""
    last, n = y[..., -1], y.shape[1]
    event = np.where(np.isfinite(last), (last > 0).astype(float), np.nan)
    treated = np.broadcast_to(arm[:, None], (B, n, 1)).astype(float)
    x = np.concatenate([np.ones((B, n, 1)), treated, more], axis=-1)
    stratum = rng.integers(0, 2, n)
    for covariates in (None, more):
        risks = standardised_risks(event, arm, covariates)
        yield from (risks.difference, risks.log_ratio, risks.log_odds_ratio)
    table = mantel_haenszel(*counted(event, arm, stratum, 2))
    yield from (table, table.difference, table.log_ratio, table.log_odds_ratio)
    time = np.abs(np.round(last)) + 1
    yield from (log_rank(time, event, arm), log_rank(time, event, arm, stratum))
    yield from (cox(time, event, x[..., 1:]).coefficients,
                cox(time, event, x[..., 1:], stratum).coefficients)  # fmt: skip
    yield logistic(event, x).coefficients
    yield negative_binomial(time - 1, x[..., :3], rng.choice([0, 1.5], (B, n))).coefficients
    yield mann_whitney(last[:, arm == 1], last[:, arm == 0])
    yield meta_analysis(last, np.abs(last) + rng.choice([0, 1.0])).mean
    yield mmrm(y, arm_columns(more[..., 0], arm, 3), np.eye(9)).contrasts


@pytest.mark.parametrize("seed", range(25))
def test_no_nan_in_silence(seed):
    rng = np.random.default_rng(seed)
    y, arm, more = made(rng)
    for found in answers(y, arm, more, rng):
        np.testing.assert_array_equal(np.isfinite(found.p), found.untested == 0)
    for rule in ("at random", "jump to reference", "copy increments"):
        own = [np.random.default_rng(one) for one in range(B)]
        drawn, possible = imputations(y, more[..., 0], arm, own, 2, rule)
        known = possible[:, None] & np.isfinite(more[..., 0])
        assert np.isfinite(drawn[:, known]).all()
