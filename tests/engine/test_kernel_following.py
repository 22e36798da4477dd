"""Steps of derivatives: which polynomial, how many, and nobody disturbs his neighbours."""

import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.engine import Schedule, sensitivities


class Stiff:
    """A fast state that follows a slow one and the season."""

    state_ids = ("fast", "slow")
    parameter_ids = ("rate", "level")
    assigned_ids = ()
    scales = np.ones(2)

    def values(self, stance="evidence"):
        return {"rate": 5.0, "level": 1.0}

    def unit(self, name):
        return "1"

    def rhs(self, t, y, p):
        return jnp.stack(
            [p[0] * (p[1] * y[1] * jnp.cos(t) - y[0]), 0.3 * (1.0 + 0.5 * y[0] - y[1])]
        )

    def observe(self, t, y, p):
        return y[:0]


def test_property_steps_that_need_different_polynomials_do_not_disturb_each_other():
    """A stiff patient beside calm ones: each takes the polynomial of his own step."""
    rate = np.array([1.0, 300.0, 40.0, 1.0, 6.0, 1.0, 120.0, 1.0])
    start = np.random.default_rng(2).uniform(0.5, 1.5, (2, 8))
    together = sensitivities(Stiff(), {"rate": rate}, start, Schedule(), [0.0, 4.0], ["rate"])
    for one in range(8):
        alone = sensitivities(
            Stiff(), {"rate": rate[one]}, start[:, one], Schedule(), [0.0, 4.0], ["rate"]
        )
        np.testing.assert_array_equal(alone.states[..., 0], together.states[..., one])


@pytest.mark.parametrize(("rate", "rtol"), [(2000.0, 0.1), (2000.0, 0.01), (200.0, 0.1)])
def test_reference_derivatives_stay_bounded_where_the_states_take_steps_too_long_for_them(
    rate, rtol
):
    """A fast state at rest lets steps pass that are not stable; its derivatives must bear them."""
    arguments = (Stiff(), {"rate": rate}, np.ones(2), Schedule(), np.linspace(0.0, 30.0, 4))
    got = sensitivities(*arguments, ["level"], rtol=rtol)
    true = sensitivities(*arguments, ["level"], rtol=1e-7)
    assert np.abs(got.states - true.states).max() < 0.3 * np.abs(true.states).max()
