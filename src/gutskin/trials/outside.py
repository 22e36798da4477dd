"""Outside the evidence an interval is wider, by as much as trials left out by kind ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gutskin.model.biology import POSTERIOR, Biology
from gutskin.model.drugs import drugs
from gutskin.trials.applicability import Applicability, applicability, kinds_of_treatment
from gutskin.trials.axes import OUTSIDE
from gutskin.trials.design import TrialDesign
from gutskin.trials.doses_given import PRODUCT

TABLE = "targets/outside.tsv"
OF_DRUGS, ACTION = "drug:", "action"  # axes of trials of drugs; where they act


def widened(found: Applicability, design: TrialDesign, biology: Biology) -> Applicability:
    """The same with how much wider intervals are, where that is known.

    It is known of treatment with a product and with drugs, in worlds of the posterior. Of an axis
    by which no kind of trial could be left out (severity) it is the most of all axes; so it is of a
    drug that was never tried, whose action counts. Of several axes the variances that each adds are
    added.
    """
    rows = _rows(design, biology)
    if found.where != OUTSIDE or not rows or biology.draws != POSTERIOR:
        return found
    beyond = [one.axis for one in found.axes if one.where == OUTSIDE] if found.trials else [ACTION]
    if not beyond or (ACTION in beyond and ACTION not in rows):
        return found
    each = [rows.get(axis, max(rows.values())) for axis in beyond]
    wider = math.sqrt(1.0 + sum(one**2 - 1.0 for one in each))
    never = tuple(dict.fromkeys(axis for axis in beyond if axis not in rows))
    return replace(found, wider=wider, not_left_out=never)


def told_as_it_is(design: TrialDesign, biology: Biology) -> Applicability:
    """Where a trial stands, for commands that make no interval wider outside.

    That none has to be is told as `gutskin trial` tells it.
    """
    found = applicability(design, biology)
    told = widened(found, design, biology)
    return told if told.wider == 1.0 else found


def _rows(design: TrialDesign, biology: Biology) -> dict[str, float]:
    """Axis -> how much wider, of trials of this kind of treatment; empty where none is known."""
    kinds = kinds_of_treatment(design)
    every = biology.table(TABLE, ("id", "wider")) if biology.texts(TABLE) else {}
    of_drugs = bool(kinds) and kinds <= {f"treats {name}" for name in drugs(biology)}
    if not of_drugs and kinds != {f"treats {PRODUCT}"}:
        return {}
    return {
        name.removeprefix(OF_DRUGS): row.number("wider")
        for name, row in every.items()
        if name.startswith(OF_DRUGS) == of_drugs
    }


def with_outside(
    effect: Mapping[str, Any], wider: float | None, most: float = math.inf
) -> dict[str, Any]:
    """A distribution with the interval that holds outside, about its mean.

    Parameters
    ----------
    most : that a difference can be either way
    """
    if wider is None or wider <= 1.0 or effect["mean"] is None or effect["ci95_low"] is None:
        return dict(effect)
    mean = effect["mean"]
    return {**effect} | {
        f"ci95_outside_{end}": min(max(mean + wider * (effect[f"ci95_{end}"] - mean), -most), most)
        for end in ("low", "high")
    }


def ratio_outside(effect: Mapping[str, Any], wider: float | None) -> dict[str, Any]:
    """The same of a ratio, whose logarithm is what worlds draw.

    Examples
    --------
    >>> found = ratio_outside({"mean": 0.5, "ci95_low": 0.25, "ci95_high": 1.0}, 2.0)
    >>> round(found["ci95_outside_low"], 6), round(found["ci95_outside_high"], 6)
    (0.125, 2.0)
    """
    keys = ("mean", "ci95_low", "ci95_high")
    logs = {key: math.log(effect[key]) if effect[key] else None for key in keys}
    outside = with_outside(logs, wider)
    return {**effect} | {key: math.exp(value) for key, value in outside.items() if key not in keys}
