"""What the emulator got wrong, made good: worlds weighted by what true runs show of them.

A world drawn on the emulator is run. What it shows of a level differs from what was said of it by
the emulator's error and by what few patients leave; of that difference the share which is not
chance is believed. Of trials what is left over is mostly conduct and strains, which are in the
likelihood already, so that there the emulator that has seen the new runs is believed.

References: Kish1965 (effective share).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gutskin.calibration.emulator import Emulator
from gutskin.calibration.likelihood import Observations
from gutskin.calibration.posterior import Posterior, effective_share
from gutskin.calibration.targets import Target


@dataclass(frozen=True, eq=False)
class Correction:
    """Weights of worlds.

    Parameters
    ----------
    log_weights : Array [world], up to a constant
    share : which share of the worlds the weighted ones are worth
    """

    log_weights: np.ndarray
    share: float

    def resampled(self, count: int, seed: int) -> np.ndarray:
        """Numbers of worlds, each as often as its weight has it [draw]."""
        weights = np.exp(self.log_weights - self.log_weights.max())
        places = (np.random.default_rng(seed).random() + np.arange(count)) / count
        edges = np.cumsum(weights) / weights.sum()
        return np.minimum(np.searchsorted(edges, places), len(weights) - 1)


def true_values(
    values: np.ndarray,
    points: np.ndarray,
    emulator: Emulator,
    noise: np.ndarray,
    targets: Sequence[Target],
) -> np.ndarray:
    """What worlds truly come to, as far as their runs tell [target, world].

    Parameters
    ----------
    values : Array [target, world], of the runs; NaN where a world shows none
    points : Array [world, unknown]
    emulator : one that has seen these runs
    noise : Array [target], variance that few patients leave
    """
    said = emulator.at(points)
    left = values - said
    spread = np.nanmean(np.where(np.isfinite(left), left, np.nan) ** 2, axis=1)
    believed = np.clip(1.0 - noise / np.maximum(spread, 1e-300), 0.0, 1.0)
    believed[[one.trial != "" for one in targets]] = 0.0
    return said + np.where(np.isfinite(left), believed[:, None] * left, 0.0)


def correct(
    drawn: Posterior,
    observations: Observations,
    said: np.ndarray,
    said_error: np.ndarray,
    truly: np.ndarray,
    true_error: np.ndarray,
) -> Correction:
    """Weights from the likelihood as it was drawn by to that of what worlds truly come to.

    Parameters
    ----------
    said, said_error : what the emulator said when the worlds were drawn [target, world], and the
        variance of its error then [target]
    truly, true_error : the same of the runs
    """
    before = observations.log_likelihood(said, drawn.latents, said_error)
    after = observations.log_likelihood(truly, drawn.latents, true_error)
    weights = after - before
    return Correction(weights, effective_share(weights))
