"""The error that few simulated patients leave in a number: the jackknife; how they differ.

References: Efron1981 (variance by the jackknife).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FEWEST = 3  # patients of whom a statistic is made
WITH_NOISE = 16  # worlds of a batch in which the error of few patients is worked out
NO_SPREAD = 1e-12  # sum of squares at the first visit; below that patients are alike


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


def beside_baseline(first: np.ndarray, last: np.ndarray) -> float:
    """What patients differ by beside what their first visit foretells: a variance, mean of worlds.

    A trial is analysed given the first visit, so that no other difference is in what it reports.

    Parameters
    ----------
    first, last : Array [world, patient]; NaN where there is none
    """
    seen = np.isfinite(last)
    count = seen.sum(axis=1)

    def apart(values: np.ndarray) -> np.ndarray:
        known = seen & np.isfinite(values)
        many = np.maximum(known.sum(axis=1, keepdims=True), 1)
        middle = np.where(known, values, 0.0).sum(axis=1, keepdims=True) / many
        return np.where(known, values - middle, 0.0)

    x, y = apart(first), apart(last)
    size = (x * x).sum(axis=1)
    tells = (size > NO_SPREAD) & (count > 2)
    explained = (x * y).sum(axis=1)[tells] ** 2 / size[tells]
    left = (y * y).sum(axis=1)
    left[tells] -= explained
    freedom = count - 1 - tells
    return float(np.mean(left[freedom > 0] / freedom[freedom > 0])) if np.any(freedom > 0) else 0.0
