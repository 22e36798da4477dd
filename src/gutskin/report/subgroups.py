"""Subgroups told: the primary endpoint in each, as trials report it and as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gutskin.media import isolated
from gutskin.report import words
from gutskin.report.console import say
from gutskin.report.points import POINTS
from gutskin.report.rounding import of_estimates
from gutskin.report.words import Summary
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.report.console import Terminal

TOLD = ("difference", "true_effect")


@dataclass(frozen=True, eq=False)
class Line:
    """A subgroup and an active arm: names, patients, and both estimates in the unit that is told.

    `digits` are the decimals of all lines together.
    """

    label: str
    arm: str
    patients: float
    difference: dict[str, Any]
    true_effect: dict[str, Any]
    digits: int


def lines_of(summary: Summary) -> list[Line]:
    """Each subgroup and active arm; nothing if the trial names none.

    Parameters
    ----------
    summary : told in percentage points where the primary endpoint is a share
    """
    known = [one for one in summary.get("subgroups", ()) if one["true_effect"]["mean"] is not None]
    unit = summary["endpoints"][summary["primary"]]["unit"]
    times, titles = (100.0 if unit == POINTS else 1.0), words.arm_titles(summary)
    ends = ("mean", "ci95_low", "ci95_high", "monte_carlo_error")
    told = [
        {key: {end: None if one[key][end] is None else times * one[key][end] for end in ends}
         for key in TOLD}
        for one in known
    ]  # fmt: skip
    every = [one[key] for one in told for key in TOLD if one[key]["mean"] is not None]
    digits = of_estimates(every) if every else 0
    return [
        Line(
            one["label"],
            titles[one["arm"]],
            one["patients"],
            its["difference"],
            its["true_effect"],
            digits,
        )
        for one, its in zip(known, told, strict=True)
    ]


def print_subgroups(summary: Summary, console: Terminal) -> None:
    """Print each subgroup and active arm; nothing if the trial names none.

    Parameters
    ----------
    summary : told in percentage points where the primary endpoint is a share
    """
    if not (found := lines_of(summary)):
        return
    primary = summary["endpoints"][summary["primary"]]
    unit = primary["unit"]
    console.print(f"\n{isolated(primary['label'])} in the subgroups named beforehand:")
    for one in found:
        parts = [
            f"{name} {words.estimate(its, unit, one.digits)}"
            + (f" ({words.span(its, unit, one.digits)})" if its["ci95_low"] is not None else "")
            for its, name in ((one.difference, "difference"), (one.true_effect, "true effect"))
            if its["mean"] is not None
        ]
        says = f"{isolated(one.label)} ({one.patients:.0f} patients), "
        says += f"{isolated(in_sentence(one.arm))}: {', '.join(parts)} {words.units(unit)}."
        say(console, says, indent="  ")
