"""Numbers and sentences as a clinician reads them; the page and the terminal say the same."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign

Summary = Mapping[str, Any]
STANCES = {"evidence": "what human evidence supports", "article": "what the article claims"}
ROUTES = {
    "cells": "immune cells that travel",
    "mediators": "inflammatory mediators in blood",
    "barriers": "leaky barriers and bacterial products",
    "metabolites": "microbial metabolites in blood",
    "all": "all four together",
}
POWERS = {"m2": "m²", "cm2": "cm²"}


def number(value: float | None, unit: str = "", digits: int | None = None) -> str:
    """A number with `digits` decimals, or as many as its size deserves.

    Examples
    --------
    >>> number(-3.217), number(123.4), number(0.0432), number(None), number(5.624, "pH")
    ('−3.2', '123', '0.043', 'not known', '5.62')
    """
    if value is None or not math.isfinite(value):
        return "not known"
    if digits is None:
        size = abs(value)
        digits = 2 if unit == "pH" or size < 1 else 0 if size >= 100 else 1
        if unit != "pH" and 1e-6 < size < 1:
            digits = max(2, 1 - math.floor(math.log10(size)))
    text = f"{value:.{digits}f}"
    return (text[1:] if float(text) == 0 and text.startswith("-") else text).replace("-", "−")


def digits_for(numbers: Mapping[str, Any], unit: str = "") -> int | None:
    """Decimals that a mean and its interval share: those that the largest of them deserves.

    Examples
    --------
    >>> digits_for({"mean": -3.2, "ci95_low": -13.04, "ci95_high": 0.59})
    1
    """
    given = [numbers[key] for key in ("mean", "ci95_low", "ci95_high")]
    seen = [abs(one) for one in given if one is not None and math.isfinite(one)]
    if not seen or max(seen) < 1:
        return 2 if unit == "pH" else None
    return 2 if unit == "pH" or max(seen) < 2 else 0 if max(seen) >= 100 else 1


def percent(share: float | None) -> str:
    """A share as a percentage; what is neither none nor all is never rounded to it.

    Examples
    --------
    >>> percent(0.126), percent(0.001), percent(0.0), percent(0.999)
    ('13%', 'under 1%', '0%', 'over 99%')
    """
    if share is None or not math.isfinite(share):
        return "not known"
    if 0 < share < 0.01:
        return "under 1%"
    return "over 99%" if 0.99 < share < 1 else f"{share:.0%}".replace("-", "−")


def span(numbers: Mapping[str, Any], unit: str = "", like: Mapping[str, Any] | None = None) -> str:
    """A 95% interval in words, with the decimals of `like` or its own."""
    digits = digits_for(like or numbers, unit)
    ends = (number(numbers[end], unit, digits) for end in ("ci95_low", "ci95_high"))
    return " to ".join(ends)


def centre(
    numbers: Mapping[str, Any], unit: str = "", like: Mapping[str, Any] | None = None
) -> str:
    """The mean that stands beside `span`, with as many decimals."""
    return number(numbers["mean"], unit, digits_for(like or numbers, unit))


def units(unit: str) -> str:
    """A unit with its powers raised, as in g/m²/h.

    >>> units("g/m2/h")
    'g/m²/h'
    """
    return "/".join(POWERS.get(part, part) for part in unit.split("/"))


def named(one: Mapping[str, Any]) -> str:
    """An endpoint with its unit, unless its name says it already.

    >>> (
    ...     named({"label": "IL-5 in serum", "unit": "pg/mL"}),
    ...     named({"label": "Skin pH", "unit": "pH"}),
    ... )
    ('IL-5 in serum (pg/mL)', 'Skin pH')
    """
    label, unit = one["label"], one["unit"]
    return label if label.endswith(")") or unit in label else f"{label} ({units(unit)})"


def cited(key: str) -> str:
    """A key of references.bib as a reader writes it.

    >>> cited("Yesilova2012")
    'Yesilova 2012'
    """
    return re.sub(r"(?<=\D)(?=\d{4})", " ", key)


def routes(summary: Summary) -> list[tuple[str, float]]:
    """What is lost of the effect without each route: (in words, share), "all" last."""
    lost: Mapping[str, Any] = summary["lost_without_route"]
    names: list[str] = [*ROUTES, *(name for name in lost if name not in ROUTES)]
    return [(ROUTES.get(name, name), lost[name]) for name in names if lost.get(name) is not None]


def excludes_none(numbers: Mapping[str, Any]) -> bool:
    """Whether a 95% interval lies wholly on one side of zero."""
    low, high = numbers["ci95_low"], numbers["ci95_high"]
    return low is not None and high is not None and (low > 0 or high < 0)


def arm_titles(summary: Summary) -> dict[str, str]:
    """Arm name -> the name that a reader sees."""
    return {arm["name"]: arm["label"] for arm in summary["arms"]}


def first_active(summary: Summary) -> str:
    """The name of the arm that the headline is about."""
    return next(arm["name"] for arm in summary["arms"] if not arm["control"])


def control(summary: Summary) -> str:
    """The name of the control arm."""
    return next(arm["name"] for arm in summary["arms"] if arm["control"])


def sizes(summary: Summary) -> str:
    """The sizes of the first active arm and the control: '20 against 20'."""
    n = {arm["name"]: arm["n"] for arm in summary["arms"]}
    return f"{n[first_active(summary)]} against {n[control(summary)]}"


def weeks(summary: Summary) -> str:
    """The length of the trial in words."""
    return f"{summary['weeks']:g} weeks"


def headline(summary: Summary) -> str:
    """The honest answer in one sentence."""
    primary = summary["endpoints"][summary["primary"]]
    effect, label, unit = primary["difference"]["true_effect"], primary["label"], primary["unit"]
    arm = arm_titles(summary)[first_active(summary)]
    if effect["mean"] is None:
        return f"{label} could not be compared: too few values were recorded."
    amount = f"{number(abs(effect['mean']), unit)} {unit}"
    verb, side = ("lowers", "lower") if effect["mean"] < 0 else ("raises", "higher")
    if excludes_none(effect):
        says = f"{arm} {verb} {label} by {amount}"
    elif _leans(effect):
        says = f"{arm} probably {verb} {label} by {amount}"
    else:
        says = f"{arm} may or may not change {label}: best estimate {amount} {side}"
    against = arm_titles(summary)[control(summary)].lower()
    after = f"against {against} after {weeks(summary)}"
    return f"{says} {after} (95% interval {span(effect, unit)})."


def _leans(effect: Mapping[str, Any]) -> bool:
    """Whether most of the interval lies on the side of its mean."""
    low, high, mean = effect["ci95_low"], effect["ci95_high"], effect["mean"]
    beyond = high if mean < 0 else -low
    return beyond < abs(mean)


def verdict(summary: Summary, design: TrialDesign) -> list[str]:
    """What the headline means: for a patient, for the trial, for the fall that families see."""
    primary = summary["endpoints"][summary["primary"]]
    difference, label, unit = primary["difference"], primary["label"], primary["unit"]
    effect = difference["true_effect"]
    says = []
    matters = design.analysis.meaningful_difference
    if matters is not None and effect["mean"] is not None:
        reach = "less than" if abs(effect["mean"]) < matters else "at least"
        says.append(
            f"The best estimate is {reach} the {number(matters)} {unit} that matter to a patient."
        )
    if effect["ci95_low"] is not None and not excludes_none(effect):
        says.append("No effect at all, or one the other way, is not excluded.")
    share = percent(difference["share_p_below_0_05"])
    against = percent(difference["share_p_below_0_05_against"])
    says.append(
        f"A trial of {sizes(summary)} would report p < 0.05 in {share} of its repetitions "
        f"({against} against the treatment)."
    )
    falls = {arm["label"]: primary[arm["name"]]["change_mean"] for arm in summary["arms"]}
    parts = [f"{number(fall, unit)} on {name.lower()}" for name, fall in falls.items()]
    why = ": most of the fall comes without the treatment" if _mostly_control(summary) else ""
    says.append(f"Measured {label} changes by {' and '.join(parts)}{why}.")
    return says


def _mostly_control(summary: Summary) -> bool:
    primary = summary["endpoints"][summary["primary"]]
    fall = primary[control(summary)]["change_mean"]
    total = primary[first_active(summary)]["change_mean"]
    return fall is not None and total is not None and total < 0 and fall / total > 0.5


def other_stance(summary: Summary) -> tuple[str, Mapping[str, Any]] | None:
    """The other stance and its line, if it was run."""
    for stance in STANCES:
        if f"{stance}_stance" in summary:
            return stance, summary[f"{stance}_stance"]
    return None


def doubts(summary: Summary, most: int) -> list[Mapping[str, Any]]:
    """The uncertain parameters that move the effect by more than chance would, at most `most`."""
    return [one for one in summary["least_sure"] if one["beyond_chance"]][:most]
