"""What of its conduct is a trial's own, beside what all trials have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gutskin.model.biology import POSTERIOR
from gutskin.population.draw import COMMON_CONDUCT, world_of_ensemble
from gutskin.population.streams import draw

if TYPE_CHECKING:
    from gutskin.model.model import Model


def own_conduct(names: Sequence[str], replicates: np.ndarray, own_seed: int) -> np.ndarray:
    """Standard normal numbers of each trial's own, those that `draw_conduct` draws.

    Parameters
    ----------
    names : ids of conduct.tsv
    replicates : Array [replicate], their numbers

    Returns
    -------
    Array [replicate, name]
    """
    keys = np.asarray(replicates, np.uint32)[:, None]
    return draw(own_seed, [f"conduct/{name}" for name in names], keys)[:, :, 0].T


def own_share(model: Model) -> float:
    """Which share of what goes with these numbers is the trial's own and not the world's.

    All of it where worlds are of the posterior, which bring the part that trials have in common;
    else one number stands for both parts.
    """
    return 1.0 if model.biology.draws == POSTERIOR else 1.0 - COMMON_CONDUCT


def numbers_of_worlds(model: Model, replicates: np.ndarray, seed: int) -> np.ndarray:
    """In which world each replicate is [replicate] (int): of the ensemble, or in one of its own."""
    if model.biology.draws == POSTERIOR:
        return world_of_ensemble(model, np.asarray(replicates, np.uint32)[:, None], seed)
    return np.asarray(replicates).astype(int)
