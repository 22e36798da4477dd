"""Arms that have not parted from the control by the visit at which they are compared with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign


def not_parted(design: TrialDesign) -> dict[str, float]:
    """Active arms in which nobody has taken anything of their own by the visit of the analysis.

    An arm that is given what the control is given never parts from it; that may be meant.

    Returns
    -------
    dict arm -> the week at which the first thing of its own begins
    """
    if design.single_arm or design.crossover is not None:
        return {}
    week, control = design.visits.weeks[design.analysed], design.control.interventions
    found = {}
    for arm in design.active:
        own = [one for one in arm.interventions if one not in control]
        theirs = [one for one in control if one not in arm.interventions]
        if own and not _begun([*own, *theirs], week):
            found[arm.name] = min(one.start_week for one in own)
    return found


def parting_notes(design: TrialDesign) -> list[str]:
    """What a reader should know of such arms, a sentence each."""
    week, labels = design.visits.weeks[design.analysed], {one.name: one for one in design.arms}
    return [
        f"What sets '{name}' apart ({labels[name].label or name}) begins at week {start:g}, and "
        f"arms are compared at week {week:g}: nobody has taken any of it by then. Start it "
        "earlier, or compare arms at a later visit (`week` of [analysis])."
        for name, start in not_parted(design).items()
    ]


def _begun(given: Sequence[Any], week: float) -> bool:
    """Whether anything of it is taken before a week; what a mother takes before birth is."""
    return any(
        one.start_week < week or getattr(one, "weeks_before_birth", 0.0) > 0 for one in given
    )
