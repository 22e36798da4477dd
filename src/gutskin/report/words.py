"""Numbers and sentences as a clinician reads them; the page and the terminal say the same."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gutskin.report import rounding
from gutskin.report.points import BARE, POINTS
from gutskin.report.rounding import ROUNDING, SEEN, decimals, of_estimates, rounded
from gutskin.trials.route_shares import can_be_told

Summary = Mapping[str, Any]
STANCES = {"evidence": "what human evidence supports", "article": "what the article claims"}
WORLDS = {  # of which a result is made
    "prior": "worlds of the prior: each number that nobody knows within its own width, whether or "
    "not the targets of the calibration are met",
    "posterior": "worlds that meet the targets of the calibration, with every number drawn that "
    "is not taken as known (docs/calibration.md says how)",
    "1": "the central world alone: what nobody knows of bodies does not differ",
}
ROUTES = {
    "cells": "immune cells that travel",
    "mediators": "inflammatory mediators in blood",
    "barriers": "leaky barriers and bacterial products",
    "metabolites": "microbial metabolites in blood",
    "all": "all four together",
}
UNTOLD = "cannot be told"  # of a share whose interval says nothing
WRITTEN = {"m2": "m²", "cm2": "cm²", "ug": "µg", "uL": "µL"}


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
    return rounded(value, digits)


def percent(share: float | None) -> str:
    """A share as a percentage; what is neither none nor all is never rounded to it.

    Examples
    --------
    >>> percent(0.126), percent(0.001), percent(0.0), percent(0.999), percent(-0.004)
    ('13%', 'under 1%', '0%', 'over 99%', '−0.4%')
    >>> percent(-0.0004)  # no minus where the figures behind it say nothing
    '0.0%'
    """
    if share is None or not math.isfinite(share):
        return "not known"
    if 0 < share < 0.01:
        return "under 1%"
    if 0.99 < share < 1:
        return "over 99%"
    near = share not in (0, 1) and (abs(share) < 0.01 or abs(share - 1) < 0.01)
    return f"{rounded(100 * share, 1 if near else 0)}%"


def known(share: float | None, error: float | None) -> str:
    """A share with its Monte-Carlo error.

    >>> known(0.183, 0.027), known(0.0, 0.004), known(0.012, 0.003), known(0.5, None)
    ('18% (±3)', '0.0% (±0.4)', '1.2% (±0.3)', '50%')
    """
    if share is None or error is None:
        return percent(share)
    return _with_error(share, error, decimals((), [100 * error]))


def _with_error(share: float, error: float, digits: int) -> str:
    return f"{rounding.share(share, digits)} (±{rounded(100 * error, digits)})"


def share_of(numbers: Mapping[str, Any], name: str, digits: int | None = None) -> str:
    """A share of a summary with its error, with the decimals of its column or its own."""
    value, error = numbers[name], numbers[f"{name}_monte_carlo_error"]
    if digits is None or value is None or error is None:
        return known(value, error)
    return _with_error(value, error, digits)


def estimate(numbers: Mapping[str, Any], unit: str = "", digits: int | None = None) -> str:
    """A mean with its Monte-Carlo error, with the decimals of its column or its own.

    >>> estimate({"mean": -3.2, "ci95_low": -13.0, "ci95_high": 0.6, "monte_carlo_error": 0.123})
    '−3.2±0.1'
    """
    own = of_estimates([numbers]) if digits is None else digits
    return with_error(numbers["mean"], numbers["monte_carlo_error"], unit, own)


def with_error(
    value: float | None, error: float | None, unit: str = "", digits: int | None = None
) -> str:
    """A number with its Monte-Carlo error, which has no more decimals than the number.

    Examples
    --------
    >>> with_error(0.02, 0.03, digits=1), with_error(-3.217, 0.12), with_error(0.02, None, digits=1)
    ('0.02±0.03', '−3.2±0.1', '0.0')
    """
    told = error_of(error, digits)
    if told:
        decimals_told = len(told.partition(".")[2])
        digits = decimals_told if digits is None else max(digits, decimals_told)
    return number(value, unit, digits) + told


def error_of(error: float | None, digits: int | None) -> str:
    """A Monte-Carlo error behind its mean (`with_error` gives both), or nothing.

    A small one keeps one figure, a tiny one is not told.

    >>> error_of(0.0043, 1), error_of(0.0003, 1), error_of(1.4e-15, None)
    ('±0.004', '', '')
    """
    if not error or error < ROUNDING:
        return ""
    if digits is not None and error < 10.0**-digits / SEEN:
        return ""
    if digits is None or round(error, digits) == 0:
        digits = max(0, -math.floor(math.log10(error)))
    return f"±{error:.{digits or 0}f}"


def span(numbers: Mapping[str, Any], unit: str = "", digits: int | None = None) -> str:
    """A 95% interval in words, with the decimals of its column or its own."""
    digits = of_estimates([numbers]) if digits is None else digits
    ends = (number(numbers[end], unit, digits) for end in ("ci95_low", "ci95_high"))
    return " to ".join(ends)


def centre(numbers: Mapping[str, Any], unit: str = "", digits: int | None = None) -> str:
    """The mean that stands beside `span`, with as many decimals."""
    digits = of_estimates([numbers]) if digits is None else digits
    return number(numbers["mean"], unit, digits)


def units(unit: str) -> str:
    """A unit with its powers raised, as in g/m²/h, and the letter of a millionth.

    >>> units("g/m2/h"), units("ug/g")
    ('g/m²/h', 'µg/g')
    """
    return "/".join(WRITTEN.get(part, part) for part in unit.split("/"))


def named(one: Mapping[str, Any]) -> str:
    """An endpoint with its unit, unless its name says it already or it has none.

    >>> (
    ...     named({"label": "IL-5 in serum", "unit": "pg/mL"}),
    ...     named({"label": "Skin pH", "unit": "pH"}),
    ... )
    ('IL-5 in serum (pg/mL)', 'Skin pH')
    """
    label, unit = one["label"], one["unit"]
    if unit == POINTS:
        return f"{label}, % of patients"
    return (
        label
        if label.endswith(")") or unit in label or unit == BARE
        else f"{label} ({units(unit)})"
    )


def cited(key: str) -> str:
    """A key of references.bib as a reader writes it.

    >>> cited("Yesilova2012")
    'Yesilova 2012'
    """
    return re.sub(r"(?<=\D)(?=\d{4})", " ", key)


def routes(summary: Summary) -> list[tuple[str, float, float, float]]:
    """What is lost of the effect without each route: (in words, share, low, high), "all" last."""
    lost, ends = summary["lost_without_route"], summary["lost_without_route_ci95"]
    names: list[str] = [*ROUTES, *(name for name in lost if name not in ROUTES)]
    return [(ROUTES.get(name, name), lost[name], *ends[name]) for name in names if name in lost]


def lost(share: float, low: float | None, high: float | None) -> str:
    """What is lost without a route, with its interval: it may be less than none or more than all.

    >>> lost(1.003, 0.78, 1.23), lost(-0.001, -0.01, 0.004), lost(0.9996, 0.999, 1.0)
    ('100% (78 to 123%)', '0% (−1 to 0%)', '100%')
    """
    told, ends = f"{rounded(100 * share, 0)}%", between(low, high)
    return told if ends == f"{told[:-1]} to {told}" else f"{told} ({ends})"


def route_share(share: float, low: float | None, high: float | None) -> str:
    """What a route carries, where its interval says anything of it.

    >>> route_share(0.93, 0.78, 1.08), route_share(-0.89, -6.44, 4.65)
    ('93% (78 to 108%)', 'cannot be told')
    """
    return lost(share, low, high) if can_be_told(low, high) else UNTOLD


def between(low: float | None, high: float | None) -> str:
    """The ends of a share's 95% confidence interval.

    >>> between(0.612, 1.032), between(None, None)
    ('61 to 103%', 'not known')
    """
    if low is None or high is None:
        return "not known"
    return f"{rounded(100 * low, 0)} to {rounded(100 * high, 0)}%"


def arm_titles(summary: Summary) -> dict[str, str]:
    """Arm name -> the name that a reader sees."""
    return {arm["name"]: arm["label"] for arm in summary["arms"]}


def seen_arms(summary: Summary) -> dict[str, str]:
    """Arm name -> its title, of the arms that somebody is in: a single arm has no other."""
    return {arm["name"]: arm["label"] for arm in summary["arms"] if arm["n"]}


def first_active(summary: Summary) -> str:
    """The name of the first arm that is compared with the control."""
    return next(arm["name"] for arm in summary["arms"] if not arm["control"])


def control(summary: Summary) -> str:
    """The name of the control arm."""
    return next(arm["name"] for arm in summary["arms"] if arm["control"])


def active_arms(summary: Summary) -> list[str]:
    """The names of the arms that are compared with the control, in the order of the file."""
    return [arm["name"] for arm in summary["arms"] if not arm["control"]]


def comparison(summary: Summary, arm: str) -> Mapping[str, Any]:
    """The primary endpoint's difference between an arm and the control."""
    primary = summary["endpoints"][summary["primary"]]
    first = arm == first_active(summary)
    found: Mapping[str, Any] = primary["difference"] if first else primary["differences"][arm]
    return found


