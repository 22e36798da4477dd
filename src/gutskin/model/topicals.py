"""Creams: what each moves in the equations, and how it may be used, as a table.

A row of `topicals.tsv` is one cream. It moves one input of the equations (that of its class), a
steroid its potency too. How it is used says how much: daily, twice a week, or where a family sees
lesions. A new cream is a row and needs no equation.
"""

from __future__ import annotations

from collections.abc import Iterator

from gutskin.errors import InputError, Problem
from gutskin.model.biology import Biology
from gutskin.model.rows import Row

TABLE = "topicals.tsv"
COLUMNS = (
    "id", "label", "class", "input", "level", "potency", "as_needed", "twice_weekly", "evidence",
    "grade", "note",
)  # fmt: skip
DAILY, AS_NEEDED, TWICE_WEEKLY = "daily", "as_needed", "twice_weekly"
TWICE = 2 / 7  # of the days
PER_DAY = {DAILY: 1.0, AS_NEEDED: 1.0, TWICE_WEEKLY: TWICE}  # how often a cream is put on
POTENCY, ON_SIGHT = "steroid_potency", "steroid_as_needed"


def topicals(biology: Biology) -> dict[str, Row]:
    """The creams of a biology, by id.

    >>> from gutskin.model.biology import shipped_biology
    >>> topicals(shipped_biology())["steroid_potent"].number("potency")
    1.8
    """
    return biology.table(TABLE, COLUMNS) if biology.texts(TABLE) else {}


def inputs_of(row: Row, use: str) -> dict[str, float]:
    """What a cream moves, used so: input -> level.

    Parameters
    ----------
    use : daily, as_needed or twice_weekly

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> inputs_of(topicals(shipped_biology())["steroid_mild"], "as_needed")
    {'steroid_as_needed': 1.0, 'steroid_potency': 0.4}
    """
    share = TWICE if use == TWICE_WEEKLY else 1.0
    name = ON_SIGHT if use == AS_NEEDED else row.text("input")
    found = {name: share * row.number("level")}
    if row.text("potency"):
        found[POTENCY] = row.number("potency")
    return found


def topical_problems(biology: Biology) -> Iterator[Problem]:
    """What is wrong with the table: numbers, and creams that move nothing."""
    for row in topicals(biology).values():
        known: dict[str, float] = {}
        for name in ("level", "potency", "as_needed", "twice_weekly"):
            try:
                known[name] = row.number(name, 0.0)
            except InputError as error:
                yield from error.problems
        if not row.text("input").isidentifier():
            yield _problem(row, f"input is {row.text('input')!r}.", "Write the id of an input.")
        if not 0 < known.get("level", 1.0) <= 1:
            yield _problem(row, f"level is {row.text('level')}.", "Write a share, above 0 to 1.")
        if not 0 <= known.get("potency", 0.0) <= 5:
            what = f"potency is {row.text('potency')}."
            yield _problem(row, what, "Write 0.4 mild, 1 medium, 1.8 potent, 2.5 very potent.")
        for name in ("as_needed", "twice_weekly"):
            if known.get(name, 0.0) not in (0.0, 1.0):
                yield _problem(row, f"{name} is {row.text(name)}.", "Write 1 or 0.")
        if known.get("as_needed") and not row.text("potency"):
            what = "only a steroid is used as needed."
            yield _problem(row, what, "Write its potency, or 0 under as_needed.")


def _problem(row: Row, what: str, remedy: str) -> Problem:
    return Problem(f"{row.id}: {what}", row.file, row.line, remedy)
