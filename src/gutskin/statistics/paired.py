"""Changes of the same people: the paired t test of a batch of trials."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gutskin.statistics.estimate import Estimate, estimated
from gutskin.statistics.untested import Untested

ROUNDING = 16 * np.finfo(float).eps  # of a value: what is less about a mean may be rounding


def paired_change(values: ArrayLike) -> Estimate:
    """The mean change of patients in each trial, tested by Student's t on n - 1 degrees of freedom.

    Parameters
    ----------
    values : Array [..., patient, 2]
        before and after; who misses one is left out

    Examples
    --------
    >>> found = paired_change([[40.0, 35.0], [50.0, 42.0], [45.0, 44.0]])
    >>> round(float(found.value), 3), round(float(found.p), 3)
    (-4.667, 0.148)
    """
    pairs = np.asarray(values, float)
    change = pairs[..., 1] - pairs[..., 0]
    seen = np.isfinite(change)
    n = seen.sum(axis=-1).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(seen, change, 0.0).sum(axis=-1) / n
        off = np.where(seen, change - mean[..., None], 0.0)
        squares = np.square(off).sum(axis=-1)
        error = np.sqrt(squares / (n - 1) / n)
    largest = np.where(np.isfinite(pairs), np.abs(pairs), 0.0).max(axis=(-2, -1), initial=0.0)
    scatters = squares > n * np.square(ROUNDING * largest)
    why = np.select(
        [n < 1, n < 2, ~scatters],
        [Untested.no_pair, Untested.too_few, Untested.no_spread],
        Untested.tested,
    )
    return estimated(mean, error, n - 1, why)
