"""Fragments of the model -> one Antimony text -> SBML.

Fragments are joined in the order of `model.toml` inside one `model ... end`, so ids are
global. A fragment listed under `per_site` is read once for every site, with the word SITE in
its ids replaced by the site's name. `Source` remembers which line of which file every joined
line came from, so that an error of Antimony names the fragment.
"""

from __future__ import annotations

import re
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import antimony
import libsbml

from gutskin.errors import InputError, Problem
from gutskin.model.tables import Tables
from gutskin.model.units import UnitBook

_ANTIMONY = threading.Lock()  # the library keeps one global state
_LINE = re.compile(r"line (\d+)")


@dataclass(frozen=True)
class SourceLine:
    """One line of the joined text and where it came from."""

    text: str
    file: Path
    line: int
    site: str | None


@dataclass(frozen=True)
class Source:
    """The joined text of the model."""

    name: str
    version: str
    sites: tuple[str, ...]
    lines: tuple[SourceLine, ...]

    @property
    def text(self) -> str:
        """The Antimony text between `model` and `end`."""
        return "\n".join(line.text for line in self.lines)

    def where(self, name: str) -> SourceLine | None:
        """The line that defines an id: its rule, its reaction, or the first that uses it."""
        defines = re.compile(rf"^\s*{re.escape(name)}\s*(:=|:)")
        uses = re.compile(rf"\b{re.escape(name)}\b")
        for pattern in (defines, uses):
            for line in self.lines:
                if pattern.search(line.text.split("//")[0]):
                    return line
        return None


def read_source(folder: Path) -> Source:
    """Join the fragments that `model.toml` lists.

    Raises
    ------
    InputError
        If a listed fragment is missing.
    """
    manifest = tomllib.loads((folder / "model.toml").read_text(encoding="utf-8"))
    sites = tuple(manifest["sites"])
    listed = [(name, None) for name in manifest["once"]]
    listed += [(name, site) for name in manifest["per_site"] for site in sites]
    lines: list[SourceLine] = []
    problems: list[Problem] = []
    for name, site in listed:
        path = folder / name
        if not path.exists():
            problems.append(
                Problem(f"fragment {name} is missing.", folder / "model.toml", None,
                        "Add the file or take it off the list.")
            )
            continue
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            joined = text if site is None else text.replace("SITE", site)
            lines.append(SourceLine(joined, path, number, site))
    if problems:
        raise InputError(problems)
    return Source(manifest["name"], manifest["version"], sites, tuple(lines))


def _values(tables: Tables, symbols: Mapping[str, Path]) -> str:
    """Antimony lines that give every parameter its value and every species its start."""
    lines = [f"{row.id} = {row.number('value')!r}" for row in tables.parameters.values()]
    start = "healthy_adult"
    lines += [f"{row.id} = {row.number(start, 0.0)!r}" for row in tables.species.values()]
    return "\n".join(lines)


def to_sbml(source: Source, tables: Tables) -> str:
    """The SBML L3V2 text of the joined model, with names and units from the tables.

    Raises
    ------
    InputError
        With the fragment's file and line where Antimony could not read the text.
    """
    text = f"model {source.name}\n{source.text}\n{_values(tables, {})}\nend\n"
    with _ANTIMONY:
        antimony.clearPreviousLoads()
        loaded = antimony.loadAntimonyString(text)
        message = antimony.getLastError() if loaded < 0 else ""
        sbml = "" if loaded < 0 else antimony.getSBMLString(source.name)
        antimony.clearPreviousLoads()
    if message:
        raise InputError(_locate(message, source))
    return _annotate(sbml, tables)


def _locate(message: str, source: Source) -> Problem:
    """The error of Antimony, with the line mapped back to its fragment."""
    found = _LINE.search(message)
    short = message.strip().splitlines()[-1] if message.strip() else "Antimony could not read it."
    if found:
        number = int(found.group(1)) - 2  # the `model` line comes first; lines count from 1
        if 0 <= number < len(source.lines):
            line = source.lines[number]
            return Problem(short, line.file, line.line, f"The line is: {line.text.strip()!r}.")
    return Problem(short, None, None, "Look at the fragment changed last.")


def _annotate(sbml: str, tables: Tables) -> str:
    """Write units and names of the tables into the SBML."""
    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    book = UnitBook(model)
    model.setTimeUnits(book.sbml_id("day"))
    model.setSubstanceUnits(book.sbml_id("1"))
    for compartment in model.getListOfCompartments():
        compartment.setUnits("dimensionless")
    for row in tables.species.values():
        species = model.getSpecies(row.id)
        if species is not None:
            species.setSubstanceUnits(book.sbml_id(row.text("unit")))
            species.setName(row.text("name"))
    for row in tables.parameters.values():
        parameter = model.getParameter(row.id)
        if parameter is not None:
            parameter.setUnits(book.sbml_id(row.text("unit")))
    return libsbml.writeSBMLToString(document)
