"""Screening: virtual patients settle, live in noise, and enrol on their measured score.

Selection acts on the measured, noisy score, as in a clinic. A share of the families comes when the
skin is worse than usual; the others from any day on, until they qualify. Both make the score fall
afterwards without any treatment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.engine import Course, Hold, Schedule
from gutskin.population.disease_activity import (
    disease_activity,
    natural_course,
    remembered_activity,
)
from gutskin.population.draw import DAYS_PER_YEAR, Patients, draw_patients
from gutskin.population.exposure_noise import usual_stress
from gutskin.population.populations import Population, find_population
from gutskin.population.steady_state import LONGEST_STEP, first_states, run_to_steady_state
from gutskin.population.streams import Keys, draw
from gutskin.trials.care import young_or_grown
from gutskin.trials.endpoints import Endpoint, endpoints_of, errors, measured, read
from gutskin.trials.enrolled import Enrolled, Settled
from gutskin.trials.entry_criteria import Criterion, bodies_fit, criteria
from gutskin.trials.failures import Checked, checked
from gutskin.trials.left_out import LeftOut, Why
from gutskin.trials.seasons import seasonal_course, start_days
from gutskin.trials.study import Study

if TYPE_CHECKING:
    from gutskin.engine import Trajectories

BIRTHS = ("birth_vaginal", "birth_c_section")
ROUGH = 3e-2  # tolerance before enrolment; starting states are off by 0.05% of their size (rms)
PRECISION = "single"  # of the whole trial: rounding is far below what its tolerances allow


def patients_of(study: Study, keys: Keys) -> Patients:
    """The virtual patients with these keys, each in the world of his replicate."""
    found = draw_patients(
        study.model,
        populations_of(study),
        keys,
        study.seed,
        centres=study.centres(keys[:, 0].astype(int)),
        age_years=study.design.eligibility.age_years,
    )
    if not (share := study.design.infants.formula_share):
        return found
    u = draw(study.seed, ["born/formula"], keys, kind="uniform")[0, :, 0]
    fed = {"breast_milk": np.where(u < share, 0.0, 1.0)}
    return replace(found, parameters={**found.parameters, **fed})


def patients_in(study: Study, some: Settled | Enrolled) -> Patients:
    """The virtual patients among these candidates, drawn anew only where they were not yet."""
    if some.drawn is not None and some.drawn[0] is study:
        return some.drawn[1]
    return patients_of(study, some.keys)


def populations_of(study: Study) -> list[Population]:
    """The populations that a trial draws from."""
    return [find_population(name, study.model.biology) for name in study.design.population]


def screening_days(study: Study) -> int:
    """Length of the screening window (days)."""
    return round(study.design.visits.screening_weeks * 7)


def run_in_days(study: Study) -> int:
    """Length of the run-in (days): whole steps of the noise of days; 0 without one."""
    asked, step = study.design.run_in, study.numbers()["noise_step_days"]
    return 0 if asked is None else round(step * round(7 * asked.weeks / step))


def natural_course_of(
    study: Study, patients: Patients, *, other: bool = False, screened: bool = False
) -> tuple[Course, ...]:
    """What befalls these patients anyway in the study; day 0 opens the screening window.

    Parameters
    ----------
    other : whether it is what befell them in another life, of random streams of its own
    screened : no further than to the end of the window, the same to there
    """
    keys, numbers = patients.keys, study.numbers_of(patients.keys)
    after = 0 if screened else run_in_days(study) + round(study.design.end_week * 7)
    last = screening_days(study) + 1 + after
    if other:  # a word more in their names
        keys = np.concatenate([keys, np.ones_like(keys[:, :1])], axis=1)
    begin, before = -numbers["noisy_days"], numbers["remembered_days"]
    found = natural_course(numbers, keys, study.seed, patients.age_years, begin, last, before)
    if study.design.seasons is None:
        return found
    first = start_days(study.design.seasons, study.seed, patients.keys)
    return (*found, seasonal_course(study.design.seasons, first, found[0].times))


def lived_before(study: Study, patients: Patients) -> dict[str, np.ndarray]:
    """What candidates settle with, so that noise finds little to change: id -> Array [patient].

    Each of them with the activity that his skin remembers, and with a constant challenge that does
    what the noise of days does.
    """
    keys, numbers = patients.keys, study.numbers_of(patients.keys)
    end = -numbers["noisy_days"]
    begin = end - numbers["remembered_days"]
    activity = disease_activity(numbers, keys, study.seed, patients.age_years, begin, end)
    return {
        "activity": remembered_activity(activity, numbers["memory_of_activity_days"]),
        "stress": usual_stress(numbers, keys),
    }


def at_rest(study: Study, keys: Keys) -> tuple[Patients, dict[str, Any], Trajectories]:
    """Candidates brought to rest at what they have lived through: who, with what, from where."""
    patients = patients_of(study, keys)
    parameters = {**patients.parameters, **lived_before(study, patients)}
    courses = run_to_steady_state(
        study.model, parameters, len(keys), last=-study.numbers()["noisy_days"], rtol=ROUGH,
        precision=PRECISION, varying=(*study.varying, "activity", "stress"), workers=1,
        refuse=False,
    )  # fmt: skip
    return patients, parameters, courses


def settle(study: Study, keys: Keys) -> Settled:
    """Bring candidates to a stationary state, without noise; leave out the hopeless.

    Slow rates are hurried: a stationary state stays where it is. It is that of what a candidate has
    lived through. Whose score is then `screening_margin` points outside the range of the trial, or
    as far below what his family would come with, is not seen at the clinic.
    """
    model, (patients, parameters, courses) = study.model, at_rest(study, keys)
    asked = criteria(study)
    scores = endpoints_of(model, [one.name for one in asked])
    true = read(courses, scores)[0]
    first = first_states(model, parameters, len(keys))
    found = checked(
        study, keys, "settling", courses, first, scores, true,
        numerics=(ROUGH, PRECISION, LONGEST_STEP),
    )  # fmt: skip
    near, fits = (
        np.ones(len(keys), bool),
        bodies_fit(study.design.eligibility, parameters, len(keys)),
    )
    for one, score in zip(asked, true[:, -1], strict=True):
        near &= (score > one.low - one.margin) & (score < one.high + one.margin)
    usual = true[0, -1] + asked[0].margin  # his usual score is hardly higher
    near &= comes_at_all(study, keys, usual, asked[0])
    near[near & fits] = usually_fits(study, patients, parameters, asked[0], near & fits)
    seen = ~found.lost & near & fits
    reasons = ((Why.not_computed, found.lost), (Why.other_body, ~fits), (Why.far_score, ~near))
    left_out = LeftOut.of(keys, seen, *reasons)
    settled = Settled(keys, courses.states[-1], drawn=(study, patients))[seen]
    return replace(settled, failures=found.failures, left_out=left_out)


def born(study: Study, keys: Keys) -> Enrolled:
    """Everybody on his first day: nobody settles, is watched or is chosen."""
    start = np.repeat(study.model.initial(study.design.start)[:, None], len(keys), axis=1)
    if (share := study.design.infants.c_section_share) is not None:
        u = draw(study.seed, ["born/c_section"], keys, kind="uniform")[0, :, 0]
        modes = [study.model.initial(name)[:, None] for name in BIRTHS]
        start = np.where(u < share, modes[1], modes[0])
    nothing = np.full(len(keys), np.nan)
    return Enrolled(keys, start, np.zeros(len(keys)), nothing, np.full(len(keys), -1))


def screen(study: Study, settled: Settled) -> Enrolled:
    """Follow candidates through noisy weeks and the screening window; admit those who qualify."""
    from gutskin.engine import simulate

    model, numbers, keys = study.model, study.numbers(), settled.keys
    patients = patients_in(study, settled)
    lived = natural_course_of(study, patients, screened=True)
    window = np.arange(0.0, screening_days(study) + 1.0, numbers["screening_step_days"])
    usual = np.array([-numbers["usual_days"], -numbers["usual_days"] / 2])
    days = [-numbers["noisy_days"], *usual, *window]
    courses = simulate(
        model, patients.parameters, settled.start, Schedule(courses=lived), days,
        rtol=ROUGH, precision=PRECISION, varying=study.varying, workers=1,
    )  # fmt: skip
    asked = criteria(study)
    ends = endpoints_of(model, [one.name for one in asked])
    scores, _ = read(courses, ends)
    found = checked(
        study, keys, "screening", courses, settled.start, ends, scores,
        numerics=(ROUGH, PRECISION, None),
    )  # fmt: skip
    lost, failures = found.lost, found.failures
    before, true = scores[0, 1 : -len(window)], scores[:, -len(window) :]
    z = errors(ends, keys, study.seed, len(window), "screening")
    written = measured(ends, true, z, np.zeros_like(true))
    low, high = (np.array([getattr(one, end) for one in asked]) for end in ("low", "high"))
    eligible = ((written >= low[:, None, None]) & (written <= high[:, None, None])).all(axis=0)
    outside = ~eligible.any(axis=0)
    score, own = written[0], before.mean(axis=0)
    margin = study.numbers_of(keys)["flare_margin"]
    eligible &= comes_at_all(study, keys, own, asked[0])
    entry, fails = study.design.eligibility, np.zeros(len(keys), bool)
    if entry.steroid_failed or entry.steroid_helped:
        # who is lost goes on from where he was, since a start is a number; he is left out below
        start = np.where(lost, settled.start, courses.states[1])
        helped, run_in = steroid_has_helped(study, patients, start, lived)
        fails = (helped != entry.steroid_helped) | run_in.lost
        eligible &= ~fails
        lost = lost | run_in.lost
        failures = (*failures, *run_in.failures)
    worse = eligible & (true[0] >= own * (1 + margin))  # a family sees no rater's error
    visit = np.where(lost, -1, _visit_of_enrolment(study, patients, eligible, worse))
    chosen = np.maximum(visit, 0)
    lanes = np.arange(len(keys))
    return Enrolled(
        keys,
        courses.states[len(days) - len(window) + chosen, :, lanes].T,
        np.where(visit < 0, -1.0, window[chosen]),
        score[chosen, lanes],
        np.full(len(keys), -1),
        failures,
        left_out=LeftOut.of(
            keys, visit >= 0, (Why.not_computed, lost), (Why.score_outside, outside),
            (Why.steroid, fails), (Why.does_not_come, np.array(True)),
        ),
        drawn=(study, patients),
    )  # fmt: skip


def _visit_of_enrolment(
    study: Study, patients: Patients, eligible: np.ndarray, worse: np.ndarray
) -> np.ndarray:
    """The visit at which each candidate enrols [patient], -1 if never.

    Parameters
    ----------
    eligible, worse : Array [visit, patient] (bool), whether the measured scores admit him, and
        whether they do while his skin is worse than usual
    """
    keys, numbers = patients.keys, study.numbers_of(patients.keys)
    names = ["enrol/flare", "enrol/day"]
    flare, when = draw(study.seed, names, keys, kind="uniform")[:, :, 0]
    first_flare = np.where(worse.any(axis=0), worse.argmax(axis=0), -1)
    from_visit = np.minimum((when * len(eligible)).astype(int), len(eligible) - 1)
    later = eligible & (np.arange(len(eligible))[:, None] >= from_visit)
    seen = np.where(later.any(axis=0), later.argmax(axis=0), -1)
    flares = young_or_grown(numbers, "flare_share", patients.age_years)
    return np.where(flare < flares, first_flare, seen)


def comes_at_all(study: Study, keys: Keys, own: np.ndarray, asked: Criterion) -> np.ndarray:
    """Who would come to a trial of this kind at all [patient] (bool).

    Those who usually are barely ill enough for it come more rarely.

    Parameters
    ----------
    own : Array [patient], the usual score
    """
    if not asked.low > 0:
        return np.ones(len(keys), bool)
    numbers = study.numbers_of(keys)
    chance = np.minimum(1.0, (own / (numbers["seek_at"] * asked.low)) ** numbers["seek_power"])
    return draw(study.seed, ["enrol/seek"], keys, kind="uniform")[0, :, 0] < chance


def usually_fits(
    study: Study,
    patients: Patients,
    parameters: Mapping[str, Any],
    asked: Criterion,
    these: np.ndarray,
) -> np.ndarray:
    """Which of these are not kept out since they usually are too ill for the trial (bool).

    What counts is the score of his usual activity, quiet spells left out, of which he tells and
    which his physician knows; a good time is not enough. And who looks for people with mild eczema
    finds more of them than clinics have (`found_outside_clinics`).

    Parameters
    ----------
    parameters : what candidates settled with
    these : Array [patient] (bool)
    """
    score, easi = endpoints_of(study.model, [asked.name, "easi"])
    keys = patients.keys[these]
    if not (these.any() and asked.high < score.high):
        return np.ones(len(keys), bool)
    usual = {
        name: value if np.ndim(value) == 0 else np.asarray(value)[..., these]
        for name, value in parameters.items()
    }
    own, extent = usual_scores(study, usual, len(keys), (score, easi))
    numbers = study.numbers_of(keys)
    chance = np.minimum(1.0, (asked.high / np.maximum(own, asked.high)) ** numbers["history_power"])
    chance *= found_outside_clinics(numbers, extent, patients.age_years[these])
    return draw(study.seed, ["enrol/history"], keys, kind="uniform")[0, :, 0] < chance


def usual_scores(
    study: Study, parameters: Mapping[str, Any], count: int, scores: Sequence[Endpoint]
) -> np.ndarray:
    """The scores of candidates at their usual activity, quiet spells left out [endpoint, patient].

    Parameters
    ----------
    parameters : what they settled with
    count : how many they are
    """
    courses = run_to_steady_state(
        study.model, {**parameters, "activity": np.ones(count)}, count,
        last=-study.numbers()["noisy_days"], rtol=ROUGH, precision=PRECISION,
        varying=(*study.varying, "activity", "stress"), workers=1, refuse=False,
    )  # fmt: skip
    return read(courses, scores)[0][:, -1]


def found_outside_clinics(
    numbers: Mapping[str, Any], easi: np.ndarray, age_years: np.ndarray
) -> np.ndarray:
    """How much more rarely adults of this usual EASI live outside clinics than go there [patient].

    The adults of our populations are those of clinics, to whom the more ill go more often. Children
    and adolescents are those of the community: 1.

    Parameters
    ----------
    numbers : of conduct.tsv in each patient's trial
    """
    least = numbers["community_at"]
    rarer = (least / np.maximum(easi, least)) ** numbers["community_power"]
    return np.where(age_years < numbers["clinic_from"], 1.0, rarer)


def steroid_has_helped(
    study: Study, patients: Patients, start: np.ndarray, lived: tuple[Course, ...]
) -> tuple[np.ndarray, Checked]:
    """Whom steroid cream each day has helped enough [patient] (bool), in the noise of then.

    The run-in leaves no trace: he goes on from where he was before it, as if it lay long ago.

    Parameters
    ----------
    start : Array [state, patient], at the start of the usual weeks
    """
    from gutskin.engine import simulate

    numbers, begin = study.numbers(), -study.numbers()["usual_days"]
    end = begin + numbers["run_in_days"]
    level = np.maximum(patients.parameters["topical_steroid"], numbers["run_in_level"])
    cream = Hold("topical_steroid", begin, end, np.broadcast_to(level, len(patients.keys)))
    courses = simulate(
        study.model, patients.parameters, start, Schedule((cream,), courses=lived), [begin, end],
        rtol=ROUGH, precision=PRECISION, varying=study.varying, workers=1,
    )  # fmt: skip
    found = checked(
        study, patients.keys, "run-in", courses, start, numerics=(ROUGH, PRECISION, None)
    )
    before, after = courses.quantities(("easi",))[:, 0]
    return after <= (1 - numbers["run_in_fall"]) * before, found


def at_enrolment(patients: Patients, enrolled: Enrolled) -> dict[str, Any]:
    """The patients' parameters with their age on the day of enrolment."""
    parameters = dict(patients.parameters)
    parameters["age_at_start"] = patients.age_years * DAYS_PER_YEAR + enrolled.day
    return parameters
