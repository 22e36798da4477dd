"""The rank test of two arms after Mann, Whitney and Wilcoxon."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]
EXACT = 50  # patients in an arm from which the exact distribution is no longer used, as in R


@dataclass(frozen=True, eq=False)
class MannWhitney:
    """A rank test in each trial of a batch; every field has shape [...].

    Parameters
    ----------
    statistic : Array, pairs in which the active patient lies higher; a tie counts a half
    probability : Array, the same as a share of all pairs
    shift : Array, median of the differences of all pairs (Hodges and Lehmann)
    p : Array, two-sided; NaN where `untested` says why
    untested : Array (int)
    """

    statistic: Array
    probability: Array
    shift: Array
    p: Array
    untested: NDArray[np.int8]


def mann_whitney(active: ArrayLike, control: ArrayLike) -> MannWhitney:
    """Compare the values of two arms by their ranks.

    Parameters
    ----------
    active, control : Array [..., patient]
        NaN marks who has no value; arms may differ in size

    Returns
    -------
    MannWhitney

    Notes
    -----
    Without ties, and with fewer than 50 patients in both arms, p is exact; else it is the normal
    one with the variance of the ranks as they are and a continuity correction.

    Examples
    --------
    >>> float(mann_whitney([4.0, 5.0, 6.0], [1.0, 2.0, 3.0]).p)
    0.1
    """
    from scipy.special import ndtr

    active, control = np.asarray(active, float), np.asarray(control, float)
    shape = np.broadcast_shapes(active.shape[:-1], control.shape[:-1])
    ones, zeros = (
        np.broadcast_to(one, (*shape, one.shape[-1])).reshape(math.prod(shape), one.shape[-1])
        for one in (active, control)
    )
    n1, n0 = np.isfinite(ones).sum(axis=1), np.isfinite(zeros).sum(axis=1)
    ranks, tied = ranked(np.concatenate([ones, zeros], axis=1))
    mine = ranks[:, : ones.shape[1]]
    statistic = np.where(np.isfinite(mine), mine, 0.0).sum(axis=1) - n1 * (n1 + 1) / 2
    many = n1 + n0
    off = np.where(np.isfinite(ranks), ranks - ((many + 1) / 2)[:, None], 0.0)
    why = np.select(
        [(n1 == 0) | (n0 == 0), many < 3, (off**2).sum(axis=1) == 0],
        [Untested.empty_arm, Untested.too_few, Untested.no_spread],
        Untested.tested,
    ).astype(np.int8)
    good = why == 0
    variance = n1 * n0 * (off**2).sum(axis=1) / np.maximum(many * (many - 1), 1)
    away = np.maximum(np.abs(statistic - n1 * n0 / 2) - 0.5, 0.0)
    p = 2 * ndtr(-away / np.sqrt(np.where(good, variance, 1.0)))
    for number in np.flatnonzero(good & ~tied & (n1 < EXACT) & (n0 < EXACT)):
        p[number] = exact_p(int(statistic[number]), int(n1[number]), int(n0[number]))
    pairs = ones[:, :, None] - zeros[:, None, :]
    shift = np.full(len(ones), np.nan)
    some = (n1 > 0) & (n0 > 0)
    if some.any():
        shift[some] = np.nanmedian(pairs[some].reshape(int(some.sum()), -1), axis=1)
    share = np.where(some, statistic / np.maximum(n1 * n0, 1), np.nan)
    return MannWhitney(
        np.where(some, statistic, np.nan).reshape(shape),
        share.reshape(shape),
        shift.reshape(shape),
        np.where(good, np.minimum(p, 1.0), np.nan).reshape(shape),
        why.reshape(shape),
    )


def ranked(values: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Ranks of each row [b, place], NaN of a NaN; ties share their mean, in the rows told [b].

    Examples
    --------
    >>> ranks, tied = ranked(np.array([[2.0, 1.0, 2.0]]))
    >>> ranks.tolist(), tied.tolist()
    ([[2.5, 1.0, 2.5]], [True])
    """
    order = np.argsort(values, axis=1)  # NaN last
    ordered = np.take_along_axis(values, order, 1)
    place = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    new = np.ones(values.shape, bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(new, place, 0), axis=1)
    ends = np.ones(values.shape, bool)
    ends[:, :-1] = new[:, 1:]
    behind = np.where(ends, place, values.shape[1])
    last = np.minimum.accumulate(behind[:, ::-1], axis=1)[:, ::-1]
    middle = np.where(np.isfinite(ordered), (first + last) / 2 + 1, np.nan)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, middle, 1)
    return ranks, ((first != last) & np.isfinite(ordered)).any(axis=1)


@cache
def _counts(n1: int, n0: int) -> Array:
    """Of all orders of two arms without ties, how many have each statistic [n1 n0 + 1]."""
    # The number of ways is the coefficient of a Gaussian binomial: a product of shifted sums.
    counts = np.zeros(n1 * n0 + 1)
    counts[0] = 1.0
    for number in range(1, n1 + 1):
        up = n0 + number
        counts[up:] -= counts[: len(counts) - up].copy() if up < len(counts) else 0.0
        for step in range(number, len(counts)):
            counts[step] += counts[step - number]
    return counts


def exact_p(statistic: int, n1: int, n0: int) -> float:
    """The two-sided p-value of a statistic without ties."""
    counts = _counts(n1, n0)
    shares = np.cumsum(counts) / counts.sum()
    low = min(statistic, n1 * n0 - statistic)
    return float(min(1.0, 2 * shares[low]))
