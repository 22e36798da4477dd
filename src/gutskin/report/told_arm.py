"""What an arm has come to, in the quantity in which its effect is told.

Of a share how many have it at the end; of what is tested on logarithms the geometric mean at the
end over that at the start, beside the ratio of two arms; of all else the mean change. A difference
of means beside a ratio of geometric means is another quantity, which the few highest values decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gutskin.report import words
from gutskin.report.points import told_mean
from gutskin.report.rounding import decimals, of_ratios
from gutskin.report.told_effect import TIMES, on_logarithms
from gutskin.report.words import Summary

CHANGE, AT_THE_END, TO_START = "change_mean", "end_mean", "change_ratio"
ALONE = {CHANGE: "change", AT_THE_END: "at the end", TO_START: "ratio to the start"}
BESIDE = {CHANGE: "change", AT_THE_END: "of shares, at the end", TO_START: "×, ratio to the start"}


def told_of(one: Mapping[str, Any]) -> str:
    """Which number of the arms of an endpoint is told.

    Parameters
    ----------
    one : the endpoint in a summary
    """
    found = one.get("difference")
    if found is not None and on_logarithms(found) and _ratios(one):
        return TO_START
    return told_mean(one["unit"])


def outcome(one: Mapping[str, Any], arm: str, digits: int | None = None) -> str:
    """What an arm has come to, with its Monte-Carlo error.

    Parameters
    ----------
    one : the endpoint in a summary
    digits : decimals of a change or a share, its own if None; a ratio has those of all arms
    """
    told, numbers = told_of(one), one[arm]
    mean, error = numbers.get(told), numbers["monte_carlo_error"].get(told)
    if told == TO_START:
        if mean is None:
            return words.number(mean)
        digits = of_ratios(_ratios(one))
        return TIMES + words.with_error(mean, error, "", digits)
    if digits is None:
        digits = decimals([mean], [error])
    return words.with_error(mean, error, one["unit"], digits)


def _ratios(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The ratios of all arms to their start that are known, each with its error."""
    return [
        {"mean": its[TO_START], "monte_carlo_error": its["monte_carlo_error"][TO_START]}
        for its in one.values()
        if isinstance(its, Mapping) and its.get(TO_START) is not None
    ]


def outcomes(summary: Summary, name: str | None = None) -> str:
    """What `outcome` tells of arms, as the head of a column: of all endpoints, or of one.

    >>> outcomes({"endpoints": {"scorad": {"unit": "points"}}})
    'change'
    """
    told = _told(summary, name)
    return ALONE[told[0]] if len(told) == 1 else "; ".join(BESIDE[one] for one in told)


def since(summary: Summary) -> str:
    """The weeks between which arms have come to what is told of them."""
    week = f"week {summary['weeks']:g}"
    says = {
        CHANGE: f"mean change from week 0 to {week}",
        AT_THE_END: f"shares of patients at {week}",
        TO_START: f"×: geometric mean at {week} over that at week 0",
    }
    whole = "; ".join(says[one] for one in _told(summary))
    return f"{whole[0].upper()}{whole[1:]}."


def _told(summary: Summary, name: str | None = None) -> list[str]:
    """Which numbers are told, in the order of `ALONE`."""
    every = summary["endpoints"]
    told = {told_of(one) for key, one in every.items() if name in (None, key)}
    return [one for one in ALONE if one in told]
