"""What the emulator got wrong, made good: worlds weighted by what true runs show of them.

A world drawn on the emulator is run. What it shows differs from what the emulator says of it by
what the emulator is off in all these worlds, by its error in this one, of variance s2, and by the
chance of few patients, of variance n. The first is the mean over the wave, known as surely as
thousands of runs can tell. Given the run, the truth is normal around the emulator, so mended, plus
s2 / (s2 + n) of what is left, with the variance s2 n / (s2 + n) (Kriging with a nugget): the mean
is what the world truly shows, the variance goes into the likelihood. Where a run knows less of its
world than the emulator does (n above s2, as of a share of few patients), the emulator is believed
and keeps its error: the chance of the same patients is in all numbers of their arms, and taken as
knowledge of each it would weigh worlds by luck. Levels are read of one panel in all worlds of a
batch, whose mean is taken off. What is left over in the differences of product trials is their
strains, which are in the likelihood already: there too the emulator is believed.

The emulator is the one that the worlds were drawn by, which has not seen their runs. Two emulators,
each right within its error, still differ by that error: weights from one to the other would tell of
nothing else. The largest weights are smoothed.

References: Kish1965 (effective share).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gutskin.calibration.emulator import Emulator
from gutskin.calibration.likelihood import Observations
from gutskin.calibration.pareto_smoothing import smooth
from gutskin.calibration.posterior import Posterior, effective_share
from gutskin.calibration.wave import Wave

KNOWS = 0.5  # share of what a run shows beside the emulator that is no chance: below, it is chance


@dataclass(frozen=True, eq=False)
class Correction:
    """Weights of worlds.

    Parameters
    ----------
    log_weights : Array [world], up to a constant
    share : which share of the worlds the weighted ones are worth
    shape : of the tail of weights (`pareto_smoothing`)
    """

    log_weights: np.ndarray
    share: float
    shape: float = np.nan

    def resampled(self, count: int, seed: int) -> np.ndarray:
        """Numbers of worlds, each as often as its weight has it [draw]."""
        weights = np.exp(self.log_weights - self.log_weights.max())
        places = (np.random.default_rng(seed).random() + np.arange(count)) / count
        edges = np.cumsum(weights) / weights.sum()
        return np.minimum(np.searchsorted(edges, places), len(weights) - 1)


@dataclass(frozen=True, eq=False)
class Truth:
    """What worlds truly come to, as far as their runs tell.

    Parameters
    ----------
    values : Array [target, world]
    error : Array [target], the variance that is left
    """

    values: np.ndarray
    error: np.ndarray


def true_values(
    run: Wave,
    emulator: Emulator,
    noise: np.ndarray,
    levels: np.ndarray,
    of_strains: np.ndarray,
    emulator_error: np.ndarray,
) -> Truth:
    """What worlds truly come to.

    Parameters
    ----------
    run : of these worlds; NaN where a world does not show a target
    emulator : by which they were drawn, of worlds as they are run
    noise : Array [target], variance that few patients leave
    levels : Array [target] (bool), those that are read of one panel in all worlds of a batch
    of_strains : Array [target] (bool), where what is left over is in the likelihood
    emulator_error : Array [target], variance of the emulator where it is believed
    """
    said = emulator.at(run.points)
    left = run.values - said
    off = np.where(of_strains, 0.0, _mean(left))[:, None]
    left -= np.where(levels, 0.0, _mean(left))[:, None]
    for panel in np.unique(run.panels):
        own = run.panels == panel
        left[np.ix_(levels, own)] -= _mean(left[np.ix_(levels, own)])[:, None]
    seen = np.isfinite(left)
    spread = _mean(np.where(seen, left, np.nan) ** 2)
    believed = np.clip(1.0 - noise / np.maximum(spread, 1e-300), 0.0, 1.0)
    believed[of_strains | (seen.mean(axis=1) < 0.5) | (believed < KNOWS)] = 0.0
    values = said + off + np.where(seen, believed[:, None] * left, 0.0)
    of_runs = believed * noise + emulator.of_coefficients
    return Truth(values, np.where(believed > 0, of_runs, emulator_error))


def _mean(table: np.ndarray) -> np.ndarray:
    """Over the worlds that show a target [target]; nothing where none does."""
    seen = np.isfinite(table)
    return np.where(seen, table, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)


def correct(
    drawn: Posterior,
    observations: Observations,
    said: np.ndarray,
    said_error: np.ndarray,
    truth: Truth,
    broken: np.ndarray,
) -> Correction:
    """Weights from the likelihood as it was drawn by to that of what worlds truly come to.

    Parameters
    ----------
    observations : as the worlds were drawn by them
    said, said_error : what the emulator said of the worlds [target, world], and the variance of its
        error [target]
    broken : Array [world] (bool), worlds that cannot be computed: they weigh nothing
    """
    before = observations.log_likelihood(said, drawn.latents, said_error)
    after = observations.log_likelihood(truth.values, drawn.latents, truth.error)
    found = smooth(np.where(broken, -np.inf, after - before))
    return Correction(found.log_weights, effective_share(found.log_weights), found.shape)
