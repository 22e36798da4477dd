"""The candidates of a trial by their keys: who is asked next, and how many were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.engine.timeline import LANES
from gutskin.population.streams import name_number

if TYPE_CHECKING:
    from gutskin.trials.screening import Enrolled


CAUTION = 0.8  # of the candidates who would fill the seats on average, so many are asked


def how_many_more(missing: np.ndarray, share: float) -> np.ndarray:
    """How many candidates are asked next, Array [replicate, arm].

    Fewer than would fill the seats on average: whom chance sends to an arm beyond its seats was
    computed for nothing, and who is missing is asked for in the next round.

    Parameters
    ----------
    missing : Array [replicate, arm], seats that are empty; none where it is not above 0
    share : of the candidates who are admitted, about
    """
    return filled(np.where(missing > 0, np.ceil(CAUTION * missing / share), 0).astype(int))


def filled(more: np.ndarray) -> np.ndarray:
    """So many candidates that no lane of a group stays empty: the last rounds become fewer."""
    room = -more.sum() % LANES
    places = np.flatnonzero(more)
    more = more.copy()
    more.flat[places] += room // len(places)
    more.flat[places[: room % len(places)]] += 1
    return more


def next_candidates(
    arms: Sequence[Any], asked: np.ndarray, more: np.ndarray, first: int
) -> np.ndarray:
    """Keys [patient, 3] of the next candidates of every arm of every replicate.

    Parameters
    ----------
    asked, more : Array [replicate, arm], how many were asked before and are asked now
    first : number of the first replicate
    """
    blocks = []
    for (replicate, place), count in np.ndenumerate(more):
        if count:
            block = np.empty((count, 3), np.uint32)
            block[:, 0], block[:, 1] = first + replicate, name_number(arms[place].name)
            block[:, 2] = asked[replicate, place] + np.arange(count)
            blocks.append(block)
    return np.concatenate(blocks)


def count_found(
    arms: Sequence[Any], found: Sequence[Enrolled], first: int, replicates: int
) -> np.ndarray:
    """How many were found of every arm of every replicate, Array [replicate, arm]."""
    keys = np.concatenate([np.empty((0, 3), np.uint32), *(one.keys for one in found)])
    return np.stack(
        [
            np.bincount(keys[keys[:, 1] == name_number(arm.name), 0] - first, minlength=replicates)
            for arm in arms
        ],
        axis=1,
    )
