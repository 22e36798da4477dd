"""The challenge of daily life to the skin: infections, sweat, friction, worry; noise of mean 1.

`stress` is a fast log-normal first-order process and bouts that come at random and fade, divided by
its mean. It is given every few days and runs straight in between, so that it is continuous in time.
Every patient has his own, whatever he is given. What lasts for months is the activity of the
disease (`disease_activity.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from gutskin.engine.schedule import Course
from gutskin.population.streams import Keys, draw


def exposure_noise(
    numbers: Mapping[str, ArrayLike], keys: Keys, seed: int, first: float, last: float
) -> Course:
    """The course of `stress` from day `first` to day `last` or a little later.

    Parameters
    ----------
    numbers : the rows `noise_*` of conduct.tsv, each a number or Array [patient]
    keys : Array [patient, word]

    Returns
    -------
    Course
        of `stress`, values [time, patient]
    """
    times = noise_times(numbers, first, last)
    step, count = float(times[1] - times[0]), len(times)
    z = draw(seed, ["challenge/fast"], keys, count)[0]
    u = draw(seed, ["challenge/bout", "challenge/size"], keys, count, kind="uniform")
    own = {name: np.asarray(value, float) for name, value in numbers.items()}
    fast = log_ar1(z, own["noise_fast_sd"], own["noise_fast_days"] / step)
    rate, size, keep, mean = _bouts(own, keys, step)
    sizes = np.where(u[0] < rate[:, None], -size[:, None] * np.log1p(-u[1]), 0.0)
    bouts, level = sizes.T.copy(), mean  # one day after the other in memory
    for place in range(count):
        level = keep * level + bouts[place]
        bouts[place] = level
    return Course("stress", times, (fast.T + bouts) / (1 + mean))


def usual_stress(numbers: Mapping[str, ArrayLike], keys: Keys) -> np.ndarray:
    """The constant challenge that leaves the skin as `stress` does over months [patient].

    Danger saturates, so that it is less than the mean, 1: of the fast process some of the way from
    its mean to its geometric mean (`usual_stress`), of bouts their mean.

    Parameters
    ----------
    numbers : the rows `noise_*` and `usual_stress` of conduct.tsv, each a number or Array [patient]
    keys : Array [patient, word]
    """
    step = float(np.asarray(numbers["noise_step_days"]))
    spread, way = (of_each(numbers[name], keys) for name in ("noise_fast_sd", "usual_stress"))
    mean = _bouts(numbers, keys, step)[-1]
    return (np.exp(-way * spread**2 / 2) + mean) / (1 + mean)


def _bouts(numbers: Mapping[str, ArrayLike], keys: Keys, step: float) -> tuple[np.ndarray, ...]:
    """Chance of one in a step, mean size, share kept over a step, mean level; each [patient]."""
    rate, size, days = (of_each(numbers[f"noise_shot_{n}"], keys) for n in ("rate", "mean", "days"))
    rate, keep = rate * step, np.exp(-step / days)
    return rate, size, keep, rate * size / (1 - keep)


def noise_times(numbers: Mapping[str, ArrayLike], first: float, last: float) -> np.ndarray:
    """The days on which the challenge is given: from `first` on, to `last` or a little later."""
    step = float(np.asarray(numbers["noise_step_days"]))
    return first + step * np.arange(int(np.ceil((last - first) / step)) + 1)


def of_each(value: ArrayLike, keys: Keys) -> np.ndarray:
    """A number for every patient [patient]."""
    return np.broadcast_to(np.asarray(value, float), len(keys))


def log_ar1(z: np.ndarray, sd: ArrayLike, memory: ArrayLike) -> np.ndarray:
    """Log-normal first-order process of mean 1 [patient, place], stationary from the start.

    Parameters
    ----------
    z : standard normal Array [patient, place]
    sd : of the logarithm, a number or Array [patient]
    memory : places after which the correlation is 1/e, a number or Array [patient]
    """
    phi = np.exp(-1 / np.broadcast_to(np.asarray(memory, float), len(z)))
    spread = np.broadcast_to(np.asarray(sd, float), len(z))
    x = z.T.copy()  # one place after the other in memory
    fresh = np.sqrt(1 - phi**2)
    for place in range(1, len(x)):
        x[place] = phi * x[place - 1] + fresh * x[place]
    return np.exp(spread * x - spread**2 / 2).T


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
