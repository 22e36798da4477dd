"""Outside the evidence an interval is wider, by as much as trials left out by kind ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gutskin.model.biology import POSTERIOR, Biology
from gutskin.trials.applicability import Applicability, kinds_of_treatment
from gutskin.trials.axes import OUTSIDE
from gutskin.trials.design import TrialDesign
from gutskin.trials.doses_given import PRODUCT

TABLE = "targets/outside.tsv"


def widened(found: Applicability, design: TrialDesign, biology: Biology) -> Applicability:
    """The same with how much wider intervals are, where that is known.

    It is known of treatment with a product in worlds of the posterior. Of an axis by which no kind
    of trial could be left out (severity, endpoint) it is the most of all axes. Of several axes the
    variances that each adds are added.
    """
    asked = {f"treats {PRODUCT}"} == {*kinds_of_treatment(design)}
    if found.where != OUTSIDE or not found.axes or not asked or biology.draws != POSTERIOR:
        return found
    rows = biology.table(TABLE, ("id", "wider")) if biology.texts(TABLE) else {}
    if not rows:
        return found
    by_axis = {name: row.number("wider") for name, row in rows.items()}
    beyond = [one.axis for one in found.axes if one.where == OUTSIDE]
    each = [by_axis.get(axis, max(by_axis.values())) for axis in beyond]
    wider = math.sqrt(1.0 + sum(one**2 - 1.0 for one in each))
    never = tuple(dict.fromkeys(axis for axis in beyond if axis not in by_axis))
    return replace(found, wider=wider, not_left_out=never)


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
