"""What significant results of a trial say of the truth: how often a wrong sign, how exaggerated.

Who reads a significant result of a trial that is too small reads of an effect that is larger than
the true one, and now and then of its opposite (Gelman and Carlin 2014: errors of sign and size).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IMBALANCES = 12  # nodes of the average over chance imbalance at baseline
SCATTERS = 40  # nodes of the average over the estimated scatter
GRID = 241  # points of noncentrality
FAR = 50.0  # standard errors from which a result is always significant


@lru_cache(maxsize=4096)
def reported_if_significant(
    active: float, control: float, adjusted: bool, largest: float, alpha: float
) -> Callable[[Array], Array]:
    r"""The mean size of a reported effect, counted 0 where it is not significant.

    Parameters
    ----------
    active, control : patients with both visits; expected numbers may be fractions
    adjusted : whether the baseline is a covariate (ANCOVA; else the t test)
    largest : effect up to which the function is used, in residual standard deviations
    alpha : of the two-sided test

    Returns
    -------
    function
        Array [...] of effects -> mean of abs(estimate) where it is significant, else 0; both in
        residual standard deviations

    Notes
    -----
    The estimate in units of its true standard error is :math:`Z + \delta`; it is significant where
    :math:`|Z + \delta| > c w`, with :math:`w^2 = \chi^2_\nu / \nu` independent of Z. For one w the
    mean is :math:`\phi(cw - \delta) + \delta \Phi(\delta - cw)` on either side; it is averaged over
    w and, of a covariate, over its chance imbalance as in `chance_of_significance`.
    """
    from scipy.interpolate import CubicSpline
    from scipy.special import chdtri, fdtri, ndtr, stdtrit

    total = active + control
    freedom = total - (3 if adjusted else 2)
    if freedom < 1 or min(active, control) < 1:
        return lambda effect: np.zeros(np.shape(effect))
    nodes, weights = np.polynomial.legendre.leggauss(IMBALANCES)
    imbalance = fdtri(1, total - 2, (nodes + 1) / 2) if adjusted else np.zeros(1)
    over_imbalance = weights / 2 if adjusted else np.ones(1)
    unit = 1 / np.sqrt((1 / active + 1 / control) * (1 + imbalance / (total - 2)))
    nodes, weights = np.polynomial.legendre.leggauss(SCATTERS)
    critical = stdtrit(freedom, 1 - alpha / 2)
    bound = critical * np.sqrt(chdtri(freedom, (1 - nodes) / 2) / freedom)
    ends = np.arcsinh(max(largest, 1e-6) * unit.max())
    grid = np.linspace(-ends, ends, GRID)
    delta = (np.sinh(grid) / unit.max())[:, None, None] * unit[:, None]
    near = np.clip(delta, -FAR, FAR)  # [grid, imbalance, scatter]

    def beyond(side: Array) -> Array:
        density = np.exp(-np.square(bound - side) / 2) / np.sqrt(2 * np.pi)
        return density + side * ndtr(side - bound)

    size = ((beyond(near) + beyond(-near)) * (weights / 2)).sum(axis=-1)
    size = np.where(np.abs(delta[..., 0]) > FAR, np.abs(delta[..., 0]), size) / unit
    spline = CubicSpline(grid, (size * over_imbalance).sum(axis=-1))
    return lambda effect: np.maximum(spline(np.arcsinh(effect * unit.max())), 0.0)


def wrong_sign(effect: Array, chance: Callable[[Array], Array]) -> float:
    """The share of significant results that point against the true effect, over worlds.

    Parameters
    ----------
    effect : Array [world], in residual standard deviations, above zero in favour
    chance : effect -> chance of significance in favour; that against is the same at -effect

    Returns
    -------
    float, NaN where nothing is ever significant; of no effect either sign is wrong by half
    """
    favour, against = chance(effect), chance(-effect)
    wrong = np.where(effect > 0, against, favour)
    wrong = np.where(effect == 0, (favour + against) / 2, wrong)
    some = float(np.mean(favour + against))
    return float(np.mean(wrong)) / some if some > 0 else float("nan")


def exaggeration(
    effect: Array, chance: Callable[[Array], Array], reported: Callable[[Array], Array]
) -> float:
    """By which factor significant results are larger than the truth in their worlds, on average.

    Parameters
    ----------
    effect, chance : as of `wrong_sign`
    reported : of `reported_if_significant`

    Returns
    -------
    float, NaN where nothing is ever significant or nothing is true
    """
    significant = chance(effect) + chance(-effect)
    true = float(np.mean(np.abs(effect) * significant))
    return float(np.mean(reported(effect))) / true if true > 0 else float("nan")
