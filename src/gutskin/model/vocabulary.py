"""The names of the model, from its tables and fragments alone: known before anything is compiled.

A file of a user is checked against these names at once; the model itself takes seconds to load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from gutskin.model.evidence import load_references
from gutskin.model.fragments import read_source
from gutskin.model.tables import Row, Tables, biology_folder, read_tables, start_columns


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What a biology folder has names for.

    Parameters
    ----------
    tables : rows of parameters, states, mechanisms, strains, endpoints, conduct
    assigned : quantities that a rule gives
    references : keys of `references.bib`
    """

    tables: Tables
    assigned: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def parameters(self) -> Mapping[str, Row]:
        """The parameters by id."""
        return self.tables.parameters

    @cached_property
    def states(self) -> Mapping[str, Row]:
        """The states by id; boundary species are none."""
        rows = self.tables.species
        return {key: row for key, row in rows.items() if row.text("boundary") != "boundary"}

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The parameters that a schedule moves."""
        return tuple(key for key, row in self.parameters.items() if row.text("role") == "input")

    @property
    def quantities(self) -> tuple[str, ...]:
        """Whatever has a course: states, and what rules give."""
        return (*self.states, *self.assigned)

    @property
    def starts(self) -> tuple[str, ...]:
        """The columns of species.tsv that hold a start."""
        return start_columns(self.tables)

    def number(self, name: str) -> float:
        """A value of conduct.tsv."""
        return self.tables.conduct[name].number("value")


def read_vocabulary(folder: Path) -> Vocabulary:
    """The names of a biology folder.

    Raises
    ------
    InputError
        For tables or fragments that cannot be read.
    """
    bib = folder / "references.bib"
    references = tuple(load_references(bib)) if bib.exists() else ()
    lines = read_source(folder).lines
    rules = (line.text.split("//")[0].split(":=") for line in lines)
    assigned = dict.fromkeys(parts[0].strip() for parts in rules if len(parts) > 1)
    return Vocabulary(read_tables(folder), tuple(assigned), references)


@cache
def vocabulary() -> Vocabulary:
    """The names of the shipped biology.

    >>> names = vocabulary()
    >>> "scorad" in names.assigned, "gut_treg" in names.states, "Yesilova2012" in names.references
    (True, True, True)
    """
    return read_vocabulary(biology_folder())
