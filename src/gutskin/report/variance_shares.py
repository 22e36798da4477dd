"""What trials of one size differ by, in sentences and in cells of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gutskin.media import isolated
from gutskin.report import words
from gutskin.report.told_effect import RATIO
from gutskin.report.words import Summary, between, percent
from gutskin.user_text import in_sentence

NAMES = {
    "patients": "who is enrolled and how they fare",
    "chance": "chance of a trial (errors of measurement, raters, season, region, its batch of a "
    "product)",
    "unknown": "what nobody knows",
}
FIGURE_NAMES = {
    "patients": "Who is enrolled and how they fare",
    "chance": "Chance of a trial: measurement, raters, season, batch",
    "unknown": "What nobody knows",
}


def variance_sentences(summary: Summary) -> list[str]:
    """Shares of the variance of what trials of this size report; nothing where they are not told.

    Parameters
    ----------
    summary : of a trial, or of its power: then that of the trial's own size
    """
    first = summary.get("arm") or words.first_active(summary)
    arms = summary.get("variance_shares_by_arm", {first: summary.get("variance_shares")})
    return [one for arm, shares in arms.items() for one in _of_arm(summary, arm, shares, len(arms))]


def _of_arm(
    summary: Summary, arm: str, shares: Mapping[str, Any] | None, arms: int
) -> Iterator[str]:
    if shares is None or shares["unknown"]["share"] is None:
        return
    parts = [
        f"{percent(shares[kind]['share'])} ({between(*shares[kind]['ci95'])}) is {name}"
        for kind, name in NAMES.items()
    ]
    of = f" of {isolated(in_sentence(words.arm_titles(summary)[arm]))}" if arms > 1 else ""
    yield (
        f"Of the variance of {what_varies(summary)}{of} between trials of {words.sizes(summary)}, "
        f"{words.listed(parts)}."
    )


def what_varies(summary: Summary) -> str:
    """What trials report, of which it is the variance: a trial's, or that of its power."""
    found = summary.get("effect")
    if found is None and "endpoints" in summary:
        found = summary["endpoints"][summary["primary"]]["difference"]
    if found is not None and found.get("tested_on") == "logarithm":
        return f"the logarithm of the {RATIO}"
    return "the difference"


def variance_cells(shares: Mapping[str, Any] | None) -> dict[str, Any]:
    """The shares as columns of a table, empty where they are not told."""
    told = shares or {}
    found: dict[str, Any] = {}
    for kind in NAMES:
        one = told.get(kind) or {"share": None, "ci95": None}
        found[f"variance_share_{kind}"] = one["share"]
        found[f"variance_share_{kind}_ci95"] = one["ci95"] or [None, None]
    return found
