"""Tables of the biology: rows with the file and the line they stand in."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from gutskin.errors import InputError, Problem, nearest

ROLES = (
    "fixed", "fitted", "prior", "assumed", "patient", "covariate", "switch", "input", "trial",
    "setting",  # how to compute, no biology
)  # fmt: skip
DISTRIBUTIONS = ("fixed", "normal", "lognormal", "logit", "uniform")


def biology_folder() -> Path:
    """The folder that holds the biology: text, tables, evidence."""
    return Path(str(files("gutskin") / "biology"))


@dataclass(frozen=True)
class Row:
    """One row of a table: its cells by column name, and where it stands."""

    cells: Mapping[str, str]
    file: Path
    line: int

    @property
    def id(self) -> str:
        """The id of the row."""
        return self.cells["id"]

    def text(self, column: str) -> str:
        """The cell as text; empty if the column is not there."""
        return self.cells.get(column, "")

    def number(self, column: str, default: float | None = None) -> float:
        """The cell as a number.

        Raises
        ------
        InputError
            If the cell is empty and no default is given, or is no number.
        """
        cell = self.text(column)
        if cell == "" and default is not None:
            return default
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if math.isnan(value):
            raise InputError(
                Problem(
                    f"{self.id}: {column} is {cell!r}, not a number.",
                    self.file,
                    self.line,
                    "Write a number with a decimal point.",
                )
            )
        return value

    def items(self, column: str) -> tuple[str, ...]:
        """The cell as a list: its parts between semicolons."""
        return tuple(part.strip() for part in self.text(column).split(";") if part.strip())


def read_table(path: Path, required: tuple[str, ...] = ("id",)) -> dict[str, Row]:
    """Read one tab-separated table.

    Parameters
    ----------
    path : a `.tsv` file with a header line; lines that start with `#` are comments
    required : columns that must be there

    Returns
    -------
    dict of id -> row, in the order of the file

    Raises
    ------
    InputError
        For missing columns, rows of another width, and ids given twice; all together.
    """
    problems: list[Problem] = []
    rows: dict[str, Row] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
        header: list[str] | None = None
        for number, cells in enumerate(reader, start=1):
            if not cells or cells[0].startswith("#"):
                continue
            if header is None:
                header = cells
                problems += [
                    Problem(f"column {column!r} is missing.", path, number, nearest(column, header))
                    for column in required
                    if column not in header
                ]
                continue
            if len(cells) != len(header):
                problems.append(
                    Problem(
                        f"{len(cells)} cells under {len(header)} columns.",
                        path,
                        number,
                        "Separate the cells by single tabs.",
                    )
                )
                continue
            row = Row(
                dict(zip(header, (cell.strip() for cell in cells), strict=True)), path, number
            )
            if row.id in rows:
                problems.append(
                    Problem(
                        f"{row.id} stands here and in line {rows[row.id].line}.",
                        path,
                        number,
                        "Keep one of the two.",
                    )
                )
            rows[row.id] = row
    if problems:
        raise InputError(problems)
    return rows


@dataclass(frozen=True)
class Tables:
    """The tables that make a model, by id."""

    folder: Path
    species: Mapping[str, Row]
    parameters: Mapping[str, Row]
    mechanisms: Mapping[str, Row]
    strains: Mapping[str, Row]
    endpoints: Mapping[str, Row]
    conduct: Mapping[str, Row]
    rules: Mapping[str, Row]

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Every file that decides what the model is, for its content hash."""
        names = ("*.ant", "*.tsv", "*.toml")
        return tuple(sorted(path for name in names for path in self.folder.glob(name)))


SPECIES_COLUMNS = ("id", "name", "unit", "carbon", "typical", "boundary")


def start_columns(tables: Tables) -> tuple[str, ...]:
    """The columns of species.tsv that hold starting states: all that are not another thing."""
    first = next(iter(tables.species.values()))
    return tuple(column for column in first.cells if column not in SPECIES_COLUMNS)


PARAMETER_COLUMNS = (
    "id",
    "value",
    "claimed",
    "unit",
    "distribution",
    "low",
    "high",
    "between_patient_cv",
    "correlated_with",
    "role",
    "evidence",
    "grade",
    "note",
)


def read_tables(folder: Path) -> Tables:
    """Read species, parameters, mechanisms, strains and endpoints of a biology folder."""
    mechanisms = (
        "id",
        "statement",
        "from",
        "to",
        "sign",
        "route",
        "claims",
        "rules_and_reactions",
        "switch",
        "evidence",
        "counter_evidence",
        "grade",
    )
    return Tables(
        folder=folder,
        species=read_table(folder / "species.tsv", (*SPECIES_COLUMNS, "healthy_adult")),
        parameters=read_table(folder / "parameters.tsv", PARAMETER_COLUMNS),
        mechanisms=read_table(folder / "mechanisms.tsv", mechanisms),
        strains=read_table(folder / "strains.tsv", ("id", "strain", "species")),
        endpoints=read_table(folder / "endpoints.tsv", ("id", "quantity", "unit", "label")),
        conduct=read_table(folder / "conduct.tsv", ("id", "value", "unit", "role", "note")),
        rules=read_table(folder / "rules.tsv", ("id", "name", "unit")),
    )
