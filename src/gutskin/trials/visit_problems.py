"""What is wrong with the visits of a trial file, and when the trial ends."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from gutskin.model.domains import limits
from gutskin.toml_file import sound, sound_parts, table
from gutskin.toml_text import Found
from gutskin.trials.intervention_parts import Times
from gutskin.trials.parts import RunIn, Visits, order_of_visits, visits_told

DAYS_PER_WEEK = 7.0
SOME = 20  # visits of which the same is wrong, each with a line of its own


def end_of_trial(stated: float | None, ends: Sequence[float], weeks: Sequence[float]) -> float:
    """The week at which a trial ends: as stated, else with its last dose or visit.

    The later of the two. What is given without an end of its own goes on until then.

    Examples
    --------
    >>> end_of_trial(None, [8.0, math.inf], [0.0, 4.0, 12.0])
    12.0
    """
    finite = [float(end) for end in ends if math.isfinite(end)]
    return float(stated) if stated is not None else max([*finite, float(max(weeks))])


def visit_problems(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Visits that nobody lives to see, or that come too close to each other."""
    values = dict(table(raw, "visits"))
    longest, gap = longest_weeks(), limits()["visit_gap_days"].low
    most = {"end_week": longest, "screening_weeks": limits()["screening_weeks"].high}
    for key, last in most.items():
        value = values.get(key)
        if isinstance(value, int | float) and math.isfinite(value) and value > last:
            what = f"`{key} = {value:g}`: at most {last:.0f} weeks can be simulated."
            yield ("visits", key), what, "Write fewer weeks."
    before = sound(RunIn, {"weeks": table(raw, "run_in").get("weeks")})
    if before is not None and before.weeks > (last := most["screening_weeks"]):
        what = f"`weeks = {before.weeks:g}`: a run-in has at most {last:.0f} weeks."
        yield ("run_in", "weeks"), what, "Write fewer weeks."
    whole = sound(Visits, {"weeks": values.get("weeks")})
    numbers = {i: one for i, one in enumerate(_weeks(values)) if _is_week(one)}
    if whole is None and (wrong := order_of_visits([*numbers.values()], first=0 in numbers)):
        yield ("visits", "weeks"), f"the weeks of visits: {wrong}.", None  # beside a wrong one
    for number, week in numbers.items():
        if week > longest:
            what = f"week {week:g}: at most {longest:.0f} weeks can be simulated."
            yield ("visits", "weeks", number), what, "Write an earlier visit."
    pairs = enumerate(pairwise(whole.weeks if whole is not None else ()), 1)
    close = [(i, later) for i, (one, later) in pairs if (later - one) * DAYS_PER_WEEK < gap]
    for number, week in close[:SOME]:
        what = f"the visit at week {week:g} comes within an hour of the one before."
        yield ("visits", "weeks", number), what, "Take one of the two out."
    yield from _others(close, "come within an hour of the one before")


def _ends(arms: Sequence[Mapping[str, Any]]) -> list[float]:
    times = (sound_parts(arm.get("interventions"), Times).values() for arm in arms)
    return [
        one.end_week
        for some in times
        for one in some
        # What ends before it starts is told by itself; the trial does not end with it.
        if one.end_week is not None and one.end_week > (one.start_week or 0.0)
    ]


def end_of(raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]]) -> float | None:
    """The week at which the trial ends, if the file says it.

    A visit that is too late to be simulated is told by itself, and prolongs nothing.
    """
    visits, whole = table(raw, "visits"), visits_told(raw)
    ended = sound(Visits, {"weeks": (0, 1), "end_week": visits.get("end_week")})
    if whole is None or ended is None:
        return None
    weeks = [week for week in whole.weeks if week <= longest_weeks()]
    if ended.end_week is None and not any(weeks):
        return None  # it has no visit by which it could end
    return end_of_trial(ended.end_week, _ends(arms), weeks or whole.weeks)


def latest(raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]]) -> float:
    """The last week that a visit or an intervention asks for: one remedy for all that is late.

    Of those that can be simulated: what is later is told to be too late, and asks for no more time.
    """
    whole = visits_told(raw)
    weeks = [*([] if whole is None else whole.weeks), *_ends(arms)]
    return max((week for week in weeks if week <= longest_weeks()), default=0.0)


def longest_weeks() -> float:
    """The weeks that can be simulated."""
    return limits()["days"].high / DAYS_PER_WEEK


def late_visits(raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
    """Visits after the end of the trial, where the file states one."""
    end = end_of(raw, arms)
    if end is None:
        return
    weeks = enumerate(_weeks(table(raw, "visits")))
    late = [(i, week) for i, week in weeks if end < week <= longest_weeks()]
    remedy = f"To follow patients up, write `end_week = {latest(raw, arms):g}` in [visits]"
    remedy += ", or take it out: the trial then ends with its last visit or dose."
    for i, week in late[:SOME]:
        message = f"the visit at week {week:g} is after the end of the trial, week {end:g}."
        yield ("visits", "weeks", i), message, remedy
    yield from _others(late, "are after the end of the trial")


def _others(visits: Sequence[tuple[int, float]], what: str) -> Iterator[Found]:
    """Of many visits of which the same is wrong, how many are not told one by one."""
    if (more := len(visits) - SOME) > 0:
        yield ("visits", "weeks"), f"{more:,} more visits {what}.", "Write fewer visits."


def _weeks(visits: Mapping[str, Any]) -> list[Any]:
    """The weeks of a file as they stand; nothing if they are no array."""
    weeks = visits.get("weeks")
    return weeks if isinstance(weeks, list) else []


def _is_week(week: Any) -> bool:
    """Whether a visit may have such a week; what may not be is told by itself."""
    return type(week) in (int, float) and 0 <= week < math.inf
