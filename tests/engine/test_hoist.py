"""A right-hand side cut by what it depends on (parameters, time, state) says the same as whole."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.engine import integrate  # noqa: F401  sets 64-bit numbers
from gutskin.engine.hoist import CONSTANT, STATE, TIME, HoistedRightHandSide, simplified


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
        parts = HoistedRightHandSide(rates, t, y, p, moved)
        return parts.derivative(parts.constant(p), t, y, [p[place] for place in moved])

    np.testing.assert_allclose(cut(t, y, p), rates(t, y, p), rtol=1e-14)


def products(t, y, p):
    """Products and quotients of every kind, some used twice, with whole and broken powers."""
    share = y[0] / (p[0] + y[0])
    season = 1.0 + 0.3 * jnp.sin(t) * p[2]
    return jnp.array([
        p[0] * (y[1] * p[1]) / p[2] - share * p[1],
        share * (y[2] / season) / (1.0 + y[3]) * (2.0 * y[1]),
        jnp.power(y[2], 4.0) / jnp.power(p[1] + y[2], 4.0) + jnp.power(y[3], 0.9),
        p[2] / (p[1] * y[3]) * share * season - y[0] / 3.0,
    ])  # fmt: skip


@pytest.mark.parametrize("moved", [(), (2,), (0, 1)])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_property_simplified_products_are_equal_within_rounding(moved, kind):
    rng = np.random.default_rng(1)
    t, y = (jnp.asarray(0.1 + rng.random(shape), kind) for shape in (3, (4, 3)))
    p = [jnp.asarray(0.1 + rng.random(3), kind) for _ in range(3)]
    parts = HoistedRightHandSide(products, t, y, p, moved)
    got = parts.derivative(parts.constant(p), t, y, [p[place] for place in moved])
    assert got.dtype == kind
    np.testing.assert_allclose(got, products(t, y, p), rtol=50 * np.finfo(kind).eps)


def test_count_fewer_divisions_and_no_power_are_left():
    t, y = jnp.ones(3), jnp.ones((4, 3))
    p = [jnp.ones(3)] * 3
    parts = HoistedRightHandSide(products, t, y, p, (2,))
    constant = parts.constant(p)
    left = str(jax.make_jaxpr(parts.derivative)(constant, t, y, [p[2]]))
    assert left.count(" div ") < str(jax.make_jaxpr(products)(t, y, p)).count(" div ")
    assert left.count(" pow ") == 1


def shared(t, y, p):
    """The same exponential and product twice, constant terms apart, a sum times a constant."""
    late = jnp.exp(-p[0] * t)
    return jnp.array([
        jnp.exp(p[0] * y[0]) + y[1] * y[2] + late * p[1] * p[2],
        y[2] * y[1] - (p[1] + jnp.exp(y[0] * p[0]) + p[2]),
        (1.0 + (y[3] - p[0])) * p[1] - p[2],
        p[0] - ((y[0] + p[1]) - (p[2] - y[1])) * p[2] + y[3] / p[1],
    ])  # fmt: skip


@pytest.mark.parametrize("moved", [(), (2,), (0, 1)])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_property_simplified_sums_are_equal_within_rounding(moved, kind):
    rng = np.random.default_rng(2)
    t, y = (jnp.asarray(0.1 + rng.random(shape), kind) for shape in (3, (4, 3)))
    p = [jnp.asarray(0.1 + rng.random(3), kind) for _ in range(3)]
    parts = HoistedRightHandSide(shared, t, y, p, moved)
    got = parts.derivative(parts.constant(p), t, y, [p[place] for place in moved])
    assert got.dtype == kind
    np.testing.assert_allclose(got, shared(t, y, p), rtol=50 * np.finfo(kind).eps)


def operations_of_the_state(function):
    """How often each operation is done for every state, the parameters constant."""
    t, y, p = jnp.ones(3), jnp.ones((4, 3)), [jnp.ones(3)] * 3
    closed, level = simplified(function, t, y, p, [CONSTANT] * 3)
    names = [e.primitive.name for e in closed.jaxpr.eqns if level[e.outvars[0]] == STATE]
    return {name: names.count(name) for name in ("add", "sub", "mul", "div", "exp")}


def test_count_common_subexpressions_are_computed_once():
    def twice(t, y, p):
        return (jnp.exp(p[0] * y[0]) + y[1] * y[2]) * (jnp.exp(y[0] * p[0]) - y[2] * y[1])

    assert operations_of_the_state(twice) == {"add": 1, "sub": 1, "mul": 3, "div": 0, "exp": 1}


def test_count_constant_terms_are_added_once_and_multiplied_out():
    """(1 + (y - a)) b - c is y b + ((1 - a) b - c): one product, one sum."""
    count = operations_of_the_state(lambda t, y, p: (1.0 + (y[3] - p[0])) * p[1] - p[2])
    assert count == {"add": 1, "sub": 0, "mul": 1, "div": 0, "exp": 0}
    # a term that is used again stays as it is: multiplied out it would be worked out twice
    twice = operations_of_the_state(lambda t, y, p: (y[0] + p[0]) * p[1] * y[1] + (y[0] + p[0]))
    assert twice["add"] == 2


@pytest.mark.parametrize(
    ("function", "divisions"),
    [
        (lambda y, p: y[0] / y[1] + p[0] * y[2] / y[3], 1),
        (lambda y, p: y[0] / y[1] - p[0] / y[3] - p[1], 1),
        (lambda y, p: y[0] / (p[0] + p[1] * y[1] / y[2]), 1),
        (lambda y, p: (p[0] + y[0] / y[1]) * (p[1] - p[2] / y[2]), 1),
        (lambda y, p: y[0] / y[1] * jnp.exp(y[2] / (p[0] * y[1])), 1),
        (lambda y, p: p[0] / y[1] * jnp.exp(1.0 / y[1]), 1),
        (lambda y, p: y[0] / y[1] + y[2], 1),
        (lambda y, p: y[0] / y[1] * jnp.exp(y[2] / (p[0] + y[1])), 2),
    ],
)
def test_count_quotients_that_meet_are_divided_once(function, divisions):
    count = operations_of_the_state(lambda t, y, p: function(y, p))
    assert count["div"] == divisions
    y, p = 0.5 + jnp.arange(12.0).reshape(4, 3), [jnp.full(3, one) for one in (0.7, 1.3, 2.1)]
    closed, _ = simplified(lambda t, y, p: function(y, p), jnp.zeros(3), y, p, [CONSTANT] * 3)
    (got,) = jax.core.eval_jaxpr(closed.jaxpr, closed.consts, jnp.zeros(3), y, *p)
    np.testing.assert_allclose(got, function(y, p), rtol=1e-13)


def test_count_constant_factors_of_what_follows_time_are_gathered():
    def of_time(t, y, p):
        return (t * p[0]) * p[1] * p[2] + y[0]

    t, y, p = jnp.ones(3), jnp.ones((4, 3)), [jnp.ones(3)] * 3
    closed, level = simplified(of_time, t, y, p, [CONSTANT] * 3)
    names = [e.primitive.name for e in closed.jaxpr.eqns if level[e.outvars[0]] == TIME]
    assert names == ["mul"]
