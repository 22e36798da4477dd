"""Estimands told: the true value of each beside what every estimator reports, and its bias."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gutskin.media import isolated
from gutskin.report import words
from gutskin.report.console import say
from gutskin.report.design_words import EVENT_WORDS as EVENTS
from gutskin.report.points import POINTS, SHARE
from gutskin.report.words import Summary
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.report.console import Terminal

METHODS = {
    "ancova": "analysis of covariance",
    "mmrm": "mixed model (Kenward-Roger)",
    "g-computation": "g-computation",
    "mantel-haenszel": "Mantel and Haenszel",
    "mann-whitney": "Mann and Whitney",
    "log-rank": "log-rank test",
    "cox": "Cox regression",
    "negative-binomial": "negative binomial regression",
    "within-patient": "t test within patients, given the period",
    "before-after": "paired t test of changes",
    "mcnemar": "McNemar",
    "estimate": "not tested",
}


OTHER_QUANTITY = (
    "The trial tests logarithms, whose quantity is the ratio of geometric means: a difference of "
    "means is another one, which the few highest values decide and the test says nothing of."
)


@dataclass(frozen=True)
class EstimatorRow:
    """One estimator of one estimand.

    Parameters
    ----------
    label : what it is
    reported, bias : in words
    beyond : whether the bias is more than twice its Monte-Carlo error
    """

    label: str
    reported: str
    bias: str
    beyond: bool


@dataclass(frozen=True)
class EstimandTable:
    """One estimand of one active arm.

    Parameters
    ----------
    label, asks : its name; what it asks, in words
    true, body : its true value by what raters write down, and of the body behind it
    rows : its estimators
    """

    label: str
    asks: str
    true: str
    body: str
    rows: tuple[EstimatorRow, ...]


def estimand_tables(summary: Summary) -> Iterator[EstimandTable]:
    """Every estimand with its estimators, one table for each active arm."""
    titles = words.arm_titles(summary)
    for one in summary.get("estimands", ()):
        for arm in one["arms"]:
            whom = in_sentence(titles[arm["arm"]])
            yield EstimandTable(
                isolated(one["label"]), _asks(one, summary, whom),
                _told(arm["true"], one, "worlds"), _told(arm["body"], one),
                tuple(_row(each, one) for each in arm["estimators"]),
            )  # fmt: skip


def event_sentences(summary: Summary) -> Iterator[str]:
    """How often each event falls upon whom; nothing of what never does."""
    titles = words.arm_titles(summary)
    for arm, shares in summary.get("events", {}).items():
        told = [f"{EVENTS[kind]} {words.percent(share)}" for kind, share in shares.items() if share]
        if told:
            yield f"Before the last visit, {isolated(in_sentence(titles[arm]))}: {', '.join(told)}."


def print_estimands(summary: Summary, console: Terminal) -> None:
    """Print the estimands; nothing if the trial has none."""
    tables = [*estimand_tables(summary)]
    if not tables:
        return
    console.print("\nEstimands: what is true, and what each estimator reports of it on average:")
    for sentence in event_sentences(summary):
        say(console, sentence, indent="  ")
    for one in tables:
        console.print()
        say(console, f"{one.label}: {one.asks}", indent="  ")
        says = f"true {one.true}; in the body, without raters' error, {one.body}"
        say(console, says, indent="    ")
        for row in one.rows:
            mark = " (beyond chance)" if row.beyond else ""
            text = f"{row.label} reports {row.reported}; bias {row.bias}{mark}"
            say(console, text, indent="    ")


def _asks(one: Mapping[str, Any], summary: Summary, whom: str) -> str:
    """Population, variable, summary, strategies."""
    endpoint = summary["endpoints"][one["endpoint"]]
    of = "" if one["population"] == "all" else f", in {isolated(one['population'])}"
    strategies = one["strategies"]
    ways = "; ".join(f"{EVENTS[kind]}: {strategies[kind]}" for kind in EVENTS)
    other = ""
    if one["summary"] == "difference of means" and _on_logarithms(endpoint):
        other = f" {OTHER_QUANTITY}"
    if len(set(strategies.values())) == 1:
        ways = f"events: {next(iter(strategies.values()))}"
    return (
        f"{one['summary']} of {isolated(endpoint['label'])} at week {one['week']:g}, "
        f"{isolated(whom)}{of} ({ways}).{other}"
    )


def _on_logarithms(endpoint: Mapping[str, Any]) -> bool:
    """Whether an endpoint is tested on logarithms."""
    return bool(endpoint.get("difference", {}).get("tested_on") == "logarithm")


def _row(each: Mapping[str, Any], one: Mapping[str, Any]) -> EstimatorRow:
    bias, error = each["bias"], each["bias_monte_carlo_error"]
    none, times, unit = _scale(one)
    missing = "" if each["missing"] == "as observed" else f", missing: {each['missing']}"
    label = f"{isolated(each['label'])}: {METHODS[each['method']]}{missing}"
    beyond = bias is not None and error is not None and abs(bias - none) > 2 * error > 0
    told = {"mean": bias, "ci95_low": None, "ci95_high": None, "monte_carlo_error": error}
    factor = " times" if none else unit
    return EstimatorRow(
        label, _told(each["reported"], one), words.estimate(_times(told, times)) + factor, beyond
    )


def _told(numbers: Mapping[str, Any], one: Mapping[str, Any], over: str = "") -> str:
    """A mean with its Monte-Carlo error and, where there is one, its interval.

    Parameters
    ----------
    over : what the interval holds 95% of, if the reader is to be told
    """
    _, times, unit = _scale(one)
    scaled = _times(numbers, times)
    text = words.estimate(scaled) + unit
    if scaled["ci95_low"] is None:
        return text
    return f"{text} ({words.span(scaled)}{f', 95% of {over}' if over else ''})"


def _scale(one: Mapping[str, Any]) -> tuple[float, float, str]:
    """What stands for no bias, by what numbers are multiplied, what is written behind them."""
    if one["unit"] == "ratio":
        return 1.0, 1.0, ""
    return (0.0, 100.0, f" {POINTS}") if one["unit"] == SHARE else (0.0, 1.0, "")


def _times(numbers: Mapping[str, Any], times: float) -> dict[str, Any]:
    keys = ("mean", "ci95_low", "ci95_high", "monte_carlo_error")
    return {key: None if numbers[key] is None else times * numbers[key] for key in keys}
