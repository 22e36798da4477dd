"""Boundaries for looking at a trial before its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Kind = Literal["obrien-fleming", "pocock", "spending obrien-fleming", "spending pocock"]
POINTS = 161  # of the grid over the statistic at one look
REACH = 8.0  # standard deviations beyond which nothing is counted


@dataclass(frozen=True, eq=False)
class Boundaries:
    """When a trial is stopped for benefit, one side.

    Parameters
    ----------
    information : Array [look], shares of the whole, the last is 1
    z : Array [look], statistic from which the trial is stopped
    spent : Array [look], false alarms so far
    """

    information: Array
    z: Array
    spent: Array

    @property
    def p(self) -> Array:
        """One-sided p-value of each look at its boundary [look]."""
        from scipy.special import ndtr

        return ndtr(-self.z)


def boundaries(information: ArrayLike, kind: Kind, alpha: float = 0.025) -> Boundaries:
    """Boundaries whose false alarms over all looks come to `alpha`, one-sided.

    Parameters
    ----------
    information : Array [look], rising, the last is 1
    kind : the classical shapes (z proportional to 1 / sqrt(information), or constant), or Lan and
        DeMets' spending functions that come near to them

    Raises
    ------
    ValueError
        If the shares do not rise from above 0 to 1, or alpha is no probability below one half.

    Examples
    --------
    >>> boundaries([0.5, 1.0], "pocock").z.round(3).tolist()
    [2.178, 2.178]
    """
    shares = np.asarray(information, float)
    rising = shares.ndim == 1 and shares.size > 0 and bool((np.diff(shares, prepend=0.0) > 0).all())
    if not rising:  # nor is what is no number
        raise ValueError("`information` must rise from above 0, one share for each look.")
    if abs(shares[-1] - 1) > 1e-12:
        raise ValueError("the last share of `information` must be 1.")
    if not 0 < alpha < 0.5:
        raise ValueError("`alpha` is one-sided and lies between 0 and 0.5.")
    if kind.startswith("spending"):
        return _by_spending(shares, spending(shares, kind, alpha), alpha)
    shape = 1 / np.sqrt(shares) if kind == "obrien-fleming" else np.ones(len(shares))
    scale = _root(lambda c: crossing(shares, c * shape).sum() - alpha, 0.5, 8.0)
    z = scale * shape
    return Boundaries(shares, z, np.cumsum(crossing(shares, z)))


def spending(information: ArrayLike, kind: Kind, alpha: float = 0.025) -> Array:
    """False alarms that may be spent by each look [look], one-sided."""
    from scipy.special import ndtr, ndtri

    t = np.asarray(information, float)
    if kind == "spending obrien-fleming":
        return 2 * ndtr(ndtri(alpha / 2) / np.sqrt(t))
    return alpha * np.log1p((np.e - 1) * t)


def crossing(information: Array, z: ArrayLike) -> Array:
    """The chance to cross each boundary first, without an effect [look].

    The density of the statistic among trials that go on is carried from look to look by numerical
    integration (Armitage, McPherson and Rowe).
    """
    return np.array(_chances(information, np.asarray(z, float)))


def _chances(information: Array, z: Array) -> list[float]:
    """Chances to cross z at each look; z may be shorter than the looks."""
    from scipy.special import ndtr

    found = [float(ndtr(-z[0]))]
    grid, mass = _first(float(np.sqrt(information[0])), float(z[0]))
    for k in range(1, len(z)):
        step = float(np.sqrt(information[k] - information[k - 1]))
        edge = float(z[k] * np.sqrt(information[k]))
        found.append(float(mass @ ndtr((grid - edge) / step)))
        grid, mass = _next(grid, mass, step, edge)
    return found


@cache
def _gauss_legendre() -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(POINTS)


def _first(step: float, z: float) -> tuple[Array, Array]:
    """Points of the score process below the first boundary, and their mass."""
    return _next(np.zeros(1), np.ones(1), step, z * step)


def _next(grid: Array, mass: Array, step: float, edge: float) -> tuple[Array, Array]:
    """Points below an edge after one more stretch, and their mass, by Gauss and Legendre."""
    low = float(grid.min()) - REACH * step
    nodes, weights = _gauss_legendre()
    points = low + (edge - low) * (nodes + 1) / 2
    off = (points[:, None] - grid[None, :]) / step
    density = np.exp(-(off**2) / 2) / (np.sqrt(2 * np.pi) * step) @ mass
    return points, density * weights * (edge - low) / 2


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    found: Any = brentq(function, low, high, xtol=1e-12)
    return float(found)


def _by_spending(shares: Array, spent: Array, alpha: float) -> Boundaries:
    """Boundaries that spend so much by each look."""
    from scipy.special import ndtri

    z: list[float] = []
    for k in range(len(shares)):
        due = float(spent[k] - (spent[k - 1] if k else 0.0))
        if not k:
            z.append(float(-ndtri(due)))
            continue

        def beyond(value: float, due: float = due) -> float:
            return _chances(shares, np.array([*z, value]))[-1] - due

        z.append(_root(beyond, -2.0, 12.0))
    return Boundaries(shares, np.array(z), spent)
