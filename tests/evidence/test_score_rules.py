"""Proper scores, pools and intervals of draws against closed forms."""

import math

import numpy as np
import pytest

from gutskin.evidence.score_rules import (
    central,
    crps_of_draws,
    crps_of_normal,
    position,
    random_effects,
)


def test_closed_form_crps_of_a_normal_is_that_of_many_draws_of_it():
    draws = np.random.default_rng(1).normal(2.0, 3.0, 20_000)
    for found in (-4.0, 2.0, 9.0):
        assert crps_of_draws(draws, found) == pytest.approx(
            crps_of_normal(2.0, 3.0, found), abs=0.05
        )


def test_closed_form_crps_of_draws_is_the_mean_over_pairs():
    x = np.array([0.3, -1.0, 4.0, 2.0])
    pairs = np.abs(x[:, None] - x).sum() / (len(x) * (len(x) - 1))
    assert crps_of_draws(x, 1.0) == pytest.approx(np.abs(x - 1).mean() - pairs / 2)


def test_property_few_draws_are_not_punished_for_being_few():
    rng = np.random.default_rng(2)
    few = np.mean([crps_of_draws(rng.normal(size=5), rng.normal()) for _ in range(4000)])
    assert few == pytest.approx(1 / math.sqrt(math.pi), abs=0.02)  # of a right prediction


def test_reference_random_effects_mean_of_trials_that_differ():
    # by hand: w = 1, 1, 1/4; fixed = 20/9, Q = 80/9, C = 4/3
    mean, error, between = random_effects([0.0, 4.0, 4.0], [1.0, 1.0, 2.0])
    assert between**2 == pytest.approx((80 / 9 - 2) / (4 / 3))
    weights = [1 / (1 + between**2), 1 / (1 + between**2), 1 / (4 + between**2)]
    assert mean == pytest.approx(4 * (weights[1] + weights[2]) / sum(weights))
    assert error == pytest.approx(sum(weights) ** -0.5)


def test_trials_that_agree_leave_nothing_between_them():
    assert random_effects([1.0, 1.0, 1.0], [1.0, 2.0, 3.0])[2] == 0


def test_property_an_interval_holds_one_more_draw_as_often_as_it_says():
    rng = np.random.default_rng(3)
    held = dict.fromkeys((0.5, 0.95), 0)
    for _ in range(3000):
        draws, found = rng.normal(size=39), rng.normal()
        for share in held:
            low, high = central(draws, share)
            held[share] += low <= found <= high
    assert held[0.5] / 3000 == pytest.approx(0.5, abs=0.03)
    assert held[0.95] / 3000 == pytest.approx(0.95, abs=0.013)


def test_too_few_draws_hold_no_interval():
    assert central(np.arange(39.0), 0.95) == pytest.approx((0.0, 38.0))
    with pytest.raises(ValueError, match="38 draws"):
        central(np.arange(38.0), 0.95)


def test_the_position_of_what_was_found():
    draws = np.array([1.0, 2.0, 2.0, 3.0])
    assert position(draws, 0.0) == pytest.approx(0.1)
    assert position(draws, 2.0) == pytest.approx(0.5)
    assert position(draws, 9.0) == pytest.approx(0.9)
