"""Responders that trials report on the other side of the truth, since more of an arm leave.

Who has left is no responder: an arm that more patients leave shows fewer of them, whatever it does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign

PERCENT = 100.0
BEYOND = 2.0  # Monte-Carlo errors by which the two are apart


def against_the_truth(summary: Mapping[str, Any], design: TrialDesign) -> Iterator[str]:
    """A sentence for each such comparison.

    Parameters
    ----------
    summary : of the trial, with its endpoints and its flow
    """
    flow = summary.get("flow", {}).get("arms", {})
    left = {
        name: one["lost"] / one["randomised"] for name, one in flow.items() if one["randomised"]
    }
    titles = {arm.name: in_sentence(arm.title) for arm in design.arms}
    control = design.control.name
    if design.single_arm or control not in left:
        return
    for one in summary["endpoints"].values():
        if one["unit"] != "1" or one["lower_is_better"]:
            continue
        for arm, its in one["differences"].items():
            gap = _gap(its)
            more = left.get(arm, math.nan) - left[control]
            if gap is not None and gap * more < 0:
                reported, true = (
                    f"{PERCENT * number:+.0f}".replace("-", "−")
                    for number in (its["mean"], its["true_effect"]["mean"])
                )
                yield (
                    f"{one['label']}: trials report {reported} percentage points for {titles[arm]} "
                    f"where {true} is true. Who has left counts as a failure, and of "
                    f"{titles[arm]} {PERCENT * left[arm]:.0f}%, of {titles[control]} "
                    f"{PERCENT * left[control]:.0f}% are not there at the end."
                )


def _gap(its: Mapping[str, Any]) -> float | None:
    """What is reported less what is true, where signs differ and they are apart beyond chance."""
    true = its["true_effect"]
    numbers = its["mean"], true["mean"], its["monte_carlo_error"], true["monte_carlo_error"]
    if any(one is None or not math.isfinite(one) for one in numbers):
        return None
    mean, truth, *errors = numbers
    if mean * truth >= 0 or abs(mean - truth) <= BEYOND * math.hypot(*errors):
        return None
    return mean - truth
