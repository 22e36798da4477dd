"""Follow-up: every enrolled patient under every arm, with the same noise; and what is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from gutskin.engine import Course, Schedule
from gutskin.model.drugs import drugs
from gutskin.model.topicals import topicals
from gutskin.population.drugs import drug_places, neutralised
from gutskin.population.exposure_noise import from_day
from gutskin.population.streams import name_number
from gutskin.trials import screening
from gutskin.trials.endpoints import expected_relief, read, with_events
from gutskin.trials.failures import Failure, checked
from gutskin.trials.interventions import (
    calendar_of,
    fading_creams,
    injections_taken,
    moved,
    places_of,
    schedule_of,
)
from gutskin.trials.record import recorded
from gutskin.trials.study import Study

RTOL = 1e-2  # tolerance of a step; what it does to a trial's result stands in docs/engine.md
STATISTICS = ("mean", "sd")
AS_IT_IS: Mapping[str, float] = MappingProxyType({})  # every switch as the model has it


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Enrolled patients after the trial.

    Parameters
    ----------
    measured : Array [endpoint, visit, patient]; NaN after dropout
    latent : Array [endpoint, given, visit, patient]
    days : Array [day], on which true values were read
    sums : Array [2, endpoint, given, day], sums of the true values and of their squares
    failures : under an arm; who failed under one is left out of all, NaN throughout
    under_each : Array [arm, endpoint, visit, patient], what would be written down of every patient
        in every arm, where that is asked for
    """

    measured: np.ndarray
    latent: np.ndarray
    days: np.ndarray
    sums: np.ndarray
    failures: tuple[Failure, ...] = ()
    under_each: np.ndarray | None = None

    def __len__(self) -> int:
        return self.measured.shape[2]


def follow(
    study: Study,
    enrolled: screening.Enrolled,
    switched: Mapping[str, float] = AS_IT_IS,
    weekly: bool = False,
    in_every_arm: bool = False,
) -> FollowUp:
    """Follow patients from enrolment to the last visit under every arm.

    Parameters
    ----------
    switched : switch -> its value from enrolment on: 0 is off, 0.5 halves what it multiplies
    weekly : read the true values every week too, not at the visits alone
    in_every_arm : tell also what would be written down of every patient in every arm
    """
    from gutskin.engine import simulate

    design, model = study.design, study.model
    end = design.end_week * 7.0
    visits = np.array(design.visits.weeks) * 7.0
    days = np.union1d(np.arange(0.0, end + 1, 7.0), visits) if weekly else visits
    patients = screening.patients_of(study, enrolled.keys)
    parameters = screening.at_enrolment(patients, enrolled) | dict(switched)
    numbers = study.numbers_of(enrolled.keys)
    lived = tuple(
        from_day(one, enrolled.day, end) for one in screening.natural_course_of(study, patients)
    )
    lived = tuple(drifting(one, numbers["trial_level"], end) for one in lived)
    own = {name: np.broadcast_to(parameters[name], len(enrolled)) for name in moved(model)}
    care = screening.care_in_trial(study, numbers, patients)
    at = np.searchsorted(days, visits)
    everyday, reliefs = [], []
    lost = np.zeros(len(enrolled), bool)
    failures: list[Failure] = []
    for arm in design.arms:
        places = places_of(arm.interventions)
        replicate = enrolled.keys[:, 0].astype(int) - study.first
        calendar = calendar_of(
            arm.interventions, end, drugs(model.biology), topicals(model.biology),
            {number: drawn[replicate] for number, drawn in study.doses[arm.name].items()},
        )  # fmt: skip
        calendar = fading_creams(
            calendar, visits, design.conduct.creams_between_visits, numbers["cream_fade_days"]
        )
        adherence = design.conduct.adherence
        taken = injections_taken(study.seed, enrolled.keys, calendar, adherence)
        traits = {name: drawn[replicate] for name, drawn in study.traits[arm.name].items()}
        treatment = schedule_of(
            model, calendar, places, own, care, end, adherence, taken, parameters | traits
        )
        places_of_drugs = drug_places(arm.interventions, drugs(model.biology))
        against = neutralised(model, calendar, places_of_drugs, study.seed, enrolled.keys, end)
        courses = simulate(
            model,
            parameters | traits,
            enrolled.start,
            treatment.merged(Schedule(tuple(against), courses=lived)),
            days,
            rtol=RTOL,
            precision=screening.PRECISION,
            varying=moved(model),
            workers=1,
        )
        true, subjective = read(courses, study.endpoints)
        found = checked(
            study, enrolled.keys, f"follow-up under {arm.name}", courses, enrolled.start,
            study.endpoints, true, numerics=(RTOL, screening.PRECISION, None),
        )  # fmt: skip
        lost |= found.lost
        failures += found.failures
        share = numbers["expectation"]
        reliefs.append(expected_relief(study.endpoints, true, subjective, share)[:, at])
        everyday.append(true)
    whole = np.stack(everyday, axis=1)
    values = whole[:, :, at]
    eased = np.stack(reliefs, axis=1)
    written = np.where(
        lost, np.nan, recorded(study, enrolled, _arm_of(study, enrolled), values, eased)
    )
    under_each = None
    if in_every_arm:
        places = [np.full(len(enrolled), number) for number in range(len(design.arms))]
        each = [recorded(study, enrolled, place, values, eased) for place in places]
        under_each = np.where(lost, np.nan, np.stack(each))
    whole, values = (with_events(study.endpoints, one) for one in (whole, values))
    present = whole[..., ~lost]
    return FollowUp(
        written,
        np.where(lost, np.nan, values),
        days,
        np.stack([present.sum(axis=3), (present**2).sum(axis=3)]),
        tuple(failures),
        under_each,
    )


def _arm_of(study: Study, enrolled: screening.Enrolled) -> np.ndarray:
    """The place of the arm that each patient was assigned to [patient]."""
    numbers = [name_number(arm.name) for arm in study.design.arms]
    return np.array([numbers.index(word) for word in enrolled.keys[:, 1]])


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


@dataclass(frozen=True, eq=False)
class Weekly:
    """True values summed over patients.

    Parameters
    ----------
    days : Array [day]
    sums : Array [2, endpoint, given, day], of the values and of their squares
    patients : how many
    """

    days: np.ndarray
    sums: np.ndarray
    patients: int

    @classmethod
    def of(cls, results: Sequence[FollowUp]) -> Weekly:
        """Of all these patients."""
        computed = [np.isfinite(one.latent).all(axis=(0, 1, 2)).sum() for one in results]
        sums = np.sum([one.sums for one in results], axis=0)
        return cls(results[0].days, sums, int(sum(computed)))


def mean_courses(parts: Sequence[Weekly]) -> tuple[np.ndarray, np.ndarray]:
    """Days, and mean and sd of the true values [statistic, endpoint, given, day]."""
    count = sum(one.patients for one in parts)
    total, squares = np.sum([one.sums for one in parts], axis=0) / count
    return parts[0].days, np.stack([total, np.sqrt(np.maximum(squares - total**2, 0.0))])
