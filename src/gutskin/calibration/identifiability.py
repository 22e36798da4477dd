"""What targets say of the numbers: stiff and sloppy directions, and which source informs what.

Near the worlds that meet the targets best the emulator is taken as linear and errors as normal, of
the variance of Student's t (as where sampling starts): then the covariance of what is left open is
known without any sampling, whole and without each source. It is told in units of the prior, in
which every number has the variance 1: a direction of variance 0.1 is stiff, one of 1 is as open as
before, sloppy.

References: Gutenkunst2007 (sloppy directions).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gutskin.calibration.posterior import Problem, normal_at_peak, slope_and_curvature
from gutskin.calibration.slice_sampler import Normal

NEVER = 1e12  # variance of a target that says nothing
STIFF = 0.5  # of the prior's variance: what is below has lost half of it


@dataclass(frozen=True, eq=False)
class Open:
    """What targets leave open near the peak.

    Parameters
    ----------
    mean : Array [unknown], the peak (sd of the prior); 0 of what no target moves
    covariance : Array [unknown, unknown], in units of the prior
    """

    mean: np.ndarray
    covariance: np.ndarray

    def variance_along(self, slopes: np.ndarray) -> float:
        """Of a sum over the unknowns, such as a trial's effect."""
        return float(slopes @ self.covariance @ slopes)


@dataclass(frozen=True, eq=False)
class Directions:
    """Directions of all numbers together, the stiffest first.

    Parameters
    ----------
    variance : Array [direction], in units of the prior
    parts : Array [direction, unknown], of length 1: its square is how much of it is a number
    """

    variance: np.ndarray
    parts: np.ndarray

    @property
    def stiff(self) -> int:
        """How many have lost half of their variance."""
        return int((self.variance < STIFF).sum())


@dataclass(frozen=True, eq=False)
class SourceSays:
    """What one source adds to all others.

    Parameters
    ----------
    source : its number
    wider : how many times as wide the direction that it informs most is without it (sd)
    parts : Array [unknown], that direction, of length 1
    numbers : Array [unknown], how many times as wide each number is without it (sd)
    without : what all other sources leave open
    """

    source: int
    wider: float
    parts: np.ndarray
    numbers: np.ndarray
    without: Open


def left_open(problem: Problem, at: Normal | None = None) -> Open:
    """What the targets of a problem leave open.

    Parameters
    ----------
    at : where it is taken as linear: the peak of another problem; its own if not given. The mean
        is then one step of Newton's method from there
    """
    peak = normal_at_peak(problem) if at is None else at
    slope, curvature = slope_and_curvature(problem, peak.mean)
    active, unknowns = problem.emulator.active, problem.emulator.slopes.shape[1]
    inner = np.linalg.inv(curvature)
    mean, covariance = np.zeros(unknowns), np.eye(unknowns)
    moved = peak.mean if at is None else peak.mean + inner @ slope
    mean[active] = moved[: len(active)]
    covariance[np.ix_(active, active)] = inner[: len(active), : len(active)]
    return Open(mean, (covariance + covariance.T) / 2)


def directions(found: Open) -> Directions:
    """The directions that lie apart in what is left open."""
    variance, vectors = np.linalg.eigh(found.covariance)
    return Directions(variance, vectors.T)


def what_sources_say(problem: Problem) -> list[SourceSays]:
    """Every source, that which makes a direction narrowest first."""
    peak = normal_at_peak(problem)
    whole = left_open(problem, peak)
    root = np.linalg.cholesky(whole.covariance)
    inverse = np.linalg.inv(root)
    sd = np.sqrt(np.diag(whole.covariance))
    found = []
    for source in range(problem.observations.sources):
        own = problem.observations.source == source
        if not own.any() or own.all():
            continue
        without = left_open(_without(problem, own), peak)
        ratio, vectors = np.linalg.eigh(inverse @ without.covariance @ inverse.T)
        along = inverse.T @ vectors[:, -1]
        found.append(
            SourceSays(
                source, float(np.sqrt(ratio[-1])), along / np.linalg.norm(along),
                np.sqrt(np.diag(without.covariance)) / sd, without,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: -one.wider)


def _without(problem: Problem, own: np.ndarray) -> Problem:
    """A problem in which some targets say nothing; the same unknowns are sampled."""
    observations = problem.observations
    variance = np.where(own, NEVER, observations.variance)
    size = np.where(own, 0.0, observations.size)  # nor is anything missed there
    return Problem(
        replace(observations, variance=variance, size=size), problem.emulator, problem.error
    )
