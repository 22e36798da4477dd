"""The log-rank test of two or more groups, stratified or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.risk_sets import RiskSets
from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LogRank:
    """A test in each trial of a batch.

    Parameters
    ----------
    observed, expected : Array [..., group]
        events, and those expected if the groups do not differ, weighted
    variance : Array [..., group, group], of observed less expected
    chi_square, p : Array [...]; NaN where `untested` says why
    untested : Array [...] (int)
    """

    observed: Array
    expected: Array
    variance: Array
    chi_square: Array
    p: Array
    untested: NDArray[np.int8]


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    stratum: ArrayLike | None = None,
    rho: float = 0.0,
) -> LogRank:
    """Compare groups.

    Parameters
    ----------
    time, event : Array [..., patient]
        see `kaplan_meier`
    group : Array [..., patient] (int), 0, 1, ...
    stratum : Array [..., patient] (int)
    rho : weight survival to this power (Harrington and Fleming): 0 is the log-rank test, 1 that of
        Peto and Peto

    Examples
    --------
    >>> found = log_rank([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1], [1, 1, 0, 0])
    >>> found.observed.tolist(), round(float(found.p), 3)
    ([2.0, 2.0], 0.09)
    """
    from scipy.special import chdtrc

    sets = RiskSets.of(time, event, stratum)
    labels = np.broadcast_to(np.asarray(group), np.asarray(time, float).shape)
    groups = max(int(labels.max(initial=0)) + 1, 2)
    mine = sets.sorted((labels[..., None] == np.arange(groups)).astype(float))
    at_risk = sets.at_risk(mine)
    deaths = sets.tied(mine * sets.event[..., None])
    n, d = at_risk.sum(axis=-1), deaths.sum(axis=-1)
    first = sets.first_of_time & sets.seen & (d > 0)
    weight = np.where(first, _survival_before(n, d, first, sets) ** rho, 0.0)
    share = at_risk / np.maximum(n, 1)[..., None]
    observed = (weight[..., None] * deaths).sum(axis=1)
    expected = (weight[..., None] * d[..., None] * share).sum(axis=1)
    factor = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
    spread = np.einsum("bi,big,gh->bgh", factor, share, np.eye(groups))
    variance = spread - np.einsum("bi,big,bih->bgh", factor, share, share)
    why = np.select(
        [(mine.sum(axis=1) == 0).any(axis=1), (d * first).sum(axis=1) == 0],
        [Untested.empty_arm, Untested.no_events],
        Untested.tested,
    )
    chi, why = _chi_square((observed - expected)[:, 1:], variance[:, 1:, 1:], why)
    p = chdtrc(groups - 1, chi)

    def back(one: NDArray) -> NDArray:
        return one.reshape(sets.shape + one.shape[1:])

    return LogRank(*(back(one) for one in (observed, expected, variance, chi, p, why)))


def _chi_square(
    beyond: Array, variance: Array, why: NDArray[np.int_]
) -> tuple[Array, NDArray[np.int8]]:
    """The statistic of all groups but the first [b], and why there is none.

    Parameters
    ----------
    beyond : Array [b, group], observed less expected
    variance : Array [b, group, group]
    why : Array [b], what is known to be wrong already
    """
    lowest = np.linalg.eigvalsh(variance)[:, 0]
    why = np.where((why == 0) & ~(lowest > 1e-12), Untested.no_events, why)
    good = why == 0
    safe = np.where(good[:, None, None], variance, np.eye(variance.shape[-1]))
    chi = np.einsum("bg,bg->b", beyond, np.linalg.solve(safe, beyond[..., None])[..., 0])
    return np.where(good, chi, np.nan), why.astype(np.int8)


def _survival_before(n: Array, d: Array, first: NDArray[np.bool_], sets: RiskSets) -> Array:
    """Survival of everybody in a stratum just before each row's time [b, patient]."""
    with np.errstate(divide="ignore"):
        logs = np.log(np.where(first, 1 - d / np.maximum(n, 1), 1.0))
    logs = np.maximum(
        logs, -1e3
    )  # nobody is left; a finite number, so that strata can be told apart
    before = np.cumsum(logs, axis=1) - logs
    starts = np.ones(n.shape, bool)
    starts[:, 1:] = sets.end[:, 1:] != sets.end[:, :-1]
    place = np.maximum.accumulate(np.where(starts, np.arange(n.shape[1]), 0), axis=1)
    return np.exp(before - np.take_along_axis(before, place, 1))
