"""What a trial writes down of each patient: with error, until he leaves, rescue as failure."""

from __future__ import annotations

import numpy as np

from gutskin.population.streams import Keys, draw
from gutskin.trials import screening
from gutskin.trials.endpoints import measured, measurement_noise, rated, with_events
from gutskin.trials.study import Study

SCORES = ("scorad", "easi")  # by which a patient sees how he fares


def recorded(
    study: Study,
    enrolled: screening.Enrolled,
    arm: np.ndarray,
    latent: np.ndarray,
    relief: np.ndarray,
) -> np.ndarray:
    """What the trial writes down of patients in these arms.

    Parameters
    ----------
    arm : Array [patient], place of the arm whose course each is in
    latent : Array [endpoint, given, visit, patient], true values under every arm
    relief : Array [endpoint, given, visit, patient], points that expectation takes off

    Returns
    -------
    Array [endpoint, visit, patient]; NaN after dropout, and in the second part of a trial of those
    who did not respond to the first
    """
    design, keys, seed = study.design, enrolled.keys, study.seed
    lanes = np.arange(len(enrolled))
    true, eased = (np.moveaxis(a[:, arm, :, lanes], 0, 2) for a in (latent, relief))
    visits = len(design.visits.weeks)
    z = measurement_noise(study.endpoints, keys, seed, visits)
    shift = study.numbers_of(keys)["rater_shift"]
    values = measured(study.endpoints, rated(study.endpoints, true, shift), z, eased)
    admitted = screening.criteria(study)[0].name
    for place, one in enumerate(study.endpoints):
        if one.stream == admitted:  # the score that admitted the patient is the baseline
            values[place, 0] = np.where(np.isnan(enrolled.score), values[place, 0], enrolled.score)
    values = with_events(study.endpoints, values)
    leaves, when = draw(seed, ["dropout/leaves", "dropout/when"], keys, kind="uniform")[:, :, 0]
    usual = design.conduct.dropout_share
    shares = [usual if one.dropout_share is None else one.dropout_share for one in design.arms]
    last = np.where(leaves < np.array(shares)[arm], 1 + when * (visits - 1), visits)
    gone = np.arange(visits)[:, None] >= np.floor(last)[None]
    gone |= _left_for_reasons(study, keys, values)
    responder = np.array([bool(one.response) for one in study.endpoints])[:, None, None]
    if design.conduct.rescue:
        easi = values[[one.name for one in study.endpoints].index("easi")]
        rescued = _rescued(study, keys, easi)
        before = np.maximum(rescued.argmax(axis=0) - 1, 0)  # the last visit that was his own
        last_own = values[:, before, np.arange(len(keys))][:, None]
        values = np.where(rescued[None], np.where(responder, 0.0, last_own), values)
    values = np.where(gone[None], np.where(responder, 0.0, np.nan), values)
    return _of_responders(study, arm, values)


def _left_for_reasons(study: Study, keys: Keys, values: np.ndarray) -> np.ndarray:
    """Who has left because of how he fared, or misses a visit, Array [visit, patient] (bool).

    He decides at a visit, by what is written down there, and is gone at the next.

    Parameters
    ----------
    values : Array [endpoint, visit, patient], as written down
    """
    asked, visits = study.design.conduct, values.shape[1]
    gone = np.zeros(values.shape[1:], bool)
    if asked.leave_if_no_better or asked.leave_if_worse:
        names = [one.name for one in study.endpoints]
        score = values[next(names.index(name) for name in names if name in SCORES)]
        worse = study.numbers()["leave_worse_at"]
        u = draw(study.seed, ["dropout/fared"], keys, visits, kind="uniform")[0].T
        chance = np.where(score >= score[:1], asked.leave_if_no_better, 0.0)
        chance = np.where(
            score >= worse * score[:1], np.maximum(chance, asked.leave_if_worse), chance
        )
        decides = u < chance
        decides[0] = False
        gone[1:] = np.logical_or.accumulate(decides, axis=0)[:-1]
    if asked.missed_visits:
        u = draw(study.seed, ["missed"], keys, visits, kind="uniform")[0].T
        gone[1:] |= u[1:] < asked.missed_visits
    return gone


def _rescued(study: Study, keys: Keys, easi: np.ndarray) -> np.ndarray:
    """Who has been rescued by each visit, Array [visit, patient] (bool).

    At every visit after baseline who is still above a share of his baseline is given other
    treatment at a rate per two weeks, from then on; in the second part of a trial of responders
    at a rate and from a share of their own.

    Parameters
    ----------
    easi : Array [visit, patient], as written down
    """
    numbers, weeks = study.numbers_of(keys), np.array(study.design.visits.weeks)
    chosen = study.design.responders
    second = np.zeros(len(weeks), bool) if chosen is None else weeks > chosen.at_week

    def in_its_part(name: str) -> np.ndarray:
        first, then = (
            np.broadcast_to(numbers[f"{p}rescue_{name}"], len(keys)) for p in ("", "keep_")
        )
        return np.where(second[:, None], then, first)

    chance = 1.0 - (1.0 - in_its_part("rate")) ** (np.diff(weeks, prepend=0.0)[:, None] / 2.0)
    u = draw(study.seed, ["rescue"], keys, len(weeks), kind="uniform")[0].T
    badly = easi > in_its_part("at") * easi[:1]
    badly[0] = False
    return np.logical_or.accumulate(badly & (u < chance), axis=0)


def _of_responders(study: Study, arm: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values without those who did not respond to the first part, from there on."""
    design, chosen = study.design, study.design.responders
    if chosen is None:
        return values
    weeks = np.array(design.visits.weeks)
    rule = [one.name for one in study.endpoints].index(chosen.rule)
    responded = values[rule, int(np.flatnonzero(weeks == chosen.at_week)[0])] > 0.5
    concerned = np.array([one.name in chosen.arms or not chosen.arms for one in design.arms])
    leaves = concerned[arm] & ~responded
    return np.where((weeks > chosen.at_week)[None, :, None] & leaves[None, None], np.nan, values)
