"""Starts over the seasons: when each patient comes, and what his skin meets at that time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from gutskin.engine.schedule import Course
from gutskin.population.draw import DAYS_PER_YEAR
from gutskin.population.streams import Keys, draw

if TYPE_CHECKING:
    from gutskin.trials.design_parts import Seasons

INPUT = "season"  # everyday allergen and irritation, of the mean of the year


def start_days(asked: Seasons | None, seed: int, keys: Keys) -> np.ndarray:
    """The day of the year on which each patient's screening opens (days) [patient]; 0 without.

    A newborn is born on it.
    """
    if asked is None:
        return np.zeros(len(keys))
    first, last = (7.0 * week for week in asked.starts)
    return first + (last - first) * draw(seed, ["season/start"], keys, kind="uniform")[0, :, 0]


def seasonal_course(
    asked: Seasons, first: np.ndarray, times: Sequence[float] | ArrayLike
) -> Course:
    """Everyday allergen and irritation as each patient meets them.

    Parameters
    ----------
    first : Array [patient], day of the year of day 0 (days)
    times : Array [time] (days)
    """
    days = np.asarray(times, float)
    turn = 2 * np.pi * (first[None] + days[:, None] - 7.0 * asked.peak_week) / DAYS_PER_YEAR
    return Course(INPUT, days, 1 + asked.amplitude * np.cos(turn))
