"""Derivatives in the kernel: against JAX, number by number, and against its own integrator."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.engine import Hold, Pulse, Schedule, sensitivities, simulate, xla
from gutskin.engine.kernel_tangents import POLYNOMIALS, Tiles, factors

BY = ["a", "b", "c", "drive", "start_free"]


class Everything:
    """Three states whose rates use every kind of operation."""

    state_ids = ("x", "y", "z")
    parameter_ids = ("a", "b", "c", "drive", "start_free")
    assigned_ids = ()
    scales = np.ones(3)
    input_ids = ("drive",)

    def values(self, stance="evidence"):
        return {"a": 0.7, "b": 1.3, "c": 0.4, "drive": 0.5, "start_free": 2.0}

    def unit(self, name):
        return "1"

    def rhs(self, t, y, p):
        a, b, c, drive, free = p
        season = 1.0 + 0.2 * jnp.sin(t * b)
        x, w, z = y
        hill = x**2 / (a * a + x**2) + jnp.power(w, free) / (c + jnp.power(w, free))
        return jnp.stack([
            drive * season - a * x * jnp.where(w > 0.0, w, c) + jnp.exp(-z * b) - jnp.log1p(x),
            hill - b * w + jnp.sqrt(1.0 + z * z) * 0.1 + jax.nn.sigmoid(x - c),
            jnp.maximum(x, c * w - 9.0) - z + jnp.tanh(w - b) + jnp.abs(x + z) * 0.1 - 0.01 * z**-1,
        ])  # fmt: skip

    def observe(self, t, y, p):
        return y[:0]


SCHEDULE = Schedule(holds=[Hold("drive", 1.0, 2.5, 1.0)], pulses=[Pulse("z", 3.0, 0.4)])
TIMES = np.array([0.0, 0.7, 2.0, 5.0])


def test_double_programming_derivatives_are_those_of_the_integrator_in_jax(monkeypatch):
    rng = np.random.default_rng(4)
    values = {"a": rng.uniform(0.5, 1.0, 11), "c": 0.4}
    arguments = (Everything(), values, rng.uniform(0.5, 1.5, (3, 11)), SCHEDULE, TIMES, BY)
    found = sensitivities(*arguments, rtol=1e-8)
    with monkeypatch.context() as patch:
        patch.setattr(xla, "on_a_processor", lambda: False)
        other = sensitivities(*arguments, rtol=1e-8)
    np.testing.assert_array_equal(found.courses.steps, other.courses.steps)
    # Hundreds of steps, each rounded to 32 bits.
    np.testing.assert_allclose(found.states, other.states, atol=1e-5 * np.abs(other.states).max())
    assert (np.abs(other.states).max(axis=(1, 2, 3)) > 0.01).all()


def test_property_derivatives_change_no_course_and_do_not_depend_on_neighbours():
    rng = np.random.default_rng(6)
    start = rng.uniform(0.5, 1.5, (3, 21))
    whole = sensitivities(Everything(), {}, start, SCHEDULE, TIMES, BY, workers=2)
    plain = simulate(Everything(), {}, start, SCHEDULE, TIMES, rtol=1e-6)
    np.testing.assert_array_equal(whole.courses.steps, plain.steps)
    np.testing.assert_allclose(whole.courses.states, plain.states, rtol=1e-12)
    part = sensitivities(Everything(), {}, start[:, [20, 4]], SCHEDULE, TIMES, BY)
    np.testing.assert_array_equal(part.states, whole.states[..., [20, 4]])


class Upstream:
    """A state that follows nothing, and that another follows."""

    state_ids = ("below", "above")
    parameter_ids = ("level",)
    assigned_ids = ()
    scales = np.ones(2)

    def values(self, stance="evidence"):
        return {"level": 1.0}

    def unit(self, name):
        return "1"

    def rhs(self, t, y, p):
        return jnp.stack([p[0] * jnp.cos(t) + 0.1 * y[1] - y[0], -0.2 * y[1]])

    def observe(self, t, y, p):
        return y[:0]


@pytest.mark.parametrize("begun", [0.0, 0.7])
def test_double_programming_a_state_that_no_parameter_reaches(begun, monkeypatch):
    start_by = np.zeros((1, 2, 2))
    start_by[0, 1] = begun
    arguments = (Upstream(), {}, np.ones((2, 2)), Schedule(), TIMES, ["level"])
    found = sensitivities(*arguments, start_by=start_by, rtol=1e-8).states
    with monkeypatch.context() as patch:
        patch.setattr(xla, "on_a_processor", lambda: False)
        other = sensitivities(*arguments, start_by=start_by, rtol=1e-8).states
    np.testing.assert_allclose(found, other, atol=1e-5 * np.abs(other).max())
    np.testing.assert_allclose(found[0, -1, 1], begun * np.exp(-0.2 * TIMES[-1]), atol=1e-5)


def test_property_the_error_of_a_derivative_falls_with_the_tolerance():
    true = sensitivities(Everything(), {}, np.ones(3), SCHEDULE, TIMES, BY, rtol=1e-9).states
    errors = []
    for rtol in (1e-3, 1e-4, 1e-6):  # the last is the default
        got = sensitivities(Everything(), {}, np.ones(3), SCHEDULE, TIMES, BY, rtol=rtol)
        errors.append(np.abs(got.states - true).max())
    assert sorted(errors, reverse=True) == errors
    assert errors[2] < 1e-4 * np.abs(true).max()


@pytest.mark.parametrize("powers", [powers for powers, _ in POLYNOMIALS])
def test_closed_form_two_factors_make_each_polynomial(powers):
    whole = np.array([1.0])
    for alpha, beta in factors(powers):
        whole = np.polymul([beta, alpha, 1.0], whole)
    np.testing.assert_allclose(np.trim_zeros(whole, "f"), powers[::-1], rtol=1e-12)
    np.testing.assert_allclose(whole[-3:], [0.5, 1.0, 1.0], rtol=1e-12)  # second order


@pytest.mark.parametrize(("powers", "reach"), POLYNOMIALS)
def test_closed_form_each_polynomial_is_stable_up_to_its_reach(powers, reach):
    z = -np.linspace(0.0, reach, 2000)
    assert np.abs(np.polyval(powers[::-1], z)).max() <= 1.0 + 1e-12


@pytest.mark.parametrize("parameters", [1, 4, 5, 8, 9, 12, 20])
def test_property_what_is_cut_into_tiles_is_found_again(parameters):
    tiles = Tiles.of(parameters)
    assert parameters <= tiles.directions
    moves = np.random.default_rng(parameters).random((parameters, 3, 16), np.float32)
    parts = tiles.cut(moves)
    assert parts.shape == tiles.shape(3, 16)
    np.testing.assert_array_equal(tiles.whole(parts, parameters), moves)


def test_unit_a_longer_polynomial_is_refused():
    with pytest.raises(ValueError, match="fourth degree"):
        factors((1.0, 1.0, 0.5, 0.1, 0.01, 0.001))
