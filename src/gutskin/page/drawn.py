"""The figure of an experiment as few numbers: what is read, in every arm, under both stances.

Of the courses that `gutskin claims ID` draws, the median and the middle 80% at some days are kept,
as whole numbers between the ends of their panel. A page draws them; the rest is not needed there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.model.quantities import in_words

if TYPE_CHECKING:
    from gutskin.evidence.experiments import Statement
    from gutskin.evidence.running import Seen

SHARES = (0.1, 0.5, 0.9)
POINTS = 13  # days of a course at most
PANELS = 3  # quantities of an experiment at most: the first that its checks read
STEPS = 999  # between the ends of a panel: a third of a pixel


def figure_of(one: Statement, courses: Mapping[str, Mapping[str, Seen]]) -> dict[str, Any]:
    """What is kept of an experiment's courses, ready for JSON.

    Parameters
    ----------
    courses : stance -> arm -> its course; those of a stance that could not be run are missing

    Returns
    -------
    dict
        `days`; `arms`, their titles; `panels`, each with what it shows, its unit, its ends and
        `lines`: stance -> [arm, share, day], from 0 to 999 between the ends, -1 for no number
    """
    names = list(dict.fromkeys(check.quantity for check in one.experiment.checks))[:PANELS]
    arms = next(iter(courses.values()))
    some = next(iter(arms.values()))
    at = np.unique(np.linspace(0, len(some.times) - 1, POINTS).round().astype(int))
    panels = []
    for name in names:
        says, unit = in_words(some.model, name)
        bands = {
            stance: [np.quantile(seen.quantity(name)[at], SHARES, axis=1) for seen in of.values()]
            for stance, of in courses.items()
        }
        low, high = _ends([band for of in bands.values() for band in of])
        lines = {stance: [_whole(band, low, high) for band in of] for stance, of in bands.items()}
        panels.append({"says": says, "unit": unit, "ends": [low, high], "lines": lines})
    return {
        "days": [round(float(day), 1) for day in some.times[at]],
        "arms": [one.arms[name].title(name) for name in arms],
        "panels": panels,
    }


def _ends(bands: Sequence[np.ndarray]) -> tuple[float, float]:
    """The least and the largest number, to three digits outwards, apart from each other."""
    finite = np.concatenate([band[np.isfinite(band)] for band in bands])
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    size = max(abs(low), abs(high)) or 1.0
    step = 10.0 ** (math.floor(math.log10(size)) - 2)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    return float(f"{low:.6g}"), float(f"{high if high > low else low + step:.6g}")


def _whole(band: np.ndarray, low: float, high: float) -> list[list[int]]:
    """Numbers as whole ones between both ends."""
    share = np.where(np.isfinite(band), (band - low) / (high - low) * STEPS, -1.0)
    return np.rint(share).astype(int).tolist()
