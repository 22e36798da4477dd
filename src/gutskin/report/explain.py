"""Why a trial comes out as it does, on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gutskin.report.answer import where_it_stands
from gutskin.report.console import Folding, say
from gutskin.report.explain_words import (
    MOST_TRAITS,
    PARTS,
    ROUTES,
    as_told,
    effect_column,
    is_ratio,
    of_effect,
    sentences,
    share_cells,
)
from gutskin.report.rounding import rounded
from gutskin.report.terminal import print_biology
from gutskin.report.words import between, percent

if TYPE_CHECKING:
    from gutskin.report.console import Terminal

Summary = Mapping[str, Any]


def print_explanation(summary: Summary, console: Terminal) -> None:
    """Print the answer, routes, and who responds."""
    print_biology(summary, console)
    console.print(f"\n{summary['title'] or summary['trial']}", style="bold")
    for sentence in sentences(summary):
        say(console, sentence)
    for sentence in where_it_stands(summary):
        say(console, sentence)
    console.print()
    console.print(_routes(summary))
    if summary["response"] is not None:
        console.print()
        console.print(_parts(summary["response"]))
        if summary["response"]["traits"]:
            console.print()
            console.print(_traits(summary["response"]))
    for warning in summary["warnings"]:
        say(console, warning, style="yellow")
    last = "Routes are a prior, not a finding. A research model; it gives no medical advice."
    console.print(f"\n{last}", style="dim")


def _routes(summary: Summary) -> Folding:
    summary = as_told(summary)
    parts = summary["routes"]["parts"]
    whole = summary["routes"]["effect"]
    digits = of_effect(whole, ratio=is_ratio(summary))
    table = Folding(gap=2)
    table.add_column("Carried by")
    for name in (effect_column(summary), "±", "Share", "95% interval"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in parts:
        points = one["points"]
        error = points["monte_carlo_error"]
        table.add_row(
            ROUTES[one["route"]], rounded(points["mean"], digits),
            "" if error is None else rounded(error, digits),
            *share_cells(one["share"]),
        )  # fmt: skip
    share = "100%" if parts[0]["share"] else ""
    table.add_row("all", rounded(whole["mean"], digits), "", share, "")
    return table


def _parts(found: Mapping[str, Any]) -> Folding:
    table = Folding(gap=2)
    table.add_column("The spread of responses comes from")
    for name in ("Share", "95% interval"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, words in PARTS.items():
        one = found["parts"][name]
        table.add_row(words, percent(one["share"]), between(one["ci95_low"], one["ci95_high"]))
    return table


def _traits(found: Mapping[str, Any]) -> Folding:
    table = Folding(gap=2)
    table.add_column("By itself foretells")
    for name in ("Share", "95% interval", "Correlation"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found["traits"][:MOST_TRAITS]:
        skill = one["skill"]
        table.add_row(
            one["label"] + ("" if one["foretells"] else " (no better than chance)"),
            percent(skill["value"]), between(skill["ci95_low"], skill["ci95_high"]),
            rounded(one["correlation"], 2),
        )  # fmt: skip
    table.caption = (
        "Share: of the squares about the mean of each world. Correlation: over the patients of all "
        "worlds; next to nothing where the product helps in some worlds and harms in others."
    )
    return table
