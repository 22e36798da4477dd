"""Proper scores of a prediction: CRPS of draws and of a normal, pools of other trials.

The continuous ranked probability score is E|X - y| - E|X - X'| / 2 of draws X, X' of the prediction
and what was found, y: the mean absolute error of a prediction that is one number, less the more a
prediction that spreads was honest about it. Smaller is better.

References: Gneiting2007 (scores), DerSimonian1986 (pool).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gutskin.media import counted


def crps_of_draws(draws: np.ndarray, found: float, weights: np.ndarray | None = None) -> float:
    """The CRPS of independent draws, without the bias of few of them.

    Parameters
    ----------
    weights : Array [draw], how much each counts; None: all the same

    >>> crps_of_draws(np.array([1.0, 3.0]), 2.0)
    0.0
    """
    x, w = _in_order(draws, weights)
    # sum over pairs of w |xi - xj| from the order statistics
    pairs = 2.0 * float(np.sum(w * x * (2.0 * np.cumsum(w) - w - 1.0)))
    return float(np.sum(w * np.abs(x - found))) - pairs / (2.0 * (1.0 - float(np.sum(w**2))))


def crps_of_normal(mean: float, sd: float, found: float) -> float:
    """The CRPS of a normal distribution.

    >>> round(crps_of_normal(0.0, 1.0, 0.0), 4)
    0.2337
    """
    z = (found - mean) / sd
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    below = 0.5 * math.erfc(-z / math.sqrt(2.0))
    return sd * (z * (2.0 * below - 1.0) + 2.0 * density - 1.0 / math.sqrt(math.pi))


def random_effects(values: Sequence[float], errors: Sequence[float]) -> tuple[float, float, float]:
    """Mean of trials, its standard error, and the SD between them (DerSimonian and Laird).

    Parameters
    ----------
    values, errors : of each trial, and its standard error

    >>> mean, error, between = random_effects([0.0, 4.0], [1.0, 1.0])
    >>> mean, round(between**2, 9), round(error**2, 9)
    (2.0, 7.0, 4.0)
    """
    y, v = np.asarray(values, float), np.asarray(errors, float) ** 2
    w = 1.0 / v
    fixed = float(np.sum(w * y) / np.sum(w))
    excess = float(np.sum(w * (y - fixed) ** 2)) - (len(y) - 1)
    scale = float(np.sum(w) - np.sum(w**2) / np.sum(w))
    between = max(0.0, excess / scale) if scale > 0 else 0.0
    w = 1.0 / (v + between)
    return float(np.sum(w * y) / np.sum(w)), float(np.sum(w) ** -0.5), math.sqrt(between)


def position(draws: np.ndarray, found: float, weights: np.ndarray | None = None) -> float:
    """Where among the draws what was found lies, 0 to 1 (probability integral transform).

    Parameters
    ----------
    weights : Array [draw], how much each counts; None: all the same
    """
    x, w = _in_order(draws, weights)
    count = worth(w)
    below = float(np.sum(w[x < found]) + 0.5 * np.sum(w[x == found]))
    return (count * below + 0.5) / (count + 1.0)


def central(
    draws: np.ndarray, share: float, weights: np.ndarray | None = None
) -> tuple[float, float]:
    """The central interval that holds one more draw with probability `share`.

    Parameters
    ----------
    weights : Array [draw], how much each counts; None: all the same

    Raises
    ------
    ValueError
        Of fewer draws than hold that. Weighted ones that are worth fewer end at the outermost.
    """
    x, w = _in_order(draws, weights)
    count = worth(w)
    places = (count * (np.cumsum(w) - 0.5 * w) + 0.5) / (count + 1.0)
    tail = (1.0 - share) / 2.0
    if tail < 1.0 / (len(x) + 1.0) - 1e-9:
        raise ValueError(f"{counted(len(x), 'draw')} hold no {share:.0%} interval")
    low, high = np.interp([tail, 1.0 - tail], places, x)
    return float(low), float(high)


def worth(weights: np.ndarray) -> float:
    """How many draws of the same weight say as much (effective number, after Kish)."""
    return float(np.sum(weights) ** 2 / np.sum(weights**2))


def _in_order(draws: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Draws from low to high and their weights, in all 1."""
    order = np.argsort(draws, kind="stable")
    equal = np.full(len(draws), 1.0 / len(draws))
    return draws[order], equal if weights is None else weights[order] / np.sum(weights)
