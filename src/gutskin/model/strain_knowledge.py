"""What is known of a strain, and at which level: strain, species, genus, class, or any strain.

A cell of strains.tsv is filled only with what is known of that very strain. What is empty there is
taken from the row of its species in strain_priors.tsv, or of its genus, of its class, or of any
strain, whichever comes first. So every number of an answer has a level that can be told.
strain_traits.tsv names the traits, their columns, and the parameters of the model that they set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gutskin.errors import InputError, Problem
from gutskin.model.rows import Row
from gutskin.model.tables import Tables

MEASURED, SPECIES, GENUS, CLASS, PRIOR = "measured", "species", "genus", "class", "prior"
LEVELS = (MEASURED, SPECIES, GENUS, CLASS, PRIOR)  # from where a trait may be known, nearest first
ANY = "any"  # the row of strain_priors.tsv that speaks of any strain
AXIS = "normal"  # the scale of a signed axis on which strains speak to the body


@dataclass(frozen=True)
class Known:
    """A trait of a strain.

    Parameters
    ----------
    numbers : the value, then what goes with it: the ends of its 95% range, or its sd
    level : one of `LEVELS`
    row : where it stands, with its evidence and note
    """

    numbers: tuple[float, ...]
    level: str
    row: Row

    @property
    def value(self) -> float:
        """The trait at its centre."""
        return self.numbers[0]


def columns_of(trait: Row) -> tuple[str, ...]:
    """The columns of a trait: its value, then its sd or the ends of its range, if it has any.

    Parameters
    ----------
    trait : a row of strain_traits.tsv
    """
    beside = (trait.text("sd"),) if trait.text("sd") else (trait.text("low"), trait.text("high"))
    return (trait.text("column"), *(column for column in beside if column))


def knowledge(tables: Tables, strain: str, trait: str) -> Known:
    """A trait of a strain, from the nearest level at which something is known.

    Parameters
    ----------
    strain : id of a row of strains.tsv
    trait : id of a row of strain_traits.tsv

    Raises
    ------
    InputError
        If no level has it, or a number is missing beside a value.

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> from gutskin.model.tables import read_tables
    >>> tables = read_tables(shipped_biology())
    >>> [knowledge(tables, "lgg", trait).level for trait in ("imprint", "survival", "type17")]
    ['measured', 'class', 'prior']
    """
    return known_of(tables, tables.strains[strain], trait)


def known_of(tables: Tables, strain: Row, trait: str) -> Known:
    """`knowledge` of a strain that need not stand in the table.

    Parameters
    ----------
    strain : with its species and genus_class, and as many traits as are known
    """
    columns = columns_of(tables.strain_traits[trait])
    for level, row in _rows(tables, strain):
        if row.text(columns[0]):
            return Known(tuple(row.number(column) for column in columns), level, row)
    raise InputError(
        Problem(
            f"{strain.id}: {columns[0]} is known neither of the strain nor of its species, its "
            "genus, its class, or of any strain.",
            strain.file, strain.line,
            "Fill the cell, or give strain_priors.tsv a row `any` that has it.",
        )
    )  # fmt: skip


def levels_of(tables: Tables, strain: str) -> dict[str, str]:
    """The level from which each trait of a strain is known: trait -> one of `LEVELS`."""
    return {trait: knowledge(tables, strain, trait).level for trait in tables.strain_traits}


def groups_of(row: Row) -> dict[str, str]:
    """The groups to which a strain belongs: level -> name in strain_priors.tsv, nearest first."""
    species = row.text("species")
    return {
        SPECIES: species,
        GENUS: species.split(" ", 1)[0],
        CLASS: row.text("genus_class"),
        PRIOR: ANY,
    }


def _rows(tables: Tables, strain: Row) -> Iterator[tuple[str, Row]]:
    """The rows that speak of a strain, the nearest first."""
    yield MEASURED, strain
    for level, name in groups_of(strain).items():
        if name in tables.strain_priors:
            yield level, tables.strain_priors[name]
