"""Simple rules for values that were not recorded."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def carried_forward(y: ArrayLike) -> Array:
    """The last value that was recorded stands for those after it.

    Parameters
    ----------
    y : Array [..., visit]
        NaN where nothing was recorded; what comes before the first record stays so

    Examples
    --------
    >>> carried_forward([np.nan, 3.0, np.nan, 5.0, np.nan]).tolist()
    [nan, 3.0, 3.0, 5.0, 5.0]
    """
    given = np.asarray(y, float)
    seen = np.isfinite(given)
    place = np.where(seen, np.arange(given.shape[-1]), -1)
    last = np.maximum.accumulate(place, axis=-1)
    found = np.take_along_axis(given, np.maximum(last, 0), -1)
    return np.where(last >= 0, found, np.nan)


def completers(y: ArrayLike) -> Array:
    """Only those whose every visit was recorded; the others have nothing.

    Parameters
    ----------
    y : Array [..., visit]

    Examples
    --------
    >>> completers([[1.0, 2.0], [3.0, np.nan]]).tolist()
    [[1.0, 2.0], [nan, nan]]
    """
    given = np.asarray(y, float)
    return np.where(np.isfinite(given).all(axis=-1, keepdims=True), given, np.nan)


def failed_if_missing(y: ArrayLike, entered: ArrayLike, failure: float = 0.0) -> Array:
    """Who entered and has no record has failed.

    Parameters
    ----------
    y : Array [..., visit]
        1 or 0
    entered : Array [...] (bool)
        who took part at all; a place that nobody fills stays NaN
    failure : the value of a failure
    """
    given = np.asarray(y, float)
    there = np.asarray(entered, bool)[..., None]
    return np.where(there & ~np.isfinite(given), failure, given)
