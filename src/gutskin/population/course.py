"""The course of one patient of a patient file: day by day, and as one SBML document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.engine import Course, Hold, Pulse, Schedule
from gutskin.errors import InputError, Problem
from gutskin.extras import require
from gutskin.media import counted
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.drugs import drugs
from gutskin.model.model import Model
from gutskin.model.overlay import biology_entry
from gutskin.population.body_weight import body_weight
from gutskin.population.bounds import refuse_unsound
from gutskin.population.disease_activity import natural_course
from gutskin.population.doses import dose_schedule
from gutskin.population.draw import DAYS_PER_YEAR
from gutskin.population.drugs import drug_places, drug_traits
from gutskin.population.mother import strains_of
from gutskin.population.own_strains import with_strains
from gutskin.population.patient_format import GIVEN, NEWBORN, SETTLED, PatientFile
from gutskin.population.populations import filaggrin, find_population, genotypes
from gutskin.population.steady_state import run_to_steady_state
from gutskin.population.strain_places import places_for
from gutskin.population.strain_posterior import central_traits
from gutskin.population.streams import patient_keys

if TYPE_CHECKING:
    import xarray as xr

RTOL = 1e-6
FLOOR = 1e-6  # share of a state's typical size below which its error counts as absolute


@dataclass(frozen=True, eq=False)
class Case:
    """A patient ready to be followed.

    Parameters
    ----------
    days : how long
    parameters : id -> value, under the stance
    start : Array [state], on day 0 before any pulse
    schedule : what happens to him
    """

    patient: PatientFile
    model: Model
    stance: str
    days: int
    parameters: Mapping[str, float]
    start: np.ndarray
    schedule: Schedule

    def to_sbml(self) -> str:
        """The patient and his schedule as one SBML document, for any simulator.

        Raises
        ------
        InputError
            Where libSBML is not installed.
        """
        require("SBML", "model")
        from gutskin.model.export import export_course

        model = self.model
        notes = (
            f"Patient {self.patient.name!r} of {model.name} {model.version} "
            f"(content {model.content_hash}), {self.stance} stance, day 0 to {self.days}.",
            "Time is in days. At the moment of an event the values are those after it.",
            "A research model; it gives no medical advice.",
        )
        return export_course(
            model, self.parameters, self.start, self.schedule, self.days,
            name=self.patient.name, notes=notes,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class PatientCourse:
    """What became of a patient.

    Parameters
    ----------
    times : Array [time] (days), from 0
    quantities : id -> Array [time], all states and all assigned quantities

    Examples
    --------
    >>> from gutskin import simulate
    >>> course = simulate("examples/healthy_adult.toml", days=7)
    >>> course.times.shape, course.quantities["scorad"].shape
    ((8,), (8,))
    >>> course.data["tewl_lesional"].attrs["units"]
    'g/m2/h'
    """

    case: Case
    times: np.ndarray
    quantities: Mapping[str, np.ndarray]

    @cached_property
    def data(self) -> xr.Dataset:
        """The course as one dataset over `day`; every quantity carries its unit (`units`)."""
        import xarray as xr

        model = self.case.model
        variables = {
            name: ("day", values, {"units": model.unit(name)})
            for name, values in self.quantities.items()
        }
        about = {"patient": self.case.patient.name, "stance": self.case.stance}
        about |= {"model_version": model.version, "model_hash": model.content_hash}
        day = ("day", self.times, {"units": "day"})
        return xr.Dataset(variables, coords={"day": day}, attrs=about)

    def __repr__(self) -> str:
        """Whose course it is, and how much of it there is."""
        case, states = self.case, len(self.case.model.state_ids)
        return (
            f"Course of {case.patient.name}, {counted(case.days, 'day')}, {case.stance} stance: "
            f"{states} states and {len(self.quantities) - states} quantities"
        )

    def to_json(self) -> dict[str, Any]:
        """The course as one document of plain numbers."""
        case, model = self.case, self.case.model
        return {
            "patient": case.patient.name,
            "model": {
                "name": model.name,
                "version": model.version,
                "content_hash": model.content_hash,
                **biology_entry(model.biology),
            },
            "stance": case.stance,
            "days": case.days,
            "time_unit": "day",
            "times": self.times.tolist(),
            "quantities": {name: values.tolist() for name, values in self.quantities.items()},
            "units": {name: model.unit(name) for name in self.quantities},
        }


def simulate_patient(
    patient: PatientFile, days: int | None = None, stance: str = "evidence"
) -> PatientCourse:
    """Follow a patient day by day.

    Parameters
    ----------
    days : how long; by default what his file says
    stance : evidence or article

    Raises
    ------
    InputError
        If his course cannot be computed, or leaves its bounds.
    """
    return follow(prepare(patient, days, stance))


def export_patient(patient: PatientFile, days: int | None = None, stance: str = "evidence") -> str:
    """A patient with his parameters, start and schedule as one SBML document."""
    return prepare(patient, days, stance).to_sbml()


def prepare(
    patient: PatientFile,
    days: int | None = None,
    stance: str = "evidence",
    model: Model | None = None,
) -> Case:
    """Turn a patient file into parameters, start and schedule."""
    model = model or load_model(with_strains(shipped_biology(), patient.strains, patient.name))
    days = patient.days if days is None else days
    parameters = _parameters(patient, model, stance)
    schedule = _schedule(patient, model, parameters, days)
    if patient.start == SETTLED:
        with _failure_as_input_error():
            settled = run_to_steady_state(
                model, parameters, 1, rtol=RTOL, varying=model.input_ids, workers=1
            )
        start = settled.states[-1, :, 0].copy()
    elif patient.start == GIVEN:
        start = np.full(len(model.state_ids), np.nan)  # the file gives every state
    else:
        start = model.initial(patient.start)
    for name, value in patient.states.items():
        start[model.state_ids.index(name)] = value
    return Case(patient, model, stance, days, parameters, start, schedule)


def follow(case: Case, times: np.ndarray | None = None) -> PatientCourse:
    """Simulate a case, more exactly than a trial needs unless his file says how exactly.

    Parameters
    ----------
    times : Array [time] (days), increasing from 0; by default every day of the case
    """
    from gutskin.engine import simulate

    model, times = case.model, np.arange(case.days + 1.0) if times is None else times
    control: dict[str, Any] = {"rtol": RTOL, "atol": RTOL * FLOOR * model.scales}
    if (own := case.patient.numerics) is not None:
        control = {
            "rtol": own.rtol, "precision": own.precision, "h_max": own.longest_step_days,
            "stages": own.stages,
        }  # fmt: skip
    with _failure_as_input_error():
        courses = simulate(
            model, case.parameters, case.start, case.schedule, times,
            varying=model.input_ids, **control,
        )  # fmt: skip
        names = (*model.state_ids, *model.assigned_ids)
        read = dict(zip(names, courses.quantities(names).swapaxes(0, 1), strict=True))
        refuse_unsound(model, courses, read)
    quantities = {name: values[:, 0] for name, values in read.items()}
    lost = [name for name, values in quantities.items() if not np.isfinite(values).all()]
    if lost:
        day = min(times[~np.isfinite(quantities[name])][0] for name in lost)
        what = f"the course could not be computed beyond day {day:g}: {lost[0]} is not a number."
        raise InputError(Problem(what, None, None, "Look for a parameter far outside its range."))
    return PatientCourse(case, times, quantities)


@contextmanager
def _failure_as_input_error() -> Iterator[None]:
    """Turn a course that cannot be computed into an error of the input."""
    from gutskin.engine import SimulationFailed

    try:
        yield
    except SimulationFailed as error:
        raise InputError(Problem(str(error))) from None


def _parameters(patient: PatientFile, model: Model, stance: str) -> dict[str, float]:
    """Every parameter of this patient: stance, population, products, and what is his own."""
    values = dict(model.values(stance))
    years = 0.0 if patient.start.startswith(NEWBORN) else None
    own_weight = False
    if patient.population is not None:
        population = find_population(patient.population, model.biology)
        middle = np.array([0.5])
        central = {name: float(s.at(middle)[0]) for name, s in population.covariates.items()}
        central |= {
            k: float(v[0]) for k, v in filaggrin(population.carriers, middle, model.biology).items()
        }
        own_weight = "body_weight" in central
        central_years = central.pop("age_years", None)
        years = central_years if years is None else years
        values |= central
    if patient.flg is not None:
        values |= genotypes(model.biology)[patient.flg]
    years = years if patient.age_years is None else patient.age_years
    if years is not None:
        values["age_at_start"] = years * DAYS_PER_YEAR
        if not own_weight:
            values["body_weight"] = float(body_weight(years, 0.0, model.biology))
    values |= central_traits(model, _places(patient, model), stance)
    table = drugs(model.biology)
    values |= drug_traits(model.biology, drug_places(patient.doses, table))
    values |= patient.parameters
    for mechanism, on in patient.switches.items():
        values[model.tables.mechanisms[mechanism].text("switch")] = float(on)
    return values


def _places(patient: PatientFile, model: Model) -> dict[tuple[str, bool], int]:
    return places_for(strains_of(patient.doses), model.tables)


def _schedule(
    patient: PatientFile, model: Model, parameters: Mapping[str, float], days: int
) -> Schedule:
    what = dose_schedule(patient.doses, model, _places(patient, model), parameters, days)
    courses: list[Course] = []
    if patient.season is not None:
        day = np.arange(days + 1.0)
        turn = 2 * np.pi * (day - patient.season.peak_day) / DAYS_PER_YEAR
        courses.append(Course("season", day, 1 + patient.season.amplitude * np.cos(turn)))
    if patient.noise is not None:
        numbers = {row.id: row.number("value") for row in model.tables.conduct.values()}
        keys = patient_keys(0, "patient", 1)
        age = float(np.asarray(parameters["age_at_start"])) / DAYS_PER_YEAR
        for lived in natural_course(numbers, keys, patient.noise.seed, age, 0.0, float(days)):
            values = np.asarray(lived.values)[:, 0]
            courses.append(Course(lived.parameter, lived.times, values))
    courses += [Course(one.parameter, one.days, one.values) for one in patient.courses]
    holds = [Hold(one.parameter, one.start_day, one.end_day, one.value) for one in patient.holds]
    pulses = [Pulse(one.state, one.day, one.add) for one in patient.pulses]
    return Schedule((*what.holds, *holds), (*what.pulses, *pulses), courses)
