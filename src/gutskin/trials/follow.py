"""Follow-up: every enrolled patient under every arm, with the same noise; and what is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from gutskin.population.challenge import from_day
from gutskin.population.streams import draw, name_number
from gutskin.simulate import Schedule
from gutskin.trials import screening
from gutskin.trials.endpoints import expected_relief, measured, measurement_noise, read
from gutskin.trials.interventions import MOVED, places_of, schedule_of

if TYPE_CHECKING:
    from gutskin.trials.conduct import Study

RTOL = 1e-2  # tolerance of a step; what it does to a trial's result stands in docs/engine.md
STATISTICS = ("mean", "sd")
AS_IT_IS: Mapping[str, float] = MappingProxyType({})  # every switch as the model has it
CARE = {"emollient": "care_emollient", "topical_steroid": "care_topical_steroid"}


@dataclass(frozen=True, eq=False)
class Followed:
    """Enrolled patients after the trial.

    Parameters
    ----------
    measured : Array [endpoint, visit, patient]; NaN after dropout
    latent : Array [endpoint, given, visit, patient]
    days : Array [day], on which true values were read
    sums : Array [2, endpoint, given, day], sums of the true values and of their squares
    """

    measured: np.ndarray
    latent: np.ndarray
    days: np.ndarray
    sums: np.ndarray

    def __len__(self) -> int:
        return self.measured.shape[2]


def follow(
    study: Study,
    enrolled: screening.Enrolled,
    switched: Mapping[str, float] = AS_IT_IS,
    weekly: bool = False,
) -> Followed:
    """Follow patients from enrolment to the last visit under every arm.

    Parameters
    ----------
    switched : switch -> its value from enrolment on: 0 is off, 0.5 halves what it multiplies
    weekly : read the true values every week too, not at the visits alone
    """
    from gutskin.simulate import simulate

    design, model = study.design, study.model
    end = design.end_week * 7.0
    visits = np.array(design.visits.weeks) * 7.0
    days = np.union1d(np.arange(0.0, end + 1, 7.0), visits) if weekly else visits
    patients = screening.patients_of(study, enrolled.keys)
    parameters = screening.at_enrolment(patients, enrolled) | dict(switched)
    lived = from_day(screening.challenge_of(study, enrolled.keys), enrolled.day, end)
    own = {name: np.broadcast_to(parameters[name], len(enrolled)) for name in MOVED}
    care = {name: study.numbers()[row] * design.conduct.in_trial_care for name, row in CARE.items()}
    at = np.searchsorted(days, visits)
    latent, reliefs, sums = [], [], []
    for arm in design.arms:
        places = places_of(arm.interventions)
        given = schedule_of(
            model, arm.interventions, places, own, design.conduct.adherence, care, end
        )
        replicate = enrolled.keys[:, 0].astype(int)
        traits = {name: drawn[replicate] for name, drawn in study.traits[arm.name].items()}
        courses = simulate(
            model,
            parameters | traits,
            enrolled.start,
            given.merged(Schedule(courses=(lived,))),
            days,
            rtol=RTOL,
            precision=screening.PRECISION,
            varying=MOVED,
            workers=1,
        ).raise_if_failed()
        true, subjective = read(courses, study.endpoints)
        share = study.numbers()["expectation"]
        reliefs.append(expected_relief(study.endpoints, true, subjective, share)[:, at])
        sums.append(np.stack([true.sum(axis=2), (true**2).sum(axis=2)]))
        latent.append(true[:, at])
    values = np.stack(latent, axis=1)
    return Followed(
        _measure(study, enrolled, values, np.stack(reliefs, axis=1)),
        values,
        days,
        np.stack(sums, axis=2),
    )


def _measure(
    study: Study, enrolled: screening.Enrolled, latent: np.ndarray, relief: np.ndarray
) -> np.ndarray:
    """What the trial writes down: the assigned arm's course, with error, until dropout."""
    design, keys, seed = study.design, enrolled.keys, study.seed
    numbers = [name_number(arm.name) for arm in design.arms]
    arm = np.array([numbers.index(word) for word in keys[:, 1]])
    lanes = np.arange(len(enrolled))
    true, eased = (np.moveaxis(a[:, arm, :, lanes], 0, 2) for a in (latent, relief))
    visits = len(design.visits.weeks)
    z = measurement_noise(study.endpoints, keys, seed, visits)
    values = measured(study.endpoints, true, z, eased)
    for place, one in enumerate(study.endpoints):
        if one.name == "scorad":  # the score that admitted the patient is the baseline
            values[place, 0] = enrolled.score
    leaves, when = draw(seed, ["dropout/leaves", "dropout/when"], keys, kind="uniform")[:, :, 0]
    last = np.where(leaves < design.conduct.dropout_share, 1 + when * (visits - 1), visits)
    gone = np.arange(visits)[:, None] >= np.floor(last)[None]
    return np.where(gone[None], np.nan, values)


def mean_courses(results: Sequence[Followed]) -> tuple[np.ndarray, np.ndarray]:
    """Days, and mean and sd of the true values [statistic, endpoint, given, day]."""
    count = sum(len(one) for one in results)
    total, squares = np.sum([one.sums for one in results], axis=0) / count
    return results[0].days, np.stack([total, np.sqrt(np.maximum(squares - total**2, 0.0))])
