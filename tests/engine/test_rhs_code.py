"""Traced equations as machine code give the numbers that JAX gives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.engine import (
    integrate,  # noqa: F401  sets 64-bit numbers
    kernel_frame,
    kernel_rhs,
)
from gutskin.engine.hoist import CONSTANT, INPUT
from gutskin.engine.kernel import kernel_module
from gutskin.engine.lowering import UnsupportedOperation
from gutskin.engine.machine import Compiled
from gutskin.engine.processor import aligned
from gutskin.engine.traced import TracedRightHandSide
from gutskin.engine.vector_ir import lanes_of
from gutskin.engine.vector_math import of_precision


def evaluated(rhs, states, t, y, p, moving, shared, precision):
    """The rates [state, lane] from the machine code; `y` [state, lane], `p` [parameter, lane]."""
    traced = TracedRightHandSide.of(rhs, states, moving, shared, precision)
    module = kernel_rhs.evaluation_module(traced)
    compiled = Compiled(lambda: module, [str(module)])
    kind, lanes = of_precision(precision), lanes_of(precision)
    memory = kernel_frame.MemoryLayout(traced)
    work = aligned((memory.rows, lanes), kind)
    work[:] = 0.0
    first = memory.first
    work[first["y"] :][:states] = y
    work[first["p"] :][: len(p)] = p
    work[first["time"]] = t
    count = np.array([1])
    where = [work[first[name] :].ctypes.data for name in ("p", "rows", "time", "y", "slope")]
    compiled.function("repeat", 6)(count.ctypes.data, *where)
    return work[first["slope"] :][:states].copy()


def algebra(t, y, p):
    share = y[0] / (p[0] + y[0])
    season = 1.0 + 0.3 * jnp.sin(t) * p[2]
    return jnp.array([
        p[0] * (y[1] * p[1]) / p[2] - share * p[1] + jnp.exp(-y[2] * p[0]),
        share * (y[2] / season) / (1.0 + y[3]) * (2.0 * y[1]) - jnp.cos(t) * p[1],
        jnp.power(y[2], 4.0) / jnp.power(p[1] + y[2], 4.0) + jnp.power(y[3], p[2]) + y[1] ** -2,
        p[2] / (p[1] * y[3]) * share * season - y[0] / 3.0 + jnp.log(y[1]) + jnp.sqrt(p[1]),
    ])  # fmt: skip


def choices(t, y, p):
    return jnp.stack([
        jnp.where(y[0] > p[0], y[1], -y[1]) + jnp.where(p[1] > 1.0, 1.0, 2.0) * y[0],
        jnp.maximum(y[0], y[1]) * jnp.minimum(p[2], y[2]) + jnp.abs(y[3] - p[0]),
        jax.nn.sigmoid(y[2]) + jnp.tanh(y[3]) + jnp.clip(y[0], 0.2, 0.4) + jnp.sign(y[1] - 0.5),
        jnp.where((y[0] < y[1]) & (y[2] >= p[1]) | (t > 3.0), jnp.log1p(y[0]), jnp.expm1(y[1])),
    ])  # fmt: skip


def arrays(t, y, p):
    rates = jnp.concatenate([y[2:] * p[0], y[:2] * jnp.array([1.0, 2.0])[:, None]])
    return rates - jnp.sum(y[1:3], axis=0) + jnp.array([0.1, 0.2, 0.3, 0.4])[:, None] * p[1]


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("shared", [(False,) * 3, (True, False, False), (True,) * 3])
@pytest.mark.parametrize("rhs", [algebra, choices, arrays])
def test_property_machine_code_gives_the_numbers_of_jax(rhs, shared, precision):
    rng, lanes = np.random.default_rng(0), lanes_of(precision)
    y, p = rng.uniform(0.2, 2.0, (4, lanes)), rng.uniform(0.2, 2.0, (3, lanes))
    p[np.array(shared)] = p[np.array(shared), :1]
    t = rng.uniform(0.0, 6.0, lanes)
    moving = (CONSTANT, INPUT, CONSTANT)
    kind = of_precision(precision)
    found = evaluated(rhs, 4, t, y, p, moving, shared, precision)
    true = rhs(jnp.asarray(t, kind), jnp.asarray(y, kind), list(jnp.asarray(p, kind)))
    np.testing.assert_allclose(found, true, rtol=200 * np.finfo(kind).eps, atol=1e-15)


def test_property_the_shipped_model():
    from gutskin.model.compiled import load_model

    model = load_model()
    rng = np.random.default_rng(1)
    y = model.initial("severe")[:, None] * rng.uniform(0.5, 2.0, (len(model.state_ids), 8))
    values = np.array(list(model.values().values()))[:, None] * np.ones(8)
    moving = [INPUT if name in model.input_ids else CONSTANT for name in model.parameter_ids]
    shared = [name not in model.input_ids for name in model.parameter_ids]
    t = np.full(8, 40.0)
    found = evaluated(model.rhs, len(y), t, y, values, moving, shared, "double")
    true = np.asarray(model.rhs(t, y, list(values)))
    np.testing.assert_allclose(found, true, rtol=1e-10, atol=1e-12 * np.abs(true).max())


def test_unit_an_operation_without_machine_code_is_named():
    def rhs(t, y, p):
        return jax.scipy.special.erf(y)

    with pytest.raises(UnsupportedOperation, match="'erf'"):
        kernel_module(TracedRightHandSide.of(rhs, 1, (), (), "double"))


def test_unit_patients_that_are_added_up_are_refused():
    def rhs(t, y, p):
        return y - jnp.sum(y, axis=1, keepdims=True)

    with pytest.raises(UnsupportedOperation, match="adds up patients"):
        kernel_module(TracedRightHandSide.of(rhs, 2, (), (), "double"))
