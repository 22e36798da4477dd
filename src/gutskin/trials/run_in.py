"""A run-in: some weeks in the trial's care, all alike, before anybody is randomised.

Who is admitted at screening lives through it, on placebo or on what its interventions are; at its
end he is measured again, and week 0 of the trial is that day, with that score as his baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gutskin.engine import Schedule
from gutskin.model.drugs import drugs
from gutskin.model.topicals import topicals
from gutskin.population.drugs import drug_places, neutralised
from gutskin.population.exposure_noise import from_day
from gutskin.trials import screening
from gutskin.trials.care import care_in_trial
from gutskin.trials.doses_taken import daily_doses_taken, injections_taken
from gutskin.trials.endpoints import endpoints_of, errors, expected_relief, measured, read
from gutskin.trials.entry_criteria import criteria
from gutskin.trials.failures import checked
from gutskin.trials.interventions import (
    calendar_of,
    moved,
    places_of,
    schedule_of,
)
from gutskin.trials.left_out import LeftOut, Why
from gutskin.trials.parts import RunIn
from gutskin.trials.study import Study


def through(study: Study, screened: screening.Enrolled) -> screening.Enrolled:
    """Who goes on after the run-in, in the state of that day.

    Everybody where the trial has none. Who drops out here was never randomised: another takes his
    place.

    Parameters
    ----------
    screened : candidates after screening
    """
    from gutskin.engine import simulate

    asked = study.design.run_in
    some = screened.admitted()
    if asked is None or not len(some):
        return screened
    model, numbers = study.model, study.numbers_of(some.keys)
    days = float(screening.run_in_days(study))
    patients = screening.patients_in(study, some)
    parameters = screening.at_enrolment(patients, some)
    lived = tuple(
        from_day(one, some.day, days) for one in screening.natural_course_of(study, patients)
    )
    replicate = some.keys[:, 0].astype(int) - study.first
    parameters |= {name: drawn[replicate] for name, drawn in study.before.traits.items()}
    given = _given(study, asked, some, parameters, care_in_trial(study, numbers, patients), days)
    courses = simulate(
        model, parameters, some.start, given.merged(Schedule(courses=lived)),
        [0.0, days],
        rtol=screening.ROUGH, precision=screening.PRECISION, varying=study.varying, workers=1,
    )  # fmt: skip
    limits = criteria(study)
    ends = endpoints_of(model, [one.name for one in limits])
    true, subjective = read(courses, ends)
    found = checked(
        study, some.keys, "run-in", courses, some.start, ends, true,
        numerics=(screening.ROUGH, screening.PRECISION, None),
    )  # fmt: skip
    eased = expected_relief(ends, true, subjective, numbers["expectation"])
    z = errors(ends, some.keys, study.seed, 2, "run_in")
    written = measured(ends, true, z, eased)[:, -1]
    ends_of = [(one.low, one.high) for one in limits]
    fits = ~found.lost & goes_on(asked, written, some.score, np.reshape(ends_of, (-1, 2)))
    left = LeftOut.of(some.keys, fits, (Why.not_computed, found.lost), (Why.run_in, ~fits))
    return screening.Enrolled(
        some.keys,
        courses.states[-1],
        np.where(fits, some.day + days, -1.0),
        written[0],
        some.seat,
        (*screened.failures, *found.failures),
        left_out=LeftOut.joined([screened.left_out, left]),
        drawn=some.drawn,
    )


def goes_on(asked: RunIn, written: np.ndarray, before: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Who may be randomised [patient] (bool).

    Parameters
    ----------
    written : Array [criterion, patient], at the end of the run-in, the score that admits first
    before : Array [patient], that score at screening
    ends : Array [criterion, 2], the lowest and the highest that admit
    """
    fits = np.ones(written.shape[1], bool)
    if asked.criteria_again:
        fits &= ((written >= ends[:, :1]) & (written <= ends[:, 1:])).all(axis=0)
    if asked.stable is not None:
        fits &= np.abs(written[0] - before) <= asked.stable * before
    return fits


def _given(
    study: Study,
    asked: RunIn,
    some: screening.Enrolled,
    parameters: Mapping[str, Any],
    care: Mapping[str, ArrayLike],
    days: float,
) -> Schedule:
    """What patients receive in the run-in.

    Parameters
    ----------
    parameters : theirs, with the traits of what is given
    care : what taking part adds to the habitual level of an input
    """
    model, replicate = study.model, some.keys[:, 0].astype(int) - study.first
    own = {name: np.broadcast_to(parameters[name], len(some)) for name in moved(model)}
    table, adherence = drugs(model.biology), study.design.conduct.adherence
    calendar = calendar_of(
        asked.interventions, days, table, topicals(model.biology),
        {number: drawn[replicate] for number, drawn in study.before.doses.items()},
    )  # fmt: skip
    taken = injections_taken(study.seed, some.keys, calendar, adherence, "run_in")
    places = places_of(asked.interventions, model.tables)
    calendar = daily_doses_taken(
        study.seed, some.keys, calendar, np.array([0.0, days]), adherence, "run_in"
    )
    given = schedule_of(model, calendar, places, own, care, days, 1.0, taken, parameters)
    against = neutralised(
        model, calendar, drug_places(asked.interventions, table), study.seed, some.keys, days
    )
    return given.merged(Schedule(tuple(against)))
