"""A run-in: some weeks in the trial's care, all alike, before anybody is randomised.

Who is admitted at screening lives through it, on placebo or on what its interventions are; at its
end he is measured again, and week 0 of the trial is that day, with that score as his baseline.
"""

from __future__ import annotations

import numpy as np

from gutskin.engine import Schedule
from gutskin.model.drugs import drugs
from gutskin.model.topicals import topicals
from gutskin.population.exposure_noise import from_day
from gutskin.population.streams import draw
from gutskin.trials import screening
from gutskin.trials.care import care_in_trial
from gutskin.trials.endpoints import endpoints_of, expected_relief, measured, read
from gutskin.trials.entry_criteria import criteria
from gutskin.trials.failures import checked
from gutskin.trials.interventions import calendar_of, moved, schedule_of
from gutskin.trials.study import Study


def through(study: Study, screened: screening.Enrolled) -> screening.Enrolled:
    """Who is still within the criteria after the run-in, in the state of that day.

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
    patients = screening.patients_of(study, some.keys)
    parameters = screening.at_enrolment(patients, some)
    lived = tuple(
        from_day(one, some.day, days) for one in screening.natural_course_of(study, patients)
    )
    own = {name: np.broadcast_to(parameters[name], len(some)) for name in moved(model)}
    care = care_in_trial(study, numbers, patients)
    calendar = calendar_of(asked.interventions, days, drugs(model.biology), topicals(model.biology))
    given = schedule_of(
        model, calendar, {}, own, care, days, study.design.conduct.adherence, None, parameters
    )
    courses = simulate(
        model, parameters, some.start, given.merged(Schedule(courses=lived)), [0.0, days],
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
    z = draw(study.seed, [f"run_in/{one.name}" for one in limits], some.keys, 2)
    written = measured(ends, true, np.moveaxis(z, 2, 1), eased)[:, -1]
    low, high = (
        np.array([getattr(one, end) for one in limits])[:, None] for end in ("low", "high")
    )
    fits = ((written >= low) & (written <= high)).all(axis=0) & ~found.lost
    if asked.stable is not None:
        fits &= np.abs(written[0] - some.score) <= asked.stable * some.score
    return screening.Enrolled(
        some.keys,
        courses.states[-1],
        np.where(fits, some.day + days, -1.0),
        written[0],
        some.seat,
        (*screened.failures, *found.failures),
    )
