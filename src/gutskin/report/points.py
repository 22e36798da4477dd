"""Shares of patients as a reader says them: a risk and its difference in percentage points.

`result.json` holds them as shares of 1. Nobody says "0.039 1 lower": on a page and a terminal
an endpoint that is 1 in who has it and 0 in who has not is told as 3.9 percentage points.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign

SHARE, POINTS = "1", "percentage points"
BARE = "units"  # of a number that is no share of patients and has no unit: endpoints.BARE
RATIOS = ("ratio", "hazard_ratio", "rate_ratio")  # of no unit
MOVED = (
    "mean", "ci95_low", "ci95_high", "ci95_outside_low", "ci95_outside_high", "monte_carlo_error",
    "baseline_mean", "end_mean", "change_mean", "change_sd", "between_sites_sd", "within_sites_sd",
)  # fmt: skip


def in_points(summary: Mapping[str, Any]) -> dict[str, Any]:
    """A summary whose shares of patients are percentage points; all else is as it was.

    Parameters
    ----------
    summary : from `summarise`

    Examples
    --------
    >>> one = {"unit": "1", "difference": {"mean": -0.04, "share_p_below_0_05": 0.1}}
    >>> in_points({"endpoints": {"eczema": one}})["endpoints"]["eczema"]["difference"]
    {'mean': -4.0, 'share_p_below_0_05': 0.1}
    """
    found = dict(summary)
    found["endpoints"] = {
        name: {**_scaled(one), "unit": POINTS} if one["unit"] == SHARE else one
        for name, one in summary["endpoints"].items()
    }
    for key, line in summary.items():
        if key.endswith("_stance") and summary["endpoints"][line["endpoint"]]["unit"] == SHARE:
            found[key] = _scaled(line)
    change = summary.get("control_change")  # its spread between sites, and within them
    if change and summary["endpoints"][summary["primary"]]["unit"] == SHARE:
        found["control_change"] = _scaled(change)
    return found


def told_mean(unit: str) -> str:
    """Which mean of an arm is told: of a share how many have it at the end, else the change.

    Nobody is told how a share has changed: where some have it at the first visit already (or seem
    to, by the error of a record), that is another number than the share that is found at the end.

    >>> told_mean("percentage points"), told_mean("points")
    ('end_mean', 'change_mean')
    """
    return "end_mean" if unit == POINTS else "change_mean"


def matters(design: TrialDesign, summary: Mapping[str, Any]) -> float | None:
    """The change that matters to a patient, in the unit in which the summary tells it.

    None of what is told as a ratio: no difference can be set beside one (files that do are
    refused).
    """
    found, primary = design.analysis.meaningful_difference, summary["endpoints"][summary["primary"]]
    if "ratio" in primary.get("difference", {}):
        return None
    told = primary["unit"] == POINTS
    return 100 * found if found is not None and told else found


def _scaled(part: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _value(key, one) for key, one in part.items()}


def _value(key: str, one: Any) -> Any:
    if isinstance(one, Mapping):
        return one if key in RATIOS else _scaled(one)
    moved = key in MOVED and isinstance(one, int | float) and not isinstance(one, bool)
    return 100 * one if moved else one
