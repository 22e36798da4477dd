"""What a real trial reported beside what simulated trials print: a row for each number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gutskin.media import isolated
from gutskin.report import words
from gutskin.report.console import say
from gutskin.report.points import POINTS, SHARE
from gutskin.report.rounding import of_ratio
from gutskin.report.words import Summary
from gutskin.trials.published import RATIOS
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.report.console import Terminal

SAYS = {
    "mean": "mean",
    "geometric_mean": "geometric mean",
    "median": "median",
    "share": "share",
    "sd": "SD",
    "change": "change",
    "change_sd": "SD of the change",
    "change_percent": "change in %",
    "difference": "difference",
    "ratio": "ratio of geometric means",
    "risk_ratio": "risk ratio",
    "odds_ratio": "odds ratio",
    "hazard_ratio": "hazard ratio",
}
WITHOUT_UNIT = ("change_percent", "ratio", "risk_ratio", "odds_ratio", "hazard_ratio")


@dataclass(frozen=True)
class PublishedRow:
    """One number of a real trial.

    Parameters
    ----------
    label : of what, in whom, when
    published, simulated : in words, each with its interval where there is one
    """

    label: str
    published: str
    simulated: str


def published_rows(summary: Summary) -> list[PublishedRow]:
    """The rows of a summary, from one told in shares or in percentage points."""
    return [_row(summary, one) for one in summary.get("published", ())]


def print_published(summary: Summary, console: Terminal) -> None:
    """Print what the real trial reported beside the simulation; nothing if the file has none."""
    rows = published_rows(summary)
    if not rows:
        return
    console.print("\nWhat the real trial reported, and what simulated trials print (95% of them):")
    for one in rows:
        says = f"{one.label}: published {one.published}, simulated {one.simulated}"
        say(console, says, indent="  ")


def _row(summary: Summary, one: Mapping[str, Any]) -> PublishedRow:
    endpoint, titles = summary["endpoints"][one["endpoint"]], words.arm_titles(summary)
    told = endpoint["unit"] in (POINTS, SHARE) and one["measure"] not in WITHOUT_UNIT
    times, unit = (100.0, "%") if told else (1.0, "")
    whom = in_sentence(titles[one["arm"]])
    if "against" in one:
        whom += f" against {in_sentence(titles[one['against']])}"
    label = f"{isolated(endpoint['label'])}, {SAYS[one['measure']]}, {isolated(whom)}"
    label += f", week {one['week']:g}"
    published, simulated = one["published"], one["simulated"]
    said = {"mean": published["value"], "ci95_low": published.get("low"),
            "ci95_high": published.get("high")}  # fmt: skip
    ratio = one["measure"] in RATIOS
    both = (_told(numbers, times, unit, ratio) for numbers in (said, simulated))
    return PublishedRow(label, *both)


def _told(numbers: Mapping[str, Any], times: float, unit: str, ratio: bool) -> str:
    """A number with its interval, if it has one; a ratio with two figures."""
    ends = ("mean", "ci95_low", "ci95_high")
    scaled = {key: None if numbers[key] is None else times * numbers[key] for key in ends}
    mean, low = scaled["mean"], scaled["ci95_low"]
    digits = of_ratio(mean, low or mean) if ratio and mean is not None else None
    text = words.centre(scaled, digits=digits) + unit
    if low is None or scaled["ci95_high"] is None:
        return text
    return f"{text} ({words.span(scaled, digits=digits)})"
