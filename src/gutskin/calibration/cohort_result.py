"""What one target of a cohort comes to: in worlds, between patients, drawn and matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gutskin.trials.certainty import interval


@dataclass(frozen=True)
class InWorlds:
    """A number as worlds show it.

    Parameters
    ----------
    value : the middle of worlds
    interval : the 95% interval of worlds; None where they are too few to have one
    met : whether the middle lies in the range of the target
    met_in : share of worlds in which it does
    """

    value: float
    interval: tuple[float, float] | None
    met: bool
    met_in: float

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "value": _known(self.value),
            "interval": None if self.interval is None else list(self.interval),
            "met": self.met,
            "met_in": self.met_in,
        }


@dataclass(frozen=True)
class TargetResult:
    """One target and where virtual patients stand.

    Parameters
    ----------
    low, high : the range in which it must lie
    drawn : of patients as they are drawn
    error : standard error that few patients leave in one world
    between_patients : where 95% of the patients of a world lie; None of a share and the like
    matched : of weighted patients; None where weights cannot move it, or nobody asked
    evidence, note : rows of the evidence tables, and how the range was set
    """

    id: str
    label: str
    unit: str
    low: float
    high: float
    drawn: InWorlds
    error: float
    between_patients: tuple[float, float] | None
    matched: InWorlds | None
    evidence: tuple[str, ...]
    note: str

    def place(self, value: float) -> float:
        """Where a value lies: 0 at the lower end of the range, 1 at the upper."""
        return (value - self.low) / (self.high - self.low)

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        between = self.between_patients
        return {
            "id": self.id,
            "label": self.label,
            "unit": self.unit,
            "low": self.low,
            "high": self.high,
            **self.drawn.to_json(),
            "error": _known(self.error),
            "between_patients": None if between is None else list(between),
            "matched": None if self.matched is None else self.matched.to_json(),
            "evidence": list(self.evidence),
            "note": self.note,
        }


def _known(value: float) -> float | None:
    """A number, or nothing where there is none."""
    return value if np.isfinite(value) else None


def in_worlds(values: np.ndarray, low: float, high: float) -> InWorlds:
    """A target's values in worlds, beside its range.

    Parameters
    ----------
    values : Array [world]; NaN where a world shows none

    Examples
    --------
    >>> in_worlds(np.array([1.0, 2.0, 6.0, np.nan]), 0.0, 5.0)
    InWorlds(value=2.0, interval=None, met=True, met_in=0.6666666666666666)
    """
    seen = values[np.isfinite(values)]
    if not len(seen):
        return InWorlds(np.nan, None, met=False, met_in=0.0)
    middle = float(np.median(seen))
    low_end, high_end = interval(seen)
    return InWorlds(
        middle,
        (low_end, high_end) if np.isfinite([low_end, high_end]).all() else None,
        bool(low <= middle <= high),
        float(((seen >= low) & (seen <= high)).mean()),
    )
