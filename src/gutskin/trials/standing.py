"""Where what is asked stands to the evidence: one trial, or several cases together.

One helper for every command that foretells people: whoever asks about many trials, doses or ages
gets one sentence on all of them, and each by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gutskin.model.biology import Biology
from gutskin.trials.applicability import Applicability, applicability
from gutskin.trials.axes import IN_WORDS, ORDER, OUTSIDE
from gutskin.trials.design import TrialDesign
from gutskin.trials.outside import told_as_it_is

SHOWN = 4  # values of an axis that a sentence names


def where_it_stands(design: TrialDesign, biology: Biology) -> dict[str, Any]:
    """One trial, as plain values: see `Applicability`."""
    return told_as_it_is(design, biology).to_json()


def where_they_stand(
    cases: Mapping[str, TrialDesign], biology: Biology, what: str, *, without_itself: bool = False
) -> dict[str, Any]:
    """Several cases together, and each by itself, as plain values.

    Parameters
    ----------
    cases : a name -> the trial that stands for it; one at least
    what : what the cases are, several of them ("trials")
    without_itself : whether a trial that was done is no evidence for itself
    """
    found = {
        name: applicability(one, biology, without=one.name if without_itself else "")
        for name, one in cases.items()
    }
    counts = {where: sum(one.where == where for one in found.values()) for where in ORDER}
    beyond = _beyond(found)
    return {
        "where": max((one.where for one in found.values()), key=ORDER.index),
        "counts": counts,
        "beyond": beyond,
        "cases": {name: one.to_json() for name, one in found.items()},
        "sentence": _sentence(counts, beyond, what)
        if len(found) > 1
        else next(iter(found.values())).sentence,
    }


def _beyond(found: Mapping[str, Applicability]) -> dict[str, list[str]]:
    """By which axes cases are outside, with what they ask for."""
    axes: dict[str, list[str]] = {}
    for one in found.values():
        if not one.trials:
            axes.setdefault("kind of treatment", [])
        for axis in one.axes:
            if axis.where == OUTSIDE and axis.asked not in axes.setdefault(axis.axis, []):
                axes[axis.axis].append(axis.asked)
    return {name: asked for name, asked in axes.items() if asked or name == "kind of treatment"}


def _sentence(counts: Mapping[str, int], beyond: Mapping[str, list[str]], what: str) -> str:
    """How many are where, and by what those outside are so."""
    total = sum(counts.values())
    there = {where: count for where, count in counts.items() if count}
    if len(there) == 1:
        says = f"All {total} {what} are {IN_WORDS[next(iter(there))]} the evidence"
    else:
        parts = [f"{count} {IN_WORDS[where]}" for where, count in there.items()]
        says = f"Of {total} {what} {_joined(parts)} the evidence"
    if not beyond:
        return says + "."
    by = [f"{axis}{_named(asked)}" for axis, asked in beyond.items()]
    return f"{says}; outside by {_joined(by)}."


def _joined(parts: list[str]) -> str:
    """Parts of a sentence in a row."""
    return " and ".join([*[", ".join(parts[:-1])][: len(parts) > 1], *parts[-1:]])


def _named(asked: list[str]) -> str:
    if not asked:
        return ""
    more = f" and {len(asked) - SHOWN} more" if len(asked) > SHOWN else ""
    return f" ({', '.join(asked[:SHOWN])}{more})"
