"""Targets: what the default populations must look like, from tables of `biology/targets`.

`levels.tsv` holds means and shares, to which the model is fitted; `cohorts.tsv` how people of a
cohort spread and what goes with what, to which nothing is. Every row is a reference value: a
statistic of one quantity in one population, plain or against another population, and the range in
which it must lie. Adults and children are read in their stationary state; rows with a day are read
from newborns followed from birth.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gutskin.engine import Schedule
from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import Biology
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.population.bounds import refuse_unsound
from gutskin.population.draw import draw_patients
from gutskin.population.panel import AGE, NEWBORN, read_quantities
from gutskin.population.populations import find_population
from gutskin.population.steady_state import broadcast_parameters, run_to_steady_state
from gutskin.population.streams import patient_keys
from gutskin.population.target_statistics import CORRELATION, KNOWN, statistic

PATIENTS = 768  # of each population
SEED = 1
LEVELS, COHORTS = "targets/levels.tsv", "targets/cohorts.tsv"
RTOL = 3e-3
ENDS: Mapping[str, Callable[[np.ndarray, float], np.ndarray]] = {
    ">=": operator.ge,
    "<": operator.lt,
}
AS_IT_IS: Mapping[str, float] = MappingProxyType({})

COLUMNS = (
    "id", "label", "population", "given", "quantity", "statistic", "versus", "operation",
    "at_day", "low", "high", "unit", "evidence",
)  # fmt: skip
OPERATIONS: Mapping[str, Callable[[float, float], float]] = {
    "ratio": operator.truediv,
    "difference": operator.sub,
}
Quantities = Mapping[str, np.ndarray]
Moment = tuple[str, float | None]  # a population, and the day after birth or none if settled


@dataclass(frozen=True)
class Result:
    """One target and where the model stands.

    Parameters
    ----------
    value : the model's
    low, high : the range in which it must lie
    met : whether it does
    """

    id: str
    label: str
    value: float
    low: float
    high: float
    unit: str
    met: bool

    @property
    def place(self) -> float:
        """Where the value lies: 0 at the lower end of the range, 1 at the upper."""
        return (self.value - self.low) / (self.high - self.low)


def read_targets(model: Model) -> dict[str, Row]:
    """The rows of targets/levels.tsv by id."""
    return model.biology.table(LEVELS, COLUMNS)


def targets_of(biology: Biology, population: str) -> list[Row]:
    """The rows of both tables that say what people of a population look like."""
    tables = [biology.table(name, COLUMNS) for name in (LEVELS, COHORTS)]
    return [row for rows in tables for row in rows.values() if row.text("population") == population]


def evaluate_targets(
    model: Model,
    patients: int = PATIENTS,
    seed: int = SEED,
    rows: Sequence[Row] | None = None,
    moved: Mapping[str, float] = AS_IT_IS,
) -> list[Result]:
    """Where the default populations stand beside the reference values.

    Patients differ; what nobody knows has its central value.

    Parameters
    ----------
    patients : drawn of each population
    seed : of the draw
    rows : of the tables; all of levels.tsv if not given
    moved : parameter -> another central value, as a fit tries it

    Returns
    -------
    list of Result
        in the order of the table

    Raises
    ------
    InputError
        For a row that names an unknown population, quantity, statistic or operation.
    """
    rows = list(read_targets(model).values() if rows is None else rows)
    for row in rows:
        check_row(row, model)
    seen = _observed(model, rows, patients, seed, moved)
    return [_result(row, value_of(row, model, seen)) for row in rows]


def _result(row: Row, value: float) -> Result:
    low, high = row.number("low"), row.number("high")
    met = bool(low <= value <= high)
    return Result(row.id, row.text("label"), value, low, high, row.text("unit"), met)


def check_row(row: Row, model: Model) -> None:
    """Refuse a row before anything is computed for it.

    Raises
    ------
    InputError
        If it names an unknown population, quantity, statistic or operation.
    """
    if not _from_population(row):
        _of_parameter(row, model.values("evidence"))
        return
    named = [row.text("quantity")]
    populations = [row.text("population")]
    if row.text("given"):
        named.append(given_of(row).quantity)
    if row.text("versus"):
        populations.append(versus_of(row)[0])
        named.append(versus_of(row)[1])
    for population in populations:
        find_population(population, model.biology)
    if other := other_of(row):
        named.append(other)
    known = (*model.state_ids, *model.assigned_ids, *model.parameter_ids, AGE)
    for name in named:
        if name not in known:
            message = f"{row.id}: the model has no quantity {name!r}."
            raise InputError(Problem(message, row.file, row.line, nearest(name, known)))
    _statistic(row, row.text("statistic"), np.ones(1), np.ones(1))


def _wrong(row: Row, column: str, remedy: str) -> InputError:
    message = f"{row.id}: {column} is {row.text(column)!r}."
    return InputError(Problem(message, row.file, row.line, remedy))


@dataclass(frozen=True)
class Given:
    """Who counts in a row.

    Parameters
    ----------
    quantity : by which patients are chosen
    day : at which, after birth; None if it is the row's own moment
    end : `>=` or `<`
    bound : the number
    """

    quantity: str
    day: float | None
    end: str
    bound: float


def given_of(row: Row) -> Given:
    """The filter of a row.

    Raises
    ------
    InputError
        For one that cannot be read.
    """
    words = row.text("given")
    end = next((one for one in ENDS if one in words), ">=")
    name, _, bound = words.partition(end)
    quantity, _, day = name.partition("@")
    try:
        return Given(quantity.strip(), float(day) if day else None, end, float(bound))
    except ValueError:
        remedy = "Write a filter like scorad>=25, scorad<15 or easi@730>=3.5."
        raise _wrong(row, "given", remedy) from None


def versus_of(row: Row) -> tuple[str, str]:
    """Population and quantity that the row is compared with."""
    population, _, quantity = row.text("versus").partition(":")
    if not quantity or row.text("operation") not in OPERATIONS:
        raise _wrong(
            row, "versus", "Write population:quantity, and ratio or difference as operation."
        )
    return population, quantity


def other_of(row: Row) -> str:
    """The quantity with which the row's goes together; empty where it asks for no correlation."""
    name, _, other = row.text("statistic").partition(":")
    return other if name == CORRELATION else ""


