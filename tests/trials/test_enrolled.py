"""Candidates with the patients who were drawn: taken along, and never into another study."""

from dataclasses import replace

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.population.draw import Patients
from gutskin.trials import screening
from gutskin.trials.conduct import WorkCounter, enrol
from gutskin.trials.enrolled import nobody, some_of, together
from gutskin.trials.follow import follow
from gutskin.trials.plan import plan_trial
from gutskin.trials.study import prepare

PLAN = plan_trial("six-strain-children", 2, 3, None)
STUDY = prepare(PLAN.design, load_model(PLAN.biology), 2, 3, "evidence")


@pytest.fixture(scope="module")
def enrolled():
    return enrol(STUDY, 2, WorkCounter(None, 88, 2))


def same(one: Patients, other: Patients) -> bool:
    return one.parameters.keys() == other.parameters.keys() and all(
        np.array_equal(value, other.parameters[name]) for name, value in one.parameters.items()
    )


def test_the_patients_at_hand_are_those_that_would_be_drawn(enrolled):
    assert enrolled.drawn is not None
    at_hand = screening.patients_in(STUDY, enrolled)
    assert at_hand is enrolled.drawn[1]
    drawn = screening.patients_of(STUDY, enrolled.keys)
    assert same(at_hand, drawn)
    assert np.array_equal(at_hand.keys, drawn.keys)
    assert np.array_equal(at_hand.age_years, drawn.age_years)


def test_another_study_draws_its_own_patients(enrolled):
    other = prepare(PLAN.design, STUDY.model, 2, 3, "article")
    assert not same(screening.patients_in(other, enrolled), screening.patients_in(STUDY, enrolled))
    assert same(screening.patients_in(other, enrolled), screening.patients_of(other, enrolled.keys))


def test_who_is_followed_with_or_without_the_patients_at_hand_has_the_same_course(enrolled):
    some = enrolled[:5]
    assert some.drawn is not None
    with_them, without = (follow(STUDY, one) for one in (some, replace(some, drawn=None)))
    assert np.array_equal(with_them.measured, without.measured, equal_nan=True)


def test_patients_of_several_pieces_are_kept_only_if_all_were_drawn_in_one_study(enrolled):
    one, other = some_of(enrolled.drawn, slice(0, 3)), some_of(enrolled.drawn, slice(3, 9))
    whole = together([one, other])
    assert whole is not None
    assert same(whole[1], enrolled.drawn[1][:9])
    assert together([one, None]) is None
    assert together([]) is None
    assert together([one, (replace(STUDY), enrolled.drawn[1])]) is None


def test_where_nobody_has_settled_nobody_is_enrolled(enrolled):
    settled = screening.Settled(enrolled.keys, enrolled.start)
    assert len(nobody(settled).admitted()) == 0
    assert nobody(settled).start.shape == (len(STUDY.model.state_ids), 0)
