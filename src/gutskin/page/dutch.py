"""Texts of the tables in Dutch: statements, experiments, reasons, checks, mechanisms, studies.

`text/tables_nl.tsv` has each English text beside the Dutch one. A text that was changed in its
table has no Dutch until somebody writes it; the page then shows the English one, marked as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "text" / "tables_nl.tsv"


def texts_of(scene: Mapping[str, Any]) -> Iterator[str]:
    """Every text of the tables that the page of a scene shows in words."""
    for card in scene["statements"]["cards"].values():
        yield from (card["says"], card["experiment"], card["why"])
        for says, unit, _ in card["checks"]:
            yield from (says, unit)
        for forest in card["forests"]:
            yield from (row["what"] for row in forest["rows"])
        if figure := card.get("figure"):
            yield from figure["arms"]
            for panel in figure["panels"]:
                yield from filter(None, (panel["says"], panel["unit"]))
    for _, _, statement, *_, without in scene["mechanisms"].values():
        yield from (statement, *without)
    yield from scene["antibiotics"]
    for kind in ("biologic", "tablet", "cream"):
        yield from (row["label"] for row in scene[kind].values())
    yield from (row["unit"] for row in scene["read"].values())


def dutch_of(scene: Mapping[str, Any]) -> dict[str, str]:
    """The Dutch of what a scene shows, by its English; what has none yet is left out."""
    known = _table()
    return {text: known[text] for text in sorted({*texts_of(scene)} & known.keys())}


@cache
def _table() -> Mapping[str, str]:
    """English text -> Dutch.

    Raises
    ------
    ValueError
        For a line that is not two texts, or an English text that stands twice.
    """
    found: dict[str, str] = {}
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines[1:], start=2):
        english, _, dutch = line.partition("\t")
        if not english or not dutch or "\t" in dutch or english in found:
            raise ValueError(f"{TABLE.name}, line {number}: an English text once, a tab, Dutch.")
        found[english] = dutch
    return found
