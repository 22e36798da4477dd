"""Functions of vectors against the system's own, to the last bits, and at the edges of numbers."""

from ctypes import c_void_p

import numpy as np
import pytest
from llvmlite import ir

from gutskin.engine import vector_math
from gutskin.engine.machine import Compiled
from gutskin.engine.vector_ir import Code, lanes_of
from gutskin.engine.vector_math import of_precision

PRECISIONS = ("double", "single")


def compiled(function, precision, operands=1):
    """A function of arrays of one vector's length, from one that writes it."""
    module = ir.Module("test")
    names = (*(f"x{n}" for n in range(operands)), "out")
    code = Code(module, "run", precision, names, exported=True)
    given = [code.load(code.arguments[f"x{n}"], align=4) for n in range(operands)]
    code.store(function(*given), code.arguments["out"], align=4)
    code.builder.ret_void()
    machine = Compiled(lambda: module, [str(module)])
    run, kind, lanes = (
        machine.function("run", operands + 1),
        of_precision(precision),
        lanes_of(precision),
    )

    def whole(*arrays):
        arrays = [np.asarray(a, kind) for a in arrays]
        found = np.empty(len(arrays[0]), kind)
        for first in range(0, len(found), lanes):
            rows = [np.resize(a[first : first + lanes], lanes) for a in arrays]
            out = np.empty(lanes, kind)
            run(*(c_void_p(row.ctypes.data) for row in (*rows, out)))
            found[first : first + lanes] = out[: len(found[first : first + lanes])]
        return found, machine

    return lambda *arrays: whole(*arrays)[0]


def units(found, true, kind):
    """Distance in units of the last place."""
    return np.abs(found.astype(np.longdouble) - true) / np.spacing(np.abs(true).astype(kind))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_reference_exponential(precision):
    kind = of_precision(precision)
    most = 709.0 if precision == "double" else 88.0
    x = np.random.default_rng(1).uniform(-most, most, 4000).astype(kind)
    x = np.concatenate([x, x / 1000.0, x * 1e-9]).astype(kind)
    true = np.exp(x.astype(np.longdouble))
    normal = true > np.finfo(kind).tiny
    found = compiled(vector_math.exp, precision)(x)
    assert units(found, true, kind)[normal].max() < 1.5
    edges = [0.0, -0.0, np.inf, -np.inf, np.nan, 800.0, -800.0]
    edges += [1e30, -1e30, np.log(np.finfo(kind).max) + 0.01, np.log(np.finfo(kind).tiny) - 0.01]
    true = [1.0, 1.0, np.inf, 0.0, np.nan, np.inf, 0.0, np.inf, 0.0, np.inf, 0.0]
    np.testing.assert_array_equal(compiled(vector_math.exp, precision)(edges), true)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_reference_logarithm(precision):
    kind = of_precision(precision)
    rng = np.random.default_rng(2)
    wide = 700.0 if precision == "double" else 100.0
    x = np.concatenate([np.exp(rng.uniform(-wide, wide, 4000) * 0.85), rng.uniform(0.5, 2.0, 4000)])
    x = x.astype(kind)
    x = x[x != 1.0]
    found = compiled(vector_math.log, precision)(x)
    assert units(found, np.log(x.astype(np.longdouble)), kind).max() < 1.5
    smallest = np.finfo(kind).smallest_subnormal
    edges = [1.0, 0.0, -0.0, -1.0, np.inf, -np.inf, np.nan, smallest]
    true = [0.0, -np.inf, -np.inf, np.nan, np.inf, np.nan, np.nan, np.log(smallest)]
    np.testing.assert_allclose(compiled(vector_math.log, precision)(edges), true, rtol=1e-6)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_reference_power(precision):
    kind = of_precision(precision)
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0.01, 30.0, 4000).astype(kind), rng.uniform(-4.0, 4.0, 4000).astype(kind)
    run = compiled(vector_math.power, precision, 2)
    wide = 600.0 if precision == "double" else 80.0  # logarithm of what comes out, at most
    x = np.concatenate([x, np.exp(rng.uniform(-wide, wide, 4000) / 8.0)]).astype(kind)
    y = np.concatenate([y, rng.uniform(-8.0, 8.0, 4000)]).astype(kind)
    true = np.power(x.astype(np.longdouble), y.astype(np.longdouble))
    assert units(run(x, y), true, kind).max() < 3.0
    pairs = [(-2.0, 3.0), (-2.0, 2.0), (-2.0, 0.5), (0.0, 2.0), (0.0, -1.0), (0.0, 0.0),
             (1.0, np.inf), (np.nan, 1.0), (-8.0, -1.0), (2.0, np.nan)]  # fmt: skip
    found = run(*np.array(pairs).T)
    true = [-8.0, 4.0, np.nan, 0.0, np.inf, 1.0, 1.0, np.nan, -0.125, np.nan]
    np.testing.assert_allclose(found, true, rtol=2 * np.finfo(kind).eps)
    small = np.finfo(kind).smallest_subnormal
    np.testing.assert_allclose(run([small], [0.5]), np.sqrt(kind(small)), rtol=1e-6)
    np.testing.assert_array_equal(run([1e30, 1e30], [90.0, -90.0]), [np.inf, 0.0])


@pytest.mark.parametrize("exponent", [-3, -1, 0, 1, 2, 5, 8])
def test_reference_whole_power(exponent):
    x = np.array([-1.5, 0.3, 2.0, 7.0])
    found = compiled(lambda v: vector_math.whole_power(v, exponent), "double")(x)
    np.testing.assert_allclose(found, x**exponent, rtol=1e-15)


def test_unit_the_larger_of_a_number_and_none_is_none():
    run = compiled(lambda x, y: x.code.maximum(x, y), "double", 2)
    found = run([1.0, np.nan, 2.0, np.nan], [2.0, 1.0, np.nan, np.nan])
    np.testing.assert_array_equal(found, [2.0, np.nan, np.nan, np.nan])
    run = compiled(lambda x, y: x.code.minimum(x, y), "double", 2)
    found = run([1.0, np.nan, 2.0], [2.0, 1.0, np.nan])
    np.testing.assert_array_equal(found, [1.0, np.nan, np.nan])
