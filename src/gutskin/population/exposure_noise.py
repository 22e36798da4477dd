"""The challenge of daily life to the skin: infections, sweat, friction, worry; noise of mean 1.

`stress` is the product of a fast and a slow log-normal first-order process and of bouts that come
at random and fade, divided by its mean. It is given every few days and runs straight in between,
so that it is continuous in time. Every patient has his own, whatever he is given.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gutskin.engine.schedule import Course
from gutskin.population.streams import Keys, draw


def exposure_noise(
    numbers: Mapping[str, float], keys: Keys, seed: int, first: float, last: float
) -> Course:
    """The course of `stress` from day `first` to day `last` or a little later.

    Parameters
    ----------
    numbers : the rows `noise_*` of conduct.tsv
    keys : Array [patient, word]

    Returns
    -------
    Course
        of `stress`, values [time, patient]
    """
    step = numbers["noise_step_days"]
    count = int(np.ceil((last - first) / step)) + 1
    z = draw(seed, ["challenge/fast", "challenge/slow"], keys, count)
    u = draw(seed, ["challenge/bout", "challenge/size"], keys, count, kind="uniform")
    fast = _log_ar1(z[0], numbers["noise_fast_sd"], numbers["noise_fast_days"] / step)
    slow = _log_ar1(z[1], numbers["noise_slow_sd"], numbers["noise_slow_days"] / step)
    rate, mean_size = numbers["noise_shot_rate"] * step, numbers["noise_shot_mean"]
    sizes = np.where(u[0] < rate, -mean_size * np.log1p(-u[1]), 0.0)
    keep = np.exp(-step / numbers["noise_shot_days"])
    mean = rate * mean_size / (1 - keep)
    bouts, level = np.empty_like(sizes), np.full(len(keys), mean)
    for place in range(count):
        level = keep * level + sizes[:, place]
        bouts[:, place] = level
    values = ((fast + bouts) * slow / (1 + mean)).T
    return Course("stress", first + step * np.arange(count), values)


def _log_ar1(z: np.ndarray, sd: float, memory: float) -> np.ndarray:
    """Log-normal first-order process of mean 1 [patient, place], stationary from the start."""
    phi = np.exp(-1 / memory)
    x = np.empty_like(z)
    x[:, 0] = z[:, 0]
    for place in range(1, z.shape[1]):
        x[:, place] = phi * x[:, place - 1] + np.sqrt(1 - phi**2) * z[:, place]
    return np.exp(sd * x - sd**2 / 2)


def from_day(course: Course, day: np.ndarray, length: float) -> Course:
    """A course as each patient meets it from a day of his own on.

    Parameters
    ----------
    day : Array [patient], whole multiples of the course's step after its first time
    length : days that are needed
    """
    times = np.asarray(course.times)
    step = float(times[1] - times[0])
    count = int(np.ceil(length / step)) + 1
    offset = np.rint((day - times[0]) / step).astype(int)
    rows = offset[None] + np.arange(count)[:, None]
    values = np.take_along_axis(np.asarray(course.values), rows, axis=0)
    return Course(course.parameter, step * np.arange(count), values)
