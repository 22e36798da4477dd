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
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.population.bounds import refuse_unsound
from gutskin.population.draw import draw_patients
from gutskin.population.populations import find_population
from gutskin.population.steady_state import broadcast_parameters, run_to_steady_state
from gutskin.population.streams import patient_keys

PATIENTS = 768  # of each population
SEED = 1
COHORTS = "targets/cohorts.tsv"
CORRELATION = "correlation"
NEWBORN = "birth_vaginal"  # column of species.tsv in which rows with a day begin
RTOL = 3e-3
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
    return model.biology.table("targets/levels.tsv", COLUMNS)


def targets_of(model: Model, population: str) -> list[Row]:
    """The rows of both tables that say what people of a population look like."""
    tables = (read_targets(model), model.biology.table(COHORTS, COLUMNS))
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
        _check(row, model)
    seen = _observed(model, rows, patients, seed, moved)
    return [_result(row, value_of(row, model, seen)) for row in rows]


def _result(row: Row, value: float) -> Result:
    low, high = row.number("low"), row.number("high")
    met = bool(low <= value <= high)
    return Result(row.id, row.text("label"), value, low, high, row.text("unit"), met)


def _check(row: Row, model: Model) -> None:
    """Refuse a row before anything is computed for it."""
    if not _from_population(row):
        _of_parameter(row, model.values("evidence"))
        return
    named = [row.text("quantity")]
    populations = [row.text("population")]
    if row.text("given"):
        named.append(_given(row)[0])
    if row.text("versus"):
        populations.append(_versus(row)[0])
        named.append(_versus(row)[1])
    for population in populations:
        find_population(population, model.biology)
    if other := _other(row):
        named.append(other)
    known = (*model.state_ids, *model.assigned_ids)
    for name in named:
        if name not in known:
            message = f"{row.id}: the model has no quantity {name!r}."
            raise InputError(Problem(message, row.file, row.line, nearest(name, known)))
    _statistic(row, row.text("statistic"), np.ones(1), np.ones(1))


def _wrong(row: Row, column: str, remedy: str) -> InputError:
    message = f"{row.id}: {column} is {row.text(column)!r}."
    return InputError(Problem(message, row.file, row.line, remedy))


def _given(row: Row) -> tuple[str, float]:
    """Quantity and least value of the filter."""
    name, _, least = row.text("given").partition(">=")
    try:
        return name.strip(), float(least)
    except ValueError:
        raise _wrong(row, "given", "Write a filter like scorad>=25.") from None


def _versus(row: Row) -> tuple[str, str]:
    """Population and quantity that the row is compared with."""
    population, _, quantity = row.text("versus").partition(":")
    if not quantity or row.text("operation") not in OPERATIONS:
        raise _wrong(
            row, "versus", "Write population:quantity, and ratio or difference as operation."
        )
    return population, quantity


def _other(row: Row) -> str:
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
    return moments | {(_versus(row)[0], _day(row)) for row in read if row.text("versus")}


def quantities_of(rows: Sequence[Row]) -> list[str]:
    """The quantities that rows are read from, in the order of their names."""
    read = [row for row in rows if _from_population(row)]
    names = {row.text("quantity") for row in read}
    names |= {_given(row)[0] for row in read if row.text("given")}
    names |= {other for row in read if (other := _other(row))}
    return sorted(names | {_versus(row)[1] for row in read if row.text("versus")})


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
            table = courses.quantities(names)[-1]
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
    table = refuse_unsound(model, courses).quantities(names)[1:]
    return [dict(zip(names, at, strict=True)) for at in table]


def value_of(row: Row, model: Model, seen: Mapping[Moment, Quantities]) -> float:
    """The model's value of a row.

    Parameters
    ----------
    seen : population and day -> quantity -> Array [patient]
    """
    statistic, quantity = row.text("statistic"), row.text("quantity")
    if not _from_population(row):
        return _of_parameter(row, model.values("evidence"))
    population, day = row.text("population"), _day(row)
    chosen = _chosen(row, seen[population, day])
    own = seen[population, day]
    other = own[_other(row)][chosen] if _other(row) else None
    value = _statistic(row, statistic, own[quantity][chosen], other)
    if not row.text("versus"):
        return value
    beside, of = _versus(row)
    reference = seen[beside, day][of]
    reference = reference[chosen] if beside == population else reference
    return OPERATIONS[row.text("operation")](value, _statistic(row, statistic, reference))


def _of_parameter(row: Row, values: Mapping[str, float]) -> float:
    quantity, statistic = row.text("quantity"), row.text("statistic")
    if quantity not in values:
        raise _wrong(row, "quantity", "Name a parameter, or give a population.")
    if statistic == "parameter":
        return values[quantity]
    if statistic == "half_life":
        return float(np.log(2) / values[quantity])
    raise _wrong(row, "statistic", "Without a population it is parameter or half_life.")


def _chosen(row: Row, quantities: Quantities) -> np.ndarray:
    """Who passes the row's filter [patient]."""
    if not row.text("given"):
        return np.ones(len(next(iter(quantities.values()))), bool)
    name, least = _given(row)
    chosen = quantities[name] >= least
    if not chosen.any():
        raise _wrong(row, "given", "Nobody of this population is left; lower it.")
    return chosen


def _statistic(
    row: Row, statistic: str, values: np.ndarray, others: np.ndarray | None = None
) -> float:
    name, _, above = statistic.partition(":")
    if name == "mean":
        return float(values.mean())
    if name == "geometric_mean":
        return float(np.exp(np.log(values).mean()))
    if name == "median":
        return float(np.median(values))
    if name == "share_above" and above:
        return float((values > float(above)).mean())
    if name == CORRELATION and others is not None:
        return _rank_correlation(values, others)
    raise _wrong(
        row, "statistic",
        "Use mean, geometric_mean, median, share_above:NUMBER, correlation:QUANTITY, parameter or "
        "half_life.",
    )  # fmt: skip


def _rank_correlation(one: np.ndarray, two: np.ndarray) -> float:
    """Spearman's."""
    from scipy.stats import rankdata

    a, b = (rankdata(values) - (len(values) + 1) / 2 for values in (one, two))
    return float(a @ b / max(np.sqrt((a @ a) * (b @ b)), 1.0))
