"""Creams by a rule on a score: put on from a look at which it is high until one at which it is low.

Nobody knows beforehand when a patient uses them, so his course is followed from look to look: at
each the score decides, with the error of its record, what he puts on until the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.population.calendar import DoseCalendar
from gutskin.population.streams import Keys
from gutskin.trials.endpoints import (
    Endpoint,
    endpoints_of,
    errors,
    expected_relief,
    measured,
    measurement_noise,
    rated,
    read,
    with_events,
)
from gutskin.trials.intervention_parts import When

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from gutskin.engine import Schedule
    from gutskin.engine.trajectories import Trajectories
    from gutskin.model.model import Model

DAYS_PER_WEEK = 7.0
CLOSE = 1e-6  # days: a look so near to a visit is at it
Run = Callable[["Schedule", np.ndarray, np.ndarray], "Trajectories"]


@dataclass(frozen=True, eq=False)
class Rule:
    """The rule of one intervention of an arm.

    Parameters
    ----------
    number : of the intervention
    when : as the file has it
    endpoint : the score
    looks : Array [look] (days), on which it decides
    z : Array [look, patient], the error of each look, as of `errors`
    missed : Array [look, patient] (bool), who does not come to the visit
    """

    number: int
    when: When
    endpoint: Endpoint
    looks: np.ndarray
    z: np.ndarray
    missed: np.ndarray


@dataclass(frozen=True, eq=False)
class Looks:
    """What a look at a score needs beside the body.

    Parameters
    ----------
    admitted : name of the score that admits, Array [patient] of it at baseline (NaN if none did)
    shift : of the physicians' score after the first visit, a number or Array [patient]
    expects : share of what the patient rates that expectation takes off, the same
    """

    admitted: tuple[str, np.ndarray]
    shift: ArrayLike
    expects: ArrayLike

    def at(self, rule: Rule, look: int, courses: Trajectories) -> np.ndarray:
        """The score as it is written down at a look [patient], at the end of these courses."""
        true, subjective = read(courses, (rule.endpoint,))
        first = rule.looks[look] == 0.0
        both = np.repeat(true[:, -1:], 2, axis=1)  # as if at the first visit, and after it
        eased = expected_relief(
            (rule.endpoint,), both, np.repeat(subjective[-1:], 2, axis=0), self.expects
        )
        z = np.repeat(rule.z[None, look : look + 1], 2, axis=1)
        values = measured(
            (rule.endpoint,), rated((rule.endpoint,), both, self.shift), z, eased
        )  # fmt: skip
        name, score = self.admitted
        if rule.endpoint.stream == name:
            values[0, 0] = np.where(np.isnan(score), values[0, 0], score)
        return np.asarray(with_events((rule.endpoint,), values)[0, 0 if first else 1])


def rules_of(
    interventions: Sequence[Any],
    model: Model,
    visits: np.ndarray,
    end: float,
    seed: int,
    keys: Keys,
    missed: np.ndarray,
) -> tuple[Rule, ...]:
    """The rules of an arm, with the errors of their looks.

    At a visit the error is that of what is written down there; between visits of its own.

    Parameters
    ----------
    visits : Array [visit] (days)
    end : last day of the trial
    missed : Array [visit, patient] (bool), who does not come to which visit
    """
    found = []
    for number, one in enumerate(interventions):
        when = getattr(one, "when", None)
        if when is None:
            continue
        (score,) = endpoints_of(model, [when.score])
        start, stop = one.start_week * DAYS_PER_WEEK, min(one.end_week * DAYS_PER_WEEK, end)
        if when.every_days is None:
            inside = (visits >= start) & (visits < stop)
            looks = visits[inside]
            z = measurement_noise((score,), keys, seed, len(visits))[0, inside]
            away = missed[inside]
        else:
            looks = np.arange(start, stop, when.every_days)
            near = np.abs(np.subtract.outer(looks, visits))
            looks = np.where(near.min(axis=1) < CLOSE, visits[near.argmin(axis=1)], looks)
            z = errors((score,), keys, seed, len(looks), "rule")[0]
            away = np.zeros(z.shape, bool)
        found.append(Rule(number, when, score, looks, z, away))
    return tuple(found)


def followed(
    calendar: DoseCalendar,
    rules: Sequence[Rule],
    looks: Looks,
    start: np.ndarray,
    days: np.ndarray,
    schedule: Callable[[DoseCalendar], Schedule],
    run: Run,
) -> Trajectories:
    """The courses of patients who put creams on by rules.

    Parameters
    ----------
    calendar : with what is by a rule as if it were used all the time
    start : Array [state, patient], on day 0
    days : Array [day], on which states are given; the first is day 0
    schedule : what a calendar does to the model
    run : simulates: a schedule, a start, and the days of a window
    """
    using = {rule.number: np.zeros(start.shape[1], bool) for rule in rules}
    inside = [one for rule in rules for one in rule.looks if one < days[-1]]
    edges = np.unique([days[0], days[-1], *inside])
    windows: list[Trajectories] = []
    spans: list[_Span] = []
    here = run(schedule(_applied(calendar, using, [])), start, days[:1])
    for first, last in pairwise(edges):
        using = {
            rule.number: _decided(rule, using[rule.number], float(first), looks, here)
            for rule in rules
        }
        spans.append(_Span(float(first), float(last), using))
        within = days[(days > first) & (days < last)]
        state = windows[-1].end if windows else start
        state = np.where(np.isfinite(state).all(axis=0), state, start)  # who failed stays lost
        here = run(
            schedule(_applied(calendar, using, spans[-1:])), state, np.array([first, *within, last])
        )
        windows.append(here)
    return _joined(windows, days, schedule(_applied(calendar, using, spans)))


@dataclass(frozen=True, eq=False)
class _Span:
    """Who uses what from one look to the next: number of the intervention -> Array [patient]."""

    start: float
    end: float
    using: Mapping[int, np.ndarray]


def _decided(
    rule: Rule, using: np.ndarray, day: float, looks: Looks, courses: Trajectories
) -> np.ndarray:
    """Who uses it from a day on [patient] (bool): as before where nobody looks, or none comes."""
    at = np.flatnonzero(rule.looks == day)
    if not len(at):
        return using
    score = looks.at(rule, int(at[0]), courses)
    found = np.where(using, score >= rule.when.stays_from, score >= rule.when.at_least)
    return np.where(rule.missed[at[0]], using, found)


def _applied(
    calendar: DoseCalendar, using: Mapping[int, np.ndarray], spans: Sequence[_Span]
) -> DoseCalendar:
    """The calendar with what is by a rule only in these spans, and of those who use it there."""
    found = []
    for one in calendar.exposures:
        if one.dose not in using:
            found.append(one)
            continue
        for span in spans:
            first, last = max(one.start, span.start), min(one.end, span.end)
            if first < last and span.using[one.dose].any():
                share = one.share * span.using[one.dose]
                found.append(replace(one, start=first, end=last, share=share))
    return replace(calendar, exposures=tuple(found))


def _joined(windows: Sequence[Trajectories], days: np.ndarray, schedule: Schedule) -> Trajectories:
    """One course of all windows; a value at a look is that after it."""
    states = np.concatenate([one.states[:-1] for one in windows[:-1]] + [windows[-1].states])
    times = np.concatenate([one.times[:-1] for one in windows[:-1]] + [windows[-1].times])
    failed = np.any([one.failed for one in windows], axis=0)
    at = np.full(len(failed), np.nan)
    for one in reversed(windows):
        at = np.where(one.failed, one.failed_at, at)
    own = states[np.searchsorted(times, days)]
    own = np.where((days[:, None] >= at)[:, None] & failed, np.nan, own)
    return replace(
        windows[-1], times=days, states=own, failed=failed, failed_at=at, schedule=schedule,
        steps=np.sum([one.steps for one in windows], axis=0),
        evaluations=sum(one.evaluations for one in windows),
    )  # fmt: skip


__all__ = ["Looks", "Rule", "followed", "rules_of"]
