"""Shares of the same people before and after: McNemar's test of a batch of trials."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gutskin.statistics.estimate import Estimate
from gutskin.statistics.untested import Untested


def mcnemar(values: ArrayLike) -> Estimate:
    r"""The change of a share in each trial, tested by McNemar's exact test with its mid-p.

    Parameters
    ----------
    values : Array [..., patient, 2]
        1 or 0 before and after; who misses one is left out

    Returns
    -------
    Estimate
        value and standard error of the change; no freedom and no statistic: the test is exact

    Notes
    -----
    Of those who changed, :math:`c` of :math:`b + c` have it only afterwards; without an effect that
    is a throw of as many coins. The probability of :math:`c` itself counts by half (mid-p), without
    which small trials would be far too careful; where nobody changed p is 1. Where everybody has
    it at first, or nobody, it can change in one direction alone, and is not tested.

    References
    ----------
    Fagerland MW, Lydersen S, Laake P. BMC Med Res Methodol 2013;13:91.

    Examples
    --------
    >>> found = mcnemar([[0, 1]] * 7 + [[1, 0]] + [[0, 0]] * 12 + [[1, 1]])
    >>> round(float(found.value), 3), round(float(found.p), 3)
    (0.286, 0.039)
    """
    from scipy.special import bdtr, binom

    pairs = np.asarray(values, float)
    seen = np.isfinite(pairs).all(axis=-1)
    has = np.where(seen[..., None], pairs, 0.0) > 0.5
    n, before = seen.sum(axis=-1).astype(float), has[..., 0].sum(axis=-1)
    gained = (has[..., 1] & ~has[..., 0]).sum(axis=-1).astype(float)
    lost = (has[..., 0] & ~has[..., 1]).sum(axis=-1).astype(float)
    many, fewer = gained + lost, np.minimum(gained, lost)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (gained - lost) / n
        error = np.sqrt((many - (gained - lost) ** 2 / n) / n**2)
    at = binom(many, fewer) * 0.5**many
    one_side = bdtr(fewer, many.astype(int), 0.5)
    p = np.where(gained == lost, 1 - at / 2, 2 * one_side - at)
    p = np.where(many == 0, 1.0, p)
    why = np.select(
        [n < 1, (before == 0) | (before == n)],
        [Untested.no_pair, Untested.no_reference],
        Untested.tested,
    ).astype(np.int8)
    none = np.full(n.shape, np.nan)
    return Estimate(value, error, none, none, np.where(why == 0, p, np.nan), why)
