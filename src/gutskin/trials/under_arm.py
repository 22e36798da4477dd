"""The courses of enrolled patients under one arm, with what befalls them anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from gutskin.engine import Course, Schedule
from gutskin.model.drugs import drugs
from gutskin.model.topicals import topicals
from gutskin.population.calendar import DoseCalendar
from gutskin.population.drugs import drug_places, neutralised
from gutskin.population.exposure_noise import from_day
from gutskin.trials import between_visits, screening
from gutskin.trials.blinding import expectation_in
from gutskin.trials.by_rule import Looks, followed, rules_of
from gutskin.trials.care import care_in_trial
from gutskin.trials.doses_taken import daily_doses_taken, injections_taken
from gutskin.trials.endpoints import expected_relief, read
from gutskin.trials.failures import Checked, checked
from gutskin.trials.interventions import (
    calendar_of,
    fading_creams,
    moved,
    places_of,
    schedule_of,
)
from gutskin.trials.parts import Arm
from gutskin.trials.product_end import NOTHING_HAPPENS, Happening, with_happening
from gutskin.trials.record import missed
from gutskin.trials.run_in_doses import begun_before
from gutskin.trials.study import Study

if TYPE_CHECKING:
    from gutskin.engine.trajectories import Trajectories

RTOL = 1e-2  # tolerance of a step; what it does to a trial's result stands in docs/engine.md
AS_IT_IS: Mapping[str, float] = MappingProxyType({})  # every switch as the model has it


@dataclass(frozen=True, eq=False)
class ArmCourse:
    """Patients under one arm.

    Parameters
    ----------
    true : Array [endpoint, day, patient]
    eased : Array [endpoint, visit, patient], points that expectation takes off
    found : who could not be computed
    """

    true: np.ndarray
    eased: np.ndarray
    found: Checked


@dataclass(frozen=True, eq=False)
class Setting:
    """What enrolled patients take into the trial, whatever arm they are followed under.

    Parameters
    ----------
    days : Array [day], on which true values are read
    visits : Array [visit] (days)
    parameters : of the patients on the day of enrolment
    numbers : of conduct.tsv
    lived : what befalls them anyway
    own : habitual level of each input, Array [patient]
    care : what taking part adds to it
    switched : switch -> its value from enrolment on
    """

    study: Study
    enrolled: screening.Enrolled
    days: np.ndarray
    visits: np.ndarray
    parameters: Mapping[str, Any]
    numbers: Mapping[str, Any]
    lived: tuple[Course, ...]
    own: Mapping[str, np.ndarray]
    care: Mapping[str, np.ndarray]
    switched: Mapping[str, float]

    @classmethod
    def of(
        cls,
        study: Study,
        enrolled: screening.Enrolled,
        switched: Mapping[str, float] = AS_IT_IS,
        weekly: bool = False,
    ) -> Setting:
        """The setting of these patients.

        Parameters
        ----------
        weekly : read the true values every week too, not at the visits alone
        """
        end = study.design.end_week * 7.0
        visits = np.array(study.design.visits.weeks) * 7.0
        days = np.union1d(np.arange(0.0, end + 1, 7.0), visits) if weekly else visits
        patients = screening.patients_in(study, enrolled)
        parameters = screening.at_enrolment(patients, enrolled) | dict(switched)
        numbers = study.numbers_of(enrolled.keys)
        lived = tuple(
            drifting(from_day(one, enrolled.day, end), numbers["trial_level"], end)
            for one in screening.natural_course_of(study, patients, other=study.other_life)
        )
        own = {
            name: np.broadcast_to(parameters[name], len(enrolled)) for name in moved(study.model)
        }
        care = care_in_trial(study, numbers, patients)
        return cls(
            study, enrolled, days, visits, parameters, numbers, lived, own, care, switched
        )  # fmt: skip

    def some(self, which: np.ndarray) -> Setting:
        """The setting of some of the patients, told at the visits alone."""
        return Setting.of(self.study, self.enrolled[which], self.switched)

    def under(self, arm: Arm, happening: Happening = NOTHING_HAPPENS) -> ArmCourse:
        """The courses of all patients under an arm.

        Parameters
        ----------
        happening : who stops the product or is rescued, and when
        """
        from gutskin.engine import simulate

        study, model, keys = self.study, self.study.model, self.enrolled.keys
        end = study.design.end_week * 7.0
        replicate, table = keys[:, 0].astype(int) - study.first, drugs(model.biology)
        calendar, taken = self._given(arm, happening, end)
        traits = {name: drawn[replicate] for name, drawn in study.traits[arm.name].items()}
        parameters = {**self.parameters, **traits}
        strains = places_of(study.design.taken(arm), model.tables)
        places = drug_places(study.design.taken(arm), table)
        begun = begun_before(study.design.run_in, table)
        against = neutralised(model, calendar, places, study.seed, keys, end, begun)
        anyway = Schedule(tuple(against), courses=self.lived)

        def schedule(given: DoseCalendar) -> Schedule:
            return schedule_of(
                model, given, strains, self.own, self.care, end, 1.0, taken, parameters
            ).merged(anyway)

        def run(given: Schedule, start: np.ndarray, days: np.ndarray) -> Trajectories:
            return simulate(
                model, parameters, start, given, days, rtol=RTOL,
                precision=screening.PRECISION, varying=study.varying, workers=1,
            )  # fmt: skip

        expects = expectation_in(arm, study.design, study.seed, keys, self.numbers["expectation"])
        start = self.enrolled.start
        away = missed(study, keys, len(self.visits))
        rules = rules_of(arm.interventions, model, self.visits, end, study.seed, keys, away)
        looked = between_visits.days_looked(
            self.days, study.endpoints, study.numbers(), from_birth=study.design.from_birth
        )
        if rules:
            admitted = screening.criteria(study)[0].name, self.enrolled.score
            looks = Looks(admitted, self.numbers["rater_shift"], expects)
            courses = followed(calendar, rules, looks, start, looked, schedule, run)
        else:
            courses = run(schedule(calendar), start, looked)
        true, subjective = read(courses, study.endpoints)
        found = checked(
            study, keys, f"follow-up under {arm.name}", courses, start,
            study.endpoints, true, numerics=(RTOL, screening.PRECISION, None),
        )  # fmt: skip
        level = self.numbers["diagnosis_level"]
        true = between_visits.told(study.endpoints, true, looked, self.days, level)
        subjective = subjective[np.searchsorted(looked, self.days)]
        relief = expected_relief(study.endpoints, true, subjective, expects)
        return ArmCourse(true, relief[:, np.searchsorted(self.days, self.visits)], found)

    def _given(
        self, arm: Arm, happening: Happening, end: float
    ) -> tuple[DoseCalendar, np.ndarray | None]:
        """What patients take under an arm, and which injections; rules are not asked yet."""
        study, model, keys = self.study, self.study.model, self.enrolled.keys
        replicate = keys[:, 0].astype(int) - study.first
        table, creams = drugs(model.biology), topicals(model.biology)
        calendar = calendar_of(
            arm.interventions, end, table, creams,
            {number: drawn[replicate] for number, drawn in study.doses[arm.name].items()},
            study.design.before,
        )  # fmt: skip
        calendar = fading_creams(
            calendar, self.visits, study.design.conduct.creams_between_visits,
            self.numbers["cream_fade_days"],
        )  # fmt: skip
        adherence = study.design.conduct.adherence
        taken = injections_taken(study.seed, keys, calendar, adherence)
        calendar, taken = with_happening(
            calendar, taken, arm.interventions, happening, self.visits, end, creams
        )
        return daily_doses_taken(study.seed, keys, calendar, self.visits, adherence), taken


def drifting(course: Course, level: ArrayLike, end: float) -> Course:
    """The course of `activity` as it drifts in a trial, from 1 at its start to `level` at its end.

    Any other course stays as it is.

    Parameters
    ----------
    level : number or Array [patient]
    end : last day of the trial
    """
    if course.parameter != "activity":
        return course
    passed = np.clip(np.asarray(course.times) / max(end, 1.0), 0.0, 1.0)
    return replace(course, values=np.asarray(course.values) * np.asarray(level) ** passed[:, None])
