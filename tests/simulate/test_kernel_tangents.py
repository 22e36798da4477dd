"""Derivatives in the kernel: against JAX, number by number, and against its own integrator."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.simulate import Hold, Pulse, Schedule, sensitivities, simulate, xla
from gutskin.simulate.kernel_tangents import factors

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


def test_property_the_error_of_a_derivative_falls_with_the_tolerance():
    true = sensitivities(Everything(), {}, np.ones(3), SCHEDULE, TIMES, BY, rtol=1e-9).states
    errors = []
    for rtol in (1e-3, 1e-4, 1e-6):  # the last is the default
        got = sensitivities(Everything(), {}, np.ones(3), SCHEDULE, TIMES, BY, rtol=rtol)
        errors.append(np.abs(got.states - true).max())
    assert sorted(errors, reverse=True) == errors
    assert errors[2] < 1e-4 * np.abs(true).max()


@pytest.mark.parametrize("stages", [4, 6])
def test_closed_form_the_factors_make_a_polynomial_of_second_order(stages):
    whole = np.array([1.0])
    for alpha, beta in factors(stages):
        whole = np.polymul([beta, alpha, 1.0], whole)
    np.testing.assert_allclose(whole[-3:], [0.5, 1.0, 1.0], rtol=1e-12)