def sizes(summary: Summary) -> str:
    """The sizes of the active arms and the control: '20 against 20', '3 arms of 12 against 12'."""
    n = {arm["name"]: arm["n"] for arm in summary["arms"]}
    active = [n[name] for name in active_arms(summary)]
    if alone(summary):
        return f"a single arm of {active[0]}"
    many = listed([str(one) for one in active])
    if len(active) > 1 and len(set(active)) == 1:
        many = f"{len(active)} arms of {active[0]}"
    return f"{many} against {n[control(summary)]}"


def alone(summary: Summary) -> bool:
    """Whether nobody is randomised to the control: a single arm."""
    return any(arm["control"] and arm["n"] == 0 for arm in summary["arms"])


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence in a row.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    >>> listed(["EASI, week 8", "itch", "pH"])  # what has commas of its own
    'EASI, week 8; itch and pH'
    """
    between = "; " if len(parts) > 2 and any(", " in one for one in parts) else ", "
    return " and ".join([*[between.join(parts[:-1])][: len(parts) > 1], *parts[-1:]])


def weeks(summary: Summary) -> str:
    """The length of the trial in words."""
    return f"{summary['weeks']:g} week{'' if summary['weeks'] == 1 else 's'}"


def other_stance(summary: Summary) -> tuple[str, Mapping[str, Any]] | None:
    """The other stance and its line, if it was run."""
    for stance in STANCES:
        if f"{stance}_stance" in summary:
            return stance, summary[f"{stance}_stance"]
    return None


def of_stance(summary: Summary, line: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Active arm -> its difference on the line of the other stance."""
    return line.get("differences", {first_active(summary): line["difference"]})


def doubts(summary: Summary, most: int) -> list[Mapping[str, Any]]:
    """The uncertain parameters that move the effect by more than chance would, at most `most`."""
    return [one for one in summary["least_sure"] if one["beyond_chance"]][:most]
