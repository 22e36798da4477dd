"""The joined fragments of the model -> one Antimony text -> SBML."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache

import antimony
import libsbml

from gutskin.errors import InputError, Problem
from gutskin.media import in_sbml
from gutskin.model.fragments import Source, SourceLine
from gutskin.model.tables import START, Tables
from gutskin.model.unit_book import UnitBook
from gutskin.model.units import parse_unit, unit_of_row

_ANTIMONY = threading.Lock()  # the library keeps one global state
_LINE = re.compile(r"line (\d+)")
_WHERE = re.compile(r"^Error in model string, line \d+:\s*")
MOST = 20  # lines that are no Antimony, each with a message of its own


def _values(tables: Tables) -> str:
    """Antimony lines that give every parameter its value and every species its start."""
    lines = [f"{row.id} = {row.number('value')!r}" for row in tables.parameters.values()]
    lines += [f"{row.id} = {row.number(START, 0.0)!r}" for row in tables.species.values()]
    return "\n".join(lines)


def to_sbml(source: Source, tables: Tables) -> str:
    """The SBML L3V2 text of the joined model, with names and units from the tables.

    Raises
    ------
    InputError
        With the fragment's file and line where Antimony could not read the text.
    """
    sbml, message = _load(f"{source.text}\n{_values(tables)}", source.name)
    if message:
        raise InputError(_locate(message, source.lines))
    return _annotate(sbml, tables)


def unreadable(lines: Sequence[SourceLine]) -> Iterator[Problem]:
    """The lines of some fragments that Antimony cannot read, without the rest of the model."""
    left = list(lines)
    for _ in range(MOST):
        _, message = _load("\n".join(line.text for line in left), "fragments")
        if not message:
            return
        yield (problem := _locate(message, left))
        wrong = {(problem.file, problem.line)}
        if len(kept := [one for one in left if (one.file, one.line) not in wrong]) == len(left):
            return
        left = kept


@lru_cache(maxsize=2)  # tables change without the text: seconds are saved
def _load(text: str, name: str) -> tuple[str, str]:
    """The SBML of a text of Antimony, or why it cannot be read; the other is empty."""
    with _ANTIMONY:
        antimony.clearPreviousLoads()
        loaded = antimony.loadAntimonyString(f"model {name}\n{text}\nend\n")
        message = str(antimony.getLastError()) if loaded < 0 else ""
        sbml = "" if loaded < 0 else str(antimony.getSBMLString(name))
        antimony.clearPreviousLoads()
    return sbml, message


def _locate(message: str, lines: Sequence[SourceLine]) -> Problem:
    """The error of Antimony, with the line mapped back to its fragment."""
    found = _LINE.search(message)
    last = message.strip().splitlines()[-1] if message.strip() else "no reason is given"
    what = f"Antimony cannot read this: {_WHERE.sub('', last).rstrip('.')}."
    if found:
        number = int(found.group(1)) - 2  # the `model` line comes first; lines count from 1
        if 0 <= number < len(lines):
            line = lines[number]
            remedy = f"The line is {line.text.strip()!r}; write a rule `a := b`, a reaction "
            remedy += "`id: a => b; rate`, or a declaration."
            return Problem(what, line.file, line.line, remedy)
    return Problem(what, None, None, "Look at the fragment changed last.")


def _annotate(sbml: str, tables: Tables) -> str:
    """Write units and names of the tables into the SBML."""
    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    book = UnitBook(model)
    model.setTimeUnits(book.sbml_id("day", parse_unit("day")))
    model.setSubstanceUnits(book.sbml_id("1", parse_unit("1")))
    for compartment in model.getListOfCompartments():
        compartment.setUnits("dimensionless")
    for row in tables.species.values():
        species = model.getSpecies(row.id)
        if species is not None:
            species.setSubstanceUnits(book.sbml_id(row.text("unit"), unit_of_row(row)))
            species.setName(in_sbml(row.text("name")))
    for row in tables.parameters.values():
        parameter = model.getParameter(row.id)
        if parameter is not None:
            parameter.setUnits(book.sbml_id(row.text("unit"), unit_of_row(row)))
    return libsbml.writeSBMLToString(document)
