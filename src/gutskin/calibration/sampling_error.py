"""The error that few simulated patients leave in a number: the jackknife.

References: Efron1981 (variance by the jackknife).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FEWEST = 3  # patients of whom a statistic is made
WITH_NOISE = 16  # worlds of a batch in which the error of few patients is worked out


@dataclass(frozen=True, eq=False)
class Readings:
    """Targets as worlds show them.

    Parameters
    ----------
    values : Array [target, world]; NaN where a world shows none
    noise : Array [target, world], variance that the few simulated patients leave
    chance : Array [target, world], variance that the patients of the real trial left; zero where
        the target brings its own error
    lost : Array [world], patients who could not be computed
    """

    values: np.ndarray
    noise: np.ndarray
    chance: np.ndarray
    lost: np.ndarray

    @classmethod
    def of(cls, parts: Sequence[Readings]) -> Readings:
        """Those of several groups of worlds, side by side."""
        return cls(
            *(np.concatenate([getattr(one, name) for one in parts], axis=-1)
              for name in ("values", "noise", "chance", "lost"))
        )  # fmt: skip


def nothing_of(like: Readings) -> Readings:
    """What a world that cannot be computed shows of as many targets."""
    table = np.full((len(like.values), 1), np.nan)
    return Readings(table, table, table, np.zeros(1))


def jackknife(values: np.ndarray) -> float:
    """The variance of a statistic from its values with each of n patients left out.

    >>> float(round(jackknife(np.array([1.5, 1.0, 0.5])), 9))  # the mean of 0, 1 and 2
    0.333333333
    """
    seen = values[np.isfinite(values)]
    if len(seen) < 2:
        return np.nan
    return float((len(seen) - 1) / len(seen) * ((seen - seen.mean()) ** 2).sum())


def sound(tables: Mapping[Any, np.ndarray]) -> dict[Any, np.ndarray]:
    """Groups of patients [quantity, patient] without those of whom a number is missing."""
    return {name: table[:, np.isfinite(table).all(axis=0)] for name, table in tables.items()}
