"""What a trial writes down of each patient: with error, until he leaves; who is rescued fails.

A rescue is a failure of responders from the next visit on. Scores are written down as they are: of
a body that rescue leaves alone they are those that he would have had without it, which trials that
impute what comes after a rescue want to know; of one that its creams reach, those on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from gutskin.population.streams import Keys, draw
from gutskin.trials import screening
from gutskin.trials.endpoints import measured, measurement_noise, rated, with_events
from gutskin.trials.second_part import counted_anew
from gutskin.trials.study import Study

SCORES = ("scorad", "easi")  # by which a patient sees how he fares


@dataclass(frozen=True, eq=False)
class EventVisits:
    """After which visit each intercurrent event falls upon a patient; infinity if it never does.

    Parameters
    ----------
    rescue, discontinuation, dropout : Array [patient], number of a visit: what is written down
        there is still untouched by it; who leaves comes no more
    """

    rescue: np.ndarray
    discontinuation: np.ndarray
    dropout: np.ndarray


class Fate(IntEnum):
    """What has become of a patient by the last visit that arms are compared by."""

    there = 0
    left = 1  # he has left the trial
    no_responder = 2  # the second part is without him
    missed = 3  # he does not come to that visit
    not_computed = 4  # his course could not be computed


@dataclass(frozen=True, eq=False)
class Record:
    """What a trial writes down.

    Parameters
    ----------
    values : Array [endpoint, visit, patient]; NaN after dropout, and in the second part of a trial
        of those who did not respond to the first
    fate : Array [patient] (int), see `Fate`
    rescued : Array [patient] (bool), who has been given other treatment before that visit
    came : Array [visit, patient] (bool), who has not left and does not miss the visit
    """

    values: np.ndarray
    fate: np.ndarray
    rescued: np.ndarray
    came: np.ndarray


def recorded(
    study: Study,
    enrolled: screening.Enrolled,
    arm: np.ndarray,
    latent: np.ndarray,
    relief: np.ndarray,
) -> Record:
    """What the trial writes down of patients in these arms.

    Parameters
    ----------
    arm : Array [patient], place of the arm whose course each is in
    latent : Array [endpoint, given, visit, patient], true values under every arm
    relief : Array [endpoint, given, visit, patient], points that expectation takes off
    """
    lanes = np.arange(len(enrolled))
    true, eased = (np.moveaxis(a[:, arm, :, lanes], 0, 2) for a in (latent, relief))
    values = written(study, enrolled, true, eased)
    return reported(study, enrolled.keys, arm, values)


def written(
    study: Study, enrolled: screening.Enrolled, true: np.ndarray, eased: np.ndarray
) -> np.ndarray:
    """What raters write down of patients who come to every visit, Array [endpoint, visit, patient].

    Parameters
    ----------
    true, eased : Array [endpoint, visit, patient], values, and points that expectation takes off
    """
    keys = enrolled.keys
    z = measurement_noise(study.endpoints, keys, study.seed, len(study.design.visits.weeks))
    shift = study.numbers_of(keys)["rater_shift"]
    values = measured(study.endpoints, rated(study.endpoints, true, shift), z, eased)
    admitted = screening.criteria(study)[0].name
    for place, one in enumerate(study.endpoints):
        if one.stream == admitted:  # the score that admitted the patient is the baseline
            values[place, 0] = np.where(np.isnan(enrolled.score), values[place, 0], enrolled.score)
    return with_events(study.endpoints, values, counted_anew(study.design))


def reported(study: Study, keys: Keys, arm: np.ndarray, values: np.ndarray) -> Record:
    """The record that a trial is analysed by: rescue as failure, nothing of who is gone.

    Parameters
    ----------
    arm : Array [patient], place of the arm of each
    values : Array [endpoint, visit, patient], of `written`
    """
    left, away = _left(study, keys, arm, values), missed(study, keys, values.shape[1])
    responder = np.array([bool(one.response) for one in study.endpoints])[:, None, None]
    rescued = np.zeros(values.shape[1:], bool)  # before the visit: that of the decision is his own
    if study.design.conduct.rescue:
        easi = values[[one.name for one in study.endpoints].index("easi")]
        rescued[1:] = _rescued(study, keys, easi)[:-1]
        values = np.where(rescued & responder, 0.0, values)
    stops = _out_of_extension(study, keys, values)
    values = np.where((left | away)[None], np.where(responder, 0.0, np.nan), values)
    values = np.where(stops[None], np.nan, values)
    failed = _no_responders(study, arm, values)
    until = study.design.watched_until
    decided = np.maximum(failed.argmax(axis=0) - 1, 0)  # the visit that decides on a second part
    before = left[decided, np.arange(len(keys))]
    fate = np.select(
        [failed[until] & ~before, left[until], away[until]],
        [int(Fate.no_responder), int(Fate.left), int(Fate.missed)], int(Fate.there),
    )  # fmt: skip
    there = ~(left | failed)[until]
    values = np.where(failed[None], np.nan, values)
    return Record(values, fate, rescued[until] & there, ~(left | away))


def absent(study: Study, keys: Keys, arm: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Who has left by a visit, or misses it, Array [visit, patient] (bool)."""
    return _left(study, keys, arm, values) | missed(study, keys, values.shape[1])


