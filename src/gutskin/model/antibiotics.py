"""Antibiotics: what each of them kills, as a table; its rows are parameters, its names are inputs.

A row of `antibiotics.tsv` is the rate at which a full course of one antibiotic kills one thing: a
guild of the colon, dosed lactic acid bacteria, the bacteria of the skin. Each antibiotic has an
input, the share of a full course, and each place for a dosed strain a number that says whether the
strain there resists it: a trait of strain_traits.tsv, 0 without one. In a fragment
`{ANTIBIOTIC: ...}` is a sum over all antibiotics, with the word ANTIBIOTIC in its ids replaced by
the name of each: a new antibiotic needs no new equation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from gutskin.errors import InputError, Problem
from gutskin.model.biology import Biology
from gutskin.model.rows import Row

TABLE = "antibiotics.tsv"
COLUMNS = ("id", "antibiotic", "kills", "value", "low", "high", "evidence", "grade", "note")
USUAL = "broad"  # of a course that names none

_SUM = re.compile(r"\{ANTIBIOTIC: (?P<term>[^{}]+)\}")
_PLACE = re.compile(r"viable_strain_(\d+)")
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def antibiotics(biology: Biology) -> tuple[str, ...]:
    """The names of the antibiotics, in the order of the table.

    >>> from gutskin.model.biology import shipped_biology
    >>> antibiotics(shipped_biology())[:2]
    ('broad', 'amoxicillin')
    """
    return tuple(dict.fromkeys(row.text("antibiotic") for row in _rows(biology).values()))


def input_of(antibiotic: str) -> str:
    """The input that a course of an antibiotic moves.

    >>> input_of("vancomycin")
    'antibiotic_vancomycin'
    """
    return f"antibiotic_{antibiotic}"


def resistance_of(antibiotic: str, place: int) -> str:
    """The parameter that says whether the strain in a place resists an antibiotic.

    >>> resistance_of("vancomycin", 2)
    'resists_vancomycin_strain_2'
    """
    return f"resists_{antibiotic}_strain_{place}"


def spelled_out(text: str, names: Sequence[str]) -> str:
    """A line of a fragment with its sums over antibiotics written out.

    >>> spelled_out("kill := s * {ANTIBIOTIC: antibiotic_ANTIBIOTIC * k_ANTIBIOTIC}", ["a", "b"])
    'kill := s * (antibiotic_a * k_a + antibiotic_b * k_b)'
    """
    return _SUM.sub(
        lambda found: f"({' + '.join(found['term'].replace('ANTIBIOTIC', one) for one in names)})",
        text,
    )


def antibiotic_parameters(biology: Biology, parameters: Mapping[str, Row]) -> dict[str, Row]:
    """The rows of parameters that the table stands for: rates, inputs, resistances.

    Parameters
    ----------
    parameters : rows of parameters.tsv

    Raises
    ------
    InputError
        For an id that parameters.tsv has too.
    """
    table = _rows(biology)
    places = [int(found[1]) for name in parameters if (found := _PLACE.fullmatch(name))]
    rows = {row.id: _rate(row) for row in table.values()}
    for row in table.values():
        name = row.text("antibiotic")
        given = {"value": "0", "unit": "1", "distribution": "fixed"}
        says = f"course of {name.replace('_', ' ')}: share of a full one"
        rows.setdefault(input_of(name), _row(row, input_of(name), role="input", note=says, **given))
        for place in places:
            id_ = resistance_of(name, place)
            says = f"1 if the strain in place {place} resists {name.replace('_', ' ')}"
            rows.setdefault(id_, _row(row, id_, role="trial", note=says, **given))
    if twice := [row for name, row in rows.items() if name in parameters]:
        raise InputError([
            Problem(f"{row.id} stands here and in line {parameters[row.id].line} of "
                    f"{parameters[row.id].file.name}.", row.file, row.line, "Keep one of the two.")
            for row in twice
        ])  # fmt: skip
    return rows


def antibiotic_problems(biology: Biology) -> Iterator[Problem]:
    """Ids that are not made of the names, and antibiotics of which a rate is missing."""
    table = _rows(biology)
    targets = dict.fromkeys(row.text("kills") for row in table.values())
    told: dict[str, dict[str, Row]] = {}
    for row in table.values():
        name, kills = row.text("antibiotic"), row.text("kills")
        told.setdefault(name, {})[kills] = row
        for word, column in ((name, "antibiotic"), (kills, "kills")):
            if not _NAME.fullmatch(word):
                message = f"{row.id}: {column} is {word!r}."
                remedy = "Write small letters, joined by underscores."
                yield Problem(message, row.file, row.line, remedy)
        if row.id != f"k_{name}_{kills}":
            message = f"{row.id} is the rate at which {name} kills {kills}."
            yield Problem(message, row.file, row.line, f"Call it k_{name}_{kills}.")
    for name, of_name in told.items():
        row = next(iter(of_name.values()))
        for kills in targets:
            if kills not in of_name:
                message = f"{name} has no row for {kills}."
                remedy = f"Write k_{name}_{kills}, with 0 where it kills none."
                yield Problem(message, row.file, row.line, remedy)


def _rows(biology: Biology) -> dict[str, Row]:
    return biology.table(TABLE, COLUMNS) if biology.texts(TABLE) else {}


def _rate(row: Row) -> Row:
    """A row of the table as one of parameters.tsv: drawn per world if it has a width."""
    width = bool(row.text("low") or row.text("high"))
    more = {
        "unit": "1/day", "distribution": "lognormal" if width else "fixed",
        "role": "prior" if width else "fixed",
    }  # fmt: skip
    return _row(row, row.id, **{**row.cells, **more, "note": _says(row)})


def _says(row: Row) -> str:
    """What a rate is, and what the table notes about it."""
    name, kills = (row.text(column).replace("_", " ") for column in ("antibiotic", "kills"))
    says = f"killing of {kills} in a full course of {name}"
    return f"{says}: {row.text('note')}" if row.text("note") else says


def _row(row: Row, id_: str, **cells: str) -> Row:
    return Row({**cells, "id": id_}, row.file, row.line)
