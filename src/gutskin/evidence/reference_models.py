"""Published models, written down as they were published and run beside our own.

A folder of Antimony texts with a table each (`biology/reference_models/NAME.ant`, `NAME.tsv`).
They go the way of our own model: text -> SBML -> JAX -> the batch engine. What each was reported
to show stands in `results.tsv`, a row per number; what is done to it in `experiments.toml`; what
comes out in `gutskin.evidence.reference_experiments`.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gutskin.engine import Precision, Pulse, Schedule
from gutskin.engine.trajectories import Trajectories
from gutskin.errors import InputError, Problem, nearest
from gutskin.extras import require
from gutskin.model.biology import Biology, biology_folder
from gutskin.model.compiled import functions_of, rules_of
from gutskin.model.fragments import Source, SourceLine
from gutskin.model.rows import Row, read_table
from gutskin.model.tables import START, Tables
from gutskin.population.streams import draw, patient_keys

Floats = NDArray[np.float64]

SEED = 1
DAYS_PER_WEEK = 7.0

COLUMNS = (
    "id", "kind", "value", "unit", "distribution", "sd_ln", "low", "high", "typical", "evidence",
    "note",
)  # fmt: skip
RESULT_COLUMNS = (
    "id", "requirement", "label", "tested", "published", "low", "high", "unit", "evidence",
    "proof", "note",
)  # fmt: skip


def folder() -> Path:
    """Where the published models lie."""
    return biology_folder() / "reference_models"


def names() -> tuple[str, ...]:
    """The published models that are written down."""
    return tuple(sorted(path.stem for path in folder().glob("*.ant")))


@dataclass(frozen=True, eq=False)
class ReferenceModel:
    """A published model, ready for `gutskin.engine.simulate`.

    Attributes
    ----------
    state_ids, parameter_ids, assigned_ids : ids in the order of every array
    rows : the rows of its table by id
    rhs : `rhs(t, y, p)`, rates of change [state, patient] (per day)
    """

    name: str
    state_ids: tuple[str, ...]
    parameter_ids: tuple[str, ...]
    assigned_ids: tuple[str, ...]
    rows: Mapping[str, Row]
    rhs: Callable[[Any, Any, Sequence[Any]], Any] = field(repr=False)
    observe: Callable[[Any, Any, Sequence[Any]], Any] = field(repr=False)
    scales: Floats = field(repr=False)

    def values(self, stance: str = "evidence") -> Mapping[str, float]:
        """Every parameter's central value; a published model knows one stance."""
        return {name: self.rows[name].number("value") for name in self.parameter_ids}

    def initial(self) -> Floats:
        """The start of the table [state]."""
        return np.array([self.rows[name].number("value") for name in self.state_ids])

    def unit(self, name: str) -> str:
        """The unit of a state; that of a rule is not written down."""
        return self.rows[name].text("unit") if name in self.rows else "1"


@cache
def load_reference(name: str) -> ReferenceModel:
    """A published model by its name.

    Raises
    ------
    InputError
        For a name that is not there; names the nearest. For a text that cannot be read, or where
        Antimony is not installed.

    Examples
    --------
    >>> load_reference("xiong_infant").state_ids
    ('bifido_milk', 'bifido_plant', 'others', 'maturation')
    """
    if name not in names():
        message = f"there is no published model {name!r}."
        raise InputError(Problem(message, folder(), None, nearest(name, names())))
    require("A published model", "model")
    from gutskin.model.text import to_sbml  # brings Antimony

    path = folder() / f"{name}.ant"
    rows = read_table(path.with_suffix(".tsv"), COLUMNS)
    text = path.read_text(encoding="utf-8").splitlines()
    lines = tuple(SourceLine(line, path, n, None) for n, line in enumerate(text, start=1))
    space = functions_of(to_sbml(Source(name, "1", (), lines), _tables(rows)))
    states, parameters = tuple(space["XIDS"]), tuple(space["PIDS"])
    if missing := [one for one in (*states, *parameters) if one not in rows]:
        raise InputError([
            Problem(f"{one} has no row in {name}.tsv.", path, None, nearest(one, tuple(rows)))
            for one in missing
        ])  # fmt: skip

    def observe(t: Any, y: Any, p: Sequence[Any]) -> Any:
        return rules_of(space, t, y, p)

    return ReferenceModel(
        name=name,
        state_ids=states,
        parameter_ids=parameters,
        assigned_ids=tuple(space["YIDS"]),
        rows=MappingProxyType(rows),
        rhs=space["f_dxdt"],
        observe=observe,
        scales=np.array([rows[one].number("typical") for one in states]),
    )


def _tables(rows: Mapping[str, Row]) -> Tables:
    """The rows of one published model in the form in which our own are compiled."""
    states = {
        name: Row({**row.cells, START: row.text("value"), "name": name}, row.file,
                  row.line)
        for name, row in rows.items() if row.text("kind") == "state"
    }  # fmt: skip
    others = {name: row for name, row in rows.items() if name not in states}
    return Tables(Biology(folder()), states, others, {}, {}, {}, {}, {}, {}, {})


