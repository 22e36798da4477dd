"""Subgroups printed: the primary endpoint in each, as trials report it and as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gutskin.media import isolated
from gutskin.report import words
from gutskin.report.console import say
from gutskin.report.points import POINTS
from gutskin.report.words import Summary
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.report.console import Terminal


def print_subgroups(summary: Summary, console: Terminal) -> None:
    """Print each subgroup and active arm; nothing if the trial names none.

    Parameters
    ----------
    summary : told in percentage points where the primary endpoint is a share
    """
    if not (groups := summary.get("subgroups")):
        return
    primary = summary["endpoints"][summary["primary"]]
    unit, titles = primary["unit"], words.arm_titles(summary)
    times = 100.0 if unit == POINTS else 1.0
    console.print(f"\n{isolated(primary['label'])} in the subgroups named beforehand:")
    for one in groups:
        if one["true_effect"]["mean"] is None:
            continue
        told = {
            key: {end: None if one[key][end] is None else times * one[key][end]
                  for end in ("mean", "ci95_low", "ci95_high")}
            for key in ("difference", "true_effect")
        }  # fmt: skip
        parts = [
            f"{name} {words.centre(told[key], unit)}"
            + (f" ({words.span(told[key], unit)})" if told[key]["ci95_low"] is not None else "")
            for key, name in (("difference", "difference"), ("true_effect", "true effect"))
            if told[key]["mean"] is not None
        ]
        whom = in_sentence(titles[one["arm"]])
        says = f"{isolated(one['label'])} ({one['patients']:.0f} patients), {isolated(whom)}: "
        say(console, f"{says}{', '.join(parts)} {words.units(unit)}.", indent="  ")