def _day(row: Row) -> float | None:
    return row.number("at_day") if row.text("at_day") else None


def _from_population(row: Row) -> bool:
    return row.text("population") not in ("", "-")


def moments_of(rows: Sequence[Row]) -> set[Moment]:
    """The populations and days at which rows are read."""
    read = [row for row in rows if _from_population(row)]
    moments = {(row.text("population"), _day(row)) for row in read}
    filters = [(row, given_of(row)) for row in read if row.text("given")]
    moments |= {(row.text("population"), one.day) for row, one in filters if one.day is not None}
    return moments | {(versus_of(row)[0], _day(row)) for row in read if row.text("versus")}


def quantities_of(rows: Sequence[Row]) -> list[str]:
    """The quantities that rows are read from, in the order of their names."""
    read = [row for row in rows if _from_population(row)]
    names = {row.text("quantity") for row in read}
    names |= {given_of(row).quantity for row in read if row.text("given")}
    names |= {other for row in read if (other := other_of(row))}
    return sorted(names | {versus_of(row)[1] for row in read if row.text("versus")})


def _observed(
    model: Model, rows: list[Row], patients: int, seed: int, moved: Mapping[str, float]
) -> dict[Moment, Quantities]:
    """All quantities that the rows name [patient], by population and day."""
    moments, names = moments_of(rows), quantities_of(rows)
    drawn = broadcast_parameters(
        {
            population: draw_patients(
                model, find_population(population, model.biology),
                patient_keys(0, population, patients), seed,
                centres={**model.values("evidence"), **moved},
            ).parameters
            for population in sorted({population for population, _ in moments})
        }
    )  # fmt: skip
    seen: dict[Moment, Quantities] = {}
    for population, parameters in drawn.items():
        days = sorted(day for who, day in moments if who == population and day is not None)
        if days:
            table = _from_birth(model, parameters, patients, days, names)
            seen |= {(population, day): table[place] for place, day in enumerate(days)}
        if (population, None) in moments:
            courses = run_to_steady_state(model, parameters, patients, rtol=RTOL)
            table = read_quantities(courses, parameters, names)[-1]
            seen[population, None] = dict(zip(names, table, strict=True))
    return seen


def _from_birth(
    model: Model,
    parameters: Mapping[str, np.ndarray],
    patients: int,
    days: list[float],
    names: list[str],
) -> list[Quantities]:
    """The quantities at each day after birth."""
    from gutskin.engine import simulate

    start = np.repeat(model.initial(NEWBORN)[:, None], patients, axis=1)
    newborn = dict(parameters) | {"age_at_start": np.zeros(patients)}
    courses = simulate(model, newborn, start, Schedule(), [0.0, *days], rtol=RTOL)
    table = read_quantities(refuse_unsound(model, courses), parameters, names)[1:]
    return [dict(zip(names, at, strict=True)) for at in table]


def value_of(
    row: Row,
    model: Model,
    seen: Mapping[Moment, Quantities],
    weights: np.ndarray | None = None,
) -> float:
    """The model's value of a row.

    Parameters
    ----------
    seen : population and day -> quantity -> Array [patient]
    weights : Array [patient], of the row's own population; without them all count alike
    """
    words, quantity = row.text("statistic"), row.text("quantity")
    if not _from_population(row):
        return _of_parameter(row, model.values("evidence"))
    population, day = row.text("population"), _day(row)
    chosen = who_counts(row, seen)
    own = seen[population, day]
    other = own[other_of(row)][chosen] if other_of(row) else None
    counts = None if weights is None else weights[chosen]
    value = _statistic(row, words, own[quantity][chosen], other, counts)
    if not row.text("versus"):
        return value
    beside, of = versus_of(row)
    reference = seen[beside, day][of]
    if beside == population:
        reference = _statistic(row, words, reference[chosen], None, counts)
    else:
        reference = _statistic(row, words, reference)
    return OPERATIONS[row.text("operation")](value, reference)


def _of_parameter(row: Row, values: Mapping[str, float]) -> float:
    quantity, statistic = row.text("quantity"), row.text("statistic")
    if quantity not in values:
        raise _wrong(row, "quantity", "Name a parameter, or give a population.")
    if statistic == "parameter":
        return values[quantity]
    if statistic == "half_life":
        return float(np.log(2) / values[quantity])
    raise _wrong(row, "statistic", "Without a population it is parameter or half_life.")


def who_counts(row: Row, seen: Mapping[Moment, Quantities]) -> np.ndarray:
    """Who passes the row's filter [patient].

    Raises
    ------
    InputError
        If nobody does.
    """
    population, day = row.text("population"), _day(row)
    if not row.text("given"):
        return np.ones(len(next(iter(seen[population, day].values()))), bool)
    given = given_of(row)
    at = day if given.day is None else given.day
    chosen = ENDS[given.end](seen[population, at][given.quantity], given.bound)
    if not chosen.any():
        raise _wrong(row, "given", "Nobody of this population is left; choose another bound.")
    return chosen


def _statistic(
    row: Row,
    words: str,
    values: np.ndarray,
    others: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> float:
    found = statistic(words, values, others, weights)
    if found is None:
        raise _wrong(row, "statistic", f"Use {KNOWN}, parameter or half_life.")
    return found
