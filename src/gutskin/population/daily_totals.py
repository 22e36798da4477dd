"""What is eaten within a day: fast for an hour is one thing, all day long another.

Doses, holds and courses of a file may give a sugar faster than anybody eats it all day; what they
come to together within any day is compared with what a person can eat.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from gutskin.model.domains import daily_limit
from gutskin.population.dose_checks import DAYS_PER_WEEK, present
from gutskin.population.doses import HELD, SCALE
from gutskin.toml_text import Found, Place

ROUNDING = 1e-6  # by which a sum of the same numbers may lie above the limit
REMEDY = "Give less, or for a shorter time."


@dataclass(frozen=True)
class Given:
    """Something that moves an input for a while.

    Parameters
    ----------
    place : of what is told of it in the file
    says : what is told of it, such as "`g_per_day` comes to"
    per : what one unit of the file is in the input's unit
    days, values : straight lines through these points, in the input's unit
    for_good : whether the first and the last value hold before and after them
    """

    place: Place
    says: str
    per: float
    days: Sequence[float]
    values: Sequence[float]
    for_good: bool = False

    @property
    def sound(self) -> bool:
        """Whether it has times that follow each other, and finite numbers."""
        numbers = (*self.days, *self.values)
        follow = all(one < other for one, other in pairwise(self.days))
        return (
            len(self.days) == len(self.values) > 0 and follow and all(map(math.isfinite, numbers))
        )

    def within(self, first: float) -> float:
        """How much of it lies in the day that begins at `first`."""
        start, end = (first, first + 1.0)
        if not self.for_good:
            start, end = max(start, self.days[0]), min(end, self.days[-1])
        if end <= start:
            return 0.0
        knots = [start, *(day for day in self.days if start < day < end), end]
        return float(np.trapezoid(np.interp(knots, self.days, self.values), knots))


def given_of_a_day(
    doses: Mapping[int, Any], holds: Mapping[int, Any], courses: Mapping[int, Any], end: float
) -> list[tuple[str, Given]]:
    """Whatever of a file moves an input that is counted by the day, with that input.

    Parts that are wrong elsewhere, or lack something, are left out.

    Parameters
    ----------
    doses, holds, courses : number in the file -> what stands there
    end : when whoever is given them is left (days)
    """
    found: list[tuple[str, Given]] = []
    for number, dose in doses.items():
        name, key = HELD.get(dose.kind, ("", ""))
        level = getattr(dose, key, None) if key else None
        if daily_limit(name) is None or level is None or not present(dose, "start_day", "end_day"):
            continue
        per, last = SCALE.get(dose.kind, 1.0), min(dose.end_day, max(end, dose.start_day) + 1.0)
        place: Place = ("doses", number, key)
        days, values = (dose.start_day, last), (level * per,) * 2
        found.append((name, Given(place, f"`{key}` comes to", per, days, values)))
    for number, hold in holds.items():
        if present(hold, "parameter", "start_day", "end_day", "value"):
            place, days = ("holds", number, "value"), (hold.start_day, hold.end_day)
            says, values = f"{hold.parameter} comes to", (hold.value,) * 2
            found.append((hold.parameter, Given(place, says, 1.0, days, values)))
    for number, course in courses.items():
        if present(course, "parameter", "days", "values"):
            place, says = ("courses", number, "values"), f"{course.parameter} comes to"
            own = Given(place, says, 1.0, course.days, course.values, for_good=True)
            found.append((course.parameter, own))
    return [(name, one) for name, one in found if daily_limit(name) is not None and one.sound]


def given_by_the_week(
    doses: Mapping[int, Any], end: float, kg: float = 1.0
) -> list[tuple[str, Given]]:
    """The same of what an arm of a trial receives.

    Parameters
    ----------
    doses : number in the file -> an intervention
    end : of the trial (weeks)
    kg : weight of the heaviest, where amounts are for each kilogram
    """
    found: list[tuple[str, Given]] = []
    for number, dose in doses.items():
        name, key = HELD.get(dose.kind, ("", ""))
        level = getattr(dose, key, None) if key else None
        if daily_limit(name) is None or level is None:
            continue
        start = dose.start_week or 0.0
        stop = end if dose.end_week is None else min(dose.end_week, end)
        days = (DAYS_PER_WEEK * start, DAYS_PER_WEEK * stop)
        per, of_whom = SCALE.get(dose.kind, 1.0), ""
        if getattr(dose, "per_kg", False):
            per, of_whom = per * kg, f" a kilogram, for who weighs {kg:.3g} kg,"
        says = f"`{key} = {level:g}`{of_whom} comes to"
        found.append((name, Given((number, key), says, per, days, (level * per,) * 2)))
    return [(name, one) for name, one in found if one.sound]


def total_problems(
    given: Iterable[tuple[str, Given]], usual: Mapping[str, float] | None = None
) -> Iterator[Found]:
    """What comes to more than a person can eat in a day, one problem for each input at most.

    Parameters
    ----------
    usual : input -> what is taken of it all day long while nothing moves it
    """
    of_input: dict[str, list[Given]] = {}
    for name, one in given:
        of_input.setdefault(name, []).append(one)
    for name, some in of_input.items():
        limit = daily_limit(name)
        assert limit is not None
        rest = 0.0 if usual is None else usual.get(name, 0.0)
        firsts = sorted({day - back for one in some for day in one.days for back in (0.0, 1.0)})
        totals = {first: _total(some, first, rest) for first in firsts}
        first, most = max(totals.items(), key=lambda one: one[1])
        if most <= limit.high * (1 + ROUNDING):
            continue
        begin = [one for one in some if one.days[0] >= first and one.within(first) > 0.0]
        worst = (
            min(begin, key=lambda one: one.days[0])
            if begin
            else max(some, key=lambda one: one.within(first))
        )
        high, shown = float(f"{limit.high / worst.per:.3g}"), most / worst.per
        digits = 4 if float(f"{shown:.4g}") > high else 7
        what = f"{worst.says} {shown:.{digits}g} within a day, more than a person can eat"
        yield worst.place, f"{what} (0 to {high:g}).", REMEDY


def _total(some: Sequence[Given], first: float, rest: float) -> float:
    """What is given in the day that begins at `first`, and the usual while nothing is."""
    if any(one.for_good for one in some):
        rest = 0.0
    moved = sum(max(0.0, min(first + 1.0, one.days[-1]) - max(first, one.days[0])) for one in some)
    return sum(one.within(first) for one in some) + rest * max(0.0, 1.0 - moved)
