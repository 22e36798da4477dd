"""Exponential, logarithm and power of a vector of numbers, to within a few units of the last place.

Exponential and logarithm are within 1.5 units. A power is e to a product, and an error of the
product is that of the result: so its logarithm is carried in two numbers (Dekker 1971), and it is
within 3 units for exponents up to 8 either way. A whole power is squared and multiplied.

An argument is brought into a short interval around zero by taking out powers of two (Cody & Waite:
the constant is split in two, so that nothing is lost), and a polynomial does the rest. That of the
exponential interpolates it at Chebyshev points; the logarithm follows fdlibm. There is no table and
no branch, so that every lane does the same.

References
----------
Cody & Waite (1980), Software manual for the elementary functions, Prentice-Hall
Dekker (1971), A floating-point technique for extending the available precision,
doi:10.1007/BF01397083
Muller (2016), Elementary functions: algorithms and implementation, 3rd ed.,
doi:10.1007/978-1-4899-7983-4
Sun Microsystems (1993), fdlibm: e_log.c
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from llvmlite import ir
from numpy.polynomial import chebyshev

from gutskin.engine.vector_ir import Code, Precision, Vec


@dataclass(frozen=True)
class _Numbers:
    """How numbers of a precision are made, and the constants that go with it."""

    fraction: int  # bits
    bias: int
    ln2: tuple[float, float]  # the first with so many zeros that its products are exact
    lowest: float  # below it the exponential, no normal number, is zero
    highest: float  # above it, so near the largest number, infinite
    smallest: float  # number that is not denormal
    terms: int  # of the polynomial of the exponential
    log: tuple[float, ...]  # coefficients of s^2, s^4, ...


_LOG = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
    2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
    1.479819860511658591e-01,
)  # fmt: skip
NUMBERS = {
    "double": _Numbers(
        52, 1023, (6.93147180369123816490e-01, 1.90821492927058770002e-10),
        -708.39641853226, 709.43, 2.0**-1022, 10, _LOG,
    ),
    "single": _Numbers(
        23, 127, (6.9314575195e-01, 1.4286067653e-06),
        -87.33654, 88.37, 2.0**-126, 5,
        (0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841),
    ),
}  # fmt: skip


@cache
def exp_coefficients(terms: int) -> tuple[float, ...]:
    """Of (exp(r) - 1 - r) / r^2 for |r| up to half a logarithm of two, lowest power first."""
    half = 0.5 * math.log(2.0) * 1.0001
    nodes = half * chebyshev.chebpts1(terms)
    # The series gives the values to the last bit, where the formula would lose all of them.
    values = [sum(r**k / math.factorial(k + 2) for k in range(20)) for r in nodes]
    found = chebyshev.cheb2poly(chebyshev.chebfit(nodes / half, values, terms - 1))
    return tuple(float(c) for c in found / half ** np.arange(terms))


def _polynomial(x: Vec, coefficients: tuple[float, ...]) -> Vec:
    found = x.code.vector(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        found = found * x + coefficient
    return found


def _whole(code: Code, number: int) -> ir.Constant:
    return ir.Constant(code.whole, [number] * code.lanes)


def exp(x: Vec) -> Vec:
    """Give e to the power x; NaN stays NaN."""
    code, numbers = x.code, NUMBERS[x.code.precision]
    # Adding so large a number rounds to whole ones; they are then its lowest bits, and with the
    # bias among them those of an exponent.
    shift = 1.5 * 2.0**numbers.fraction + numbers.bias
    shifted = x * (1.0 / math.log(2.0)) + shift
    k = shifted - shift
    rest = (x - k * numbers.ln2[0]) - k * numbers.ln2[1]
    series = _polynomial(rest, exp_coefficients(numbers.terms))
    bits = code.builder.bitcast(shifted.value, code.whole)
    raised = code.builder.shl(bits, _whole(code, numbers.fraction))
    power_of_two = Vec(code, code.builder.bitcast(raised, code.kind))
    value = (1.0 + (rest + rest * rest * series)) * power_of_two
    value = code.select(x < numbers.lowest, 0.0, value)
    return code.select(x > numbers.highest, math.inf, value)


@dataclass(frozen=True)
class _Logarithm:
    """The parts of a logarithm, k ln 2 + f - (half - low), before they are added.

    `k` is a whole number and `k * ln2[0]` exact, f lies between -0.3 and 0.42, the rest below 0.1.
    """

    k: Vec
    f: Vec
    half: Vec
    low: Vec


def _parts_of_log(x: Vec) -> _Logarithm:
    code, numbers = x.code, NUMBERS[x.code.precision]
    tiny = x < numbers.smallest
    lifted = code.select(tiny, x * 2.0 ** (numbers.fraction + 2), x)
    bits = code.builder.bitcast(lifted.value, code.whole)
    # The exponent such that what is left lies between the roots of 1/2 and 2.
    root = np.array(math.sqrt(0.5), np.float64 if code.precision == "double" else np.float32)
    offset = int(root.view(np.int64 if code.precision == "double" else np.int32))
    above = code.builder.sub(bits, _whole(code, offset))
    k = code.builder.ashr(above, _whole(code, numbers.fraction))
    left = code.builder.sub(bits, code.builder.shl(k, _whole(code, numbers.fraction)))
    exponent = Vec(code, code.builder.sitofp(k, code.kind))
    exponent = code.select(tiny, exponent - (numbers.fraction + 2), exponent)
    f = Vec(code, code.builder.bitcast(left, code.kind)) - 1.0
    s = f / (2.0 + f)
    square = s * s
    series = square * _polynomial(square, numbers.log)
    half = 0.5 * f * f
    return _Logarithm(exponent, f, half, s * (half + series) + exponent * numbers.ln2[1])


def log(x: Vec) -> Vec:
    """The natural logarithm: minus infinity of zero, NaN below it."""
    numbers = NUMBERS[x.code.precision]
    part = _parts_of_log(x)
    return _at_the_ends(x, part.k * numbers.ln2[0] - ((part.half - part.low) - part.f))


def _at_the_ends(x: Vec, found: Vec) -> Vec:
    """A logarithm with what it is of infinity, zero and what lies below."""
    found = x.code.select(x.same(math.inf), math.inf, found)
    found = x.code.select(x.same(0.0), -math.inf, found)
    return x.code.select(x >= 0.0, found, math.nan)


def _sum(a: Vec, b: Vec) -> tuple[Vec, Vec]:
    """A sum and what its rounding lost (Knuth's two-sum)."""
    total = a + b
    of_b = total - a
    return total, (a - (total - of_b)) + (b - of_b)


def power(x: Vec, exponent: Vec) -> Vec:
    """The first to the power of the second; a negative number has whole powers only."""
    code, numbers = x.code, NUMBERS[x.code.precision]
    size = code.call("fabs", x)
    part = _parts_of_log(size)
    upper, lost = _sum(part.k * numbers.ln2[0], part.f)
    upper, lost_too = _sum(upper, part.low - part.half)
    upper = _at_the_ends(size, upper)
    product = exponent * upper
    rest = code.call("fma", exponent, upper, -product) + exponent * (lost + lost_too)
    found = exp(product)
    inside = code.call("fabs", product) < numbers.highest
    found = code.select(inside, found + found * rest, found)
    whole = code.call("rint", exponent)
    odd = code.call("rint", 0.5 * whole).differs(0.5 * whole)
    signed = code.select(odd, -found, found)
    signed = code.select(exponent.same(whole), signed, math.nan)
    found = code.select(x < 0.0, signed, found)
    found = code.select(exponent.same(0.0), 1.0, found)
    return code.select(x.same(1.0), 1.0, found)


def whole_power(x: Vec, exponent: int) -> Vec:
    """A whole power by squaring."""
    if exponent < 0:
        return 1.0 / whole_power(x, -exponent)
    found: Vec | None = None
    square = x
    while exponent:
        if exponent & 1:
            found = square if found is None else found * square
        exponent >>= 1
        if exponent:
            square = square * square
    return x.code.vector(1.0) if found is None else found


def cube_root_inverse(x: Vec) -> Vec:
    """Give x to the power -1/3, for positive x."""
    return exp(log(x) * (-1.0 / 3.0))


def of_precision(precision: Precision) -> type[np.floating]:
    """The kind of number in memory."""
    return np.float64 if precision == "double" else np.float32
