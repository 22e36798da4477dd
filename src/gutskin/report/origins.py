"""From where the traits of a trial's strains are known, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gutskin.media import isolated

LEVELS = {
    "measured": "of the strain itself", "species": "of its species", "genus": "of its genus",
    "class": "of its class", "prior": "of any strain",
}  # fmt: skip


def origins(strain: Mapping[str, Any]) -> str:
    """One strain of `strain_sources` in a sentence.

    Examples
    --------
    >>> traits = {
    ...     "a": {"label": "survival", "level": "measured", "moved": False},
    ...     "b": {"label": "regulation", "level": "species", "moved": True},
    ... }
    >>> origins({"traits": traits, "trials": ["x_1"]})
    'of the strain itself: survival; of its species: regulation; moved by own trials: regulation'
    """
    parts = by_level(strain)
    moved = [one["label"] for one in strain["traits"].values() if one["moved"]]
    says = [f"{LEVELS[level]}: {', '.join(names)}" for level, names in parts.items() if names]
    if moved:
        whose = "own trials" if strain["trials"] else "trials of its kin"
        says.append(f"moved by {whose}: {', '.join(moved)}")
    return "; ".join(says)


def levels_known(strains: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The levels at which any trait of these strains is known, with their words."""
    found = {one["level"] for strain in strains for one in strain["traits"].values()}
    return {level: words for level, words in LEVELS.items() if level in found}


def sharing(one: Mapping[str, Any]) -> str:
    """Strains of `shared_places` in a sentence.

    Examples
    --------
    >>> sharing({"arm": "mix", "strains": ["A", "B", "C"]})
    'mix: A, B and C share a place in the gut, with their doses added and their traits averaged'
    """
    *first, last = (isolated(name) for name in one["strains"])
    return (
        f"{one['arm']}: {', '.join(first)} and {last} share a place in the gut, with their doses "
        "added and their traits averaged"
    )


def by_level(strain: Mapping[str, Any]) -> dict[str, list[str]]:
    """Level -> labels of the traits that are known at it, nearest first; empty where none is."""
    return {
        level: [one["label"] for one in strain["traits"].values() if one["level"] == level]
        for level in LEVELS
    }
