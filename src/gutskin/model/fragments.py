"""Fragments of the model, joined in the order of `model.toml`.

Inside one `model ... end` ids are global. A fragment listed under `per_site` is read once for every
site, with the word SITE in its ids replaced by the site's name. `Source` remembers which line of
which file every joined line came from, so that an error names the fragment.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from gutskin.errors import InputError, Problem

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
