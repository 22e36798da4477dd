"""Intercurrent events: what becomes of patients in whom they happen, and in whom they do not.

Without any event a patient under an arm has one course. Each event begins at a visit and is decided
by what is written down there; from then on he takes no more of the product, or what his rescue
brings. So a patient has a course for every set of kinds of events that are let happen, with the
same noise and the same random streams: what an estimand compares, and what a trial records.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from gutskin.trials.endpoints import with_events
from gutskin.trials.estimand_parts import EVENTS, OF, EventKind
from gutskin.trials.estimand_values import outcome
from gutskin.trials.failures import Failure
from gutskin.trials.product_end import Happening, can_stop
from gutskin.trials.record import EventVisits, absent, event_visits, written

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.parts import Arm
    from gutskin.trials.under_arm import Setting


def with_events_in_bodies(design: TrialDesign) -> bool:
    """Whether a trial follows what an intercurrent event does to a body."""
    return bool(design.estimands or design.discontinuation or design.rescue)


@dataclass(frozen=True, eq=False)
class VisitCourse:
    """A course at the visits.

    Parameters
    ----------
    true, eased : Array [endpoint, visit, patient], values, and points that expectation takes off
    """

    true: np.ndarray
    eased: np.ndarray


@dataclass(frozen=True, eq=False)
class Scenario:
    """Patients under one arm, in whom some kinds of events are let happen.

    Parameters
    ----------
    true, eased : as of `VisitCourse`
    values : Array [endpoint, visit, patient], as written down of who comes to every visit
    visits : after which visit each event falls upon whom, those that change nothing too
    """

    true: np.ndarray
    eased: np.ndarray
    values: np.ndarray
    visits: EventVisits


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What the estimands of a trial ask of its patients.

    Parameters
    ----------
    observed : Array [endpoint, visit, patient], what is written down of who comes, events or not
    events : Array [event, patient], after which visit (number) each event fell; infinity if never
    potential : Array [estimand, of, given, patient], each patient's outcome under every arm, by the
        record and of his body
    """

    observed: np.ndarray
    events: np.ndarray
    potential: np.ndarray

    def without(self, lost: np.ndarray) -> Outcomes:
        """The same without those who could not be computed [patient] (bool)."""
        return Outcomes(
            np.where(lost, np.nan, self.observed),
            np.where(lost, np.inf, self.events),
            np.where(lost, np.nan, self.potential),
        )

    def of_the_asked(self, outside: np.ndarray, design: TrialDesign) -> Outcomes:
        """The same without questionnaires of those who are not asked them.

        Parameters
        ----------
        outside : Array [endpoint, patient] (bool), who is not asked
        """
        names, primary = design.analysis.endpoints, design.analysis.primary
        places = [names.index(one.endpoint or primary) for one in design.estimands]
        return Outcomes(
            np.where(outside[:, None], np.nan, self.observed),
            self.events,
            np.where(outside[places][:, None, None], np.nan, self.potential),
        )


