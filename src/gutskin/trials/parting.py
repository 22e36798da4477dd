"""Arms that have not parted from the control by the visit at which they are compared with it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gutskin.media import isolated

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign

DAYS_PER_WEEK = 7.0
ROUNDING = 1e-9  # weeks
IN_DOSES = ("drug", "dupilumab")  # each begins with a loading dose: two courses are not one


def not_parted(design: TrialDesign, week: float | None = None) -> dict[str, float]:
    """Active arms that by a visit have been given what the control has been given, and no more.

    An arm that is given what the control is given never parts from it; that may be meant. A single
    arm is compared with the same people untreated.

    Parameters
    ----------
    week : of the visit; that of the analysis (of a crossover the end of its first period) without

    Returns
    -------
    dict arm -> the week from which on it is given something else
    """
    week = design.visits.weeks[design.analysed] if week is None else week
    found = {}
    for arm in design.active:
        parts = parts_from(arm.interventions, design.control.interventions)
        if week <= parts < math.inf:
            found[arm.name] = parts
    return found


def parts_from(arm: Sequence[Any], control: Sequence[Any]) -> float:
    """The week from which on two arms are given something else; infinite if they never are.

    What a mother takes before birth is given by week 0.
    """
    times = sorted({0.0, *(time for one in (*arm, *control) for time in _times(one))})
    for first, until in pairwise([*times, math.inf]):
        if _given(arm, until) != _given(control, until):
            return first
    return math.inf


def parting_notes(design: TrialDesign) -> list[str]:
    """What a reader should know of such arms, a sentence each; then of estimands of other weeks."""
    analysed, labels = design.visits.weeks[design.analysed], {one.name: one for one in design.arms}
    where, remedy = "arms are compared", "compare arms at a later visit (`week` of [analysis])"
    so, own = "both have been given the same by then", "What sets '{}' apart"
    if design.single_arm:
        where, remedy = "it is analysed", "analyse a later visit (`week` of [analysis])"
        so, own = "nobody has taken any of it by then", "What '{}' is given"
    elif design.crossover is not None:
        where, remedy = "the first period ends", "let that end later (`periods` of [crossover])"
    says = [
        f"{own.format(name)} ({labels[name].label or name}) begins at week {start:g}, and {where} "
        f"at week {analysed:g}: {so}. Start it earlier, or {remedy}."
        for name, start in not_parted(design).items()
    ]
    return says + [
        f"{own.format(name)} ({labels[name].label or name}) begins at week {start:g}, and the "
        f"estimand {isolated(one.title)} is of week {one.week:g}: {so}, so that there is nothing "
        "to estimate."
        for one in design.estimands
        if one.week not in (None, analysed)
        for name, start in not_parted(design, one.week).items()
    ]


def _times(one: Any) -> Iterator[float]:
    """The weeks at which anything of it begins, is given again, or ends."""
    start, end = one.start_week, one.end_week
    yield start
    yield end
    if (every := getattr(one, "every_weeks", None)) is not None and math.isfinite(end):
        yield from (start + every * number for number in range(_doses(start, end, every)))
    if one.kind == "antibiotic":
        yield start + one.days / DAYS_PER_WEEK


def _given(courses: Sequence[Any], week: float) -> Counter[tuple[Any, float, float]]:
    """What has been given before a week: what, from when, until when.

    A course that goes on with the same as another is one with it.
    """
    found: dict[tuple[Any, float], float] = {}  # what and its end -> its start
    injected: Counter[tuple[Any, float, float]] = Counter()
    for one in sorted(courses, key=lambda one: one.start_week):
        if _is_injected(one):
            injected.update(_injections(one, week))
            continue
        what, start, end = _clipped(one, week)
        if getattr(one, "weeks_before_birth", 0.0) > 0:
            found[what, -one.weeks_before_birth] = -math.inf
            what = what.model_copy(update={"weeks_before_birth": 0.0})
        if end <= start:
            continue
        if one.kind not in IN_DOSES and getattr(one, "when", None) is None:
            start = found.pop((what, start), start)
        found[what, end] = start
    return injected + Counter((what, start, end) for (what, end), start in found.items())


def _is_injected(one: Any) -> bool:
    """Whether its doses are written out, so that each of them is known without a table of drugs."""
    written = one.kind in IN_DOSES and one.dose_mg is not None and one.every_weeks is not None
    return written and math.isfinite(one.end_week)


def _injections(one: Any, week: float) -> Iterator[tuple[Any, float, float]]:
    """Each injection before a week: what, and when; by which regimen it comes does not matter."""
    loading = one.dose_mg if one.loading_mg is None else one.loading_mg
    loadings = getattr(one, "loading_doses", 1)
    every, end = one.every_weeks, min(one.end_week, week)
    bare: dict[str, Any] = {"start_week": 0.0, "end_week": 0.0, "every_weeks": 1.0}
    bare |= {"loading_mg": None, **({"loading_doses": 1} if one.kind == "drug" else {})}
    for number in range(_doses(one.start_week, end, every)):
        amount = loading if number < loadings else one.dose_mg
        when = one.start_week + every * number
        yield one.model_copy(update={**bare, "dose_mg": amount}), when, when


def _clipped(one: Any, week: float) -> tuple[Any, float, float]:
    """What is given, whenever that is, and from when until when before a week."""
    same: dict[str, Any] = {"start_week": 0.0, "end_week": 0.0}
    start, end = one.start_week, min(one.end_week, week)
    if one.kind == "antibiotic":
        end, same["days"] = min(end, start + one.days / DAYS_PER_WEEK), 0.0
    if one.kind == "maternal_probiotic":
        end, same["while_nursing"] = end if one.while_nursing else start, True
    if (every := getattr(one, "every_weeks", None)) is not None and math.isfinite(end):
        end = start + every * _doses(start, end, every)
    return one.model_copy(update=same), start, end


def _doses(start: float, end: float, every: float) -> int:
    """How many injections fall into a course."""
    return max(0, math.ceil((end - start) / every - ROUNDING))
