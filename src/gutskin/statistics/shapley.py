"""Shapley values: what each of several parts adds, on average over the orders of their coming."""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def shapley_values(worth: ArrayLike) -> Array:
    r"""What each part adds to what all of them do together.

    Parameters
    ----------
    worth : Array [2**parts, ...]
        what some of the parts do; those of row n are the ones of its binary digits, the first part
        by the lowest, so that row 0 has none and the last one all

    Returns
    -------
    Array [parts, ...]
        together the last row less the first

    Raises
    ------
    ValueError
        If the rows are no power of two.

    Notes
    -----
    :math:`\phi_i = \sum_{S \not\ni i} \frac{|S|!\,(k - |S| - 1)!}{k!} (v(S \cup i) - v(S))`
    (Shapley 1953): the one way to share that treats like parts alike, gives nothing to what adds
    nothing, and adds up over games.

    Examples
    --------
    >>> shapley_values([0.0, 1.0, 2.0, 5.0]).tolist()  # together two more than each by itself
    [2.0, 3.0]
    """
    value = np.asarray(worth, float)
    parts = len(value).bit_length() - 1
    if len(value) != 2**parts:
        raise ValueError(f"The number of rows, {len(value)}, is no power of two.")
    found = np.zeros((parts, *value.shape[1:]))
    for some in range(len(value)):
        size = some.bit_count()
        weight = factorial(size) * factorial(parts - size - 1) if size < parts else 0
        for part in range(parts):
            if not some >> part & 1:
                found[part] += weight / factorial(parts) * (value[some | 1 << part] - value[some])
    return found
