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
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import antimony
import libsbml

from gutskin.errors import InputError, Problem
from gutskin.model.tables import Tables
from gutskin.model.units import UnitBook, parse_unit, unit_of_row

_ANTIMONY = threading.Lock()  # the library keeps one global state
_LINE = re.compile(r"line (\d+)")
_DEFINES = re.compile(r"\s*(?P<name>\w+)\s*:")
_DECLARES = re.compile(r"\s*(?:compartment|(?:substanceOnly\s+)?species)\s+(?P<names>.+)")
_DECLARED = re.compile(r"(?:^|,)\s*\$?(\w+)")


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

    @cached_property
    def definitions(self) -> Mapping[str, SourceLine]:
        """The line that defines each id: its rule, its reaction, or its declaration."""
        found: dict[str, SourceLine] = {}
        for line in self.lines:
            code = line.text.split("//")[0]
            if declared := _DECLARES.match(code):
                names = _DECLARED.findall(declared["names"])
            else:
                names = [defined["name"]] if (defined := _DEFINES.match(code)) else []
            for name in names:
                found.setdefault(name, line)
        return MappingProxyType(found)

    def where(self, name: str) -> SourceLine | None:
        """The line that defines an id, or the first that uses it."""
        if name in self.definitions:
            return self.definitions[name]
        uses = re.compile(rf"\b{re.escape(name)}\b")
        return next((line for line in self.lines if uses.search(line.text.split("//")[0])), None)


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
                Problem(
                    f"fragment {name} is missing.",
                    folder / "model.toml",
                    None,
                    "Add the file or take it off the list.",
                )
            )
            continue
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            joined = text if site is None else text.replace("SITE", site)
            lines.append(SourceLine(joined, path, number, site))
    if problems:
        raise InputError(problems)
    return Source(manifest["name"], manifest["version"], sites, tuple(lines))


def _values(tables: Tables) -> str:
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
    text = f"model {source.name}\n{source.text}\n{_values(tables)}\nend\n"
    with _ANTIMONY:
        antimony.clearPreviousLoads()
        loaded = antimony.loadAntimonyString(text)
        message = str(antimony.getLastError()) if loaded < 0 else ""
        sbml = "" if loaded < 0 else str(antimony.getSBMLString(source.name))
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
    model.setTimeUnits(book.sbml_id("day", parse_unit("day")))
    model.setSubstanceUnits(book.sbml_id("1", parse_unit("1")))
    for compartment in model.getListOfCompartments():
        compartment.setUnits("dimensionless")
    for row in tables.species.values():
        species = model.getSpecies(row.id)
        if species is not None:
            species.setSubstanceUnits(book.sbml_id(row.text("unit"), unit_of_row(row)))
            species.setName(row.text("name"))
    for row in tables.parameters.values():
        parameter = model.getParameter(row.id)
        if parameter is not None:
            parameter.setUnits(book.sbml_id(row.text("unit"), unit_of_row(row)))
    return libsbml.writeSBMLToString(document)
