"""One step forward in time for many patients at once: a stabilised explicit Runge-Kutta method.

It grows and decays as the second-order Runge-Kutta-Chebyshev method of Sommeijer, Shampine and
Verwer does: without a Jacobian or a linear solve it stays stable with s stages up to a rate of
about 0.65 s^2 / h per day, enough for a system whose fastest processes take half an hour. Its
stages are a chain, as van der Houwen's: each is the state and a share of the derivative of the one
before, so that no more than one derivative of a stage is alive at a time. With few stages the
chain is as stable as the recurrence of Chebyshev polynomials.

References
----------
Sommeijer, Shampine & Verwer (1998), RKC: an explicit solver for parabolic PDEs,
J. Comput. Appl. Math. 88:315-326, doi:10.1016/S0377-0427(97)00219-7
van der Houwen (1972), Explicit Runge-Kutta formulas with increased stability boundaries,
Numer. Math. 20:149-164
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.polynomial import chebyshev, polynomial
from numpy.typing import NDArray

DAMPING = 2.0 / 13.0
ERROR_BY_STATE, ERROR_BY_RATE = 0.8, 0.4  # of the estimated error

RightHandSide = Callable[[jax.Array, jax.Array], jax.Array]


@cache
def stability_polynomial(stages: int) -> NDArray[np.float64]:
    """Growth of y' = z y in a step of one, as a polynomial: its coefficients, that of 1 first.

    >>> stability_polynomial(3).round(4).tolist()
    [1.0, 1.0, 0.5, 0.0632]
    """
    if stages < 2:
        raise ValueError(f"Second order needs at least 2 stages, not {stages}.")
    w0 = 1.0 + DAMPING / stages**2
    series = np.zeros(stages + 1)
    series[stages] = 1.0
    t, dt, ddt = (
        chebyshev.chebval(w0, chebyshev.chebder(series, order) if order else series)
        for order in range(3)
    )
    w1, b = dt / ddt, ddt / dt**2
    # 1 - b T(w0) + b T(w0 + w1 z) in powers of z.
    shifted = np.zeros(1)
    for c in chebyshev.cheb2poly(series)[::-1]:
        shifted = polynomial.polyadd(polynomial.polymul(shifted, [w0, w1]), [c])
    whole = b * shifted
    whole[0] += 1.0 - b * t
    return whole


class StageCoefficients(NamedTuple):
    """How far each stage goes, in shares of the step; index j - 1 belongs to stage j = 1 ... s.

    Y_j = Y_0 + h (along_j F_{j-1} + first_j F_0), at the time t + h (along_j + first_j)

    Parameters
    ----------
    along : Array [stage], along the derivative of the stage before
    first : Array [stage], along that at the start of the step
    """

    along: NDArray[np.float64]
    first: NDArray[np.float64]


@cache
def stage_coefficients(stages: int) -> StageCoefficients:
    """The stages of the method.

    The last but one lies where the error of a step is one and the same multiple of the third
    derivative, whatever the equations: that is what the estimate of the error takes it for.

    >>> [column.round(3).tolist() for column in stage_coefficients(4)]
    [[0.051, 0.162, 0.324, 1.545], [0.0, 0.0, 0.0, -0.545]]
    """
    if stages < 3:
        raise ValueError(f"The method needs at least 3 stages, not {stages}.")
    powers = stability_polynomial(stages)
    along, first = (powers[1:] / powers[:-1])[::-1].copy(), np.zeros(stages)
    along[-2] = 4.0 * powers[3]
    along[-1] = powers[2] / along[-2]
    first[-1] = 1.0 - along[-1]
    return StageCoefficients(along, first)


def real_stability_limit(stages: int) -> float:
    """The largest product of step and decay rate that stays stable.

    >>> round(real_stability_limit(5), 1)
    15.7
    """
    return 2.0 / 3.0 * (stages**2 - 1) * (1.0 - 2.0 / 15.0 * DAMPING)


def step(
    rhs: RightHandSide,
    stages: int,
    t: jax.Array,
    y: jax.Array,
    f: jax.Array,
    h: jax.Array,
    count: jax.Array | int,
) -> tuple[jax.Array, jax.Array]:
    """One step of every patient, each with its own time and step size.

    The last stage evaluates the right-hand side at the new state, so that the next step and the
    error estimate have it for nothing: `stages` evaluations a step. With `h` zero and `count` one
    the state stays and only the right-hand side is evaluated; one compiled copy of it serves both.

    Parameters
    ----------
    rhs : (t [patient], y [state, patient]) -> [state, patient]
    stages : number of stages of the method
    t : Array [patient] (days)
    y, f : Array [state, patient], the state and its derivative at `t`
    h : Array [patient] (days)
    count : `stages` for a step, 1 for an evaluation alone

    Returns
    -------
    y, f : Array [state, patient], the state and its derivative at t + h
    """
    along, first = (jnp.asarray(column, y.dtype) for column in stage_coefficients(stages))
    fence = jax.lax.optimization_barrier

    def stage(j: jax.Array, carry: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        # The fences keep XLA from computing a stage again for every row of the derivative.
        more, at_first = fence((along[j] * h, first[j] * h))
        new = fence(y + more * carry[1] + at_first * f)
        return new, rhs(t + (more + at_first), new)

    return jax.lax.fori_loop(0, count, stage, (y, f))


def error_norm(
    y: jax.Array,
    f: jax.Array,
    y_new: jax.Array,
    f_new: jax.Array,
    h: jax.Array,
    rtol: jax.Array | float,
    atol: jax.Array,
) -> jax.Array:
    """Error of a step in units of what is tolerated, [patient]; above 1 the step is refused.

    The estimate is 0.8 (y - y') + 0.4 h (f + f'), weighed by atol + rtol |y|; the worst state
    counts.
    """
    estimate = ERROR_BY_STATE * (y - y_new) + ERROR_BY_RATE * h * (f + f_new)
    tolerated = atol[:, None] + rtol * jnp.maximum(jnp.abs(y), jnp.abs(y_new))
    size = jnp.abs(estimate) / tolerated
    # Halving keeps the lanes in vector registers: XLA reduces over rows one number at a time, and
    # may lose a NaN on the way.
    size = jax.lax.optimization_barrier(jnp.where(jnp.isnan(size), jnp.inf, size))
    while len(size) > 1:
        half = (len(size) + 1) // 2
        size = jax.lax.optimization_barrier(jnp.maximum(size[:half], size[-half:]))
    return size[0]
