"""Patients whose course could not be computed, or left its bounds: named, listed, left out.

Each is written as a patient file that `gutskin simulate` follows again: the same parameters, the
same start, the same inputs, the same tolerance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from gutskin.engine.trajectories import SimulationFailed, Trajectories
from gutskin.media import of_all
from gutskin.population.bounds import (
    Excursions,
    excursions,
    range_of_endpoint,
    ranges_of_states,
)
from gutskin.population.draw import DAYS_PER_YEAR
from gutskin.population.streams import Keys, name_number
from gutskin.trials.endpoints import Endpoint
from gutskin.trials.study import Study

LIMIT = 0.001  # share of patients above which a run stops
SEVERAL = 3  # failures that a message names


@dataclass(frozen=True)
class Failure:
    """One patient who was left out.

    Parameters
    ----------
    replicate, arm, index : his name in the study
    stage : what he was going through
    day : of the study, on which it went wrong
    why : in words
    patient : a patient file as a dictionary: his parameters, start and inputs of that stage
    """

    replicate: int
    arm: str
    index: int
    stage: str
    day: float
    why: str
    patient: Mapping[str, Any] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return (
            f"Candidate {self.index} of arm {self.arm}, replicate {self.replicate}, {self.stage}, "
            f"day {self.day:.4g}: {self.why}."
        )

    @property
    def file_name(self) -> str:
        """The name of his patient file."""
        stage = self.stage.replace(" ", "-")
        return f"{self.replicate:08d}-{self.arm}-{self.index}-{stage}.toml"

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def refuse(failures: Sequence[Failure], patients: int) -> None:
    """Stop a run of so many patients in which too many failed.

    Raises
    ------
    SimulationFailed
        above one in a thousand
    """
    people = {(one.replicate, one.arm, one.index) for one in failures}
    if len(people) <= LIMIT * patients:
        return
    named = " ".join(str(one) for one in failures[:SEVERAL])
    more = f" And {len(failures) - SEVERAL} more." if len(failures) > SEVERAL else ""
    raise TooMany(
        f"{of_all(len(people), patients, 'patient')} could not be computed; more than "
        f"{LIMIT:.1%} is too many to leave out. {named}{more} Look at their parameters for one far "
        "outside its range, and at the doses that start at that time.",
        tuple(failures),
    )


class TooMany(SimulationFailed):
    """More patients failed than may be left out; `failures` names them."""

    def __init__(self, message: str, failures: tuple[Failure, ...]) -> None:
        super().__init__(message)
        self.message, self.failures = message, failures

    def __reduce__(self) -> tuple[type[TooMany], tuple[str, tuple[Failure, ...]]]:
        """Passed between processes with its failures."""
        return type(self), (self.message, self.failures)


@dataclass(frozen=True, eq=False)
class Checked:
    """What is wrong with a batch of courses.

    Parameters
    ----------
    lost : Array [patient] (bool)
    failures : one for each of them
    """

    lost: np.ndarray
    failures: tuple[Failure, ...]


def checked(
    study: Study,
    keys: Keys,
    stage: str,
    courses: Trajectories,
    start: np.ndarray,
    endpoints: Sequence[Endpoint] = (),
    values: np.ndarray | None = None,
    *,
    numerics: tuple[float, str, float | None],
) -> Checked:
    """Find the patients whose course failed or left its bounds.

    An amount may not fall below nothing, a true value may not leave the scale of its endpoint, and
    everything is a finite number.

    Parameters
    ----------
    keys : Array [patient, 3]
    start : Array [state, patient], from which they set out
    values : Array [endpoint, time, patient], true values, if they were read
    numerics : tolerance, precision and longest step that were used
    """
    looked_at = [excursions(courses.times, ranges_of_states(study.model), courses.states)]
    if values is not None:
        rows = study.model.tables.endpoints
        scales = [range_of_endpoint(rows[one.name]) for one in endpoints]
        looked_at.append(excursions(courses.times, scales, np.moveaxis(values, 0, 1)))
    wrong = courses.failed | np.any([one.patients for one in looked_at], axis=0)
    found = []
    for lane in np.flatnonzero(wrong):
        day, why = _why(courses, int(lane), looked_at)
        replicate, word, index = (int(part) for part in keys[lane])
        arm = next(a.name for a in study.design.arms if name_number(a.name) == word)
        name = f"{study.design.name}, replicate {replicate}, {arm}, candidate {index}, {stage}"
        patient = _patient_file(study, name, courses, lane, start, numerics)
        found.append(Failure(replicate, arm, index, stage, day, why, patient))
    return Checked(wrong, tuple(found))


def _why(courses: Trajectories, lane: int, looked_at: Sequence[Excursions]) -> tuple[float, str]:
    """The day on which a course went wrong, and how."""
    if courses.failed[lane]:
        why = "it grows without bound or changes faster than the method can follow"
        return float(courses.failed_at[lane]), why
    return next(one.first(lane) for one in looked_at if one.patients[lane])


def _patient_file(
    study: Study,
    name: str,
    courses: Trajectories,
    lane: np.intp,
    start: np.ndarray,
    numerics: tuple[float, str, float | None],
) -> dict[str, Any]:
    """The stage of one patient as a patient file, whose day 0 is the first day of the stage."""
    model, first = study.model, float(courses.times[0])

    def own(value: Any) -> float:
        value = np.asarray(value, float)
        return float(value[lane]) if value.ndim else float(value)

    central = model.values(study.stance)
    values = {key: own(value) for key, value in courses.parameters.items()}
    age = values.pop("age_at_start") + first
    parameters = {key: value for key, value in values.items() if value != central[key]}
    # A file says on or off of a mechanism; one that is halved or doubled is held so.
    switches = {
        key: parameters.pop(key)
        for key in [key for key in parameters if model.parameter(key).text("role") == "switch"]
    }
    days = max(1, int(np.ceil(courses.times[-1] - first)))
    schedule = courses.schedule
    rtol, precision, longest = numerics
    return {
        "name": name,
        "start": "given",
        "days": days,
        "age_years": age / DAYS_PER_YEAR,
        "numerics": {"rtol": rtol, "precision": precision}
        | ({} if longest is None else {"longest_step_days": longest}),
        "parameters": parameters,
        "switches": {
            key.removeprefix("s_").upper(): bool(v) for key, v in switches.items() if v in (0, 1)
        },
        "states": dict(zip(model.state_ids, start[:, lane].tolist(), strict=True)),
        "holds": [
            {"parameter": one.parameter, "start_day": max(0.0, one.start - first),
             "end_day": one.end - first, "value": own(one.value)}
            for one in schedule.holds if one.end > first
        ] + [
            {"parameter": key, "start_day": 0.0, "end_day": days + 1.0, "value": v}
            for key, v in switches.items() if v not in (0, 1)
        ],
        "pulses": [
            {"state": one.state, "day": one.time - first, "add": own(one.add)}
            for one in schedule.pulses if one.time >= first
        ],
        "courses": [
            {"parameter": one.parameter, "days": (np.asarray(one.times) - first).tolist(),
             "values": _lane_of(one.values, lane).tolist()}
            for one in schedule.courses
        ],
    }  # fmt: skip


def _lane_of(values: Any, lane: np.intp) -> np.ndarray:
    values = np.asarray(values, float)
    return values[:, lane] if values.ndim == 2 else values


def to_toml(failure: Failure) -> str:
    """A failure as a patient file that `gutskin simulate` reads."""
    return "\n".join(_lines(failure)) + "\n"


def _lines(failure: Failure) -> Iterator[str]:
    yield f"# {failure}"
    yield "# `gutskin simulate` follows this stage again, with the same numbers."
    for key, value in failure.patient.items():
        if not isinstance(value, dict | list):
            yield f"{key} = {_value(value)}"
    for key, value in failure.patient.items():
        tables = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
        for table in tables:
            yield ""
            yield f"[{key}]" if isinstance(value, dict) else f"[[{key}]]"
            yield from (f"{name} = {_value(cell)}" for name, cell in table.items())


def _value(value: Any) -> str:
    """A value in TOML."""
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    return str(value).lower() if isinstance(value, bool) else repr(value)
