"""The activity of the disease over weeks and months, which the patient has whatever he is given.

`activity` multiplies the drive of T cells, so that T cells and the residents that they leave
remember it. It is a slow log-normal first-order process times a quiet spell: a process of two
states, in and out at random, in which the drive is a fraction of the usual. It has mean 1. In
infants it is forgotten within weeks, in adults within months; children swing less than the grown,
and their quiet spells are less quiet.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from gutskin.engine.schedule import Course
from gutskin.population.exposure_noise import exposure_noise, log_ar1, noise_times, of_each
from gutskin.population.streams import Keys, draw

OF_AGE = frozenset((
    "activity_days_young", "activity_days", "activity_age", "activity_child_until",
    "activity_sd", "activity_sd_child", "quiet_factor", "quiet_factor_child",
))  # fmt: skip


def natural_course(
    numbers: Mapping[str, ArrayLike],
    keys: Keys,
    seed: int,
    age_years: ArrayLike,
    first: float,
    last: float,
    before: float = 0.0,
) -> tuple[Course, Course]:
    """What befalls patients anyway from day `first` to day `last`: `stress` and `activity`.

    Parameters
    ----------
    numbers : the rows of conduct.tsv, each a number or Array [patient]
    keys : Array [patient, word]
    age_years : number or Array [patient]
    before : so many days before `first` the activity begins, which the skin remembers
    """
    return (
        exposure_noise(numbers, keys, seed, first, last),
        disease_activity(numbers, keys, seed, age_years, first - before, last),
    )


def disease_activity(
    numbers: Mapping[str, ArrayLike],
    keys: Keys,
    seed: int,
    age_years: ArrayLike,
    first: float,
    last: float,
) -> Course:
    """The course of `activity` from day `first` to day `last` or a little later.

    With the rates q_in and q_out of the two states, a step of h days leaves a patient in a quiet
    spell with chance p + (1 - p) exp(-(q_in + q_out) h), where p = q_in / (q_in + q_out).

    Parameters
    ----------
    numbers : the rows `activity_*` and `quiet_*` of conduct.tsv, each a number or Array [patient]
    keys : Array [patient, word]
    age_years : number or Array [patient]

    Returns
    -------
    Course
        of `activity`, values [time, patient]
    """
    times = noise_times(numbers, first, last)
    step, count = float(times[1] - times[0]), len(times)
    z = draw(seed, ["activity/level"], keys, count)[0]
    u = draw(seed, ["activity/quiet"], keys, count, kind="uniform")[0]
    enter, leave = (of_each(numbers[name], keys) for name in ("quiet_in", "quiet_out"))
    spread, factor, memory = _of_age(numbers, keys, age_years)
    level = log_ar1(z, spread, memory / step)
    share = enter / (enter + leave)
    kept = np.exp(-(enter + leave) * step)
    u, enters = u.T.copy(), share * (1 - kept)  # one day after the other in memory
    quiet = np.empty(u.shape, bool)
    quiet[0] = u[0] < share
    for place in range(1, count):
        quiet[place] = u[place] < enters + kept * quiet[place - 1]
    usual = 1 - share + share * factor
    spell = np.where(quiet, factor, 1.0) / usual
    return Course("activity", times, level.T * spell)


def remembered_activity(course: Course, memory_days: float) -> np.ndarray:
    """What the skin remembers of a course of `activity` at its last day [patient].

    The geometric mean in which a day that is t days ago counts exp(-t / memory_days): residents of
    the skin outlast a month, and quiet months undo less than active ones did.

    Parameters
    ----------
    course : values [time, patient]
    """
    times = np.asarray(course.times)
    weights = np.exp((times - times[-1]) / memory_days)
    return np.exp(weights @ np.log(np.asarray(course.values)) / weights.sum())


def _of_age(
    numbers: Mapping[str, ArrayLike], keys: Keys, age_years: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What goes with age, each Array [patient].

    The sd of the logarithm of the slow process, the drive of a quiet spell, the memory in days.
    """
    age = of_each(age_years, keys)
    own = {name: of_each(value, keys) for name, value in numbers.items() if name in OF_AGE}
    young, grown, half = (
        own[name] for name in ("activity_days_young", "activity_days", "activity_age")
    )
    child = age < own["activity_child_until"]
    spread, factor = (
        np.where(child, own[f"{name}_child"], own[name]) for name in ("activity_sd", "quiet_factor")
    )
    return spread, factor, young + (grown - young) * age / (half + age)
