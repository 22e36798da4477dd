"""Fragments of the model, joined in the order of `model.toml`.

Inside one `model ... end` ids are global. A fragment listed under `per_site` is read once for every
site, with the word SITE in its ids replaced by the site's name; a sum over antibiotics is written
out (see `antibiotics`). `Source` remembers which line of which file every joined line came from, so
that an error names the fragment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gutskin.errors import InputError, Problem
from gutskin.model.antibiotics import antibiotics, spelled_out
from gutskin.model.biology import Biology, parse_toml

SITE = "SITE"  # stands for the name of a site in the ids of a fragment
_DEFINES = re.compile(r"\s*(?P<name>\w+)\s*:")
_DECLARES = re.compile(r"\s*(?:compartment|(?:substanceOnly\s+)?species)\s+(?P<names>.+)")
_DECLARATION = re.compile(r"(compartment|substanceOnly\s+species|species)\s[^;:]*")
_SPECIES = re.compile(r"(?:substanceOnly\s+)?species\s+(?P<names>.+)")
_DECLARED = re.compile(r"(?:^|,)\s*\$?(\w+)")


@dataclass(frozen=True)
class SourceLine:
    """One line of the joined text and where it came from."""

    text: str
    file: Path
    line: int
    site: str | None

    @property
    def code(self) -> str:
        """The statement without its comment."""
        return self.text.split("//")[0].strip().rstrip(";")

    @property
    def states_nothing(self) -> bool:
        """Whether it is empty, a comment, or declares without an equation."""
        return not self.code or _DECLARATION.fullmatch(self.code) is not None


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
        for name, _, line in self.defined():
            found.setdefault(name, line)
        return MappingProxyType(found)

    def defined(self) -> Iterator[tuple[str, bool, SourceLine]]:
        """Every id that a line defines, whether it is only declared there, and the line."""
        for line in self.lines:
            code = line.text.split("//")[0]
            if declared := _DECLARES.match(code):
                yield from ((name, True, line) for name in _DECLARED.findall(declared["names"]))
            elif defined := _DEFINES.match(code):
                yield defined["name"], False, line

    def species(self) -> Iterator[tuple[str, SourceLine]]:
        """Every species that a line declares, and the line."""
        for line in self.lines:
            if found := _SPECIES.match(line.code):
                yield from ((name, line) for name in _DECLARED.findall(found["names"]))

    def where(self, name: str) -> SourceLine | None:
        """The line that defines an id, or the first that uses it."""
        if name in self.definitions:
            return self.definitions[name]
        uses = re.compile(rf"\b{re.escape(name)}\b")
        return next((line for line in self.lines if uses.search(line.text.split("//")[0])), None)


def read_source(biology: Biology) -> Source:
    """Join the fragments that `model.toml` lists.

    An overlay's fragment stands where the shipped one of its name stood, or after all others.

    Raises
    ------
    InputError
        If a listed fragment is missing.
    """
    manifests = [(one.path, parse_toml(one)) for one in biology.texts("model.toml")]
    first = manifests[0][1]
    sites = tuple(first["sites"])
    drugs = antibiotics(biology)
    lines: list[SourceLine] = []
    problems: list[Problem] = []
    for name, site, listed_in in _listed(biology, manifests, sites):
        found = biology.text(name)
        if found is None:
            remedy = "Add the file or take it off the list."
            problems.append(Problem(f"fragment {name} is missing.", listed_in, None, remedy))
            continue
        for number, text in enumerate(found.text.splitlines(), start=1):
            joined = spelled_out(text if site is None else text.replace("SITE", site), drugs)
            lines.append(SourceLine(joined, found.path, number, site))
    if problems:
        raise InputError(problems)
    return Source(first["name"], first["version"], sites, tuple(lines))


def _listed(
    biology: Biology, manifests: Sequence[tuple[Path, Mapping[str, Any]]], sites: Sequence[str]
) -> Iterator[tuple[str, str | None, Path]]:
    """Fragment, site and who lists it, in the order in which they are joined.

    A new fragment of an overlay need not be listed, unless it is read once for every site.
    """
    once = [(name, path) for path, raw in manifests for name in raw.get("once", ())]
    by_site = [(name, path) for path, raw in manifests for name in raw.get("per_site", ())]
    mine = biology.overlay.files if biology.overlay is not None else {}
    named = {name for name, _ in (*once, *by_site)}
    once += [
        (name, mine[name].path) for name in mine if name.endswith(".ant") and name not in named
    ]
    for name, path in dict(once).items():
        yield name, None, path
    for name, path in dict(by_site).items():
        for site in sites:
            yield name, site, path
