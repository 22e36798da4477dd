"""The place of each strain of a product in the gut, and what a place is like that several share.

Six places take the strains of a product (`gut_strain_1` to `_6`). Of up to six each has its own. Of
more, strains of one kind share: all alive or all killed, of one class, with the same answer to
every trait that is yes or no, given by the very same doses. They come in equal parts, so that the
place takes the sum of their doses. With survival s and wash-out k a strain of which d arrive a day
is c = d s / k strong at rest. The place does what its n strains would do there one by one:

    survival  sum(s) / n
    wash-out, yields, growth, wall  x = sum(c x) / sum(c)
    axes  x = sum(v x) / sum(v), with v = c, of killed cells c times their wall

Strains with equal numbers give a place with these numbers. While cells gather or leave, one
wash-out stands for several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.errors import InputError, Problem
from gutskin.model.strain_knowledge import AXIS, CLASS, GENUS, SPECIES, groups_of, knowledge

if TYPE_CHECKING:
    from gutskin.model.tables import Tables

PLACES = 6
YES_OR_NO = "flag"  # the scale of a trait that a strain has or has not
BIFID = "bifidobacteria"  # the class that has places of its own at the wall
Strain = tuple[str, bool]  # id, and whether it lives
Places = Mapping[Strain, int]
REMEDY = "Take strains out, give them as one product, or split the trial."


def places_for(strains: Iterable[Strain], tables: Tables) -> dict[Strain, int]:
    """The place (1 to 6) of every strain, living or killed; several may share one.

    Parameters
    ----------
    strains : (id, viable), one that comes again keeps its place; or a mapping from them to the
        numbers of the doses that hold them, where there are several

    Raises
    ------
    InputError
        For more than six strains that are of too many kinds to share six places.

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> from gutskin.model.tables import read_tables
    >>> mix = [(one, True) for one in ("lgg", "w23", "w51", "w52", "w55", "w56", "hn001")]
    >>> found = places_for(mix, read_tables(shipped_biology()))
    >>> len(set(found.values())), found["lgg", True] == found["hn001", True]
    (6, True)
    """
    given = strains if isinstance(strains, Mapping) else dict.fromkeys(strains, ())
    groups = [(one,) for one in given]
    if len(groups) > PLACES:
        if (wrong := place_problems(given, tables)) is not None:
            raise InputError(Problem(wrong, remedy=REMEDY))
        groups = _shared_out(given, tables)
    return {one: place for place, group in enumerate(groups, start=1) for one in group}


def place_problems(given: Mapping[Strain, Any], tables: Tables) -> str | None:
    """What is wrong with so many strains, a mother's among them: they are of too many kinds.

    Parameters
    ----------
    given : strain -> numbers of the doses that hold it; one that nobody knows is told elsewhere
    """
    given = {one: doses for one, doses in given.items() if one[0] in tables.strains}
    if len(given) <= PLACES:
        return None
    kinds = {_kind(one, doses, tables) for one, doses in given.items()}
    if len(kinds) <= PLACES:
        return None
    return (
        f"they name {len(given)} strains; the model has places for {PLACES}, and these are of "
        f"{len(kinds)} kinds. Strains share a place if they stand in the very same products, are "
        "all alive or all killed, of one class, and resist the same antibiotics."
    )


def _shared_out(given: Mapping[Strain, Any], tables: Tables) -> list[tuple[Strain, ...]]:
    """More than six strains in six places: nearest kin share, and as few as need be."""
    kinds = {one: _kind(one, doses, tables) for one, doses in given.items()}
    groups: list[tuple[Strain, ...]] = [(one,) for one in sorted(given)]
    while len(groups) > PLACES:
        alike = [pair for pair in combinations(groups, 2) if kinds[pair[0][0]] == kinds[pair[1][0]]]
        first, second = min(
            alike, key=lambda pair: (_apart(*pair, tables), len(pair[0]) + len(pair[1]), pair)
        )
        groups = sorted([*(set(groups) - {first, second}), tuple(sorted(first + second))])
    return groups


def _kind(one: Strain, doses: Any, tables: Tables) -> tuple[Any, ...]:
    """What strains must have in common to share a place."""
    name, viable = one
    flags = [key for key, row in tables.strain_traits.items() if row.text("scale") == YES_OR_NO]
    answers = tuple(knowledge(tables, name, key).value for key in flags) if viable else ()
    return viable, tables.strains[name].text("genus_class") == BIFID, answers, doses


def _apart(first: Iterable[Strain], second: Iterable[Strain], tables: Tables) -> int:
    """How far the least akin of two groups are: 0 of one species, 1 genus, 2 class, 3 none."""

    def steps(one: str, other: str) -> int:
        mine, its = (groups_of(tables.strains[name]) for name in (one, other))
        levels = (SPECIES, GENUS, CLASS)
        near = [at for at, level in enumerate(levels) if mine[level] and mine[level] == its[level]]
        return near[0] if near else len(levels)

    return max(steps(one, other) for (one, _), (other, _) in product(first, second))


def sharers_of(places: Places) -> dict[int, tuple[Strain, ...]]:
    """The strains of every place."""
    found: dict[int, tuple[Strain, ...]] = {}
    for one, place in places.items():
        found[place] = (*found.get(place, ()), one)
    return found


def leads_of(places: Places) -> dict[Strain, tuple[int, int]]:
    """Of every place its first strain, which holds the dose of all: place, and how many they are.

    >>> leads_of({("a", True): 1, ("b", True): 2, ("c", True): 1})
    {('a', True): (1, 2), ('b', True): (2, 1)}
    """
    return {group[0]: (place, len(group)) for place, group in sharers_of(places).items()}


def equal_parts(places: Places, gcfu: Any) -> dict[int, Any]:
    """What each place takes of `gcfu` of a product of these strains in equal parts (GCFU/d).

    >>> equal_parts({("a", True): 1, ("b", True): 2, ("c", True): 1, ("d", True): 3}, 4.0)
    {1: 2.0, 2: 1.0, 3: 1.0}
    """
    return {
        place: gcfu / len(places) * len(group) for place, group in sharers_of(places).items()
    }  # fmt: skip


def in_places(
    places: Places, values: Mapping[Strain, Mapping[str, Any]], tables: Tables
) -> dict[str, Any]:
    """The traits of the places, from those of the strains in them.

    Parameters
    ----------
    values : strain -> parameter without its place -> number or Array [replicate]

    Returns
    -------
    dict parameter id -> number or Array [replicate]
    """
    rows = tables.strain_traits.values()
    axes = {row.text("parameter") for row in rows if row.text("scale") == AXIS}
    found: dict[str, Any] = {}
    for place, group in sharers_of(places).items():
        each = [values[one] for one in group]
        shared = each[0] if len(each) == 1 else _together(each, axes)
        found |= {f"{name}_{place}": value for name, value in shared.items()}
    return found


def _together(each: list[Mapping[str, Any]], axes: set[str]) -> dict[str, Any]:
    """What strains in equal parts are like together; see the equations above."""

    def stacked(name: str) -> np.ndarray:
        return np.stack(np.broadcast_arrays(*(np.asarray(one[name], float) for one in each)))

    cells = stacked("survival_strain") / stacked("k_leave_strain")
    wall = stacked("cell_wall_strain")
    heard = cells * (wall + (1 - wall) * stacked("viable_strain"))
    found = {}
    for name in each[0]:
        weight = np.ones(1) if name == "survival_strain" else heard if name in axes else cells
        weight = np.broadcast_to(weight, cells.shape)
        weight = np.where(weight.sum(axis=0) > 0, weight, 1.0)  # where none of them is heard
        found[name] = (weight * stacked(name)).sum(axis=0) / weight.sum(axis=0)
    return found
