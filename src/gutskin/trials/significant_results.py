"""What significant results of a trial say of the truth: how often a wrong sign, how exaggerated.

Who reads a significant result of a trial that is too small reads of an effect that is larger than
the true one, and now and then of its opposite (Gelman and Carlin 2014: errors of sign and size).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gutskin.trials.difference_test import DifferenceTest, nothing

Array = NDArray[np.float64]
SCATTERS = 40  # nodes of the average over the estimated scatter
FAR = 50.0  # standard errors from which a result is always significant


@lru_cache(maxsize=4096)
def reported_if_significant(
    active: float, control: float, adjusted: bool, largest: float, alpha: float
) -> Callable[[Array], Array]:
    r"""The mean size of a reported effect, counted 0 where it is not significant.

    Parameters
    ----------
    active, control, adjusted : see `DifferenceTest.of`
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
    w and, of a covariate, over its chance imbalance as in `DifferenceTest`.
    """
    from scipy.special import chdtri, ndtr

    test = DifferenceTest.of(active, control, adjusted, alpha)
    if test is None:
        return nothing
    nodes, weights = np.polynomial.legendre.leggauss(SCATTERS)
    bound = test.critical * np.sqrt(chdtri(test.freedom, (1 - nodes) / 2) / test.freedom)

    def beyond(side: Array) -> Array:
        density = np.exp(-np.square(bound - side) / 2) / np.sqrt(2 * np.pi)
        return density + side * ndtr(side - bound)

    def size(delta: Array) -> Array:
        near = np.clip(delta, -FAR, FAR)[..., None]  # [grid, imbalance, scatter]
        seen = ((beyond(near) + beyond(-near)) * (weights / 2)).sum(axis=-1)
        return np.where(np.abs(delta) > FAR, np.abs(delta), seen) / test.unit

    found = test.averaged(largest, size)
    return lambda effect: np.maximum(found(effect), 0.0)


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
