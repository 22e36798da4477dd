"""Weights by true runs: closed forms."""

import numpy as np
import pytest
from known_problem import SOURCES, TARGETS, UNKNOWNS, emulator, observations

from gutskin.calibration.correction import Correction, correct, true_values
from gutskin.calibration.posterior import Posterior
from gutskin.calibration.targets import read_calibration_targets
from gutskin.model.biology import shipped_biology

WORLDS = 400
RNG = np.random.default_rng(2)
POINTS = RNG.standard_normal((WORLDS, UNKNOWNS))
LATENTS = RNG.standard_normal((WORLDS, SOURCES + 2))
ALL = read_calibration_targets(shipped_biology())
LEVEL = next(one for one in ALL if one.table == "levels")
ARM = next(one for one in ALL if one.table == "arms")


def test_an_emulator_that_was_right_leaves_all_weights_alike() -> None:
    said, nothing = emulator().at(POINTS), np.zeros(TARGETS)
    drawn = Posterior(POINTS, LATENTS)
    found = correct(drawn, observations(nothing), said, nothing, said, nothing)
    assert found.share == pytest.approx(1.0)


def test_worlds_whose_runs_are_nearer_weigh_more() -> None:
    said, nothing = np.zeros((TARGETS, 2)), np.zeros(TARGETS)
    truly = said.copy()
    truly[0, 1] = 3.0
    drawn = Posterior(POINTS[:2], LATENTS[:1].repeat(2, axis=0))
    found = correct(drawn, observations(nothing), said, nothing, truly, nothing)
    assert found.log_weights[0] > found.log_weights[1] + 1
    assert 0.5 <= found.share < 0.75


def test_of_a_level_the_share_that_is_no_chance_is_believed_and_of_an_arm_none() -> None:
    one, miss = emulator(), RNG.standard_normal((TARGETS, WORLDS))
    values = one.at(POINTS) + miss
    values[0, 5] = np.nan
    targets = [LEVEL, ARM] * (TARGETS // 2)
    noise = np.full(TARGETS, 0.25)
    left = true_values(values, POINTS, one, noise, targets) - one.at(POINTS)
    assert left[0, 5] == 0.0
    assert left[2] / miss[2] == pytest.approx(np.full(WORLDS, 0.75), abs=0.05)
    assert not left[1::2].any()


def test_worlds_are_taken_as_often_as_they_weigh() -> None:
    found = Correction(np.log([0.5, 0.25, 0.125, 0.125]), 0.0)
    assert np.bincount(found.resampled(800, 1)).tolist() == pytest.approx(
        [400, 200, 100, 100], abs=1
    )
