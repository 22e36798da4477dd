"""What a real trial reported beside what simulated trials print: a row for each number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gutskin.media import isolated
from gutskin.report import words
from gutskin.report.console import say
from gutskin.report.points import POINTS, SHARE
from gutskin.report.rounding import of_ratios
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
    "difference_percent": "difference of changes in %",
    "ratio": "ratio of geometric means",
    "risk_ratio": "risk ratio",
    "odds_ratio": "odds ratio",
    "hazard_ratio": "hazard ratio",
}
MOST = 4  # decimals of what was printed; more were computed
OF_EVENTS = 1  # decimals of a percentage that was made of events and patients
OF_SHARES = "of the shares with the event at that visit, as if hazards stayed in proportion"
OF_ANY = ("risk_ratio", "odds_ratio", "hazard_ratio")
ANY = " of who had any"  # of a count
WITHOUT_UNIT = (
    "change_percent",
    "difference_percent",
    "ratio",
    "risk_ratio",
    "odds_ratio",
    "hazard_ratio",
)


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


def which_hazard_ratio(summary: Summary) -> str:
    """Of what a published hazard ratio is compared, where there is one.

    The test of a time to an event has one too, made of the times themselves, and its interval is
    another.
    """
    names = dict.fromkeys(
        one["endpoint"] for one in summary.get("published", ()) if one["measure"] == "hazard_ratio"
    )
    if not names:
        return ""
    says = f"A simulated hazard ratio beside a published one is made {OF_SHARES}"
    tested = [
        isolated(summary["endpoints"][name]["label"]) for name in names
        if any("hazard_ratio" in its for its in summary["endpoints"][name]["differences"].values())
    ]  # fmt: skip
    if tested:
        says += f"; that of the test of {words.listed(tested)} is made of the times of the events"
        says += ", and has an interval of its own"
    return f"{says}."


def print_published(summary: Summary, console: Terminal) -> None:
    """Print what the real trial reported beside the simulation; nothing if the file has none."""
    rows = published_rows(summary)
    if not rows:
        return
    console.print("\nWhat the real trial reported, and what simulated trials print (95% of them):")
    for one in rows:
        says = f"{one.label}: published {one.published}, simulated {one.simulated}"
        say(console, says, indent="  ")
    if note := which_hazard_ratio(summary):
        say(console, note, indent="  ")


def _row(summary: Summary, one: Mapping[str, Any]) -> PublishedRow:
    endpoint, titles = summary["endpoints"][one["endpoint"]], words.arm_titles(summary)
    share = one["measure"] == "share"
    told = share or (endpoint["unit"] in (POINTS, SHARE) and one["measure"] not in WITHOUT_UNIT)
    times, unit = (100.0, "%") if told else (1.0, "")
    whom = in_sentence(titles[one["arm"]])
    if "against" in one:
        whom += f" against {in_sentence(titles[one['against']])}"
    what = SAYS[one["measure"]]
    if endpoint["unit"] not in (POINTS, SHARE) and (share or one["measure"] in OF_ANY):
        what += ANY
    label = f"{isolated(endpoint['label'])}, {what}, {isolated(whom)}"
    within = one.get("within_patients")
    label += ", within patients" if within else f", week {one['week']:g}"
    published, simulated = one["published"], one["simulated"]
    said = {"mean": published["value"], "ci95_low": published.get("low"),
            "ci95_high": published.get("high")}  # fmt: skip
    ratio = one["measure"] in RATIOS
    printed = max(decimals_of(value, times) for value in said.values())
    if share:  # made of events and patients: its decimals are nobody's
        printed = min(printed, OF_EVENTS)
    told = _told(said, times, unit, printed)
    digits = _of_ratio(simulated) if ratio else None
    return PublishedRow(label, told, _told(simulated, times, unit, digits))


def decimals_of(value: float | None, times: float = 1.0) -> int:
    """The decimals with which a source prints a number, told so many times as large.

    >>> decimals_of(-0.3), decimals_of(6.5), decimals_of(12.0), decimals_of(0.25, 100.0)
    (1, 1, 0, 0)
    """
    if value is None:
        return 0
    power = -int(Decimal(repr(float(value))).normalize().as_tuple().exponent)
    return min(max(0, power - round(math.log10(times))), MOST)


def _of_ratio(numbers: Mapping[str, Any]) -> int | None:
    """Decimals of a simulated ratio: two figures, and its ends told apart."""
    return None if numbers["mean"] is None else of_ratios([numbers])


def _told(numbers: Mapping[str, Any], times: float, unit: str, digits: int | None) -> str:
    """A number with its interval, if it has one."""
    ends = ("mean", "ci95_low", "ci95_high")
    scaled = {key: None if numbers[key] is None else times * numbers[key] for key in ends}
    low = scaled["ci95_low"]
    text = words.centre(scaled, digits=digits) + unit
    if low is None or scaled["ci95_high"] is None:
        return text
    return f"{text} ({words.span(scaled, digits=digits)})"
