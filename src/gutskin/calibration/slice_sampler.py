"""Elliptical slice sampling: exact draws around a normal approximation, without tuning.

The target is written as a normal density times what is left; on the ellipse through a point and a
draw of that normal a slice of the rest is found by shrinking. Many chains go side by side.

References: Murray2010 (elliptical slice sampling), Nishihara2014 (around any normal density).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

LogDensity = Callable[[np.ndarray], np.ndarray]
MOST_SHRINKS = 60


@dataclass(frozen=True, eq=False)
class Normal:
    """A normal density.

    Parameters
    ----------
    mean : Array [dimension]
    root : Array [dimension, dimension], lower triangle whose square is the covariance
    """

    mean: np.ndarray
    root: np.ndarray

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Draws [draw, dimension]."""
        return self.mean + rng.standard_normal((count, len(self.mean))) @ self.root.T

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """Up to a constant [point]."""
        scaled = solve_triangular(self.root, (points - self.mean).T, lower=True)
        return -0.5 * (scaled**2).sum(axis=0)


def sample(
    log_density: LogDensity,
    around: Normal,
    chains: int,
    steps: int,
    kept: int,
    seed: int,
) -> np.ndarray:
    """Draws [draw, dimension], those of all chains together.

    Parameters
    ----------
    log_density : of points [point, dimension], up to a constant
    around : a normal density near the target; a poor one costs time, not truth
    chains, steps : side by side, and of each
    kept : of the last half of the steps of each chain, evenly
    """
    rng = np.random.default_rng(seed)

    def rest(points: np.ndarray) -> np.ndarray:
        return log_density(points) - around.log_density(points)

    here = around.draw(rng, chains)
    height = rest(here)
    half = steps // 2
    wanted = set(np.linspace(half, steps - 1, kept).astype(int).tolist())
    found: list[np.ndarray] = []
    for step in range(steps):
        here, height = _moved(here, height, rest, around, rng)
        if step in wanted:
            found.append(here.copy())
    return np.concatenate(found)


def _moved(
    here: np.ndarray,
    height: np.ndarray,
    rest: LogDensity,
    around: Normal,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """One step of every chain."""
    count = len(here)
    other = around.draw(rng, count) - around.mean
    level = height + np.log(rng.random(count))
    angle = rng.random(count) * 2.0 * np.pi
    low, high = angle - 2.0 * np.pi, angle.copy()
    new, new_height = here.copy(), height.copy()
    left = np.arange(count)
    for _ in range(MOST_SHRINKS):
        turn = angle[left, None]
        tried = around.mean + (here[left] - around.mean) * np.cos(turn) + other[left] * np.sin(turn)
        value = rest(tried)
        good = value > level[left]
        new[left[good]], new_height[left[good]] = tried[good], value[good]
        left = left[~good]
        if not len(left):
            break
        under = angle[left] < 0
        low[left[under]], high[left[~under]] = angle[left[under]], angle[left[~under]]
        angle[left] = low[left] + rng.random(len(left)) * (high[left] - low[left])
    return new, new_height
