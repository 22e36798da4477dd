"""One patient as a TOML file: read, and checked for every name, every range, everything at odds.

Nothing is compiled for it: names and domains come from the tables. Whatever is wrong comes at once,
each with its line; see `examples/` for files. `gutskin.population.course` makes a course of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from os import PathLike
from typing import Any

from gutskin.errors import nearest, short, together
from gutskin.media import counted
from gutskin.model.biology import Biology
from gutskin.model.domains import (
    habit_domain,
    limits,
    parameter_domain,
    pulse_domain,
    state_domain,
)
from gutskin.model.overlay import biology_of
from gutskin.model.vocabulary import Vocabulary, vocabulary
from gutskin.population.calendar import ALWAYS, Move, span
from gutskin.population.course_length import days_asked, length_problems
from gutskin.population.daily_totals import given_of_a_day, total_problems
from gutskin.population.dose_checks import (
    dose_moves,
    dose_problems,
    few_of_the_late,
    late_problems,
    mother_problems,
    overlap_problems,
    present,
    times_problems,
    wash_moves,
)
from gutskin.population.doses import KINDS, Lasting, Times
from gutskin.population.drugs import drug_problems
from gutskin.population.known import known_names
from gutskin.population.mother import strains_of
from gutskin.population.own_strains import with_file_strains
from gutskin.population.patient_format import (
    FILE,
    GIVEN,
    NEWBORN,
    SETTLED,
    GivenCourse,
    GivenHold,
    GivenPulse,
    Noise,
    PatientFile,
    Season,
    starts,
)
from gutskin.population.populations import DAYS_PER_YEAR, load_populations, with_ages
from gutskin.population.strain_file import strain_problems
from gutskin.population.strain_places import place_problems
from gutskin.population.value_checks import finite_number, impossible, outside
from gutskin.toml_file import sound, sound_parts, table, validate
from gutskin.toml_lines import Place
from gutskin.toml_text import Found, path_of, read_toml
from gutskin.user_text import as_title


def load_patient(
    path: str | PathLike[str],
    biology: Biology | str | PathLike[str] | None = None,
    *,
    days: int | None = None,
) -> PatientFile:
    """Read one patient.

    Parameters
    ----------
    biology : a folder of own texts and tables on top of the shipped ones, see `biology_of`
    days : how long he is to be followed, if not as long as his file says

    Raises
    ------
    InputError
        with all problems of the file, each with its line

    Examples
    --------
    >>> patient = load_patient("examples/ad_child.toml")
    >>> patient.population, patient.age_years
    ('ad_child', 6.0)
    """
    own, file, days = together(
        lambda: biology_of(biology),
        lambda: read_toml(path_of(path, "a patient")),
        lambda: days_asked(days),
    )
    raw, where = file.values, file.path
    wrong = tuple(strain_problems(raw.get("strains"), own))
    own = with_file_strains(own, raw, where)
    names, known = vocabulary(own), known_names(own)
    long = _days(raw, days)
    last = max(long, _days(raw, None))  # a shorter course is asked for with the command
    found = [
        *wrong,
        *_parameters(raw, names),
        *_states(raw, names),
        *_switches(raw, names),
        *_start(raw, names),
        *_ages(raw, long, names),
        *_moved(raw, names, last),
        *_doses(raw, known, last, names),
        *_drugs(raw, known, names),
    ]
    place: Place = ("days",) if days is None else ()
    if math.isfinite(long):
        found += [(place, what, fix) for what, fix in length_problems(long)]
    patient = validate(FILE, file, few_of_the_late(found), known)
    return patient if patient.name else patient.model_copy(update={"name": as_title(where.stem)})


def _days(raw: Mapping[str, Any], days: int | None) -> float:
    """How long the patient is followed; infinite where the raw file does not tell it."""
    if days is not None:
        return float(days)
    in_file = finite_number(raw.get("days", PatientFile.model_fields["days"].default))
    return in_file if in_file is not None and in_file >= 1 else math.inf


def _parameters(raw: Mapping[str, Any], names: Vocabulary) -> Iterator[Found]:
    """Parameters that the model does not have, or that are set elsewhere, or that no body has."""
    for name, value in table(raw, "parameters").items():
        place, row = ("parameters", name), names.parameters.get(name)
        if row is None:
            remedy = short(nearest(name, [*names.parameters]))
            yield place, f"there is no parameter {name!r}.", remedy
        elif name == "age_at_start":
            yield place, "the age is not set here.", "Write `age_years` at the top."
        elif row.text("role") == "switch":
            remedy = f"Write `{name.removeprefix('s_').upper()} = false` in [switches]."
            yield place, f"{name} is a switch.", remedy
        else:
            yield from impossible(place, value, habit_domain(row), name, names.biology)


def _states(raw: Mapping[str, Any], names: Vocabulary) -> Iterator[Found]:
    """States that the model does not have, that are missing, or that no body is in."""
    states = table(raw, "states")
    for name, value in states.items():
        if name not in names.states:
            remedy = short(nearest(name, [*names.states]))
            yield ("states", name), f"there is no state {name!r}.", remedy
        else:
            yield from outside(("states", name), value, state_domain(names.states[name]), name)
    if raw.get("start") == GIVEN and (missing := set(names.states) - set(states)):
        message = f"start {GIVEN!r} leaves out {counted(len(missing), 'state')} ({min(missing)})."
        yield ("start",), message, "Give every state a value in [states]."


def _switches(raw: Mapping[str, Any], names: Vocabulary) -> Iterator[Found]:
    """Mechanisms that the model does not have."""
    mechanisms = names.tables.mechanisms
    for name in table(raw, "switches"):
        if name not in mechanisms:
            remedy = short(nearest(name, tuple(mechanisms)))
            yield ("switches", name), f"there is no mechanism {name!r}.", remedy


def _start(raw: Mapping[str, Any], names: Vocabulary) -> Iterator[Found]:
    """A start that is unknown, or does not go with the age."""
    start, age = raw.get("start"), _age(raw, names)
    if not isinstance(start, str):
        return
    known = starts(names)
    if start not in known:
        yield ("start",), f"unknown start {start!r}.", nearest(start, known)
    elif start.startswith(NEWBORN):
        own = _own_age(raw)
        if own is not None and own * DAYS_PER_YEAR > names.number("newborn_days"):
            message = f"start {start!r} is a newborn, but the age is {own:g} years."
            yield ("age_years",), message, "Write `age_years = 0`, or choose another start."
    elif start == SETTLED and age * DAYS_PER_YEAR < names.number("settle_days"):
        place: Place = ("age_years",) if "age_years" in raw else ("start",)
        yield place, f"at {age:.2g} years nobody has settled yet.", "Start him at birth instead."


def _own_age(raw: Mapping[str, Any]) -> float | None:
    """The age that the file gives, if it is one; that it is negative is told elsewhere."""
    age = finite_number(raw.get("age_years"))
    return None if age is None or age < 0 else age


def _age(raw: Mapping[str, Any], names: Vocabulary) -> float:
    """The age in years as far as the raw file tells it; what is wrong with it is told elsewhere."""
    age, population = _own_age(raw), raw.get("population")
    if age is not None:
        return age
    populations = load_populations(names.biology)
    if isinstance(population, str) and population in populations:
        return populations[population].middle_age
    return math.inf


def _ages(raw: Mapping[str, Any], days: float, names: Vocabulary) -> Iterator[Found]:
    """An age that nobody reaches, or that nobody of the population has."""
    age, start, name = _own_age(raw), raw.get("start"), raw.get("population")
    limit = limits()["age_years"]
    place: Place = ("age_years",)
    if age is not None and age > limit.high:
        what = f"`age_years = {age:g}`: nobody is simulated beyond {limit.high:g} years."
        yield place, what, "Write an age within that."
        return
    if (
        age is not None
        and age + days / DAYS_PER_YEAR > limit.high
        and days <= limits()["days"].high
    ):
        what = f"after {days:g} days he is beyond {limit.high:g} years."
        yield place, what, "Write a lower age, or fewer days."
    known = load_populations(names.biology)
    newborn = isinstance(start, str) and start.startswith(NEWBORN)
    if age is None or newborn or not isinstance(name, str) or name not in known:
        return
    first, last = known[name].ages
    if not first <= age <= last:
        what = f"nobody of population {name!r} is {age:g} years old; it has {first:g} to {last:g}."
        remedy = f"Write an age of that range, or {with_ages(name, age, age, names.biology)}; "
        remedy += "without a population write what is his own in [parameters]."
        yield place, what, remedy


def _moved(raw: Mapping[str, Any], names: Vocabulary, last: float) -> Iterator[Found]:
    """Holds, pulses and courses: unknown names, impossible values and times."""
    parameters = (*names.parameters, *names.constants)
    known = {"holds": ("parameter", parameters), "pulses": ("state", tuple(names.states)),
             "courses": ("parameter", parameters)}  # fmt: skip
    for key, (what, ids) in known.items():
        entries = raw.get(key)
        for number, entry in enumerate(entries if isinstance(entries, list) else []):
            name = entry.get(what) if isinstance(entry, dict) else None
            if isinstance(name, str) and name not in ids:
                yield (
                    (key, number, what),
                    f"there is no {what} {name!r}.",
                    short(nearest(name, ids)),
                )
    for number, hold in sound_parts(raw.get("holds"), GivenHold).items():
        for place, what, fix in hold_problems(hold, names, last):
            yield ("holds", number, *place), what, fix
    for number, pulse in sound_parts(raw.get("pulses"), GivenPulse).items():
        if pulse.state in names.states and pulse.add is not None:
            domain = pulse_domain(names.states[pulse.state])
            what = f"what is added to {pulse.state}"
            yield from outside(("pulses", number, "add"), pulse.add, domain, what)
        if pulse.day is None:
            continue
        words = f"the pulse of {pulse.state}"
        found = [*times_problems(pulse.day, math.inf, ("day", "day"), "day", words)]
        for place, what, fix in [*found, *late_problems(pulse.day, last, "day", words)]:
            yield ("pulses", number, *place), what, fix
    for number, course in sound_parts(raw.get("courses"), GivenCourse).items():
        words = f"the course of {course.parameter}"
        begins = None if not course.days else course.days[0]
        found = [*_course(course, names), *late_problems(begins, last, "days", words)]
        for place, what, fix in found:
            yield ("courses", number, *place), what, fix


def hold_problems(hold: Any, names: Vocabulary, days: float) -> Iterator[Found]:
    """What is wrong with an input that is held; places are keys of its table.

    Parameters
    ----------
    days : how long somebody is followed
    """
    words = f"the hold of {hold.parameter}"
    keys = ("start_day", "end_day")
    yield from late_problems(hold.start_day, days, "start_day", words)
    if present(hold, *keys):
        yield from times_problems(hold.start_day, hold.end_day, keys, "day", words)
    row = names.parameters.get(hold.parameter)
    if row is not None and hold.value is not None:
        lasting = not present(hold, *keys) or hold.end_day - hold.start_day >= 1.0
        domain = habit_domain(row) if lasting else parameter_domain(row)
        yield from impossible(("value",), hold.value, domain, hold.parameter, names.biology)


def _course(course: GivenCourse, names: Vocabulary) -> Iterator[Found]:
    shortest, longest = limits()["lasting_days"].low, limits()["days"].high
    row = names.parameters.get(course.parameter)
    days, values = course.days or (), course.values or ()
    if row is not None:
        domain = parameter_domain(row)
        for number, value in enumerate(values):
            yield from impossible(
                ("values", number), value, domain, course.parameter, names.biology
            )
    if present(course, "days", "values") and len(days) != len(values):
        what = f"the course has {counted(len(days), 'day')} but {counted(len(values), 'value')}."
        yield ("values",), what, "Write one value for each day."
    for number, (one, other) in enumerate(pairwise(days), 1):
        if other - one < shortest:
            what = f"day {other:g} follows day {one:g}."
            yield ("days", number), what, "Days must increase; a jump is a hold."
    for number, day in enumerate(days):
        if abs(day) > longest:
            what = f"day {day:g} is more than {longest:g} days away."
            yield ("days", number), what, "Write a day nearer to the start."


def _doses(raw: Mapping[str, Any], known: Any, days: float, names: Vocabulary) -> Iterator[Found]:
    """Doses by themselves, and whatever moves an input twice at a time."""
    entries = raw.get("doses")
    doses = sound_parts(entries, KINDS, known)
    others = entries if isinstance(entries, list) else []
    unreadable = [None if number in doses else one for number, one in enumerate(others)]
    times = {number: one for number, one in doses.items() if isinstance(one, Lasting)}
    times |= sound_parts(unreadable, Times)
    for place, what, fix in dose_problems(doses, times, days):
        yield ("doses", *place), what, fix
    born = str(raw.get("start", "")).startswith(NEWBORN)
    remedy = 'Write `start = "birth_vaginal"`, or take it out.'
    for place, what, fix in mother_problems(doses, born, remedy):
        yield ("doses", *place), what, fix
    if (wrong := place_problems(strains_of(doses.values()), names.tables)) is not None:
        yield (
            ("doses",),
            f"too many strains: {wrong}",
            "Take strains out, give them as one product, or follow mixes one by one.",
        )
    yield from overlap_problems(_moves(raw, doses))
    holds = sound_parts(raw.get("holds"), GivenHold)
    courses = sound_parts(raw.get("courses"), GivenCourse)
    own = {name: finite_number(value) for name, value in table(raw, "parameters").items()}
    usual = {name: value for name, value in own.items() if value is not None}
    yield from total_problems(given_of_a_day(doses, holds, courses, days), usual)


def _drugs(raw: Mapping[str, Any], known: Any, names: Vocabulary) -> Iterator[Found]:
    """Drugs without a dose for him, of which nothing is read, or too many at once."""
    age = _age(raw, names)
    doses = sound_parts(raw.get("doses"), KINDS, known)
    for place, what, fix in drug_problems(
        doses, names.biology, age if math.isfinite(age) else None
    ):
        yield ("doses", *place), what, fix


def _moves(raw: Mapping[str, Any], doses: Mapping[int, Any]) -> dict[str, list[Move]]:
    """Everything in the file that moves an input, in the order of doses, holds and courses."""
    moves = {
        name: [Move(("doses", *one.place), one.words, one.start, one.end) for one in of_input]
        for name, of_input in dose_moves(doses).items()
    }
    others: dict[str, list[Move]] = {}
    for number, hold in sound_parts(raw.get("holds"), GivenHold).items():
        if present(hold, "start_day", "end_day", "parameter") and hold.end_day > hold.start_day:
            words = f"the hold of {hold.parameter} {span(hold.start_day, hold.end_day, 'day')}"
            one = Move(("holds", number, "start_day"), words, hold.start_day, hold.end_day)
            others.setdefault(hold.parameter, []).append(one)
    for number, course in sound_parts(raw.get("courses"), GivenCourse).items():
        if course.parameter is None:
            continue
        words = f"the course of {course.parameter}"
        one = Move(("courses", number, "parameter"), words, *ALWAYS)
        others.setdefault(course.parameter, []).append(one)
    for key, part, name in (
        ("season", Season, "season"), ("noise", Noise, "stress"), ("noise", Noise, "activity"),
    ):  # fmt: skip
        if key in raw and sound(part, raw[key]) is not None:
            words = f"what [{key}] makes of {name}"
            others.setdefault(name, []).insert(0, Move((key,), words, *ALWAYS))
    if "washing" in others:  # single washes are added to what doses hold, and to nothing else
        washes = [Move(("doses", *w.place), w.words, w.start, w.end) for w in wash_moves(doses)]
        others["washing"] = [*washes, *others["washing"]]
    for name, some in others.items():
        moves.setdefault(name, []).extend(some)
    return moves
