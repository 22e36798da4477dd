"""Several questions in one trial: p-values adjusted so that one false claim stays at 5%."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def holm(p: ArrayLike) -> Array:
    """Holm's step-down adjustment.

    Parameters
    ----------
    p : Array [..., question]
        NaN marks a question that could not be tested; the others are adjusted among themselves

    Returns
    -------
    Array [..., question]
        adjusted p; NaN stays NaN

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p, float)
    order = np.argsort(given, axis=-1)  # NaN last
    ordered = np.take_along_axis(given, order, -1)
    many = np.isfinite(given).sum(axis=-1, keepdims=True)
    left = many - np.arange(given.shape[-1])
    with np.errstate(invalid="ignore"):
        stepped = np.maximum.accumulate(np.where(left > 0, ordered * left, np.nan), axis=-1)
    adjusted = np.empty_like(given)
    np.put_along_axis(adjusted, order, np.minimum(stepped, 1.0), -1)
    return np.where(np.isfinite(given), adjusted, np.nan)


def fixed_sequence(p: ArrayLike) -> Array:
    """The hierarchical test: in their order, until one fails; after it nothing can be claimed.

    Parameters
    ----------
    p : Array [..., question]
        in the order in which they are asked; a question that could not be tested (NaN) fails

    Returns
    -------
    Array [..., question]
        the largest p so far: at any level a question is claimed if this is below it; NaN of a
        question that could not be tested, 1 of those after it

    Examples
    --------
    >>> fixed_sequence([0.01, 0.2, 0.001]).tolist()
    [0.01, 0.2, 0.2]
    """
    given = np.asarray(p, float)
    worst = np.maximum.accumulate(np.where(np.isfinite(given), given, 1.0), axis=-1)
    return np.where(np.isfinite(given), worst, np.nan)
