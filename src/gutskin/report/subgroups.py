"""Subgroups told: the primary endpoint in each, as trials report it and as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gutskin.media import isolated
from gutskin.report import words
from gutskin.report.console import say
from gutskin.report.points import POINTS
from gutskin.report.rounding import of_estimates
from gutskin.report.told_effect import UNKNOWN, Told, told_effect
from gutskin.report.words import Summary
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.report.console import Terminal

TOLD = ("difference", "true_effect")


@dataclass(frozen=True, eq=False)
class Line:
    """A subgroup and an active arm: names, patients, and both estimates as they are told."""

    label: str
    arm: str
    patients: float
    difference: Told
    true_effect: Told


def lines_of(summary: Summary) -> list[Line]:
    """Each subgroup and active arm; nothing if the trial names none.

    Parameters
    ----------
    summary : told in percentage points where the primary endpoint is a share
    """
    known = [one for one in summary.get("subgroups", ()) if one["true_effect"]["mean"] is not None]
    unit = summary["endpoints"][summary["primary"]]["unit"]
    times, titles = (100.0 if unit == POINTS else 1.0), words.arm_titles(summary)
    both = [
        {key: {**one[key], **{end: None if one[key][end] is None else times * one[key][end]
                              for end in UNKNOWN}}
         for key in TOLD}
        for one in known
    ]  # fmt: skip
    every = [one[key] for one in both for key in TOLD if one[key]["mean"] is not None]
    digits = of_estimates(every) if every else 0
    return [
        Line(
            one["label"],
            titles[one["arm"]],
            one["patients"],
            *told_effect({**its["difference"], "true_effect": its["true_effect"]}, unit, digits),
        )
        for one, its in zip(known, both, strict=True)
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
    console.print(f"\n{isolated(primary['label'])} in the subgroups named beforehand:")
    for one in found:
        parts = [
            f"{name} {its.with_interval(named=True)}"
            for its, name in (
                (one.difference, one.difference.quantity),
                (one.true_effect, "true effect"),
            )
            if its.known
        ]
        says = f"{isolated(one.label)} ({one.patients:.0f} patients), "
        says += f"{isolated(in_sentence(one.arm))}: {', '.join(parts)}"
        say(console, f"{says} {one.true_effect.named_unit}".rstrip() + ".", indent="  ")
