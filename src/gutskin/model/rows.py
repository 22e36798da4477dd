"""Rows of a table, each with the file and the line it stands in."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gutskin.errors import InputError, Problem, nearest
from gutskin.media import counted
from gutskin.user_text import hidden_in

KEPT = 64  # tables that are not parsed again
TABS = "Separate the cells by single tabs."


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
    """Read one tab-separated table; see `parse_table`."""
    return parse_table(path.read_text(encoding="utf-8"), path, required)


def parse_table(text: str, path: Path, required: tuple[str, ...] = ("id",)) -> dict[str, Row]:
    """The rows of a tab-separated table; the same text is parsed once.

    Parameters
    ----------
    text : with a header line; lines that start with `#` are comments
    path : where it stands
    required : columns that must be there

    Returns
    -------
    dict of id -> row, in the order of the file

    Raises
    ------
    InputError
        For missing columns, rows of another width, and ids given twice; all together.
    """
    return dict(_parsed(text, path, tuple(required)))


@lru_cache(maxsize=KEPT)
def _parsed(text: str, path: Path, required: tuple[str, ...]) -> dict[str, Row]:
    problems: list[Problem] = []
    rows: dict[str, Row] = {}
    header: list[str] | None = None
    for number, cells in enumerate(_lines_of(text), start=1):
        if not cells or cells[0].startswith("#"):
            continue
        if header is None:
            header = cells
            problems += [
                Problem(
                    f"column {column!r} is missing.", path, number, _column_meant(column, header)
                )
                for column in required
                if column not in header
            ]
            if "id" not in header:
                break
            continue
        problems += _problems_with_cells(cells, header, path, number)
        if len(cells) != len(header):
            continue
        row = Row(dict(zip(header, (cell.strip() for cell in cells), strict=True)), path, number)
        if row.id in rows:
            what = f"{row.id} stands here and in line {rows[row.id].line}."
            problems.append(Problem(what, path, number, "Keep one of the two."))
        rows[row.id] = row
    if problems:
        raise InputError(problems)
    return rows


def _column_meant(column: str, header: Sequence[str]) -> str:
    """What to do about a missing column; a header in one cell is of another kind of file.

    >>> _column_meant("id", ["id;value"]), _column_meant("id", ["idd", "value"])
    ('Separate the cells by single tabs.', "Did you mean 'idd'?")
    """
    if len(header) == 1 and any(mark in header[0] for mark in ",;"):
        return TABS
    return nearest(column, header)


def _problems_with_cells(
    cells: Sequence[str], header: Sequence[str], path: Path, number: int
) -> Iterator[Problem]:
    """What is wrong with a line by itself."""
    if len(cells) != len(header):
        what = f"{counted(len(cells), 'cell')} under {counted(len(header), 'column')}."
        yield Problem(what, path, number, TABS)
    elif found := hidden_in("".join(cells)):
        what = f"a cell holds {found}, which nobody can see."
        yield Problem(what, path, number, "Take it out.")


def _lines_of(text: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
