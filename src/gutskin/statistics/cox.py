"""Proportional hazards after Cox, a batch of trials at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.estimate import Estimate, estimated
from gutskin.statistics.newton import Maximum, maximise
from gutskin.statistics.regression_data import RegressionData
from gutskin.statistics.risk_sets import RiskSets
from gutskin.statistics.score_test import score, score_tested
from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]
Ties = Literal["efron", "breslow"]
ENDLESS = 12.0  # log hazard ratio between two patients that no data show: it grows without end


@dataclass(frozen=True, eq=False)
class Cox:
    """A batch of fits.

    Parameters
    ----------
    coefficients : Estimate, each field [..., column] (log hazard ratio)
        where the likelihood has no finite maximum the value is NaN, statistic and p are those of
        the score test, and the sign of the statistic is the way in which the ratio has no end
    covariance : Array [..., column, column]
    log_likelihood : Array [...], partial
    untested : Array [...] (int), why there is no fit
    """

    coefficients: Estimate
    covariance: Array
    log_likelihood: Array
    untested: NDArray[np.int8]


def cox(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    stratum: ArrayLike | None = None,
    ties: Ties = "efron",
) -> Cox:
    """Fit a batch by maximum partial likelihood; each coefficient has its normal test.

    Where an arm has no event the ratio has no finite value and Wald's test none either: `untested`
    of the fit says so, and the coefficients have the score test. Of two arms without tied events
    that is the log-rank test.

    Parameters
    ----------
    time, event : Array [..., patient]
        see `kaplan_meier`
    x : Array [..., patient, column]
        no column of ones; who has a NaN is left out
    stratum : Array [..., patient] (int), each with a baseline hazard of its own
    ties : how events at the same time are counted

    Examples
    --------
    >>> fit = cox([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1], [[1.0], [0.0], [1.0], [0.0]])
    >>> round(float(fit.coefficients.value[0]), 3)
    0.941
    """
    x = np.asarray(x, float)
    event = np.asarray(event, float)
    time = np.where(np.isfinite(event), np.asarray(time, float), np.nan)
    time = np.broadcast_to(time, np.broadcast_shapes(time.shape, x.shape[:-1]))
    columns = _without_constant(time, x)
    data = RegressionData.of(time, columns)
    sets = RiskSets.of(time, event, stratum, np.isfinite(columns).all(axis=-1))
    rows = np.take_along_axis(data.x, sets.order[..., None], 1)
    rank = np.cumsum(sets.event, axis=1)
    before = np.take_along_axis(rank - sets.event, sets.first, 1)
    among = np.where(sets.event > 0, rank - before - 1, 0.0)
    many = sets.tied(sets.event[..., None])[..., 0]
    share = among / np.maximum(many, 1) if ties == "efron" else np.zeros_like(among)
    partial = _Partial(sets, rows, share)
    found = maximise(partial.likelihood, np.zeros(data.kept.shape), data.kept)
    reason = _why_no_fit(partial, data, found)
    bad = reason[:, None] > 0
    value, covariance = data.unscaled(found.coefficients, found.covariance)
    value, covariance = np.where(bad, np.nan, value), np.where(bad[..., None], np.nan, covariance)
    flat = ~(np.einsum("bpp->bp", covariance) > 0)
    why = np.where(bad, reason[:, None], np.where(data.kept, 0, Untested.not_estimable))
    why = np.where((why == 0) & flat, Untested.no_events, why)
    error = np.sqrt(np.einsum("bpp->bp", covariance))
    tested = _with_scores(estimated(value, error, np.inf, why), partial, data.kept)
    return Cox(
        Estimate(*(data.back(one) for one in vars(tested).values())),
        data.back(covariance),
        data.back(np.where(reason > 0, np.nan, found.log_likelihood)),
        data.back(reason),
    )


@dataclass(frozen=True, eq=False)
class _Partial:
    """The partial likelihood of a batch.

    Parameters
    ----------
    sets : of b trials
    x : Array [b, patient, column], rows in the order of `sets`
    share : Array [b, patient], of the tied events that an event no longer competes with
    """

    sets: RiskSets
    x: Array
    share: Array

    def likelihood(self, coefficients: Array) -> tuple[Array, Array, Array]:
        """Its logarithm, slope and information at coefficients [b, column]."""
        return _likelihood(self.sets, self.x, self.share, coefficients)

    def endless(self, coefficients: Array) -> NDArray[np.bool_]:
        """Whether patients are so far apart that a coefficient has no finite maximum [b]."""
        seen, hazards = self.sets.seen, np.einsum("bip,bp->bi", self.x, coefficients)
        most = np.where(seen, hazards, -np.inf).max(axis=1, initial=-np.inf)
        least = np.where(seen, hazards, np.inf).min(axis=1, initial=np.inf)
        return np.asarray(most - least > ENDLESS)

    def of(self, some: NDArray[np.bool_]) -> _Partial:
        """Some trials of the batch [b]."""
        return _Partial(self.sets.of_trials(some), self.x[some], self.share[some])


def _why_no_fit(partial: _Partial, data: RegressionData, found: Maximum) -> NDArray[np.int8]:
    """Why a trial of the batch has no fit, or that it has one [b]."""
    sets = partial.sets
    return np.select(
        [
            ~sets.seen.any(axis=1),
            sets.event.sum(axis=1) == 0,
            ~data.kept.any(axis=1),
            partial.endless(found.coefficients),
            ~found.reached,
        ],
        [
            Untested.too_few, Untested.no_events, Untested.empty_arm, Untested.separation,
            Untested.no_maximum,
        ],
        Untested.tested,
    ).astype(np.int8)  # fmt: skip


def _with_scores(wald: Estimate, partial: _Partial, kept: NDArray[np.bool_]) -> Estimate:
    """The score test where there is no finite maximum, Wald's elsewhere [b, column].

    The score test asks at 0 whether the likelihood rises, and needs no maximum.
    """
    endless = np.isin(wald.untested, (Untested.separation, Untested.no_maximum))
    if not (some := endless.any(axis=1)).any():
        return wald
    z = np.full(kept.shape, np.nan)
    z[some] = _scores(partial.of(some), kept[some])
    return score_tested(wald, z, endless)


def _scores(partial: _Partial, kept: NDArray[np.bool_]) -> Array:
    """The slope at 0 over its standard error, of each column given the others [b, column].

    NaN where the others by themselves have no finite maximum.
    """
    z = np.full(kept.shape, np.nan)
    for column in range(kept.shape[1]):
        others = kept.copy()
        others[:, column] = False
        null = maximise(partial.likelihood, np.zeros(kept.shape), others)
        _, slope, information = partial.likelihood(null.coefficients)
        known = null.reached & ~partial.endless(null.coefficients)
        z[:, column] = score(slope, information, kept, column, known)
    return z


def _without_constant(time: Array, x: Array) -> Array:
    """Columns about their means, so that one that is the same for everybody is nothing."""
    seen = np.isfinite(time) & np.isfinite(x).all(axis=-1)
    clean = np.where(seen[..., None], x, 0.0)
    many = np.maximum(seen.sum(axis=-1), 1)[..., None, None]
    off = np.where(seen[..., None], clean - clean.sum(axis=-2, keepdims=True) / many, np.nan)
    size = np.abs(clean).max(axis=-2, keepdims=True, initial=0.0)
    return np.where(np.abs(off) <= 1e-13 * size, 0.0 * off, off)


def _likelihood(
    sets: RiskSets, x: Array, share: Array, coefficients: Array
) -> tuple[Array, Array, Array]:
    """Partial log likelihood, slope and information.

    Parameters
    ----------
    x : Array [b, patient, column], rows in the order of `sets`
    share : Array [b, patient], of the tied events that an event no longer competes with
    """
    columns = x.shape[-1]
    hazard = np.einsum("bip,bp->bi", x, coefficients)
    top = np.where(sets.seen, hazard, -np.inf).max(axis=1, keepdims=True, initial=-700.0)
    weight = np.where(sets.seen, np.exp(np.maximum(hazard - top, -700.0)), 0.0)
    pairs = (x[..., :, None] * x[..., None, :]).reshape(*x.shape[:2], -1)
    values = weight[..., None] * np.concatenate([np.ones((*x.shape[:2], 1)), x, pairs], axis=-1)
    died = sets.tied(values * sets.event[..., None])
    sums = sets.at_risk(values) - share[..., None] * died
    happened = sets.event > 0
    # A step far too long leaves nobody at risk in rounding: no likelihood, and it is halved.
    some = np.where(sums[..., 0] > 0, sums[..., 0], np.nan)
    whole = np.where(happened, some, 1.0)
    mean = sums[..., 1 : columns + 1] / whole[..., None]
    square = (sums[..., columns + 1 :] / whole[..., None]).reshape(*x.shape, columns)
    square = square - mean[..., :, None] * mean[..., None, :]
    use = np.where(happened, sets.event, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(happened, hazard - top - np.log(whole), 0.0)
    return (
        (use * terms).sum(axis=1),
        np.einsum("bi,bip->bp", use, x - mean),
        np.einsum("bi,bipq->bpq", use, square),
    )
