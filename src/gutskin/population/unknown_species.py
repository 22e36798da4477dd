"""Own strains of a species that no table has: what is taken for it, and which name is near."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from gutskin.model.biology import Biology
from gutskin.model.rows import Row
from gutskin.model.strain_knowledge import CLASS, GENUS, PRIOR, groups_of, levels_of
from gutskin.model.vocabulary import vocabulary
from gutskin.population.strain_traits import genus_of

OWN = "own strain: "  # how the note of a row begins that a file brought
NEAR = 0.85  # how alike two names are of which one may be a slip of the pen


def known_species(biology: Biology) -> tuple[str, ...]:
    """The species of which the tables know something; those of own strains of a file are none."""
    tables = vocabulary(biology).tables
    shipped = [row for row in tables.strains.values() if not is_own(row)]
    classes = {row.text("genus_class") for row in shipped}
    named = [row.text("species") for row in shipped if row.text("species")]
    priors = [one for one in tables.strain_priors if " " in one and one not in classes]
    return tuple(dict.fromkeys((*named, *priors)))


def is_own(row: Row) -> bool:
    """Whether a file brought a row of strains.tsv."""
    return row.text("note").startswith(OWN)


def as_spelled(species: str, known: Iterable[str]) -> str:
    """A species as the tables spell it, if they have it; else as it is.

    >>> as_spelled("bifidobacterium breve", ["Bifidobacterium breve"])
    'Bifidobacterium breve'
    """
    return {one.casefold(): one for one in known}.get(species.casefold(), species)


def near_species(species: str, known: Iterable[str]) -> str:
    """The known species whose name is near, or is that of the same species in another genus; or "".

    >>> some = ["Lacticaseibacillus rhamnosus", "Bifidobacterium breve"]
    >>> near_species("Bifidobacterium brave", some), near_species("Lactobacillus gasseri", some)
    ('Bifidobacterium breve', '')
    >>> near_species("Lactobacillus rhamnosus", some)
    'Lacticaseibacillus rhamnosus'
    """
    names = {one.casefold(): one for one in known}
    folded = species.casefold().strip()
    genus = genus_of(folded)
    for one in names:
        if folded != genus and folded.removeprefix(genus) == one.removeprefix(genus_of(one)):
            return names[one]
    close = get_close_matches(folded, names, 1, NEAR)
    return names[close[0]] if close else ""


def species_notes(strains: Iterable[str], biology: Biology) -> Iterator[str]:
    """A sentence for each own strain of which not even the species is known here.

    Parameters
    ----------
    strains : ids; those of the tables have none
    """
    tables, known = vocabulary(biology).tables, known_species(biology)
    for name in strains:
        row = tables.strains.get(name)
        if row is None or not is_own(row):
            continue
        species = row.text("species")
        if not species or species in known:
            continue
        taken = [*_taken(row, levels_of(tables, name))]
        what = "the file gives all its traits"
        if taken:
            what = f"what the file does not give is taken from {' and '.join(taken)}"
        near = near_species(species, known)
        meant = f" Did you mean {near!r}?" if near else ""
        called = row.text("strain") or name
        yield f"{called}: nothing is known here of the species {species!r}; {what}.{meant}"


def _taken(row: Row, levels: Mapping[str, str]) -> Iterator[str]:
    """The levels from which traits of a strain are taken, in words."""
    groups = groups_of(row)
    words = {
        GENUS: f"its genus ({groups[GENUS]})",
        CLASS: f"its class ({groups[CLASS]})",
        PRIOR: "any strain",
    }
    yield from (words[level] for level in words if level in levels.values())
