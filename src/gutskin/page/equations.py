"""What a mechanism computes, on the page: equations, its own numbers, what its absence hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gutskin.model.equations import RATE, RULE, Shown, equations_with
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.model.switches import brought_by
from gutskin.report.card import right_of


def equations_of(model: Model, row: Row) -> dict[str, Any]:
    """Ready for JSON: equations as text, numbers that it brings with their claims and ends.

    Parameters
    ----------
    row : of mechanisms.tsv
    """
    shown = equations_with(model, row.items("rules_and_reactions"))
    brought = dict.fromkeys(name for one in shown for name in brought_by(one, row.text("switch")))
    rows: Mapping[str, Row] = model.tables.parameters
    numbers = [
        rows[name] for name in brought if name in rows and rows[name].text("role") != "switch"
    ]
    return {
        "equations": [[_gives(one), one.id, right_of(one)] for one in shown],
        "numbers": [
            [one.id, *(one.text(key) for key in ("value", "claimed", "unit", "low", "high"))]
            for one in numbers
        ],
        "shown_by": row.text("shown_by"),
    }


def _gives(one: Shown) -> str:
    """What an equation gives: a quantity itself, the rate of a reaction, a gain or a loss."""
    if one.kind == RULE:
        return "rule"
    return "rate" if one.kind == RATE else "gain" if one.terms[0].amount > 0 else "loss"
