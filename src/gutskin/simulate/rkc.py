"""One step forward in time for many patients at once: a stabilised explicit Runge-Kutta method.

The second-order Runge-Kutta-Chebyshev method of Sommeijer, Shampine and Verwer. It needs neither
a Jacobian nor a linear solve, and with s stages stays stable up to a rate of about 0.65 s^2 / h
per day: enough for a system whose fastest processes take half an hour.

References
----------
Sommeijer, Shampine & Verwer (1998), RKC: an explicit solver for parabolic PDEs,
J. Comput. Appl. Math. 88:315-326, doi:10.1016/S0377-0427(97)00219-7
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

DAMPING = 2.0 / 13.0
ERROR_STATE, ERROR_RATE = 0.8, 0.4  # of the estimated error

RightHandSide = Callable[[jax.Array, jax.Array], jax.Array]


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Coefficients of the method with s stages; index j - 1 belongs to stage j = 1 ... s.

    Y_j = (1 - mu - nu) Y_0 + mu Y_{j-1} + nu Y_{j-2} + h (mu_f F_{j-1} + gamma_f F_0)

    Parameters
    ----------
    mu, nu, mu_f, gamma_f : Array [stage]
    moment : Array [stage], the time of each stage as a share of the step
    reach : the largest product of step and decay rate that stays stable
    """

    mu: NDArray[np.float64]
    nu: NDArray[np.float64]
    mu_f: NDArray[np.float64]
    gamma_f: NDArray[np.float64]
    moment: NDArray[np.float64]
    reach: float


@cache
def coefficients(stages: int) -> Coefficients:
    """Coefficients of the damped method of second order.

    >>> round(coefficients(5).reach, 1)
    15.7
    """
    if stages < 2:
        raise ValueError(f"The method needs at least 2 stages, not {stages}.")
    w0 = 1.0 + DAMPING / stages**2
    t, dt, ddt = (
        np.array([_chebyshev(degree, order, w0) for degree in range(stages + 1)])
        for order in range(3)
    )
    w1 = dt[stages] / ddt[stages]
    b = np.empty(stages + 1)
    b[2:] = ddt[2:] / dt[2:] ** 2
    b[:2] = b[2]
    moment = np.empty(stages + 1)
    moment[2:] = w1 * ddt[2:] / dt[2:]
    moment[1] = moment[2] / (4.0 * w0)
    mu, nu, mu_f, gamma_f = np.zeros((4, stages + 1))
    mu_f[1] = b[1] * w1
    mu[2:] = 2.0 * b[2:] * w0 / b[1:-1]
    nu[2:] = -b[2:] / b[:-2]
    mu_f[2:] = 2.0 * b[2:] * w1 / b[1:-1]
    gamma_f[2:] = -(1.0 - b[1:-1] * t[1:-1]) * mu_f[2:]
    reach = 2.0 / 3.0 * (stages**2 - 1) * (1.0 - 2.0 / 15.0 * DAMPING)
    return Coefficients(mu[1:], nu[1:], mu_f[1:], gamma_f[1:], moment[1:], reach)


@cache
def shares(stages: int) -> NDArray[np.float64]:
    """How far each stage goes along each derivative: Y_j = Y_0 + h sum_k shares[j - 1, k] F_k.

    >>> shares(2).round(3).tolist()
    [[0.241, 0.0], [-1.077, 2.077]]
    """
    its = coefficients(stages)
    found = np.zeros((stages + 1, stages))
    for j in range(stages):
        found[j + 1] = its.mu[j] * found[j] + its.nu[j] * found[j - 1] * (j > 0)
        found[j + 1, j] += its.mu_f[j]
        found[j + 1, 0] += its.gamma_f[j]
    return found[1:]


def _chebyshev(degree: int, order: int, x: float) -> float:
    series = np.zeros(degree + 1)
    series[degree] = 1.0
    return float(chebyshev.chebval(x, chebyshev.chebder(series, order) if order else series))


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
    table = coefficients(stages)
    pull, nu, mu_f, gamma_f, moment = (
        jnp.asarray(column, y.dtype)
        for column in (
            1.0 - table.mu - table.nu,
            table.nu,
            table.mu_f,
            table.gamma_f,
            table.moment,
        )
    )
    fence = jax.lax.optimization_barrier

    def stage(j: jax.Array, carry: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        # Carrying the difference of the last two stages, not both, spares XLA three copies a
        # stage. The fences keep it from computing a stage again for every row of the derivative.
        change, last, slope = carry
        back, keep, now, first, time = fence(
            (pull[j], nu[j], mu_f[j] * h, gamma_f[j] * h, t + moment[j] * h)
        )
        change = fence(back * (y - last) - keep * change + now * slope + first * f)
        new = fence(last + change)
        return change, new, rhs(time, new)

    _, y_new, f_new = jax.lax.fori_loop(0, count, stage, (jnp.zeros_like(y), y, f))
    return y_new, f_new


def error_size(
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
    estimate = ERROR_STATE * (y - y_new) + ERROR_RATE * h * (f + f_new)
    tolerated = atol[:, None] + rtol * jnp.maximum(jnp.abs(y), jnp.abs(y_new))
    size = jnp.abs(estimate) / tolerated
    # Halving keeps the lanes in vector registers: XLA reduces over rows one number at a time, and
    # may lose a NaN on the way.
    size = jax.lax.optimization_barrier(jnp.where(jnp.isnan(size), jnp.inf, size))
    while len(size) > 1:
        half = (len(size) + 1) // 2
        size = jax.lax.optimization_barrier(jnp.maximum(size[:half], size[-half:]))
    return size[0]
