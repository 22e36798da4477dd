"""The candidates of a trial by their keys: who is asked next, and how many were found."""

from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.engine.timeline import LANES
from gutskin.population.streams import name_number
from gutskin.trials.candidate_keys import count_found, filled, how_many_more, next_candidates

ARMS = [SimpleNamespace(name="active"), SimpleNamespace(name="placebo")]


@pytest.mark.parametrize("more", [[[1, 0], [2, 3]], [[LANES, 0], [0, 0]], [[LANES - 1, 0], [0, 2]]])
def test_closed_form_no_lane_of_a_group_stays_empty_and_arms_that_are_full_ask_nobody(more):
    asked = np.array(more)
    found = filled(asked)
    assert found.sum() % LANES == 0
    assert 0 <= found.sum() - asked.sum() < LANES
    some = asked > 0
    extra = (found - asked)[some]
    assert extra.max() - extra.min() <= 1
    assert (np.diff(extra) <= 0).all()  # the first get one more
    assert (found[~some] == 0).all()
    assert asked.tolist() == more  # what was asked stays as it was


def test_fewer_are_asked_than_would_fill_the_seats_on_average_and_somebody_for_each_empty_one():
    missing, share = np.array([[200, 1], [0, -3]]), 0.2
    asked = how_many_more(missing, share)
    assert (asked > 0).tolist() == (missing > 0).tolist()
    assert asked.sum() % LANES == 0
    assert 0.7 * 200 / share < asked.sum() < 200 / share
    assert how_many_more(np.full((50, 2), 20), share).min() >= 0.8 * 20 / share


def test_closed_form_the_next_go_on_where_those_before_ended():
    asked, more = np.array([[0, 5], [2, 0]]), np.array([[2, 1], [0, 3]])
    keys = next_candidates(ARMS, asked, more, first=7)
    active, placebo = (name_number(arm.name) for arm in ARMS)
    assert keys.tolist() == [
        [7, active, 0], [7, active, 1], [7, placebo, 5],
        [8, placebo, 0], [8, placebo, 1], [8, placebo, 2],
    ]  # fmt: skip
    assert keys.dtype == np.uint32


def test_closed_form_found_are_counted_by_replicate_and_arm():
    active, placebo = (name_number(arm.name) for arm in ARMS)
    parts = [
        SimpleNamespace(keys=np.array([[7, active, 0], [8, placebo, 4]], np.uint32)),
        SimpleNamespace(keys=np.array([[7, active, 3], [7, placebo, 1]], np.uint32)),
    ]
    assert count_found(ARMS, parts, 7, 3).tolist() == [[2, 1], [0, 1], [0, 0]]
    assert count_found(ARMS, [], 7, 2).tolist() == [[0, 0], [0, 0]]
