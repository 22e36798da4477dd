"""Which columns of a design are independent of those before them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TOLERANCE = 1e-9  # of a column's own square, below which nothing of it is left


def independent_columns(cross: Array) -> NDArray[np.bool_]:
    """Columns that those before them do not determine, as R and SAS keep them.

    Parameters
    ----------
    cross : Array [..., column, column]
        sums of products X'X

    Returns
    -------
    Array [..., column] (bool)

    Examples
    --------
    >>> x = np.array([[1.0, 1, 0], [1, 1, 0], [1, 0, 1]])
    >>> independent_columns(x.T @ x).tolist()
    [True, True, False]
    """
    left = np.array(cross, float)
    size = left.shape[-1]
    own = np.einsum("...ii->...i", left).copy()
    kept = np.zeros(left.shape[:-1], bool)
    for column in range(size):
        pivot = left[..., column, column]
        good = pivot > np.maximum(TOLERANCE * own[..., column], np.finfo(float).tiny)
        kept[..., column] = good
        row = np.where(good[..., None], left[..., column, :], 0.0)
        divisor = np.where(good, pivot, 1.0)[..., None, None]
        left = left - row[..., :, None] * row[..., None, :] / divisor
    return kept
