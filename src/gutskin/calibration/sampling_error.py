"""The error that few simulated patients leave in a number: the jackknife.

References: Efron1981 (jackknife).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    """

    values: np.ndarray
    noise: np.ndarray
    chance: np.ndarray | None = None


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


def jackknife_of(
    tables: Mapping[Any, np.ndarray],
    read: Callable[[Mapping[Any, np.ndarray]], float],
) -> float:
    """The variance of a statistic of some groups of patients.

    Each group is left short of one patient after the other, by itself; variances of groups add.

    Parameters
    ----------
    tables : group -> Array [quantity, patient]
    """
    total = 0.0
    for name, table in tables.items():
        without = np.array([
            read({**tables, name: np.delete(table, one, axis=1)}) for one in range(table.shape[1])
        ])  # fmt: skip
        total += jackknife(without)
    return total
