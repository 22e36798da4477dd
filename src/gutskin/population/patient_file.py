"""One patient as a TOML file: where he starts, what is his own, and what happens to him.

`load_patient` reads the file and reports all its problems together, each with its line; see
`examples/` for files. `gutskin.population.course` makes a course of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field

from gutskin.errors import nearest
from gutskin.model.tables import start_columns
from gutskin.population.doses import HELD, KINDS, AnyDose
from gutskin.population.draw import DAYS_PER_YEAR
from gutskin.population.populations import load_populations
from gutskin.population.strains import PLACES
from gutskin.toml_file import (
    Format,
    Found,
    Known,
    NotNegative,
    Part,
    Place,
    Positive,
    Share,
    known_name,
    read_toml,
    validate,
)
from gutskin.user_text import Title, as_title

if TYPE_CHECKING:
    from gutskin.model.model import Model

SETTLED = "settled"
GIVEN = "given"  # every state by its value
NEWBORN = "birth_"  # starts that only a newborn has begin with it


class Season(Part):
    """Allergen over the year: 1 + amplitude cos(2 pi (day - peak_day) / 365.25)."""

    amplitude: Share
    peak_day: float = 0.0


class Noise(Part):
    """The daily challenge of the skin; the same `seed` gives the same days."""

    seed: Annotated[int, Field(ge=0, lt=2**31)]


class Numerics(Part):
    """How exactly he is computed: tolerance of a step, width of numbers, longest step (days)."""

    rtol: Annotated[float, Field(ge=1e-10, le=0.1)] = 1e-6
    precision: Literal["double", "single"] = "double"
    longest_step_days: Positive | None = None


class GivenHold(Part):
    """An input holds `value` from `start_day` (included) to `end_day` (excluded)."""

    parameter: str
    start_day: NotNegative
    end_day: Positive
    value: float


class GivenPulse(Part):
    """A state jumps by `add` on `day`."""

    state: str
    day: NotNegative
    add: float


class GivenCourse(Part):
    """An input follows straight lines through (`days`, `values`)."""

    parameter: str
    days: Annotated[tuple[float, ...], Field(min_length=1)]
    values: Annotated[tuple[float, ...], Field(min_length=1)]


class PatientFile(Part):
    """A whole patient file.

    Parameters
    ----------
    name : how the output calls him
    start : a column of species.tsv, or "settled": his own stationary state; or "given": what
        `states` says
    days : how long he is followed unless the command says otherwise
    age_years : age on day 0; without it the population's, or 0 at birth
    population : whose central covariates are his unless he has his own
    parameters : id -> value
    switches : mechanism -> on or off
    states : id -> value on day 0, in the place of the start's
    holds, pulses, courses : what a schedule is made of, beside `doses`; a trial writes the patients
        whom it could not compute in this way
    numerics : how exactly he is computed; without it more exactly than a trial needs
    """

    start: str
    name: Title = ""
    days: Annotated[int, Field(ge=1)] = 56
    age_years: NotNegative | None = None
    population: Annotated[str, known_name("population")] | None = None
    parameters: Mapping[str, float] = Field(default_factory=dict)
    switches: Mapping[str, bool] = Field(default_factory=dict)
    season: Season | None = None
    noise: Noise | None = None
    doses: tuple[Annotated[AnyDose, Field(discriminator="kind")], ...] = ()
    states: Mapping[str, float] = Field(default_factory=dict)
    holds: tuple[GivenHold, ...] = ()
    pulses: tuple[GivenPulse, ...] = ()
    courses: tuple[GivenCourse, ...] = ()
    numerics: Numerics | None = None


FILE = Format(
    PatientFile,
    {
        "season": Season, "noise": Noise, "numerics": Numerics,
        "holds": GivenHold, "pulses": GivenPulse, "courses": GivenCourse,
    },
    KINDS,
    "a dose",
)  # fmt: skip


@dataclass(frozen=True)
class _Span:
    """When a dose of the raw file moves an input."""

    dose: int
    start: float
    end: float


def starts(model: Model) -> tuple[str, ...]:
    """The names of the starts: columns of species.tsv, "settled" and "given"."""
    return (*start_columns(model.tables), SETTLED, GIVEN)


def load_patient(path: str | Path, model: Model) -> PatientFile:
    """Read one patient.

    Raises
    ------
    InputError
        with all problems of the file, each with its line
    """
    path = Path(path)
    file = read_toml(path)
    raw = file.values
    known = Known(
        populations=tuple(load_populations()),
        strains={key: row.text("strain") for key, row in model.tables.strains.items()},
    )
    found = [*_names(raw, model), *_start(raw, model), *_conflicts(raw, known)]
    patient = validate(FILE, file, found, known)
    return patient if patient.name else patient.model_copy(update={"name": as_title(path.stem)})


def _table(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The table under a key; nothing if it is no table, which is reported elsewhere."""
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def _names(raw: Mapping[str, Any], model: Model) -> Iterator[Found]:
    """Parameters and mechanisms that the model does not have."""
    for name in _table(raw, "parameters"):
        if name not in model.parameter_ids:
            remedy = _short(nearest(name, model.parameter_ids))
            yield ("parameters", name), f"there is no parameter {name!r}.", remedy
        elif name == "age_at_start":
            yield ("parameters", name), "the age is not set here.", "Write `age_years` at the top."
        elif model.tables.parameters[name].text("role") == "switch":
            remedy = f"Write `{name.removeprefix('s_').upper()} = false` in [switches]."
            yield ("parameters", name), f"{name} is a switch.", remedy
    states = _table(raw, "states")
    for name in states:
        if name not in model.state_ids:
            remedy = _short(nearest(name, model.state_ids))
            yield ("states", name), f"there is no state {name!r}.", remedy
    if raw.get("start") == GIVEN and len(missing := set(model.state_ids) - set(states)):
        message = f"start {GIVEN!r} leaves out {len(missing)} states ({min(missing)})."
        yield ("start",), message, "Give every state a value in [states]."
    yield from _moved(raw, model)
    mechanisms = model.tables.mechanisms
    for name in _table(raw, "switches"):
        if name not in mechanisms:
            remedy = _short(nearest(name, tuple(mechanisms)))
            yield ("switches", name), f"there is no mechanism {name!r}.", remedy
        elif not mechanisms[name].text("switch"):
            yield ("switches", name), f"{name} has no switch.", "Take it out."


