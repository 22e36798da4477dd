"""What a new mechanism leaves to be written, and whether an experiment shows each mechanism."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import EXPERIMENTS, Text
from gutskin.model.rows import Row
from gutskin.model.tables import Tables

OPEN = "?"  # stands where somebody has to write
ALONE = EXPERIMENTS[-1]

_IN_COMMENT = re.compile(r"//.*\bM\d\d+ \?(\s|$)")
_IN_TOML = re.compile(r'\s*(?P<key>\w+) = "\?"\s*(#.*)?$')


def unfilled_problems(tables: Tables) -> list[Problem]:
    """Places of tables, fragments and experiments where a `?` still waits for its word."""
    biology = tables.biology
    rows = (*tables.mechanisms.values(), *tables.parameters.values())
    found = [open_problem(row) for row in rows if open_cells(row)]
    for name in biology.names("*.ant"):
        text = biology.text(name)
        found += _lines(text, _IN_COMMENT, "the comment", "Say what the mechanism does, and write "
                        "its reaction or rule under it.") if text else ()  # fmt: skip
    for text in biology.texts(ALONE):
        found += _lines(text, _IN_TOML, "", "docs/claims.md says what the key takes.")
    return found


def open_cells(row: Row) -> tuple[str, ...]:
    """The columns of a row that are still to be filled in."""
    return tuple(column for column, cell in row.cells.items() if cell == OPEN)


def open_problem(row: Row) -> Problem:
    """What is told of a row with such columns."""
    columns = open_cells(row)
    message = f"{row.id}: {', '.join(columns)} {_still(len(columns))}."
    return Problem(message, row.file, row.line, "CONTRIBUTING.md says what belongs there.")


def _still(count: int) -> str:
    return f"{'is' if count == 1 else 'are'} still to be filled in"


def _lines(text: Text, pattern: re.Pattern[str], what: str, remedy: str) -> Iterator[Problem]:
    for number, line in enumerate(text.text.splitlines(), start=1):
        if found := pattern.search(line):
            subject = what or found["key"]
            yield Problem(f"{subject} {_still(1)}: {line.strip()}", text.path, number, remedy)


def proof_problems(tables: Tables) -> Iterator[Problem]:
    """Mechanisms of which no experiment is named that fails without them."""
    known: set[str] = set()
    for name in EXPERIMENTS:
        try:
            known |= set(tables.biology.entries(name))
        except InputError as error:
            yield from error.problems
    for row in tables.mechanisms.values():
        proof = row.text("shown_by")
        if not proof:
            yield Problem(
                f"{row.id}: no shown_by.", row.file, row.line,
                f"Name an experiment that no longer shows without it, or write [{row.id}] in "
                f"{ALONE}; CONTRIBUTING.md has an example.",
            )  # fmt: skip
        elif proof not in known and proof != OPEN:
            remedy = f"Write [{proof}] in {ALONE}. {nearest(proof, tuple(known))}"
            message = f"{row.id}: shown_by is {proof!r}, and there is no such experiment."
            yield Problem(message, row.file, row.line, remedy)
