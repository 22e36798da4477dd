"""The patients of a cohort in all its worlds: at rest, on days after birth, and who falls ill."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gutskin.calibration.births import births_in_worlds
from gutskin.calibration.cohort_births import birth_results
from gutskin.calibration.cohort_result import TargetResult
from gutskin.calibration.sampling_error import Readings
from gutskin.calibration.targets import Target
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.population.panel import FollowedOn, at_rest, from_birth, panel_parameters
from gutskin.population.targets import (
    ENDS,
    Moment,
    Quantities,
    given_of,
    moments_of,
    quantities_of,
)

PATIENTS, NEWBORNS = 512, 128  # of a population in each world
AT_ONCE = 10  # worlds that are followed together
RTOL = 3e-3

Progress = Callable[[int, int], None]
World = Mapping[Moment, Quantities]


@dataclass(frozen=True)
class CohortPatients:
    """Patients of a population in every world.

    Parameters
    ----------
    patients : of the population in each world
    seen : of each world, population and day -> quantity -> Array [patient]
    births : who of a cohort from birth falls ill
    """

    patients: int
    seen: tuple[World, ...]
    births: tuple[TargetResult, ...]


def without_group(seen: World, group: int, groups: int) -> World:
    """The patients of a world without one of so many groups of each population."""
    return {
        moment: {
            name: values[np.arange(len(values)) % groups != group] for name, values in own.items()
        }
        for moment, own in seen.items()
    }


def follow_cohort(
    model: Model,
    population: str,
    rows: Sequence[Row],
    births: Sequence[Target],
    worlds: Mapping[str, np.ndarray],
    patients: int | None,
    seed: int,
    show: Progress,
) -> CohortPatients:
    """Follow a population, and those with whom a row compares it, in every world.

    Parameters
    ----------
    worlds : id -> Array [world], every number that a world sets
    patients : in each world; without it the usual number
    """
    count, names = len(next(iter(worlds.values()))), quantities_of(rows)
    firsts = range(0, count, AT_ONCE)
    people = [*dict.fromkeys(who for who, _ in sorted(moments_of(rows), key=lambda at: at[0]))]
    total, done = len(firsts) * (len(people) + bool(births)), 0
    seen: list[dict[Moment, Quantities]] = [{} for _ in range(count)]
    young = bool(births) or any(day is not None for _, day in moments_of(rows))
    number = patients or (NEWBORNS if young else PATIENTS)
    for who in people:
        days = sorted(day for one, day in moments_of(rows) if one == who and day is not None)
        for first in firsts:
            some = {name: value[first : first + AT_ONCE] for name, value in worlds.items()}
            on = _followed_on([row for row in rows if row.text("population") == who], names)
            tables = _tables(model, who, rows, some, number, seed, days, names, on)
            last = np.inf if on is None else on[0]
            for place, world in enumerate(_sound(tables, number, last)):
                for day, table in world.items():
                    seen[first + place][who, day] = dict(zip(names, table, strict=True))
            show(done := done + 1, total)
    ill = []
    for first in firsts if births else ():
        some = {name: value[first : first + AT_ONCE] for name, value in worlds.items()}
        ill.append(births_in_worlds(model, births, some, first, number, seed))
        show(done := done + 1, total)
    found = birth_results(births, Readings.of(ill)) if ill else []
    return CohortPatients(number, tuple(seen), tuple(found))


def _tables(
    model: Model,
    population: str,
    rows: Sequence[Row],
    worlds: Mapping[str, np.ndarray],
    patients: int,
    seed: int,
    days: Sequence[float],
    names: Sequence[str],
    followed_on: FollowedOn | None,
) -> dict[float | None, np.ndarray]:
    """The quantities of a population in some worlds: day -> Array [quantity, world x patient]."""
    parameters = panel_parameters(model, population, worlds, 0, patients, seed)
    found: dict[float | None, np.ndarray] = {}
    if (population, None) in moments_of(rows):
        found[None] = at_rest(model, parameters, names, RTOL)
    if days:
        found |= from_birth(model, parameters, days, names, followed_on, RTOL)
    return found


def _followed_on(rows: Sequence[Row], names: Sequence[str]) -> FollowedOn | None:
    """From which day on only those are followed who count, if all later rows ask for the same."""
    filters = {given_of(row) for row in rows if row.text("given")}
    days = {(given.day, given) for given in filters if given.day is not None}
    if len(days) != 1:
        return None
    day, given = days.pop()
    if day is None:
        return None
    late = [row for row in rows if row.text("at_day") and row.number("at_day") > day]
    if any(not row.text("given") or given_of(row) != given for row in late):
        return None
    place, passes = names.index(given.quantity), ENDS[given.end]
    return day, lambda table: passes(table[place], given.bound)


def _sound(
    tables: Mapping[float | None, np.ndarray], patients: int, last: float
) -> list[dict[float | None, np.ndarray]]:
    """World by world, without those of whom a number is missing while all were followed.

    Parameters
    ----------
    last : day until which they were
    """
    cut = {day: table.reshape(len(table), -1, patients) for day, table in tables.items()}
    known = [np.isfinite(own).all(axis=0) for day, own in cut.items() if day is None or day <= last]
    whole = np.logical_and.reduce(known)  # [world, patient]
    return [
        {day: table[:, world, whole[world]] for day, table in cut.items()}
        for world in range(whole.shape[0])
    ]
