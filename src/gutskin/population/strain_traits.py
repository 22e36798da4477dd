"""The traits of a strain: which there are, what they may be, and where a value comes from.

`strain_traits.tsv` names each trait with its columns in `strains.tsv`, the parameter of the model
that it sets, and how it is measured. What is not known of a strain is taken from strains of its
species, then of its genus, then of its class; a signed axis falls back to the prior of the class
where the strains of its species differ, for what sets them apart are their own trials.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import Biology
from gutskin.model.domains import Domain
from gutskin.model.rows import Row
from gutskin.population.draw import WIDTH

COLUMNS = (
    "id", "column", "low", "high", "sd", "parameter", "scale", "least", "most", "unit",
    "prior", "prior_sd", "label", "acts", "measured",
)  # fmt: skip
MEASURED, SPECIES, GENUS, CLASS, PRIOR = "measured", "species", "genus", "class", "prior"
LEVELS = (MEASURED, SPECIES, GENUS, CLASS, PRIOR)  # from where a value may come, nearest first


@dataclass(frozen=True)
class Trait:
    """One trait that strains differ in.

    Parameters
    ----------
    id : its name in files
    column, low, high, sd : columns of strains.tsv; those that it does not have are empty
    parameter : of the model, before the number of a strain's place; empty if nothing reads it
    scale : `logit`, `log` or `normal`, on which it is spread; `fixed` or `flag` if it is not drawn
    prior, prior_sd : of a strain of which nothing is known; of signed axes alone
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
    prior: float | None
    prior_sd: float | None
    label: str
    acts: str
    measured: str

    @property
    def is_axis(self) -> bool:
        """Whether it is a signed axis on which strains speak to the body."""
        return self.scale == "normal"

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
    strains = biology.table("strains.tsv")
    there = next(iter(strains.values())).cells
    rows = biology.table("strain_traits.tsv", COLUMNS).values()
    return {row.id: _trait(row) for row in rows if row.text("column") in there}


def _trait(row: Row) -> Trait:
    prior = row.number("prior") if row.text("prior") else None
    spread = row.number("prior_sd") if row.text("prior_sd") else None
    domain = Domain(row.number("least"), row.number("most"), row.text("unit"))
    return Trait(
        id=row.id,
        column=row.text("column"),
        low=row.text("low"),
        high=row.text("high"),
        sd=row.text("sd"),
        parameter=row.text("parameter"),
        scale=row.text("scale"),
        domain=domain,
        prior=prior,
        prior_sd=spread,
        label=row.text("label"),
        acts=row.text("acts"),
        measured=row.text("measured"),
    )


def axes_of(biology: Biology) -> tuple[Trait, ...]:
    """The signed axes on which strains speak to the body."""
    return tuple(one for one in strain_traits_of(biology).values() if one.is_axis)


def read_trait(row: Row, trait: Trait, source: str = MEASURED) -> TraitValue:
    """What a row of strains.tsv says of a trait."""
    value = row.number(trait.column)
    if trait.sd:
        half = row.number(trait.sd) * WIDTH / 2
        return TraitValue(value, value - half, value + half, source)
    low = row.number(trait.low, value) if trait.low else value
    high = row.number(trait.high, value) if trait.high else value
    return TraitValue(value, low, high, source)


def genus_of(species: str) -> str:
    """The first word of a species.

    >>> genus_of("Bifidobacterium animalis subsp. lactis")
    'Bifidobacterium'
    """
    return species.partition(" ")[0]


def relatives(
    species: str, genus_class: str, rows: Iterable[Row]
) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """The strains of a species, of its genus and of its class: level and rows, nearest first."""
    known = tuple(rows)
    same = {
        SPECIES: tuple(r for r in known if r.text("species").casefold() == species.casefold()),
        GENUS: tuple(
            r for r in known
            if species and genus_of(r.text("species")).casefold() == genus_of(species).casefold()
        ),
        CLASS: tuple(r for r in known if r.text("genus_class") == genus_class),
    }  # fmt: skip
    return tuple((level, some) for level, some in same.items() if some)


def borrowed(trait: Trait, near: Sequence[tuple[str, Sequence[Row]]]) -> TraitValue:
    """A trait of which nothing is known: from the nearest strains of which something is.

    Parameters
    ----------
    near : of `relatives`

    Raises
    ------
    InputError
        If no strain that is near has it.
    """
    if trait.is_axis:
        for level, rows in near[:1]:
            values = {read_trait(row, trait, level) for row in rows}
            if level == SPECIES and len(values) == 1:
                return values.pop()
        assert trait.prior is not None
        assert trait.prior_sd is not None
        half = trait.prior_sd * WIDTH / 2
        return TraitValue(trait.prior, trait.prior - half, trait.prior + half, PRIOR)
    for level, rows in near:
        values = [read_trait(row, trait) for row in rows if row.text(trait.column)]
        if values:
            middle = trait.back(float(np.mean([trait.transformed(one.value) for one in values])))
            if trait.scale == "flag":
                middle = float(middle > 0.5)
            low, high = min(one.low for one in values), max(one.high for one in values)
            if trait.scale in ("fixed", "flag"):
                low = high = middle
            return TraitValue(middle, low, high, level)
    raise InputError(Problem(f"no strain that is near has a value of {trait.id}."))


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
    return TraitValue(value, lower, upper, MEASURED)


def as_cells(trait: Trait, found: TraitValue) -> dict[str, str]:
    """A value as the cells of strains.tsv."""
    cells = {trait.column: repr(found.value)}
    if trait.sd:
        cells[trait.sd] = repr(found.sd)
    if trait.low and trait.high:
        cells |= {trait.low: repr(found.low), trait.high: repr(found.high)}
    return cells


def provenance(row: Row, trait: Trait, rows: Iterable[Row]) -> str:
    """From where a shipped value comes: what all strains of the species or class share is theirs.

    Returns
    -------
    one of `LEVELS`
    """
    mine = read_trait(row, trait)
    if (mine.value, round(mine.sd, 9)) == (trait.prior, trait.prior_sd):
        return PRIOR
    others = [one for one in rows if one.id != row.id]
    near = dict(relatives(row.text("species"), row.text("genus_class"), others))
    for level in (CLASS, GENUS, SPECIES):
        if any(_same(read_trait(one, trait), mine) for one in near.get(level, ())):
            return level
    return MEASURED


def _same(one: TraitValue, other: TraitValue) -> bool:
    return (one.value, one.low, one.high) == (other.value, other.low, other.high)


def find_strain(name: str, biology: Biology) -> Row:
    """A strain by its id or its short code, in any case.

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
    named = [row.text("strain") or key for key, row in rows.items()]
    partly = [one for one in named if name.strip().casefold() in one.casefold()]
    remedy = nearest(name, partly or [*named, *rows])
    raise InputError(Problem(f"there is no strain {name!r}.", None, None, remedy))