@dataclass(eq=False)
class Potential:
    """Patients under every arm, with and without events.

    Parameters
    ----------
    setting : of all patients
    quiet : their courses under each arm, without any event
    lost : Array [patient] (bool), who could not be computed after an event, so far
    """

    setting: Setting
    quiet: list[VisitCourse]
    lost: np.ndarray
    failures: list[Failure] = field(default_factory=list)
    known: dict[frozenset[EventKind], list[Scenario]] = field(default_factory=dict)

    @classmethod
    def of(cls, setting: Setting, quiet: list[VisitCourse]) -> Potential:
        """Those of all patients of a setting."""
        return cls(setting, quiet, np.zeros(len(setting.enrolled), bool))

    def let_happen(self, kinds: frozenset[EventKind]) -> list[Scenario]:
        """Patients under each arm when these kinds of events are let happen."""
        acting = kinds & self._acting()
        if acting not in self.known:
            arms = self.setting.study.design.arms
            self.known[acting] = [self._scenario(n, arm, acting) for n, arm in enumerate(arms)]
        return self.known[acting]

    def as_it_happens(self) -> list[Scenario]:
        """Patients under each arm with all events, as the trial sees them."""
        return self.let_happen(frozenset(EVENTS))

    def outcomes(self, own: np.ndarray) -> Outcomes:
        """What the estimands ask for.

        Parameters
        ----------
        own : Array [patient], place of the arm of each
        """
        study, keys = self.setting.study, self.setting.enrolled.keys
        lanes, seen = np.arange(len(own)), self.as_it_happens()
        values = np.stack([one.values for one in seen])[own, :, :, lanes].transpose(1, 2, 0)
        observed = np.where(absent(study, keys, own, values), np.nan, values)
        events = np.stack([
            np.stack([getattr(one.visits, kind) for one in seen])[own, lanes] for kind in EVENTS
        ])  # fmt: skip
        names = [one.name for one in study.endpoints]
        weeks = study.design.visits.weeks
        potential = np.empty((len(study.design.estimands), len(OF), len(seen), len(own)))
        for place, one in enumerate(study.design.estimands):
            name = one.endpoint or study.design.analysis.primary
            number = names.index(name)
            at = study.design.analysed if one.week is None else weeks.index(one.week)
            happen = self.let_happen(one.strategies.those("treatment policy"))
            for given, scenario in enumerate(happen):
                bodies = with_events(study.endpoints, scenario.true)
                for of, whole in enumerate((scenario.values, bodies)):
                    potential[place, of, given] = outcome(
                        whole[number], scenario.visits, one.strategies, study.endpoints[number], at
                    )
        return Outcomes(observed, events, potential)

    def _acting(self) -> frozenset[EventKind]:
        """The kinds of events that change what somebody takes."""
        design = self.setting.study.design
        found: set[EventKind] = set()
        if design.conduct.rescue and design.rescue is not None:
            found.add("rescue")
        if design.discontinuation is not None:
            found.add("discontinuation")
        if design.some_may_leave:
            found.add("dropout")
        return frozenset(found)

    def _scenario(self, place: int, arm: Arm, kinds: frozenset[EventKind]) -> Scenario:
        """All patients under one arm: event after event, each by the record that led to it."""
        study, enrolled = self.setting.study, self.setting.enrolled
        course, last = self.quiet[place], len(self.setting.visits) - 1
        here = np.full(len(enrolled), place)
        never = np.full(len(enrolled), np.inf)
        met: dict[EventKind, np.ndarray] = {kind: never for kind in EVENTS if kind in kinds}
        while True:
            values = written(study, enrolled, course.true, course.eased)
            visits = event_visits(study, enrolled.keys, here, values)
            fresh: dict[EventKind, np.ndarray] = {
                kind: np.where(np.isinf(before), getattr(visits, kind), np.inf)
                for kind, before in met.items()
            }
            first = np.min([never, *fresh.values()], axis=0)
            who = first < last
            if not who.any():
                return Scenario(course.true, course.eased, values, visits)
            for kind, at in fresh.items():
                met[kind] = np.where(who & (at == first), first, met[kind])
            course = self._changed(course, arm, met, first, who)

    def _changed(
        self,
        course: VisitCourse,
        arm: Arm,
        met: dict[EventKind, np.ndarray],
        first: np.ndarray,
        who: np.ndarray,
    ) -> VisitCourse:
        """Courses in which some patients (`who`) go another way after the visit `first`.

        Parameters
        ----------
        met : after which visit each event has fallen upon whom so far
        """
        happening = self._happening(arm, met)
        affected = np.isfinite(happening.stops) | np.isfinite(happening.rescued)
        which = np.flatnonzero(who & affected)
        if not len(which):
            return course
        mine = replace(
            happening, stops=happening.stops[which], rescued=happening.rescued[which]
        )  # fmt: skip
        found = self.setting.some(which).under(arm, mine)
        self.lost[which] |= found.found.lost
        self.failures += found.found.failures
        after = np.arange(course.true.shape[1])[:, None] > first[which]
        changed = []
        for whole, new in ((course.true, found.true), (course.eased, found.eased)):
            mixed = whole.copy()
            mixed[:, :, which] = np.where(after, new, whole[:, :, which])
            changed.append(mixed)
        return VisitCourse(*changed)

    def _happening(self, arm: Arm, met: dict[EventKind, np.ndarray]) -> Happening:
        """From which day on who takes no more of the product, or is rescued."""
        design, nobody = self.setting.study.design, np.full(len(self.setting.enrolled), np.inf)
        kinds = () if design.discontinuation is None else design.discontinuation.kinds
        treatment = design.rescue
        ends = [met.get("discontinuation", nobody), met.get("dropout", nobody)]
        if treatment is not None and treatment.stops_product:
            ends.append(met.get("rescue", nobody))
        stops = np.min(ends, axis=0) if can_stop(arm.interventions, kinds) else nobody
        creams = () if treatment is None else treatment.interventions
        rescued = met.get("rescue", nobody) if creams else nobody
        days = np.append(self.setting.visits, np.inf)

        def day(visit: np.ndarray) -> np.ndarray:
            return days[np.where(np.isfinite(visit), visit, len(days) - 1).astype(int)]

        return Happening(day(stops), day(rescued), kinds, creams)
