"""Why a trial comes out as it does, in sentences and in tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gutskin.media import isolated
from gutskin.report.points import MOVED, POINTS, SHARE
from gutskin.report.rounding import decimals, of_ratio, rounded
from gutskin.report.told_effect import RATIO
from gutskin.report.words import UNTOLD, between, lost, percent, units
from gutskin.trials.route_shares import can_be_told

Summary = Mapping[str, Any]
ROUTES = {
    "cells": "immune cells that travel",
    "metabolites": "metabolites",
    "mediators": "mediators in blood",
    "barriers": "barriers",
    "none of them": "none of them: it acts in the skin",
}
PARTS = {
    "worlds": "how the product works in this trial, and bodies, which nobody knows",
    "measured": "what was measured of the patient at enrolment",
    "person": "the rest of the patient as he enrols",
    "days": "the days after it",
}
MOST_TRAITS = 8


def as_told(summary: Summary) -> Summary:
    """An explanation in the quantity that is told: `routes.effect` and its `parts` in it.

    Of a share of patients that is percentage points; of what is tested on logarithms the ratio of
    geometric means, whose parts are factors; of any other what it is.
    """
    routes, response = summary["routes"], summary["response"]
    if "ratio" in routes:
        parts = [{**one, "points": one["factor"]} for one in routes["ratio"]["parts"]]
        effect = routes["ratio"]["effect"]
        return {**summary, "routes": {**routes, "unit": RATIO, "effect": effect, "parts": parts}}
    if summary["unit"] != SHARE:
        return summary
    parts = [one | {"points": _scaled(one["points"])} for one in routes["parts"]]
    routes = {**routes, "unit": POINTS, "effect": _scaled(routes["effect"]), "parts": parts}
    response = None if response is None else {**response, "sd": 100 * response["sd"]}
    return {**summary, "unit": POINTS, "routes": routes, "response": response}


def is_ratio(found: Summary) -> bool:
    """Whether an explanation as it is told speaks of a ratio."""
    return bool(found["routes"]["unit"] == RATIO)


def _scaled(numbers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: 100 * one if key in MOVED and one is not None else one for key, one in numbers.items()
    }


def of_effect(whole: Mapping[str, Any], *, ratio: bool = False) -> int:
    """Decimals of the parts of an effect: two figures of the whole, more if it is known better.

    Parameters
    ----------
    ratio : whether the parts are factors, which lie about 1
    """
    known = decimals([whole["mean"]], [whole["monte_carlo_error"]])
    found = max(known, of_ratio(abs(whole["mean"]), 0.0)) if whole["mean"] else known
    return max(found, 2) if ratio else found


def effect_column(found: Summary) -> str:
    """The head of the column of what routes carry, of an explanation as it is told."""
    return (
        "Factor of the ratio" if is_ratio(found) else f"Effect ({units(found['routes']['unit'])})"
    )


def share_cells(share: Mapping[str, Any] | None) -> tuple[str, str]:
    """The share of an effect that a route carries, and its interval, where it can be told.

    >>> share_cells({"value": 0.5, "ci95_low": 0.4, "ci95_high": 0.6}), share_cells(None)
    (('50%', '40 to 60%'), ('none', ''))
    """
    if share is None:
        return "none", ""
    ends = share["ci95_low"], share["ci95_high"]
    return (percent(share["value"]), between(*ends)) if can_be_told(*ends) else (UNTOLD, "")


def tables(found: Summary) -> Iterator[tuple[str, tuple[str, ...], list[list[str]]]]:
    """What the report shows of an explanation: heading, columns, rows."""
    found = as_told(found)
    whole = found["routes"]["effect"]
    digits = of_effect(whole, ratio=is_ratio(found))
    rows = [
        [
            ROUTES[one["route"]], rounded(one["points"]["mean"], digits), *share_cells(one["share"])
        ]
        for one in found["routes"]["parts"]
    ]  # fmt: skip
    columns = (effect_column(found), "Share", "95% interval")
    yield "Carried by", columns, rows
    if (response := found["response"]) is None:
        return
    rows = [
        [words, percent(one["share"]), between(one["ci95_low"], one["ci95_high"])]
        for name, words in PARTS.items()
        for one in [response["parts"][name]]
    ]
    yield "The spread of responses comes from", ("Share", "95% interval"), rows
    rows = [
        [
            one["label"] + ("" if one["foretells"] else " (no better than chance)"),
            percent(one["skill"]["value"]),
            between(one["skill"]["ci95_low"], one["skill"]["ci95_high"]),
            rounded(one["correlation"], 2),
        ]
        for one in response["traits"][:MOST_TRAITS]
    ]
    if rows and response["foretells"]:  # else there is nothing to show
        yield "By itself foretells", ("Share", "95% interval", "Correlation"), rows


def _whole(found: Summary) -> str:
    """The whole effect in a sentence, of an explanation as it is told."""
    mean = rounded(found["routes"]["effect"]["mean"], 2)
    if is_ratio(found):
        return f"a {RATIO} of {mean} (on its logarithm)"
    return f"{mean} {units(found['routes']['unit'])}"


def _by_chance(found: Summary) -> bool:
    """Whether the whole effect cannot be told from none, of an explanation as it is told."""
    effect = found["routes"]["effect"]
    none = 1.0 if is_ratio(found) else 0.0
    return bool(abs(effect["mean"] - none) <= 2 * (effect["monte_carlo_error"] or 0.0))


def sentences(summary: Summary) -> Iterator[str]:
    """The answer in words."""
    summary = as_told(summary)
    verb = "comes about" if is_ratio(summary) else "go"
    unit, whole = units(summary["unit"]), _whole(summary)
    trial = f"{isolated(summary['arm_label'])} on {isolated(summary['label'])}"
    if summary["nothing"] and summary.get("not_parted"):
        late = f"what sets it apart comes too late to be seen at week {summary['week']:g}"
        untaken = None in summary["not_parted"].values()
        yield (
            f"{trial}: {'nobody takes any of what sets it apart' if untaken else late}, so there "
            "is no effect, nothing carries it and nobody responds."
        )
        return
    if summary["nothing"]:
        yield f"{trial}: there is no effect, so nothing carries it and nobody responds."
        return
    carried = [one for one in summary["routes"]["parts"] if one["share"] is not None]
    first = max(carried, key=lambda one: one["share"]["value"], default=None)
    if first is None:
        yield f"{trial}: no shares, since {summary['routes']['why_no_shares']}."
    elif share_cells(first["share"])[0] == UNTOLD:
        yield (
            f"{trial}: by which route {whole} {verb} cannot be told; "
            "the effect is too near none, or worlds are too few, for shares of it."
        )
    else:
        share, ends = share_cells(first["share"])
        goes = f"goes by {ROUTES[first['route']]}"
        if first["route"] == "none of them":
            goes = "goes by none of the routes: it acts in the skin"
        yield f"{trial}: of {whole} {share} ({ends}) {goes}."
        if _by_chance(summary):
            yield (
                "That effect is within two Monte-Carlo errors of none: shares are of what single "
                "worlds show, to either side."
            )
    found = summary["response"]
    if found is None:
        yield f"Who responds cannot be said: {summary['why_no_response']}."
        return
    best = found["skill"]
    share = lost(best["value"], best["ci95_low"], best["ci95_high"])
    if found["foretells"]:
        yield (
            f"What is measured at enrolment foretells {share} of what "
            "differs between the responses of patients in worlds that were not fitted."
        )
    else:
        yield _foretold_by_little(found["traits"], share)
    yield (
        f"Of the spread of responses (SD {rounded(found['sd'], 2)} {unit}) no measurement of a "
        f"person removes {percent(found['no_measurement_removes'])}: what nobody knows of the "
        "product in this trial, and the days to come."
    )


def _foretold_by_little(traits: Sequence[Mapping[str, Any]], share: str) -> str:
    """That all together foretells nothing, and what does so by itself all the same.

    Parameters
    ----------
    traits : what is measured, best first
    share : of what differs, that all of it foretells
    """
    some = [one for one in traits if one["foretells"]]
    if not some:
        return (
            f"Nothing that is measured at enrolment foretells who responds: the share is {share} "
            "in worlds that were not fitted."
        )
    skill = some[0]["skill"]
    own = lost(skill["value"], skill["ci95_low"], skill["ci95_high"])
    return (
        "All that is measured at enrolment, taken together, does not foretell who responds: the "
        f"share is {share} in worlds that were not fitted. By itself {isolated(some[0]['label'])} "
        f"foretells {own}."
    )