def _left(study: Study, keys: Keys, arm: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Who has left by a visit, Array [visit, patient] (bool)."""
    return np.arange(values.shape[1])[:, None] > _left_after(study, keys, arm, values)[None]


def missed(study: Study, keys: Keys, visits: int) -> np.ndarray:
    """Who does not come to a visit though he has not left, Array [visit, patient] (bool)."""
    share = study.design.conduct.missed_visits
    if not share:
        return np.zeros((visits, len(keys)), bool)
    away = share > draw(study.seed, ["missed"], keys, visits, kind="uniform")[0].T
    away[0] = False
    return away


def event_visits(study: Study, keys: Keys, arm: np.ndarray, values: np.ndarray) -> EventVisits:
    """When each event falls upon patients with these records; nothing befalls who has left.

    Parameters
    ----------
    arm : Array [patient], place of the arm of each
    values : Array [endpoint, visit, patient], of `written`
    """
    left = _left_after(study, keys, arm, values)
    nobody = np.full(len(keys), np.inf)
    rescue, stops = nobody, nobody
    if study.design.conduct.rescue:
        easi = values[[one.name for one in study.endpoints].index("easi")]
        rescue = _first(_rescued(study, keys, easi))
    if (asked := study.design.discontinuation) is not None:
        u, when = draw(study.seed, ["stops/at_all", "stops/when"], keys, kind="uniform")[:, :, 0]
        last = np.floor(when * (values.shape[1] - 1))
        stops = np.where(u < asked.share, last, np.inf)
        chances = (asked.if_no_better, asked.if_worse)
        stops = np.minimum(stops, _first(_fared(study, keys, values, *chances, "stops/fared")))
    rescue, stops = (np.where(one > left, np.inf, one) for one in (rescue, stops))
    return EventVisits(rescue, stops, left)


def _left_after(study: Study, keys: Keys, arm: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The last visit of who leaves, Array [patient]; infinity of who stays."""
    design, visits = study.design, values.shape[1]
    streams = ["dropout/leaves", "dropout/when"]
    leaves, when = draw(study.seed, streams, keys, kind="uniform")[:, :, 0]
    usual = design.conduct.dropout_share
    shares = [usual if one.dropout_share is None else one.dropout_share for one in design.arms]
    last = np.where(leaves < np.array(shares)[arm], np.floor(1 + when * (visits - 1)) - 1, np.inf)
    chances = (design.conduct.leave_if_no_better, design.conduct.leave_if_worse)
    decides = _fared(study, keys, values, *chances, "dropout/fared")
    return np.minimum(last, _first(decides))


def _first(happens: np.ndarray) -> np.ndarray:
    """The first visit at which something happens [patient], of Array [visit, patient] (bool)."""
    return np.where(happens.any(axis=0), happens.argmax(axis=0).astype(float), np.inf)


def _fared(
    study: Study, keys: Keys, values: np.ndarray, no_better: float, worse: float, stream: str
) -> np.ndarray:
    """Who gives up at a visit because of how he fares, Array [visit, patient] (bool).

    He decides by what is written down there.

    Parameters
    ----------
    values : Array [endpoint, visit, patient], as written down
    no_better, worse : the chance of who is no better than at the first visit, or worse by a share
    """
    decides = np.zeros(values.shape[1:], bool)
    scores = [place for place, one in enumerate(study.endpoints) if one.name in SCORES]
    if not (no_better or worse) or not scores:
        return decides
    score = values[scores[0]]
    times = study.numbers()["leave_worse_at"]
    u = draw(study.seed, [stream], keys, values.shape[1], kind="uniform")[0].T
    chance = np.where(score >= score[:1], no_better, 0.0)
    chance = np.where(score >= times * score[:1], np.maximum(chance, worse), chance)
    decides = u < chance
    decides[0] = False
    return decides


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


def _no_responders(study: Study, arm: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Who did not respond to the first part, from there on, Array [visit, patient] (bool)."""
    design, chosen = study.design, study.design.responders
    if chosen is None:
        return np.zeros(values.shape[1:], bool)
    weeks = np.array(design.visits.weeks)
    rule = [one.name for one in study.endpoints].index(chosen.rule)
    responded = values[rule, int(np.flatnonzero(weeks == chosen.at_week)[0])] > 0.5
    concerned = np.array([one.name in chosen.arms or not chosen.arms for one in design.arms])
    leaves = concerned[arm] & ~responded
    return (weeks > chosen.at_week)[:, None] & leaves[None]


def _out_of_extension(study: Study, keys: Keys, values: np.ndarray) -> np.ndarray:
    """Who did not choose the extension, from its first visit on, Array [visit, patient] (bool).

    Parameters
    ----------
    values : Array [endpoint, visit, patient], as written down
    """
    asked = study.design.extension
    if asked is None:
        return np.zeros(values.shape[1:], bool)
    weeks = np.array(study.design.visits.weeks)
    chance = np.full(len(keys), asked.share)
    scores = [place for place, one in enumerate(study.endpoints) if one.name in SCORES]
    if asked.share_if_no_better is not None and scores:
        score = values[scores[0]]
        then = score[int(np.flatnonzero(weeks == asked.from_week)[0])]
        chance = np.where(then >= score[0], asked.share_if_no_better, chance)
    stays = draw(study.seed, ["extension"], keys, kind="uniform")[0, :, 0] < chance
    return (weeks > asked.from_week)[:, None] & ~stays
