"""A right-hand side cut into constant, timed and full parts says the same as the whole."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.simulate import integrate  # noqa: F401  sets 64-bit numbers
from gutskin.simulate.hoist import Parts


def rates(t, y, p):
    season = jnp.sin(t) * p[2]
    leaky = jnp.where(p[0] > 1.0, p[0] ** 2, p[0])
    return jnp.array([leaky * season - y[0], p[1] * y[0] * season, season, leaky + 0.0 * t])


@pytest.mark.parametrize("moved", [(), (2,), (0, 1), (0, 1, 2)])
def test_property_the_parts_together_are_the_whole(moved):
    rng = np.random.default_rng(0)
    t, y = jnp.asarray(rng.random(3)), jnp.asarray(rng.random((4, 3)))
    p = [jnp.asarray(2.0), *(jnp.asarray(rng.random(3)) for _ in range(2))]

    @jax.jit
    def cut(t, y, p):
        parts = Parts(rates, t, y, p, moved)
        return parts.derivative(parts.constant(p), t, y, [p[place] for place in moved])

    np.testing.assert_allclose(cut(t, y, p), rates(t, y, p), rtol=1e-14)
