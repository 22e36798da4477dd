"""The plan of a patient: all that will happen to him, before any of it is computed or compiled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from os import PathLike
from typing import Any

import numpy as np

from gutskin.errors import InputError
from gutskin.media import counted
from gutskin.model.biology import Biology
from gutskin.model.drugs import drugs
from gutskin.model.overlay import biology_of
from gutskin.model.topicals import topicals
from gutskin.model.vocabulary import Vocabulary, vocabulary
from gutskin.population.body_weight import body_weight
from gutskin.population.calendar import DoseCalendar
from gutskin.population.doses import calendar_of
from gutskin.population.memory import machine_memory, memory_problem
from gutskin.population.patient_file import load_patient
from gutskin.population.patient_format import NEWBORN, PatientFile
from gutskin.population.populations import load_populations
from gutskin.population.reached_tiers import ANY, WEIGHT, reached
from gutskin.population.regimen import Regimen, regimens, to_json

NUMBER = 8  # bytes
COPIES = 3  # of a course that are held at once


@dataclass(frozen=True)
class Happening:
    """Something beside the doses that moves an input or a state.

    Parameters
    ----------
    what : hold, pulse, course, season or noise
    moves : id of the input or state
    value : in words
    first, last : days; the same of a pulse
    """

    what: str
    moves: str
    value: str
    first: float
    last: float


@dataclass(frozen=True)
class PatientSizes:
    """How much there is to do.

    Parameters
    ----------
    days : that he is followed
    doses : that are given
    left_out : doses and happenings that begin after the last day, of a shorter course
    values : of all quantities, day by day
    memory : that they need, about (bytes)
    machine : memory that this machine has (bytes)
    """

    days: int
    doses: int
    left_out: int
    values: int
    memory: float
    machine: float


@dataclass(frozen=True)
class PatientPlan:
    """A patient who can be followed.

    Parameters
    ----------
    age : on day 0 (years); None where neither file nor population says it
    regimens : what he is given, in the order of the file
    calendar : the same, dose by dose
    happenings : what else happens to him
    """

    patient: PatientFile
    biology: Biology
    days: int
    age: float | None
    regimens: tuple[Regimen, ...]
    calendar: DoseCalendar
    happenings: tuple[Happening, ...]
    sizes: PatientSizes

    def to_json(self) -> dict[str, Any]:
        """As plain values: doses one by one, what else happens, sizes."""
        one = self.patient
        return {
            "patient": one.name,
            "start": one.start,
            "population": one.population,
            "age_years": self.age,
            "flg": one.flg,
            "days": self.days,
            **to_json(one.doses, self.calendar, self.regimens),
            "happenings": [asdict(each) for each in self.happenings],
            "holds": [each.model_dump() for each in one.holds],
            "pulses": [each.model_dump() for each in one.pulses],
            "input_courses": [each.model_dump() for each in one.courses],
            "parameters": dict(one.parameters),
            "switches": dict(one.switches),
            "states": dict(one.states),
            "sizes": asdict(self.sizes),
        }


def plan_patient(
    patient: str | PathLike[str],
    days: int | None = None,
    biology: Biology | str | PathLike[str] | None = None,
) -> PatientPlan:
    """Read a patient file and plan it.

    Parameters
    ----------
    days : how long he is followed, if not as long as his file says
    biology : a folder of own texts and tables on top of the shipped ones

    Raises
    ------
    InputError
        With all that is wrong: in the file, with lines, and in what is asked for.

    Examples
    --------
    >>> plan = plan_patient("examples/ad_child.toml", 56)
    >>> plan.sizes.days, plan.regimens[0].doses
    (56, 49)
    """
    own = biology_of(biology)
    one, names = load_patient(patient, own, days=days), vocabulary(own)
    long = one.days if days is None else int(days)
    age = _age(one, names)
    calendar = calendar_of(one.doses, float(long), drugs(own), topicals(own))
    calendar = reached(calendar, own, ANY if age is None else (age, age), _weight(one, own, age))
    courses = regimens(one.doses, calendar, float(long), names)
    happenings = tuple(each for each in _happenings(one, long) if each.first <= long)
    starts = [each.day if each.kind == "wash" else each.start_day for each in one.doses]
    left = sum(start > long for start in starts)
    left += sum(each.first > long for each in _happenings(one, long))
    values = (len(names.states) + len(names.assigned)) * (long + 1)
    memory = float(COPIES * NUMBER * values)
    doses = sum(each.doses for each in courses)
    sizes = PatientSizes(long, doses, left, values, memory, machine_memory())
    if (found := memory_problem(memory, f"{long:,} days", "Write fewer days.")) is not None:
        raise InputError(found)
    return PatientPlan(one, own, long, age, courses, calendar, happenings, sizes)


def _age(one: PatientFile, names: Vocabulary) -> float | None:
    """How old he is on day 0 (years)."""
    if one.age_years is not None:
        return one.age_years
    if one.start.startswith(NEWBORN):
        return 0.0
    known = load_populations(names.biology)
    return None if one.population is None else known[one.population].middle_age


def _weight(one: PatientFile, biology: Biology, age: float | None) -> tuple[float, float]:
    """His weight, as the lightest and the heaviest that he may be (kg)."""
    own = one.parameters.get(WEIGHT)
    if own is None and one.population is not None:
        known = load_populations(biology)[one.population].covariates.get(WEIGHT)
        own = None if known is None else float(known.at(np.array([0.5]))[0])
    if own is None and age is not None:
        own = float(body_weight(age, 0.0, biology))
    return ANY if own is None else (own, own)


def _happenings(one: PatientFile, days: int) -> Iterator[Happening]:
    """Holds, pulses, courses, season and noise, in this order."""
    for hold in one.holds:
        last = min(hold.end_day, float(days))
        yield Happening("hold", hold.parameter, f"{hold.value:g}", hold.start_day, last)
    for pulse in one.pulses:
        yield Happening("pulse", pulse.state, f"{pulse.add:+g}", pulse.day, pulse.day)
    for course in one.courses:
        low, high = min(course.values), max(course.values)
        value = f"{low:g} to {high:g}, {counted(len(course.days), 'point')}"
        yield Happening("course", course.parameter, value, course.days[0], course.days[-1])
    if one.season is not None:
        value = f"amplitude {one.season.amplitude:g}, peak on day {one.season.peak_day:g}"
        yield Happening("season", "season", value, 0.0, float(days))
    if one.noise is not None:
        for name in ("stress", "activity"):
            yield Happening("noise", name, f"seed {one.noise.seed}", 0.0, float(days))
