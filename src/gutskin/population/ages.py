"""Ages of virtual patients: as their population has them, or even over several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gutskin.errors import InputError, Problem
from gutskin.population.populations import Population, covered_ages
from gutskin.population.streams import Keys, draw


def ages_of(
    people: Sequence[Population],
    asked: tuple[float, float] | None,
    uniform: np.ndarray,
    keys: Keys,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The age of each patient (years), and the place of his population, both [patient]."""
    if len(people) > 1:
        age = _even_age(people, asked, uniform)
        return age, _population_of(people, age, keys, seed)
    spread = people[0].covariates["age_years"]
    age = spread.at(uniform) if asked is None else _within(asked, spread, uniform)
    return age, np.zeros(len(keys), int)


def _even_age(
    people: Sequence[Population], asked: tuple[float, float] | None, uniform: np.ndarray
) -> np.ndarray:
    """Ages [patient] (years), even over what the populations have and a trial admits."""
    low, high = asked or (0.0, np.inf)
    ranges = [(max(a, low), min(b, high)) for a, b in covered_ages(people)]
    ranges = [(a, b) for a, b in ranges if a <= b]
    if not ranges:
        what = f"nobody of the populations is {low:g} to {high:g} years old."
        raise InputError(Problem(what, remedy="Take ages that they have."))
    ends = np.cumsum([0.0, *(b - a for a, b in ranges)])
    place = uniform * ends[-1]
    part = np.clip(np.searchsorted(ends, place, side="right") - 1, 0, len(ranges) - 1)
    return np.array([a for a, _ in ranges])[part] + place - ends[part]


def _population_of(
    people: Sequence[Population], age: np.ndarray, keys: Keys, seed: int
) -> np.ndarray:
    """The place of each patient's population [patient]: one of those that have his age."""
    has = np.array([(one.ages[0] <= age) & (age <= one.ages[1]) for one in people])
    chance = draw(seed, ["covariate/population"], keys, kind="uniform")[0, :, 0]
    place = np.floor(chance * has.sum(axis=0)) + 1
    return np.argmax(np.cumsum(has, axis=0) >= place, axis=0)


def _within(ages: tuple[float, float], spread: Any, uniform: np.ndarray) -> np.ndarray:
    low, high = spread.at(np.array([0.0, 1.0]))
    first, last = max(low, ages[0]), min(high, ages[1])
    if first > last:
        raise InputError(
            Problem(
                f"nobody of the population is {ages[0]:g} to {ages[1]:g} years old.",
                remedy=f"It has {low:g} to {high:g} years: take a range within that.",
            )
        )
    return first + (last - first) * uniform
