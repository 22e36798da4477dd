"""The names of the model, from its tables and fragments alone, as they stand.

`gutskin.model.vocabulary` refuses faulty ones first; who looks for faults takes them from here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from gutskin.model.biology import Biology
from gutskin.model.evidence import load_references
from gutskin.model.fragments import read_source
from gutskin.model.rows import Row
from gutskin.model.tables import Tables, read_tables, start_columns

_COMPARTMENT = re.compile(r"\s*compartment\s+(\w+)")


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What a biology folder has names for.

    Parameters
    ----------
    tables : rows of parameters, states, mechanisms, strains, endpoints, conduct
    assigned : quantities that a rule gives
    constants : what is given and no row of parameters holds: compartments and boundary species
    references : keys of `references.bib`
    """

    tables: Tables
    assigned: tuple[str, ...]
    constants: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def biology(self) -> Biology:
        """The texts and tables that the names stand in."""
        return self.tables.biology

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


@cache
def unchecked_vocabulary(biology: Biology) -> Vocabulary:
    """As `vocabulary`, for those who look for faults themselves."""
    lines = [line.text.split("//")[0] for line in read_source(biology).lines]
    assigned = dict.fromkeys(line.split(":=")[0].strip() for line in lines if ":=" in line)
    compartments = [found[1] for line in lines if (found := _COMPARTMENT.match(line))]
    tables = read_tables(biology)
    rows = tables.species.values()
    outside = [row.id for row in rows if row.text("boundary") == "boundary"]
    constants = tuple(dict.fromkeys((*compartments, *outside)))
    return Vocabulary(tables, tuple(assigned), constants, tuple(load_references(biology)))
