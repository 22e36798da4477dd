"""Worlds that meet the targets: a normal approximation, then exact draws on the emulator.

Only unknowns that move some target are sampled, with the shares of classes; all others keep their
prior, to the letter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gutskin.calibration.emulator import Emulator
from gutskin.calibration.likelihood import DEGREES, Observations
from gutskin.calibration.slice_sampler import Normal, sample

CHAINS, STEPS, KEPT = 256, 300, 8
CLIMBS = 60  # steps to the peak
STEP = 1e-4  # of a slope
WIDER = 1.1  # the normal around which is sampled, over that at the peak (variance)


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of worlds.

    Parameters
    ----------
    points : Array [draw, unknown] (sd from the value)
    latents : Array [draw, latent], shares of classes and of what is printed (standard normal)
    """

    points: np.ndarray
    latents: np.ndarray

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True, eq=False)
class Problem:
    """Targets, emulator, and which unknowns are sampled.

    Parameters
    ----------
    error : Array [target], variance of the emulator; infinite for a target that is not emulated
    """

    observations: Observations
    emulator: Emulator
    error: np.ndarray

    def log_density(self, vectors: np.ndarray) -> np.ndarray:
        """Of active unknowns and latents [draw, dimension], up to a constant."""
        points, latents = self.split(vectors)
        shown = self.emulator.at(points)
        found = self.observations.log_likelihood(shown, latents, self.error)
        return found - 0.5 * (vectors**2).sum(axis=1)

    def split(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points of all unknowns, those that are not sampled at 0, and latents."""
        active = self.emulator.active
        points = np.zeros((len(vectors), self.emulator.slopes.shape[1]))
        points[:, active] = vectors[:, : len(active)]
        return points, vectors[:, len(active) :]

    @property
    def dimensions(self) -> int:
        """Active unknowns and latents."""
        return len(self.emulator.active) + self.observations.latents


def draw_posterior(
    problem: Problem, draws: int, seed: int, *, chains: int = CHAINS, steps: int = STEPS
) -> Posterior:
    """Worlds of the posterior.

    Parameters
    ----------
    draws : how many; every chain gives `KEPT` and they are thinned, or chains go on longer
    chains, steps : side by side, and of each
    """
    rng = np.random.default_rng([seed, 1])
    around = normal_at_peak(problem)
    kept = max(KEPT, -(-draws // chains))
    vectors = sample(problem.log_density, around, chains, max(steps, 4 * kept), kept, seed)
    vectors = vectors[rng.permutation(len(vectors))[:draws]]
    points, latents = problem.split(vectors)
    idle = np.setdiff1d(np.arange(points.shape[1]), problem.emulator.active)
    points[:, idle] = rng.standard_normal((len(points), len(idle)))
    return Posterior(points, latents)


def normal_at_peak(problem: Problem) -> Normal:
    """A normal density at the peak, by Gauss and Newton's method with damping."""
    here = np.zeros(problem.dimensions)
    height = float(problem.log_density(here[None])[0])
    damping = 1.0
    for _ in range(CLIMBS):
        slope, curvature = slope_and_curvature(problem, here)
        step = np.linalg.solve(curvature + damping * np.eye(len(here)), slope)
        tried = here + step
        new = float(problem.log_density(tried[None])[0])
        if new > height:
            done = new - height < 1e-6
            here, height, damping = tried, new, damping / 4
            if done:
                break
        else:
            damping *= 4
            if damping > 1e8:
                break
    _, curvature = slope_and_curvature(problem, here)
    covariance = np.linalg.inv(curvature) * WIDER
    return Normal(here, np.linalg.cholesky((covariance + covariance.T) / 2))


def slope_and_curvature(problem: Problem, here: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the log density; the curvature as if every target were linear and its error normal.

    The errors have the variance of Student's t, since a normal that is narrower than its tails is
    one from which the sampler seldom comes to them.
    """
    size = len(here)
    steps = np.concatenate([np.eye(size), -np.eye(size)]) * STEP
    heights = problem.log_density(here + steps)
    slope = (heights[:size] - heights[size:]) / (2 * STEP)
    points, latents = problem.split(here + np.concatenate([steps, np.zeros((1, size))]))
    observations = problem.observations
    misses = observations.standardised(problem.emulator.at(points), latents, problem.error)
    jacobian = (misses[:, :size] - misses[:, size : 2 * size]) / (2 * STEP)
    common = observations.common_ratio(latents[-1:], problem.error)[:, 0]
    together = jacobian.T @ jacobian
    for source in range(observations.sources):  # its level takes a direction out (Sherman-Morrison)
        own = observations.source == source
        along = jacobian[own].T @ common[own]
        together -= np.outer(along, along) / (1.0 + common[own] @ common[own])
    return slope, together * (DEGREES - 2.0) / DEGREES + np.eye(size)


def contraction(points: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """By how much the variance of each unknown is less than its prior's [unknown], 0 to 1."""
    if weights is None:
        return np.clip(1.0 - points.var(axis=0, ddof=1), -np.inf, 1.0)
    mean = weights @ points / weights.sum()
    return 1.0 - weights @ (points - mean) ** 2 / weights.sum()


def effective_share(log_weights: np.ndarray) -> float:
    """Which share of the draws weighted ones are worth (Kish).

    >>> effective_share(np.zeros(7)), round(effective_share(np.array([0.0, -50.0])), 3)
    (1.0, 0.5)
    """
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))
