"""Follow-up: every enrolled patient under every arm, with the same noise; and what is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gutskin.population.streams import name_number
from gutskin.trials import screening
from gutskin.trials.asked_ages import not_asked
from gutskin.trials.endpoints import with_events
from gutskin.trials.failures import Failure
from gutskin.trials.intercurrent import Outcomes, Potential, VisitCourse, with_events_in_bodies
from gutskin.trials.record import Fate, recorded
from gutskin.trials.second_part import counted_anew
from gutskin.trials.study import Study
from gutskin.trials.under_arm import AS_IT_IS, Setting

STATISTICS = ("mean", "sd")


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Enrolled patients after the trial.

    Parameters
    ----------
    measured : Array [endpoint, visit, patient]; NaN after dropout, and of who is not asked it
    latent : Array [endpoint, given, visit, patient], where no intercurrent event happens; NaN of
        who is not asked it
    days : Array [day], on which true values were read
    sums : Array [2, endpoint, given, day], sums of the true values and of their squares
    failures : under an arm; who failed under one is left out of all, NaN throughout
    under_each : Array [arm, endpoint, visit, patient], what would be written down of every patient
        in every arm, where that is asked for
    outcomes : what the estimands ask for, where the trial has any
    fate : Array [patient] (int), what has become of each, see `Fate`
    rescued : Array [patient] (bool), who has been given other treatment
    came : Array [visit, patient] (bool), who has not left and does not miss the visit
    """

    measured: np.ndarray
    latent: np.ndarray
    days: np.ndarray
    sums: np.ndarray
    failures: tuple[Failure, ...] = ()
    under_each: np.ndarray | None = None
    outcomes: Outcomes | None = None
    fate: np.ndarray | None = None
    rescued: np.ndarray | None = None
    came: np.ndarray | None = None

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
    design = study.design
    setting = Setting.of(study, enrolled, switched, weekly)
    courses = [setting.under(arm) for arm in design.arms]
    at = np.searchsorted(setting.days, setting.visits)
    whole = np.stack([one.true for one in courses], axis=1)
    values = whole[:, :, at]
    eased = np.stack([one.eased for one in courses], axis=1)
    lost = np.any([one.found.lost for one in courses], axis=0)
    failures = [failure for one in courses for failure in one.found.failures]
    own, outcomes, under_each = arm_of(study, enrolled), None, None
    outside = not_asked(study, setting.parameters["age_at_start"], len(enrolled))
    if with_events_in_bodies(design) and not (weekly or switched):
        arms = [VisitCourse(values[:, place], eased[:, place]) for place in range(len(courses))]
        through = Potential.of(setting, arms)
        lost |= through.lost
        failures += through.failures
        happened = through.as_it_happens()
        values_then, eased_then = (
            np.stack([getattr(one, name) for one in happened], axis=1) for name in ("true", "eased")
        )
        if design.estimands:
            outcomes = through.outcomes(own).without(lost).of_the_asked(outside, design)
    else:
        values_then, eased_then = values, eased
    record = recorded(study, enrolled, own, values_then, eased_then)
    if in_every_arm:
        each = recorded_in_each(study, enrolled, values_then, eased_then)
        under_each = np.where(lost | outside[:, None], np.nan, each)
    begins = counted_anew(design)
    whole = with_events(study.endpoints, whole, [int(at[one]) for one in begins])
    values = with_events(study.endpoints, values, begins)
    present = np.where(outside[:, None, None, ~lost], 0.0, whole[..., ~lost])
    return FollowUp(
        np.where(lost | outside[:, None], np.nan, record.values),
        np.where(lost | outside[:, None, None], np.nan, values),
        setting.days,
        np.stack([present.sum(axis=3), (present**2).sum(axis=3)]),
        tuple(failures),
        under_each,
        outcomes,
        np.where(lost, int(Fate.not_computed), record.fate),
        record.rescued & ~lost,
        record.came,
    )


def recorded_in_each(
    study: Study, enrolled: screening.Enrolled, values: np.ndarray, eased: np.ndarray
) -> np.ndarray:
    """What would be written down of every patient in every arm [arm, ...]; see `recorded`."""
    places = (np.full(len(enrolled), number) for number in range(len(study.design.arms)))
    return np.stack([recorded(study, enrolled, one, values, eased).values for one in places])


def arm_of(study: Study, enrolled: screening.Enrolled) -> np.ndarray:
    """The place of the arm that each patient was assigned to [patient]."""
    if enrolled.arm is not None:
        return enrolled.arm
    numbers = [name_number(arm.name) for arm in study.design.arms]
    return np.array([numbers.index(word) for word in enrolled.keys[:, 1]])


@dataclass(frozen=True, eq=False)
class Weekly:
    """True values summed over patients.

    Parameters
    ----------
    days : Array [day]
    sums : Array [2, endpoint, given, day], of the values and of their squares
    patients : Array [endpoint] (int), how many
    """

    days: np.ndarray
    sums: np.ndarray
    patients: np.ndarray

    @classmethod
    def of(cls, results: Sequence[FollowUp]) -> Weekly:
        """Of all these patients."""
        asked = [np.isfinite(one.latent).all(axis=(1, 2)).sum(axis=1) for one in results]
        sums = np.sum([one.sums for one in results], axis=0)
        return cls(results[0].days, sums, np.sum(asked, axis=0))


def mean_courses(parts: Sequence[Weekly]) -> tuple[np.ndarray, np.ndarray]:
    """Days, and mean and sd of the true values [statistic, endpoint, given, day]."""
    count = np.sum([one.patients for one in parts], axis=0)
    with np.errstate(invalid="ignore"):  # nobody is asked it
        total, squares = np.sum([one.sums for one in parts], axis=0) / count[:, None, None]
    return parts[0].days, np.stack([total, np.sqrt(np.maximum(squares - total**2, 0.0))])
