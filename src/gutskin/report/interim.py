"""Looks before the end told: where trials stop, and what they report there beside what is true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gutskin.media import isolated
from gutskin.report import words
from gutskin.report.points import POINTS
from gutskin.report.rounding import decimals, of_estimates
from gutskin.report.told_effect import looks_told
from gutskin.report.words import Summary
from gutskin.trials.interim import WAYS, planned
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.report.console import Terminal
    from gutskin.trials.design import TrialDesign

BOUNDARIES = {
    "obrien-fleming": "O'Brien and Fleming",
    "pocock": "Pocock",
    "spending obrien-fleming": "Lan and DeMets, spent as by O'Brien and Fleming",
    "spending pocock": "Lan and DeMets, spent as by Pocock",
}
HEAD = (
    "Who has ended",
    "Boundary\n(two-sided p)",
    "Stops there for\nand against",
    "Has stopped for\nand against",
    "Reported if for\n(true in these)",
)
ESTIMATES = ("difference", "true_effect")
Cell = tuple[str, str]  # what stands first, and what stands below it


@dataclass(frozen=True)
class LooksTable:
    """The looks at one active arm.

    Parameters
    ----------
    caption : what is compared, and by which boundaries
    rows : of each look how many have ended, and the cells of `HEAD` after it
    sentences : the trial with looks beside the one without
    """

    caption: str
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    sentences: tuple[str, ...]
    head: tuple[str, ...] = HEAD


def interim_tables(summary: Summary) -> Iterator[LooksTable]:
    """The looks at every active arm; nothing of a trial without any.

    Parameters
    ----------
    summary : told in percentage points where the primary endpoint is a share
    """
    if not (found := summary.get("interim")):
        return
    primary, titles = summary["endpoints"][summary["primary"]], words.arm_titles(summary)
    against = isolated(in_sentence(titles[words.control(summary)]))
    for arm, its in found["arms"].items():
        whom = isolated(in_sentence(titles[arm]))
        caption = (
            f"Looks before the end at {isolated(primary['label'])}, {whom} against {against}; "
            f"boundaries of {BOUNDARIES[found['boundary']]}."
        )
        shown = _in_unit(its, primary["unit"])
        yield LooksTable(caption, _rows(shown, primary["unit"]), _sentences(shown, primary, whom))


def print_interim(summary: Summary, console: Terminal) -> None:
    """Print the looks at every active arm; nothing if the trial has none."""
    from gutskin.report.console import Folding, say

    for one in interim_tables(summary):
        console.print()
        say(console, one.caption)
        table = Folding(gap=2)
        table.add_column(HEAD[0])
        for title in HEAD[1:]:
            table.add_column(title, justify="right")
        for label, cells in one.rows:
            table.add_row(label, *("\n".join(part for part in cell if part) for cell in cells))
        console.print(table)
        for sentence in one.sentences:
            say(console, sentence)


def planned_looks(design: TrialDesign) -> Iterator[str]:
    """At how many patients a trial is looked at, and which p stops it; nothing without looks."""
    if (asked := design.analysis.interim) is None:
        return
    told: dict[str, list[str]] = {}
    for arm in design.active:
        looks = planned(design, arm)
        sizes = [sum(one["patients"].values()) for one in looks]
        each = ", ".join(
            f"{size} of {sizes[-1]} patients p < {_p(one['p'])}"
            for size, one in zip(sizes, looks, strict=True)
        )
        told.setdefault(each, []).append(isolated(in_sentence(arm.title)))
    for each, arms in told.items():
        of = f" ({words.listed(arms)})" if len(design.active) > 1 else ""
        yield (
            "Looks before the end at the primary endpoint, boundaries of "
            f"{BOUNDARIES[asked.boundary]}{of}: after {each}."
        )


def _in_unit(its: Mapping[str, Any], unit: str) -> dict[str, Any]:
    """The looks at an arm, estimates in percentage points where the endpoint is told in them."""
    times = 100.0 if unit == POINTS else 1.0

    def scaled(part: Mapping[str, Any]) -> dict[str, Any]:
        moved = {
            key: None if part[key] is None else times * part[key]
            for name in ESTIMATES
            for key in (name, f"{name}_monte_carlo_error")
        }
        return {**part, **moved}

    return {**scaled(its), "looks": [scaled(one) for one in its["looks"]]}


def _p(value: float) -> str:
    """A p-value with two figures."""
    return words.number(value) if value >= 1e-6 else f"{value:.1e}"


def _rows(its: Mapping[str, Any], unit: str) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    """A row of each look, all of one column with the same decimals."""
    looks = its["looks"]
    digits = _digits(looks)
    of_share = decimals(
        (),
        [
            100 * one[f"share_stopped_{by}{way}_monte_carlo_error"]
            for one in looks
            for way in WAYS
            for by in ("", "by_now_")
            if one[f"share_stopped_{by}{way}_monte_carlo_error"] is not None
        ],
    )
    rows = []
    for one in looks:
        shares: list[Cell] = []
        for by in ("", "by_now_"):
            both = [words.share_of(one, f"share_stopped_{by}{way}", of_share) for way in WAYS]
            shares.append((both[0], both[1]))
        mine, true = looks_told(one, unit, digits)
        reported = (mine.centre, f"({true.centre})") if mine.known else ("nobody", "")
        ended = sum(one["patients"].values())
        label = f"{ended} of {its['patients_without_looks']} patients"
        rows.append((label, ((f"z {one['z']:.2f}", f"(p {_p(one['p'])})"), *shares, reported)))
    return tuple(rows)


def _sentences(its: Mapping[str, Any], primary: Mapping[str, Any], whom: str) -> tuple[str, ...]:
    """With looks and without them: the chance, the patients, what is reported."""
    last, unit = its["looks"][-1], primary["unit"]
    if last["share_stopped_by_now_for"] is None:
        return ("Nothing could be tested.",)
    with_looks, without = (
        [words.share_of(of, f"{name}_{way}") for way in WAYS]
        for of, name in ((last, "share_stopped_by_now"), (its, "share_without_looks"))
    )
    many = words.estimate(_mean(its, "patients"))
    found = [
        f"With looks {with_looks[0]} of trials find {whom} better and {with_looks[1]} worse, "
        f"without them {without[0]} and {without[1]}; {many} of "
        f"{its['patients_without_looks']} patients have ended on average."
    ]
    mine, true = looks_told(its, unit, _digits([its]))
    if mine.known:
        told = f"{mine.named} {mine.named_unit}"
        if mine.ratio:
            told = f"a {mine.quantity} of {mine.named}"
        found.append(
            f"When they end, trials report {told} on average, where {true.named} is true. What "
            "stops a trial early is too large on average: that is why it stops."
        )
    return tuple(found)


def _digits(some: Iterable[Mapping[str, Any]]) -> int:
    """Decimals that differences and true effects share."""
    return of_estimates(_mean(one, name) for one in some for name in ESTIMATES)


def _mean(one: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A mean with its error, in the form of those that have an interval."""
    ends = {"ci95_low": None, "ci95_high": None}
    return {"mean": one[name], "monte_carlo_error": one[f"{name}_monte_carlo_error"], **ends}
