"""Who was a candidate and is not randomised: the first reason that holds, and whose turn came."""

from dataclasses import replace

import numpy as np
import pytest
from test_screening import KEYS, study

from gutskin.population.streams import name_number
from gutskin.trials import run_in, screening
from gutskin.trials.left_out import NOBODY, UNSEEN, LeftOut, Why
from gutskin.trials.parts import RunIn
from gutskin.trials.refused import hardly_anyone


def keys_of(*names):
    return np.array([[r, name_number(arm), i] for r, arm, i in names], np.uint32)


def test_closed_form_each_has_the_first_reason_that_holds_for_him():
    keys = keys_of((0, "a", 0), (0, "a", 1), (0, "a", 2), (0, "a", 3))
    found = LeftOut.of(
        keys,
        np.array([False, True, False, False]),
        (Why.steroid, np.array([True, True, False, True])),
        (Why.run_in, np.array([True, True, True, False])),
    )
    assert found.keys[:, 2].tolist() == [0, 2, 3]
    assert found.why.tolist() == [Why.steroid, Why.run_in, Why.steroid]
    assert len(found) == 3


def test_closed_form_those_asked_after_the_last_seat_was_taken_were_asked_in_vain():
    seated = keys_of((4, "a", 1), (4, "a", 3), (4, "b", 0), (5, "a", 2))
    left = LeftOut(
        keys_of((4, "a", 0), (4, "a", 2), (4, "a", 4), (4, "b", 1), (5, "a", 1), (5, "b", 0)),
        np.array([0, 1, 2, 3, 1, 5]),
    )
    found = left.until(seated)
    assert found.keys.tolist() == left.keys[[0, 1, 4]].tolist()
    assert found.why.tolist() == [0, 1, 1]
    counts = found.counts(4, 3)
    assert counts.shape == (len(Why), 3)
    assert counts[:2].tolist() == [[1, 0, 0], [1, 1, 0]]
    assert counts.sum() == 3


def test_closed_form_parts_are_joined_and_nobody_is_nobody():
    one = LeftOut(keys_of((0, "a", 0)), np.array([2]))
    both = LeftOut.joined([one, NOBODY, one])
    assert both.why.tolist() == [2, 2]
    assert both.keys.dtype == np.uint32
    assert len(LeftOut.joined([])) == len(NOBODY) == 0


def names(keys):
    return {tuple(key) for key in keys.tolist()}


@pytest.fixture(scope="module")
def everybody():
    return screening.settle(study(), KEYS)


def test_who_is_far_from_the_range_or_of_another_body_is_not_seen(everybody):
    assert len(everybody.left_out) == 0
    margin = study().numbers()["screening_margin"]
    made = study(low=30.0 + margin)
    weight = np.asarray(screening.patients_of(made, KEYS).parameters["body_weight"])
    asked = made.design.eligibility.model_copy(update={"weight_kg": (0.0, np.median(weight))})
    light = replace(made, design=made.design.model_copy(update={"eligibility": asked}))
    far, both = screening.settle(made, KEYS), screening.settle(light, KEYS)
    assert set(far.left_out.why) == {Why.far_score}
    assert names(far.left_out.keys) == names(KEYS) - names(far.keys)
    heavy = names(KEYS[weight > np.median(weight)])
    why = dict(zip(map(tuple, both.left_out.keys.tolist()), both.left_out.why, strict=True))
    assert {key for key, one in why.items() if one == Why.other_body} == heavy
    assert {key for key, one in why.items() if one == Why.far_score} == (
        names(far.left_out.keys) - heavy
    )
    assert {Why.other_body, Why.far_score} == set(UNSEEN)


def test_who_is_not_admitted_has_no_score_in_the_range_or_does_not_come(everybody, monkeypatch):
    found = screening.screen(study(low=20.0), everybody)
    assert names(found.left_out.keys) == names(everybody.keys) - names(found.admitted().keys)
    assert set(found.left_out.why) <= {Why.score_outside, Why.does_not_come}
    assert Why.score_outside in found.left_out.why
    monkeypatch.setattr(screening, "measured", lambda ends, true, z, relief: 0 * true + 60.0)
    within = screening.screen(study(low=20.0), everybody)
    assert set(within.left_out.why) == {Why.does_not_come}
    monkeypatch.setattr(screening, "measured", lambda ends, true, z, relief: 0 * true + 19.9)
    outside = screening.screen(study(low=20.0), everybody)
    assert set(outside.left_out.why) == {Why.score_outside}
    assert len(outside.left_out) == len(everybody)


def test_whom_a_cream_has_helped_is_told_apart(everybody):
    made = study()
    asked = made.design.eligibility.model_copy(update={"steroid_failed": True})
    failed = replace(made, design=made.design.model_copy(update={"eligibility": asked}))
    usual, found = screening.screen(made, everybody), screening.screen(failed, everybody)
    helped = names(found.left_out.keys[found.left_out.why == Why.steroid])
    assert helped >= names(usual.admitted().keys) - names(found.admitted().keys)
    assert helped
    assert not helped & names(found.admitted().keys)


def test_who_is_not_stable_in_the_run_in_is_told_beside_those_of_screening(everybody):
    made = study(low=20.0)
    screened = screening.screen(made, everybody)
    stable = RunIn(weeks=1.0, stable=0.02)
    asked = replace(made, design=made.design.model_copy(update={"run_in": stable}))
    found = run_in.through(asked, screened)
    gone = found.left_out.why == Why.run_in
    stayed = names(found.admitted().keys)
    assert names(found.left_out.keys[gone]) == names(screened.admitted().keys) - stayed
    assert gone.sum() > 0
    assert names(found.left_out.keys[~gone]) == names(screened.left_out.keys)


def test_unit_who_admits_nobody_hears_of_the_range_and_of_a_run_in_that_asks_for_stable_scores():
    made = study()
    keys = KEYS[:16]
    (plain,) = hardly_anyone(made, keys, (640, 0), []).problems
    assert "admitted by the eligibility of trial 'small'" in plain.message
    assert plain.remedy.startswith("Widen ")
    assert plain.remedy.endswith("or choose another population.")
    for stable in (None, 0.1):
        run_in = RunIn(weeks=1.0, stable=stable)
        asked = replace(made, design=made.design.model_copy(update={"run_in": run_in}))
        (one,) = hardly_anyone(asked, keys, (640, 0), []).problems
        assert ("stays as the run-in asks" in one.message) == (stable is not None)
        assert ("(`stable`)" in one.remedy) == (stable is not None)
