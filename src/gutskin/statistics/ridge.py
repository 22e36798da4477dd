"""Ridge regression whose predictions are of groups that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
PENALTIES = tuple(10.0**power for power in np.arange(-1, 6.1, 0.5))  # of standardised columns
FOLDS = 10


@dataclass(frozen=True)
class Skill:
    """How much of a variance predictions take away.

    Parameters
    ----------
    value : 1 is all of it, 0 none; below 0 they are worse than the mean
    ci95_low, ci95_high : its 95% confidence interval over groups
    """

    value: float
    ci95_low: float
    ci95_high: float


def predicted_elsewhere(x: ArrayLike, y: ArrayLike, group: ArrayLike, folds: int = FOLDS) -> Array:
    """Predictions of each place by a regression on the groups of the other folds.

    Parameters
    ----------
    x : Array [place, column]
        without a spread a column tells nothing
    y : Array [place]
    group : Array [place] (int)
        whose places stay together; groups go to folds in turn

    Returns
    -------
    Array [place]

    Notes
    -----
    Columns are standardised by the places that are fitted. The penalty is the one that foretells
    best within these, by the same folds once more, so that no place takes part in choosing it.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    _, number = np.unique(np.asarray(group), return_inverse=True)
    fold = number % folds
    found = np.full(len(y), np.nan)
    for one in np.unique(fold):
        out = fold == one
        inner = number[~out] % (folds - 1) if folds > 2 else number[~out] % 2
        lost = np.zeros(len(PENALTIES))
        for part in np.unique(inner):
            left = inner == part
            if left.all():
                continue
            told = _fitted(x[~out][~left], y[~out][~left], x[~out][left])
            lost += np.square(told - y[~out][left][:, None]).sum(axis=0)
        found[out] = _fitted(x[~out], y[~out], x[out])[:, int(lost.argmin())]
    return found


def _fitted(x: Array, y: Array, wanted: Array) -> Array:
    """Predictions of other places under each penalty, Array [place, penalty]."""
    middle, spread = x.mean(axis=0), x.std(axis=0)
    scale = np.where(spread > 1e-12 * np.maximum(np.abs(middle), 1e-300), spread, np.inf)
    scaled = (x - middle) / scale
    size, axes = np.linalg.eigh(scaled.T @ scaled)
    shrunk = 1 / (np.maximum(size, 0.0)[:, None] + np.array(PENALTIES))
    coefficients = axes @ (shrunk * (axes.T @ (scaled.T @ (y - y.mean())))[:, None])
    return y.mean() + ((wanted - middle) / scale) @ coefficients


def skill(predicted: ArrayLike, y: ArrayLike, group: ArrayLike) -> Skill:
    r"""The share of the squares about nothing that predictions take away.

    Parameters
    ----------
    predicted, y : Array [place]
        `y` about what is known without them
    group : Array [place] (int)

    Notes
    -----
    :math:`1 - \sum (y - \hat y)^2 / \sum y^2`. The error is that of a ratio over groups
    (linearised), with Student's t.
    """
    from scipy.special import stdtrit

    y, error = np.asarray(y, float), np.asarray(y, float) - np.asarray(predicted, float)
    _, number = np.unique(np.asarray(group), return_inverse=True)
    left, whole = (np.bincount(number, np.square(one)) for one in (error, y))
    groups, ratio = len(whole), left.sum() / whole.sum()
    if groups < 3:
        return Skill(float(1 - ratio), float("nan"), float("nan"))
    off = left - ratio * whole
    spread = np.sqrt(groups / (groups - 1) * np.sum(np.square(off))) / whole.sum()
    half = stdtrit(groups - 1, 0.975) * spread
    return Skill(float(1 - ratio), float(1 - ratio - half), float(1 - ratio + half))
