"""Drugs and creams on a terminal: where each acts, how strongly, from where that is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gutskin.report.console import Folding, Terminal, say

LEVEL = "Half-effective level"
FEW = 1  # sources that a row names
NOTES = (
    "Acts on: share of the target that a saturating level takes away. Half-effective level: of an "
    "antibody in mg/L, of a tablet in mg a day, drawn once per world between the ends (95%). "
    "`prior`: a row without a source. The JSON (--json) has every source and the notes.",
    "What reaches no endpoint is refused where somebody receives it: no equation reads its target.",
)


def print_drugs(
    drugs: Iterable[Mapping[str, Any]], creams: Iterable[Mapping[str, Any]], console: Terminal
) -> None:
    """Print both tables.

    Parameters
    ----------
    drugs, creams : from `drug_list` and `cream_list`
    """
    table = _table("Id", "Class, route", "Acts on", LEVEL, "Usual dose\nfrom age")
    for one in drugs:
        acts = ", ".join(f"{name} {share:g}" for name, share in one["targets"].items())
        level = f"{one['ec50']:g} ({one['ec50_low']:g} to {one['ec50_high']:g}) {one['ec50_unit']}"
        first = one["usual_dose_from"]
        dose = "none" if first is None else f"{first:g}"
        kind = f"{one['class']}, {one['route']}"
        table.add_row(one["id"], kind, acts, level, dose, *_ends(one))
    console.print()
    say(console, 'Drugs (kind = "drug")', "bold")
    console.print(table)
    table = _table("Id", "Class", "Moves", "Use")
    for one in creams:
        moves = ", ".join(f"{name} {level:g}" for name, level in one["moves"].items())
        table.add_row(one["id"], one["class"], moves, ", ".join(one["uses"]), *_ends(one))
    console.print()
    say(console, 'Creams (kind = "topical")', "bold")
    console.print(table)
    console.print()
    for note in NOTES:
        say(console, note, "dim")


def _table(*titles: str) -> Folding:
    table = Folding()
    for title in (*titles, "Reaches an\nendpoint", "Source; grade"):
        table.add_column(title, no_wrap=title in ("Id", LEVEL))
    return table


def _ends(one: Mapping[str, Any]) -> tuple[str, str]:
    """Whether it reaches an endpoint, and its sources."""
    reaches = "yes" if one["reaches_an_endpoint"] else "no"
    if one["unread"] and one["reaches_an_endpoint"]:
        reaches += f", not by {', '.join(one['unread'])}"
    sources = one["evidence"]
    shown = ", ".join(sources[:FEW]) or "prior"
    more = f" +{len(sources) - FEW}" if len(sources) > FEW else ""
    return reaches, f"{shown}{more}; {one['grade']}"