def _moved(raw: Mapping[str, Any], model: Model) -> Iterator[Found]:
    """Holds, pulses and courses of what the model does not have."""
    known = {"holds": ("parameter", model.parameter_ids), "pulses": ("state", model.state_ids),
             "courses": ("parameter", model.parameter_ids)}  # fmt: skip
    for key, (what, ids) in known.items():
        tables = raw.get(key)
        for number, table in enumerate(tables if isinstance(tables, list) else []):
            name = table.get(what) if isinstance(table, dict) else None
            if isinstance(name, str) and name not in ids:
                remedy = _short(nearest(name, ids))
                yield (key, number, what), f"there is no {what} {name!r}.", remedy


def _short(remedy: str) -> str:
    """A remedy that does not print hundreds of names."""
    return remedy if remedy.startswith("Did") else "See `gutskin/biology` for the names."


def _start(raw: Mapping[str, Any], model: Model) -> Iterator[Found]:
    """A start that is unknown, or does not go with the age."""
    start, age = raw.get("start"), _age(raw)
    if not isinstance(start, str):
        return
    known, newborn = starts(model), model.tables.conduct["newborn_days"].number("value")
    if start not in known:
        yield ("start",), f"unknown start {start!r}.", nearest(start, known)
    elif start.startswith(NEWBORN) and "age_years" in raw and age * DAYS_PER_YEAR > newborn:
        message = f"start {start!r} is a newborn, but the age is {age:g} years."
        yield ("age_years",), message, "Write `age_years = 0`, or choose another start."
    elif start == SETTLED and age * DAYS_PER_YEAR < settle_days(model):
        place: Place = ("age_years",) if "age_years" in raw else ("start",)
        yield place, f"at {age:.2g} years nobody has settled yet.", "Start him at birth instead."


