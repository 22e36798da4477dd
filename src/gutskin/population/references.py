"""References: what the model itself comes to at rest, and what its equations measure against.

A row of parameters.tsv with the role `reference` is an output. `references.tsv` says which quantity
it is and of which population; here the middle patient of that population settles until every
reference is what it comes to with all of them in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gutskin.atomic_write import write_file
from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import Biology
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.population.populations import Population, find_population
from gutskin.population.steady_state import run_to_steady_state

TABLE, NUMBERS = "references.tsv", "parameters.tsv"
COLUMNS = ("id", "quantity", "population", "note")
RTOL = 1e-6
CLOSE = 1e-6  # relative change of a reference from one round to the next
ROUNDS = 60
SETTLINGS = 3.0  # how often the usual time to settle
CLOSE_ENOUGH = 1e-4  # relative: what six written digits and the tolerance of settling leave


@dataclass(frozen=True)
class Reference:
    """One reference: what stands in the table, and what the model comes to.

    Parameters
    ----------
    quantity : a state or rule of the model
    written, computed : the values
    """

    id: str
    quantity: str
    written: float
    computed: float

    @property
    def apart(self) -> float:
        """How far the two are apart, relative."""
        return abs(self.written / self.computed - 1.0)


def read_references(biology: Biology) -> Mapping[str, Row]:
    """The rows of references.tsv by id."""
    return biology.table(TABLE, COLUMNS)


def middle_patient(model: Model, population: Population) -> dict[str, float]:
    """The parameters of the middle patient: adult of reference age, every covariate its median."""
    values = dict(model.values("evidence"))
    for name, spread in population.covariates.items():
        if name in values:
            values[name] = float(spread.at(np.array([0.5]))[0])
    return values | {"age_at_start": values["t_adult"]}


def compute_references(model: Model) -> list[Reference]:
    """Every reference as the model comes to it, in the order of the table.

    Raises
    ------
    InputError
        For a row that names no quantity or population, or is no reference; and if they do not
        come to rest.
    """
    rows = list(read_references(model.biology).values())
    if problems := [problem for row in rows for problem in _problems(row, model)]:
        raise InputError(problems)
    written = {row.id: model.values("evidence")[row.id] for row in rows}
    found = dict(written)
    for population in dict.fromkeys(row.text("population") for row in rows):
        own = [row for row in rows if row.text("population") == population]
        found |= _settled(model, find_population(population, model.biology), own, found)
    return [Reference(row.id, row.text("quantity"), written[row.id], found[row.id]) for row in rows]


def _settled(
    model: Model, population: Population, rows: list[Row], values: Mapping[str, float]
) -> dict[str, float]:
    """The references of one population, put back until they stay."""
    patient, found = middle_patient(model, population) | dict(values), dict(values)
    quantities = tuple(row.text("quantity") for row in rows)
    days = model.tables.conduct["settle_days"].number("value")
    for _ in range(ROUNDS):
        courses = run_to_steady_state(
            model, patient, 1, start="healthy_adult", days=SETTLINGS * days, rtol=RTOL
        )
        seen = courses.quantities(quantities)[-1, :, 0]
        new = {row.id: float(value) for row, value in zip(rows, seen, strict=True)}
        apart = max(abs(new[name] / found[name] - 1.0) for name in new)
        found |= new
        patient |= new
        if apart < CLOSE:
            return {row.id: found[row.id] for row in rows}
    message = f"the references of {population.name} do not come to rest in {ROUNDS} rounds."
    raise InputError(Problem(message, remedy=f"Look at what {', '.join(found)} feed back on."))


def _problems(row: Row, model: Model) -> list[Problem]:
    found = []
    known = (*model.state_ids, *model.assigned_ids)
    if row.text("quantity") not in known:
        message = f"{row.id}: the model has no quantity {row.text('quantity')!r}."
        found.append(Problem(message, row.file, row.line, nearest(row.text("quantity"), known)))
    if row.id not in model.parameter_ids:
        message = f"{row.id}: there is no such parameter."
        found.append(
            Problem(message, row.file, row.line, "Give it a row in parameters.tsv, role reference.")
        )
    try:
        find_population(row.text("population"), model.biology)
    except InputError as error:
        found += error.problems
    return found


def shown(value: float) -> str:
    """A value as it is written into the table: six digits."""
    return f"{value:.6g}"


def write_references(path: Path, references: list[Reference], rows: Mapping[str, Row]) -> None:
    """Put the computed values into a parameters.tsv; see `write_values`."""
    write_values(path, {one.id: shown(one.computed) for one in references}, rows)


def write_values(path: Path, values: Mapping[str, str], rows: Mapping[str, Row]) -> None:
    """Put values into a parameters.tsv; rows that it lacks are added at its end.

    Parameters
    ----------
    values : id -> what is written into the column `value`
    rows : parameters by id, of which the other cells of an added row are taken
    """
    new = dict(values)
    columns = list(next(iter(rows.values())).cells)
    text = path.read_text(encoding="utf-8") if path.exists() else "\t".join(columns) + "\n"
    lines = text.rstrip("\n").split("\n")
    place = lines[0].split("\t").index("value")
    for number, line in enumerate(lines):
        cells = line.split("\t")
        if cells[0] in new:
            cells[place] = new.pop(cells[0])
            lines[number] = "\t".join(cells)
    for name, value in new.items():
        cells = {**rows[name].cells, "value": value}
        lines.append("\t".join(cells[column] for column in lines[0].split("\t")))
    write_file(path, "\n".join(lines) + "\n")
