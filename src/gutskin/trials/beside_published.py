"""Every number that a real trial reported beside what simulated trials print, as plain values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.trials.certainty import interval, mean_of
from gutskin.trials.published import PublishedNumber, published_numbers

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign


def beside(design: TrialDesign, found: np.ndarray) -> list[dict[str, Any]]:
    """Every published number beside what trials of the model print, as plain values.

    Parameters
    ----------
    found : Array [number, replicate], of `simulated_numbers`
    """
    return [
        _beside(one, draws) for one, draws in zip(published_numbers(design), found, strict=True)
    ]


def _middle(one: PublishedNumber, draws: np.ndarray) -> float:
    """The mean of what trials print; of a ratio the geometric one, the middle where one is 0."""
    if not one.is_ratio:
        return mean_of(draws)
    return math.exp(mean_of(np.log(draws))) if (draws > 0).all() else float(np.median(draws))


def _beside(one: PublishedNumber, draws: np.ndarray) -> dict[str, Any]:
    seen = draws[np.isfinite(draws)]
    low, high = interval(draws)
    told = {
        key: value for key in ("low", "high", "se", "p") if (value := getattr(one, key)) is not None
    }
    return {
        "endpoint": one.endpoint,
        "arm": one.arm,
        **({"against": one.against} if one.against else {}),
        "week": one.week,
        "measure": one.measure,
        **({"within_patients": True} if one.ends is not None else {}),
        "published": {"value": one.value, **told},
        "simulated": {
            "mean": _middle(one, seen) if len(seen) else float("nan"),
            "ci95_low": low,
            "ci95_high": high,
            "over": "trials",
            "replicates": len(seen),
        },
    }
