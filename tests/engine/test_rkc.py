"""The stepper: its order, its stability and its error estimate, against closed forms."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.engine import integrate  # noqa: F401  sets 64-bit numbers
from gutskin.engine.rkc import (
    error_norm,
    real_stability_limit,
    stability_polynomial,
    stage_coefficients,
    step,
)


@partial(jax.jit, static_argnums=0)
def decay(stages, z):
    """One step of a day of y' = -z y from 1, a lane for each z."""
    y = jnp.ones((1, len(z)))
    return step(lambda t, y: -z * y, stages, 0.0 * z, y, -z * y, 1.0 + 0.0 * z, stages)


def one_step(stages, z):
    """Growth factor of y' = -z y over one step of a day."""
    y_new, f_new = decay(stages, jnp.atleast_1d(jnp.asarray(z, float)))
    np.testing.assert_allclose(f_new, -z * y_new)
    return np.asarray(y_new[0])


@pytest.mark.parametrize("stages", [3, 4, 5, 8])
def test_reference_coefficients_meet_the_conditions_of_second_order(stages):
    along, first = stage_coefficients(stages)
    assert along[-1] + first[-1] == pytest.approx(1.0, abs=1e-12)
    # One step of y' = -z y must agree with 1 - z + z^2 / 2 up to z^3.
    z = 1e-3
    assert one_step(stages, z)[0] == pytest.approx(1.0 - z + z * z / 2.0, abs=z**3)


@partial(jax.jit, static_argnums=0)
def slowing(stages, t, y, f, h):
    return step(lambda t, y: -2.0 * t * y, stages, t, y, f, h, stages)


@pytest.mark.parametrize("stages", [3, 4, 5, 8])
def test_closed_form_halving_the_step_quarters_the_error(stages):
    """y' = -2 t y, so y(1) = exp(-1)."""
    errors = []
    for steps in (40, 80):
        h = jnp.full(1, 1.0 / steps)
        y, t = jnp.ones((1, 1)), jnp.zeros(1)
        f = -2.0 * t * y
        for _ in range(steps):
            y, f = slowing(stages, t, y, f, h)
            t = t + h
        errors.append(abs(float(y[0, 0]) - np.exp(-1.0)))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("stages", [3, 4, 5, 8])
def test_closed_form_step_is_stable_up_to_its_real_stability_limit(stages):
    end = real_stability_limit(stages)
    assert np.abs(one_step(stages, np.linspace(0.01, end, 200))).max() < 1.0
    assert np.abs(one_step(stages, np.array([1.3 * end])))[0] > 1.0


@pytest.mark.parametrize("stages", [3, 4, 5])
def test_closed_form_no_stage_overshoots_within_the_stability_limit(stages):
    """Growth up to each stage of y' = -z y stays within that of the start and its reverse."""
    z = np.linspace(0.0, real_stability_limit(stages), 400)
    growth = np.ones_like(z)
    for along, first in zip(*stage_coefficients(stages), strict=True):
        growth = 1.0 - z * (along * growth + first)
        assert np.abs(growth).max() <= 1.0


@pytest.mark.parametrize("stages", [3, 4, 5, 8])
def test_closed_form_growth_is_the_stability_polynomial(stages):
    z = np.linspace(0.0, real_stability_limit(stages), 50)
    wanted = np.polynomial.polynomial.polyval(-z, stability_polynomial(stages))
    np.testing.assert_allclose(one_step(stages, z), wanted, atol=1e-10)


@pytest.mark.parametrize("stages", [3, 4, 5, 8])
def test_closed_form_the_error_is_one_multiple_of_the_third_derivative(stages):
    """As much for a rate that follows time as for one that follows the state."""
    h = jnp.full(1, 1e-3)
    zero = jnp.zeros((1, 1))
    quadrature, _ = step(lambda t, y: 0.5 * t[None] ** 2, stages, 0.0 * h, zero, zero, h, stages)
    by_time = (float(quadrature[0, 0]) - 1e-9 / 6.0) / 1e-9
    assert by_time == pytest.approx(stability_polynomial(stages)[3] - 1.0 / 6.0, rel=1e-6)


def test_closed_form_five_stages_follow_a_rate_of_40_per_day_with_steps_of_nine_hours():
    assert abs(one_step(5, 40.0 * 0.375)[0]) < 0.99


def test_unit_a_count_of_one_evaluates_and_leaves_the_state():
    y = jnp.array([[0.1, 0.7]])
    y_new, f_new = step(lambda t, y: 3.0 * y + t, 5, jnp.array([1.0, 2.0]), y, 0.0 * y,
                        jnp.zeros(2), 1)  # fmt: skip
    np.testing.assert_array_equal(y_new, y)
    np.testing.assert_allclose(f_new, [[1.3, 4.1]])


def test_closed_form_error_estimate_is_of_third_order_and_near_the_error():
    sizes = []
    for h in (0.1, 0.05):
        y = jnp.ones((1, 1))
        y_new, f_new = step(lambda t, y: -y, 5, jnp.zeros(1), y, -y, jnp.array([h]), 5)
        size = error_norm(y, -y, y_new, f_new, jnp.array([h]), 0.0, jnp.ones(1))
        true = abs(float(y_new[0, 0]) - np.exp(-h))
        assert 0.3 < float(size[0]) / true < 30.0
        sizes.append(float(size[0]))
    assert sizes[0] / sizes[1] == pytest.approx(8.0, rel=0.15)


def test_unit_the_worst_state_counts_and_nothing_finite_is_no_number():
    y = jnp.array([[1.0, 1.0], [1.0, 1.0]])
    y_new = jnp.array([[1.0, jnp.nan], [0.5, 1.0]])
    size = error_norm(y, 0 * y, y_new, 0 * y, jnp.ones(2), 0.0, jnp.array([1.0, 0.1]))
    assert float(size[0]) == pytest.approx(4.0)
    assert np.isinf(size[1])


def test_unit_two_stages_are_refused():
    with pytest.raises(ValueError, match="at least 3"):
        stage_coefficients(2)
