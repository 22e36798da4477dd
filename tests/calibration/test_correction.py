"""Weights by true runs: closed forms."""

import numpy as np
import pytest
from known_problem import CLASSES, TARGETS, UNKNOWNS, emulator, observations

from gutskin.calibration.correction import Correction, Truth, correct, true_values
from gutskin.calibration.likelihood import Observations
from gutskin.calibration.posterior import Posterior
from gutskin.calibration.wave import Wave

WORLDS = 400
RNG = np.random.default_rng(2)
POINTS = RNG.standard_normal((WORLDS, UNKNOWNS))
LATENTS = RNG.standard_normal((WORLDS, CLASSES + 1))
SOUND = np.zeros(WORLDS, bool)
NOTHING = np.zeros(TARGETS)


def run_of(values: np.ndarray, panels: np.ndarray) -> Wave:
    table = np.zeros_like(values)
    return Wave(POINTS, np.zeros(WORLDS), panels, values, table, table, np.zeros(WORLDS))


def test_an_emulator_that_was_right_leaves_all_weights_alike() -> None:
    said = emulator().at(POINTS)
    drawn = Posterior(POINTS, LATENTS)
    truth = Truth(said, NOTHING)
    found = correct(drawn, observations(NOTHING), said, NOTHING, truth, SOUND)
    assert found.share == pytest.approx(1.0)
    found = correct(drawn, observations(NOTHING), said, NOTHING, truth, np.arange(WORLDS) < 100)
    assert found.share == pytest.approx(0.75)  # the broken weigh nothing


def test_worlds_whose_runs_are_nearer_weigh_more() -> None:
    said = np.zeros((TARGETS, 2))
    truly = said.copy()
    truly[0, 1] = 3.0
    drawn = Posterior(POINTS[:2], LATENTS[:1].repeat(2, axis=0))
    found = correct(
        drawn, observations(NOTHING), said, NOTHING, Truth(truly, NOTHING), SOUND[:2]
    )  # fmt: skip
    assert found.log_weights[0] > found.log_weights[1] + 1
    assert 0.5 <= found.share < 0.75


def test_closed_form_the_share_that_is_no_chance_is_believed_and_of_strains_none() -> None:
    one, miss = emulator(), RNG.standard_normal((TARGETS, WORLDS))
    miss -= miss.mean(axis=1, keepdims=True)
    values = one.at(POINTS) + miss + 0.3  # the emulator is off in all worlds
    values[0, 5] = np.nan
    noise, error = np.full(TARGETS, 0.25), np.full(TARGETS, 7.0)
    noise[4] = 0.75  # three quarters of what is left are chance: the emulator knows more
    values[6, : WORLDS // 2 + 1] = np.nan  # most worlds do not show it
    of_strains = np.arange(TARGETS) % 2 == 1
    run = run_of(values, np.zeros(WORLDS))
    truth = true_values(run, one, noise, NOTHING > 0, of_strains, error)
    left = truth.values - one.at(POINTS)
    assert left[0, 5] == pytest.approx(0.3, abs=0.01)
    assert (left[2] - 0.3) / miss[2] == pytest.approx(np.full(WORLDS, 0.75), abs=0.05)
    assert truth.error[2] - one.of_coefficients[2] == pytest.approx(0.75 * 0.25, abs=0.02)
    assert left[4] == pytest.approx(np.full(WORLDS, 0.3))
    assert left[6] == pytest.approx(np.full(WORLDS, 0.3), abs=0.2)  # few worlds tell of it
    for place in (1, 3):
        assert not left[place].any()
    for place in (1, 3, 4, 6):
        assert truth.error[place] == 7.0


def test_what_a_panel_of_patients_has_of_its_own_is_not_believed() -> None:
    one, miss = emulator(), 0.1 * RNG.standard_normal((TARGETS, WORLDS))
    panels = np.arange(WORLDS) % 4
    of_panel = RNG.standard_normal((TARGETS, 4))
    of_panel = (of_panel - of_panel.mean(axis=1, keepdims=True))[:, panels]
    values = one.at(POINTS) + miss + of_panel
    levels, run = np.arange(TARGETS) != 1, run_of(values, panels)
    truth = true_values(run, one, NOTHING, levels, NOTHING > 0, NOTHING)
    apart = np.abs(truth.values - one.at(POINTS) - miss).max(axis=1)
    assert apart[levels].max() < 0.05
    assert apart[1] > 0.25  # what is read of patients of its own has no panel


def test_worlds_are_taken_as_often_as_they_weigh() -> None:
    found = Correction(np.log([0.5, 0.25, 0.125, 0.125]), 0.0)
    assert np.bincount(found.resampled(800, 1)).tolist() == pytest.approx(
        [400, 200, 100, 100], abs=1
    )


def test_statistical_weights_lead_from_an_emulator_that_is_off_to_the_truth() -> None:
    """One unknown, one target: the emulator says x, the truth is 0.8 x + 0.4, seen is 1."""
    rng = np.random.default_rng(8)
    flat = np.zeros(1)
    seen = Observations(
        low=np.ones(1), high=np.ones(1), variance=np.full(1, 0.09), size=flat,
        source=np.zeros(1, int), kind=np.zeros(1, int), middle=flat, log_sd=flat, sources=1,
    )  # fmt: skip
    grid = np.linspace(-5, 5, 20001)

    def density(shown: np.ndarray, error: float) -> np.ndarray:
        height = seen.log_likelihood(shown[None], np.zeros((len(shown), 1)), np.full(1, error))
        return np.exp(height - 0.5 * grid**2)

    said = density(grid, 0.1)
    points = np.interp(rng.random(20000), np.cumsum(said) / said.sum(), grid)
    truth = density(0.8 * grid + 0.4, 0.0)
    found = correct(
        Posterior(points[:, None], np.zeros((len(points), 1))), seen, points[None],
        np.full(1, 0.1), Truth(0.8 * points[None] + 0.4, flat), np.zeros(len(points), bool),
    )  # fmt: skip
    chosen = points[found.resampled(20000, 3)]
    wanted = (truth * grid).sum() / truth.sum()
    assert chosen.mean() == pytest.approx(wanted, abs=0.02)
    assert abs(points.mean() - wanted) > 0.05  # where the worlds were drawn
    assert chosen.std() == pytest.approx(
        np.sqrt((truth * (grid - wanted) ** 2).sum() / truth.sum()), abs=0.02
    )
