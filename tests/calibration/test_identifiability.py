"""Stiff directions and what sources say: closed forms of linear targets, and a known problem."""

import numpy as np
import pytest
from known_problem import CLASSES, UNKNOWNS, printed_by, problem, true_world

from gutskin.calibration.emulator import Emulator
from gutskin.calibration.identifiability import directions, left_open, what_sources_say
from gutskin.calibration.likelihood import Observations
from gutskin.calibration.posterior import Problem, draw_posterior

SLOPES = np.array([[3.0, 4.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0], [0.0, 0.0, 1.0, 0.0]])


def linear(variance=(1.0, 1.0, 1.0)):
    """Three targets of three sources, without misfit: the first sees 3 a + 4 b, the others c."""
    targets = len(SLOPES)
    emulator = Emulator(
        np.zeros(targets), SLOPES, np.zeros((0, 4)), np.zeros((0, 4), int), np.zeros((targets, 0)),
        np.zeros(targets), np.zeros(targets), np.ones(targets), np.zeros(targets, bool),
    )  # fmt: skip
    seen = np.zeros(targets)
    observations = Observations(
        seen, seen, np.array(variance), np.zeros(targets), np.arange(targets),
        np.zeros(targets, int), np.array([0.1]), np.array([0.5]), targets,
    )  # fmt: skip
    return Problem(observations, emulator, np.zeros(targets))


def test_closed_form_the_stiff_directions_of_linear_targets():
    """Errors of Student's t with 4 degrees have twice the variance of their scale."""
    found = directions(left_open(linear()))
    assert found.variance == pytest.approx([1 / (1 + 25 / 2), 1 / (1 + 5 / 2), 1, 1], rel=1e-3)
    assert np.abs(found.parts[0]) == pytest.approx([0.6, 0.8, 0, 0], abs=1e-4)
    assert found.stiff == 2


def test_closed_form_what_each_source_adds():
    said = {one.source: one for one in what_sources_say(linear())}
    assert said[0].wider == pytest.approx(np.sqrt(1 + 25 / 2), rel=1e-3)
    assert np.abs(said[0].parts) == pytest.approx([0.6, 0.8, 0, 0], abs=1e-4)
    assert said[1].wider == pytest.approx(np.sqrt((1 + 5 / 2) / (1 + 1 / 2)), rel=1e-3)
    assert said[1].numbers == pytest.approx([1, 1, said[1].wider, 1], rel=1e-3)
    assert [one.source for one in what_sources_say(linear())] == [0, 1, 2]
    effect = np.array([1.0, 0.0, 0.0, 0.0])
    assert said[0].without.variance_along(effect) == pytest.approx(1.0, rel=1e-3)


def test_double_programming_what_is_left_open_is_what_is_drawn():
    point, latents = true_world(3)
    asked = problem(printed_by(point, latents, 3))
    drawn = draw_posterior(asked, 4096, 1).points
    found = left_open(asked)
    assert found.covariance.shape == (UNKNOWNS, UNKNOWNS)
    assert asked.observations.latents == CLASSES + 1  # and what is printed
    sd = np.sqrt(np.diag(found.covariance))
    assert drawn.std(axis=0) == pytest.approx(sd, rel=0.35)
    stiff = directions(found).parts[0]
    assert (drawn @ stiff).var() < 0.5


def test_property_no_source_makes_anything_wider_by_being_there():
    point, latents = true_world(4)
    for one in what_sources_say(problem(printed_by(point, latents, 4))):
        assert one.wider >= 0.999
        assert (one.numbers > 0.98).all()