@dataclass(frozen=True)
class Result:
    """One number that was reported, with what comes out here.

    Parameters
    ----------
    requirement : R1 to R6
    published : as reported; 0 where only a direction was
    low, high : where the tested number must lie
    tested : "reproduced" or "ours", the number that is held against the range
    reproduced : of the published model as written down here; NaN if it is not
    ours : of our own model under the same challenge; NaN where it has no such thing
    proof : what the number is: read in an abstract, a released table, re-run from released code
    """

    id: str
    requirement: str
    label: str
    published: float
    low: float
    high: float
    unit: str
    tested: str
    reproduced: float
    ours: float
    proof: str

    @property
    def value(self) -> float:
        """The number that is tested."""
        return self.ours if self.tested == "ours" else self.reproduced

    @property
    def met(self) -> bool:
        """Whether it lies in the range."""
        return self.low <= self.value <= self.high


def read_results() -> dict[str, Row]:
    """The rows of results.tsv by id."""
    return read_table(folder() / "results.tsv", RESULT_COLUMNS)


@cache
def experiment(name: str) -> Mapping[str, Any]:
    """What is done to the models: one table of experiments.toml."""
    tables = tomllib.loads((folder() / "experiments.toml").read_text(encoding="utf-8"))
    if name not in tables:
        message = f"there is no experiment {name!r}."
        raise InputError(Problem(message, folder() / "experiments.toml", None,
                                 nearest(name, tuple(tables))))  # fmt: skip
    return MappingProxyType(tables[name])


def results_of(reproduced: Mapping[str, float], ours: Mapping[str, float]) -> tuple[Result, ...]:
    """The rows of results.tsv that one experiment answers, in the order of the table.

    Parameters
    ----------
    reproduced, ours : id of a row -> number
    """
    rows = read_results()
    if unknown := (reproduced.keys() | ours.keys()) - rows.keys():
        raise InputError([
            Problem(f"{one} has no row.", folder() / "results.tsv", None, nearest(one, tuple(rows)))
            for one in sorted(unknown)
        ])  # fmt: skip
    return tuple(
        Result(
            id=name,
            requirement=row.text("requirement"),
            label=row.text("label"),
            published=row.number("published"),
            low=row.number("low"),
            high=row.number("high"),
            unit=row.text("unit"),
            tested=row.text("tested"),
            reproduced=float(reproduced.get(name, math.nan)),
            ours=float(ours.get(name, math.nan)),
            proof=row.text("proof"),
        )
        for name, row in rows.items()
        if name in reproduced or name in ours
    )


def virtual_patients(model: ReferenceModel, count: int, seed: int = SEED) -> dict[str, Floats]:
    """Parameters of virtual patients, each drawn from its own distribution of the table.

    Parameters
    ----------
    count : patients
    seed : of the draw

    Returns
    -------
    dict id -> Array [patient]; parameters without a distribution are not in it
    """
    spread = [row for row in model.rows.values() if row.text("distribution")]
    keys = patient_keys(0, model.name, count)
    names = [f"{model.name}/{row.id}" for row in spread]
    normal = draw(seed, names, keys)[:, :, 0]
    uniform = draw(seed, names, keys, kind="uniform")[:, :, 0]
    drawn = {}
    for row, z, u in zip(spread, normal, uniform, strict=True):
        if row.text("distribution") == "lognormal":
            drawn[row.id] = row.number("value") * np.exp(row.number("sd_ln") * z)
        else:
            low, high = row.number("low"), row.number("high")
            drawn[row.id] = low * (high / low) ** u
    return drawn


def run(
    model: ReferenceModel,
    parameters: Mapping[str, Any],
    start: Any,
    days: Sequence[float] | Floats,
    *,
    inputs: Mapping[str, float] | None = None,
    schedule: Schedule | None = None,
    rtol: float = 1e-3,
    precision: Precision = "double",
) -> Trajectories:
    """Follow the patients of a published model.

    Parameters
    ----------
    parameters : id -> number or Array [patient]
    start : Array [state, patient]
    days : times (days)
    inputs : id -> number, what this arm gives; the other inputs keep the value of the table
    schedule : doses
    rtol, precision : see `gutskin.engine.simulate`

    Returns
    -------
    Trajectories
    """
    from gutskin.engine import simulate

    start = np.asarray(start, float)
    patients = start.shape[1]
    values = {
        row.id: np.full(patients, row.number("value"))
        for row in model.rows.values() if row.text("kind") == "input"
    }  # fmt: skip
    values |= {name: np.broadcast_to(v, patients) for name, v in parameters.items()}
    values |= {name: np.full(patients, float(v)) for name, v in (inputs or {}).items()}
    return simulate(
        model, values, start, schedule or Schedule(), days, rtol=rtol, precision=precision
    )


def repeated(model: ReferenceModel, patients: int, **states: Any) -> Floats:
    """The start of the table for so many patients [state, patient], some states set otherwise."""
    start = np.repeat(model.initial()[:, None], patients, axis=1)
    for name, value in states.items():
        start[model.state_ids.index(name)] = value
    return start


def doses_of(
    plan: Mapping[str, Any], state: str, share: float
) -> tuple[Floats, Schedule, int, float]:
    """Times (days), doses into a state, the place of the trough, the day of the last dose."""
    end = plan["weeks"] * DAYS_PER_WEEK
    dose_days = np.arange(0, end, plan["every_days"])
    amounts = [plan["loading_mg"], *[plan["dose_mg"]] * (len(dose_days) - 1)]
    pulses = [
        Pulse(state, float(day), share * mg) for day, mg in zip(dose_days, amounts, strict=True)
    ]
    times = np.arange(0, end + 121)
    return times, Schedule(pulses=tuple(pulses)), int(end), float(dose_days[-1])