def _age(raw: Mapping[str, Any]) -> float:
    """The age in years as far as the raw file tells it; what is wrong with it is told elsewhere."""
    age, population = raw.get("age_years"), raw.get("population")
    if isinstance(age, int | float):
        return float(age)
    if isinstance(population, str) and population in load_populations():
        return float(load_populations()[population].covariates["age_years"].at(np.array([0.5]))[0])
    return math.inf


def settle_days(model: Model) -> float:
    """How long a patient takes to settle (days)."""
    return model.tables.conduct["settle_days"].number("value")


def _conflicts(raw: Mapping[str, Any], known: Known) -> Iterator[Found]:
    """Doses at odds with themselves or each other; of the raw file, so that nothing hides them."""
    spans: dict[str, list[_Span]] = {}
    strains: dict[tuple[str, bool], None] = {}
    doses = raw.get("doses")
    for number, dose in enumerate(doses if isinstance(doses, list) else []):
        if not isinstance(dose, dict) or dose.get("kind") not in KINDS or dose["kind"] == "wash":
            continue
        start, end = dose.get("start_day"), dose.get("end_day", math.inf)
        if not isinstance(start, int | float) or not isinstance(end, int | float):
            continue
        if end <= start:
            message = f"the {_called(dose)} ends on day {end:g} but starts on day {start:g}."
            yield ("doses", number, "end_day"), message, "End it after its start."
            continue
        named = list(_strains(dose, known))
        strains |= dict.fromkeys(named)
        twice = sorted({strain for strain, _ in named if named.count((strain, _)) > 1})
        if twice:
            message = f"the mix names {', '.join(twice)} more than once."
            yield ("doses", number, "strains"), message, "Name each strain once."
        inputs = {f"{strain}, {viable}" for strain, viable in named}
        if dose["kind"] in HELD:
            inputs = {HELD[dose["kind"]][0]}
        for name in inputs:
            spans.setdefault(name, []).append(_Span(number, start, end))
    if len(strains) > PLACES:
        message = f"the doses name {len(strains)} strains; the model has places for {PLACES}."
        yield ("doses",), message, "Take strains out, or follow the mixes one by one."
    yield from _overlaps(doses, spans)


def _called(dose: Mapping[str, Any]) -> str:
    return str(dose["kind"]).replace("_", " ")


def _strains(dose: Mapping[str, Any], known: Known) -> Iterator[tuple[str, bool]]:
    """The strains of a raw dose and whether they live; unknown ones are reported elsewhere."""
    codes = {code.casefold(): key for key, code in known.strains.items() if code}
    names = dose.get("strains", ()) if dose["kind"] == "probiotic" else ()
    for name in names if isinstance(names, list) else ():
        if isinstance(name, str):
            small = name.casefold()
            yield codes.get(small, small), dose.get("viable") is not False


def _overlaps(doses: Any, spans: Mapping[str, list[_Span]]) -> Iterator[Found]:
    reported: set[tuple[int, int]] = set()
    for of_input in spans.values():
        for i, one in enumerate(of_input):
            for other in of_input[i + 1 :]:
                pair = (one.dose, other.dose)
                if pair in reported or one.dose == other.dose:
                    continue
                if max(one.start, other.start) < min(one.end, other.end):
                    reported.add(pair)
                    here, there = (_when(doses[which.dose], which) for which in (other, one))
                    remedy = "End the first where the second starts, or write them as one."
                    place: Place = ("doses", other.dose, "start_day")
                    yield place, f"{here} overlaps {there}.", remedy


def _when(dose: Mapping[str, Any], span: _Span) -> str:
    end = "the end" if math.isinf(span.end) else f"day {span.end:g}"
    return f"{_called(dose)} from day {span.start:g} to {end}"
