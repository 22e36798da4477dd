"""Scores printed: whether the model foretells trials, misses first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gutskin.media import counted, isolated
from gutskin.report import words
from gutskin.report.console import say
from gutskin.report.published import OF_SHARES
from gutskin.report.rounding import decimals, of_points, of_ratio, rounded
from gutskin.trials.published import RATIOS

if TYPE_CHECKING:
    from gutskin.report.console import Terminal

PERCENT = ("share",)
UNSAID = ("points", "share", "percent", "ratio")  # as a label, a % or the measure says
SIDES = {"difference": "difference", "control": "control arm"}
MEASURES = {
    "difference_percent": "in % of the start", "change_percent": "change in %",
    "risk_ratio": "risk ratio", "odds_ratio": "odds ratio", "hazard_ratio": "hazard ratio",
    "ratio": "ratio of geometric means", "change_ratio": "geometric mean over that of the start",
    "median_change": "change of the median", "median_difference": "difference of changed medians",
}  # fmt: skip


def print_scores(summary: Mapping[str, Any], console: Terminal) -> None:
    """Print the answer, each trial, and what was left out."""
    console.print(f"\n{headline(summary)}", style="bold")
    for sentence in sentences(summary):
        say(console, sentence, indent="  ")
    for one in summary["trials"]:
        mark = "MISSED  " if one["missed"] else ""
        console.print(f"\n{mark}{isolated(one['trial'])}", style="bold" if mark else "")
        for line in lines(one):
            say(console, line, indent="  ")
    for name, why in summary["left_out"].items():
        say(console, f"{isolated(name)} is not scored: {why}.", indent="")
    console.print("\nA research model; it gives no medical advice.", style="dim")


def headline(summary: Mapping[str, Any]) -> str:
    """Whether intervals hold as often as they say."""
    if not summary["n"]:
        return "No trial could be scored."
    found = summary["calibrated"]
    parts = [
        f"{one['of'] - one['misses']} of {one['of']} {name}s"
        for key, name in (("difference", "difference"), ("control", "control arm"))
        if (one := found[key])["of"]
    ]
    trials = counted(summary["n"], "published trial")
    if not parts:
        return f"Of {trials} no number could be scored."
    judged = [one["holds"] for one in found.values() if one["holds"] is not None]
    says = "as many as may by chance" if all(judged) else "too few: the model is not calibrated"
    if not judged:
        says = "one number of a kind does not say how often they do"
    return f"Of {trials} the 95% intervals hold {' and '.join(parts)}: {says}."


def sentences(summary: Mapping[str, Any]) -> list[str]:
    """The scores of all trials together."""
    if not summary["n"]:
        return []
    says = []
    for key, name in SIDES.items():
        one = summary["coverage"][key]
        if one["n"]:
            says.append(
                f"{name}: 50% intervals hold {words.percent(one['50'])}, 95% intervals "
                f"{words.percent(one['95'])} of {one['n']}."
            )
    if summary["bias"] is not None:
        says.append(
            f"Differences of SCORAD: bias {words.number(summary['bias'])}, CRPS "
            f"{words.number(summary['crps'])} points."
        )
    for key, name in (("pool", "the mean of the other trials"), ("zero", "no effect")):
        if (skill := summary["skill"][key]) is not None:
            says.append(f"Skill over {name}: {words.number(skill, digits=2)} (1 best, 0 none).")
    if found := summary.get("printed"):
        says.append(_as_printed(found))
    if found := summary.get("applicability"):
        says.append(found["sentence"])
    return says


def _as_printed(found: Mapping[str, Any]) -> str:
    """What the filter of publication is that some trials were foretold through."""
    passes = found["passes"]
    share = words.percent(passes["median"])
    if passes["ci95_low"] < passes["ci95_high"]:
        share += f" ({words.percent(passes['ci95_low'])} to {words.percent(passes['ci95_high'])})"
    return (
        f"{counted(found['n'], 'product trial')} foretold as printed: of those without a "
        f"significant benefit {share} are. --passes 1 takes all."
    )


def lines(one: Mapping[str, Any]) -> list[str]:
    """What a trial is scored by, and that it is another endpoint than its primary one."""
    told = {key: name for key, name in SIDES.items() if one[key] is not None}
    says = [f"{name}: {_line(one[key])}" for key, name in told.items()]
    others = {one[key]["label"] for key in told} - {one["primary_label"]}
    if others:
        says.append(
            f"By {words.listed(sorted(others))}: what was published of the primary endpoint, "
            f"{one['primary_label']}, is no difference and no change that could be scored."
        )
    if "hazard_ratio" in {one[key]["measure"] for key in told}:
        says.append(
            f"A simulated hazard ratio is made {OF_SHARES}; a trial whose test has one of its own "
            "tells that apart. Its interval is that of these repetitions, as printed."
        )
    if one["not_scored"]:
        many = Counter(each["why"] for each in one["not_scored"])
        reasons = "; ".join(f"{count} ({why})" for why, count in many.items())
        says.append(f"Published and not scored: {reasons}.")
    return says


def _line(one: Mapping[str, Any]) -> str:
    what = MEASURES.get(one["measure"], "")
    published, simulated = published_and_simulated(one)
    label = one["label"] if one["unit"] in UNSAID else words.named(one)
    when = "within patients" if one.get("within_patients") else f"week {one['week']:g}"
    return (
        f"{label}{', ' if what else ''}{what}, {when}: published {published}, simulated {simulated}"
    )


def published_and_simulated(one: Mapping[str, Any]) -> tuple[str, str]:
    """A published number, and the mean of simulated trials with its 95% interval.

    Mean and interval have the same decimals: of a ratio those that show two figures of the mean and
    tell its ends apart, of points none where the interval is wide, of a share those that its
    interval deserves.
    """
    times, unit = (100.0, "%") if one["measure"] in PERCENT else (1.0, "")
    of = one["simulated"]
    mean, low, high = (
        math.nan if each is None else times * each for each in (of["mean"], *of["interval_95"])
    )
    found = times * one["published"]["value"]
    if one["measure"] in RATIOS:
        digits = of_ratio(mean, low, high)
        seen = max(1, of_ratio(found, found))
    elif unit:
        digits, seen = decimals([mean], intervals=[(low, high)]), 1
    else:
        digits = of_points(low, high)
        seen = max(1, digits)
    told = [rounded(each, digits) for each in (mean, low, high)]
    return f"{rounded(found, seen)}{unit}", f"{told[0]}{unit} ({told[1]} to {told[2]})"
