"""What each arm of a trial is given, in a sentence each: the regimens of its plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gutskin.media import counted, isolated

if TYPE_CHECKING:
    from gutskin.population.regimen import Regimen
    from gutskin.trials.plan import TrialPlan

MOST = 12  # courses of an arm that are told


def given(plan: TrialPlan) -> Iterator[str]:
    """A sentence for the run-in, and one for each arm of the trial."""
    run_in = plan.design.run_in
    if plan.run_in is not None and run_in is not None:
        yield f"In the run-in of {run_in.weeks:g} weeks all get: {_all(plan.run_in.courses)}."
    for one in plan.arms:
        if one.arm.n:
            yield f"On {isolated(one.arm.title)}: {_all(one.courses)}."


def _all(courses: Sequence[Regimen]) -> str:
    """Of many courses the first, and how many more there are."""
    told = [_course(one) for one in courses[:MOST]]
    more = [f"{len(courses) - MOST:,} more (see --plan)"] if len(courses) > MOST else []
    return "; ".join((*told, *more)) or "nothing that acts"


def _course(one: Regimen) -> str:
    """What, how much, on which days and how often."""
    days = f"day {one.first:g}" if one.first == one.last else f"days {one.first:g} to {one.last:g}"
    return f"{one.what} ({one.amount}, {days}, {counted(one.doses, 'dose')})"


__all__ = ["given"]
