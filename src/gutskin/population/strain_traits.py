"""The traits of a strain: which there are, what they may be, and where a value comes from.

`strain_traits.tsv` names each trait with its columns in `strains.tsv`, the parameter of the model
that it sets, and how it is measured. What is not known of a strain is taken from its species, its
genus, its class, or any strain (`gutskin.model.strain_knowledge`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import Biology
from gutskin.model.domains import Domain
from gutskin.model.rows import Row
from gutskin.model.strain_knowledge import AXIS, MEASURED, Known, known_of
from gutskin.model.tables import Tables
from gutskin.model.vocabulary import vocabulary
from gutskin.population.draw import WIDTH
from gutskin.user_text import canonical


@dataclass(frozen=True)
class Trait:
    """One trait that strains differ in.

    Parameters
    ----------
    id : its name in files
    column, low, high, sd : columns of strains.tsv; those that it does not have are empty
    parameter : of the model, before the number of a strain's place; empty if nothing reads it
    scale : `logit`, `log`, `normal` or `even` (on either side of the value), on which it is spread;
        `fixed` or `flag` if it is not drawn
    label, acts, measured : in words: what it is, what it does, how it is measured
    """

    id: str
    column: str
    low: str
    high: str
    sd: str
    parameter: str
    scale: str
    domain: Domain
    label: str
    acts: str
    measured: str

    @property
    def is_axis(self) -> bool:
        """Whether it is a signed axis on which strains speak to the body."""
        return self.scale == AXIS

    def transformed(self, value: float) -> float:
        """A value on the scale on which it is spread."""
        from scipy.special import logit

        return float({"logit": logit, "log": np.log}.get(self.scale, float)(value))

    def back(self, value: float) -> float:
        """A value on its scale in its own unit."""
        from scipy.special import expit

        return float({"logit": expit, "log": np.exp}.get(self.scale, float)(value))


@dataclass(frozen=True)
class TraitValue:
    """What a trait of a strain is taken to be.

    Parameters
    ----------
    value : its centre
    low, high : 95% lies between them; both the value where it is not drawn
    source : one of `LEVELS`
    """

    value: float
    low: float
    high: float
    source: str

    @property
    def sd(self) -> float:
        """Standard deviation of a normal of this width."""
        return (self.high - self.low) / WIDTH


@cache
def strain_traits_of(biology: Biology) -> Mapping[str, Trait]:
    """The traits that the strains of a biology have, by id, in the order of the table.

    >>> from gutskin.model.biology import shipped_biology
    >>> strain_traits_of(shipped_biology())["survival"].column
    'survival'
    """
    tables = vocabulary(biology).tables
    return {name: _trait(row) for name, row in tables.strain_traits.items()}


def _trait(row: Row) -> Trait:
    return Trait(
        id=row.id,
        column=row.text("column"),
        low=row.text("low"),
        high=row.text("high"),
        sd=row.text("sd"),
        parameter=row.text("parameter"),
        scale=row.text("scale"),
        domain=Domain(row.number("least"), row.number("most"), row.text("unit")),
        label=row.text("label"),
        acts=row.text("acts"),
        measured=row.text("measured"),
    )


def axes_of(biology: Biology) -> tuple[Trait, ...]:
    """The signed axes on which strains speak to the body."""
    return tuple(one for one in strain_traits_of(biology).values() if one.is_axis)


def trait_of(tables: Tables, strain: Row, trait: Trait) -> TraitValue:
    """What is known of a trait of a strain, and at which level.

    Parameters
    ----------
    strain : a row of strains.tsv, or one like it: species, genus_class, and what is known of it
    """
    return _value(known_of(tables, strain, trait.id), trait)


def _value(known: Known, trait: Trait) -> TraitValue:
    value, *beside = known.numbers
    if trait.sd:
        half = beside[0] * WIDTH / 2
        return TraitValue(value, value - half, value + half, known.level)
    low, high = beside or (value, value)
    return TraitValue(value, low, high, known.level)


def genus_of(species: str) -> str:
    """The first word of a species.

    >>> genus_of("Bifidobacterium animalis subsp. lactis")
    'Bifidobacterium'
    """
    return species.partition(" ")[0]


def given_value(trait: Trait, value: float, low: float | None, high: float | None,
                fallback: TraitValue) -> TraitValue:  # fmt: skip
    """A trait that a user gives; without a width it keeps that of the fallback, on its scale."""
    if trait.scale in ("fixed", "flag"):
        return TraitValue(value, value, value, MEASURED)
    if low is not None and high is not None:
        return TraitValue(value, low, high, MEASURED)
    shift = trait.transformed(value) - trait.transformed(fallback.value)
    lower, upper = (
        trait.back(trait.transformed(end) + shift) for end in (fallback.low, fallback.high)
    )
    if not trait.is_axis:  # an axis has no end
        lower, upper = max(lower, trait.domain.low), min(upper, trait.domain.high)
    return TraitValue(value, min(lower, value), max(upper, value), MEASURED)  # up to rounding


def as_cells(trait: Trait, found: TraitValue) -> dict[str, str]:
    """A value as the cells of strains.tsv."""
    cells = {trait.column: repr(found.value)}
    if trait.sd:
        cells[trait.sd] = repr(found.sd)
    if trait.low:
        cells |= {trait.low: repr(found.low), trait.high: repr(found.high)}
    return cells


def code_of(name: str) -> str:
    """The code of a strain as whoever reads it cannot tell apart: without case, blanks, hyphens.

    >>> code_of("HN 001") == code_of("hn-001")
    True
    """
    whole = canonical(name)
    return "".join(letter for letter in whole if letter.isalnum()) or whole


def codes_of(key: str, label: str) -> set[str]:
    """Every code by which a strain of the tables is known.

    >>> sorted(codes_of("lgg", "GG (ATCC 53103)"))
    ['atcc53103', 'gg', 'ggatcc53103', 'lgg']
    """
    parts = re.split(r"[()]", label)
    return {code for one in (key, label, *parts) if (code := code_of(one))}


def find_strain(name: str, biology: Biology) -> Row:
    """A strain by its id or one of its codes, in any case, with or without blanks and hyphens.

    Raises
    ------
    InputError
        For a name that no strain has; suggests the nearest.
    """
    rows = biology.table("strains.tsv")
    by_name = {row.text("strain").casefold(): row for row in rows.values() if row.text("strain")}
    by_name |= {key.casefold(): row for key, row in rows.items()}
    if (found := by_name.get(name.strip().casefold())) is not None:
        return found
    by_code = {code: row for key, row in rows.items() for code in codes_of(key, row.text("strain"))}
    if (found := by_code.get(code_of(name))) is not None:
        return found
    named = [row.text("strain") or key for key, row in rows.items()]
    partly = [one for one in named if name.strip().casefold() in one.casefold()]
    remedy = nearest(name, partly or [*named, *rows])
    raise InputError(Problem(f"there is no strain {name!r}.", None, None, remedy))
