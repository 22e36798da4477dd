"""Stratified comparison of two shares after Mantel and Haenszel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.estimate import Estimate, estimated
from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MantelHaenszel:
    """Common effects over strata in each trial of a batch; every field has shape [...].

    Parameters
    ----------
    difference, log_ratio, log_odds_ratio : Estimate, active against control, normal tests
    chi_square, p : Array
        the Cochran-Mantel-Haenszel test, one degree of freedom
    chi_square_corrected, p_corrected : Array
        the same with the continuity correction
    untested : Array (int)
    """

    difference: Estimate
    log_ratio: Estimate
    log_odds_ratio: Estimate
    chi_square: Array
    p: Array
    chi_square_corrected: Array
    p_corrected: Array
    untested: NDArray[np.int8]


def mantel_haenszel(
    active_events: ArrayLike, active_n: ArrayLike, control_events: ArrayLike, control_n: ArrayLike
) -> MantelHaenszel:
    """Compare two arms within strata.

    Parameters
    ----------
    active_events, active_n, control_events, control_n : Array [..., stratum]
        a stratum in which one arm is empty tells nothing

    Returns
    -------
    MantelHaenszel

    Notes
    -----
    Errors: of the odds ratio after Robins, Breslow and Greenland, of the ratio after Greenland and
    Robins, of the difference after Sato.

    Examples
    --------
    >>> found = mantel_haenszel([30], [50], [18], [52])
    >>> round(float(found.difference.value), 4), round(float(found.p), 4)
    (0.2538, 0.0106)
    """
    from scipy.special import chdtrc

    a, n1, c, n0 = np.broadcast_arrays(
        *(np.asarray(one, float) for one in (active_events, active_n, control_events, control_n))
    )
    there = (n1 > 0) & (n0 > 0)
    a, n1, c, n0 = (np.where(there, one, 0.0) for one in (a, n1, c, n0))
    b, d = n1 - a, n0 - c
    n = np.where(there, n1 + n0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = _difference(a, b, c, d, n1, n0, n)
        ratio = _ratio(a, c, n1, n0, n)
        odds = _odds_ratio(a, b, c, d, n)
    beyond = np.abs((a - n1 * (a + c) / n).sum(axis=-1))
    spread = (n1 * n0 * (a + c) * (b + d) / (n**2 * np.maximum(n - 1, 1))).sum(axis=-1)
    why = np.select(
        [~there.any(axis=-1), spread <= 0],
        [Untested.empty_arm, Untested.no_events],
        Untested.tested,
    ).astype(np.int8)
    spread = np.where(why == 0, spread, np.nan)
    chi = beyond**2 / spread
    # The correction takes no more than there is.
    corrected = np.maximum(beyond - 0.5, 0.0) ** 2 / spread
    return MantelHaenszel(
        _estimate(difference, why),
        _estimate(ratio, why),
        _estimate(odds, why),
        chi,
        chdtrc(1, chi),
        corrected,
        chdtrc(1, corrected),
        why,
    )


def _estimate(one: tuple[Array, Array], why: NDArray[np.int8]) -> Estimate:
    """A common effect from its value and variance [...]; without an error the arms separate."""
    value, variance = one
    finite = np.isfinite(value) & np.isfinite(variance) & (variance > 0)
    reason = np.where((why == 0) & ~finite, Untested.separation, why)
    clean = np.where(np.isfinite(value), value, np.nan)
    found = estimated(clean, np.sqrt(np.where(finite, variance, np.nan)), np.inf, reason)
    return replace(found, untested=reason.astype(np.int8))


def _difference(a: Array, b: Array, c: Array, d: Array, n1: Array, n0: Array, n: Array):
    """Common risk difference and its variance."""
    whole = (n1 * n0 / n).sum(axis=-1)
    value = ((a * n0 - c * n1) / n).sum(axis=-1) / whole
    slope = (n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / n**2
    level = (a * d + c * b) / (2 * n)
    return value, (value * slope.sum(axis=-1) + level.sum(axis=-1)) / whole**2


def _ratio(a: Array, c: Array, n1: Array, n0: Array, n: Array):
    """Logarithm of the common risk ratio and its variance."""
    active, control = (a * n0 / n).sum(axis=-1), (c * n1 / n).sum(axis=-1)
    terms = (n1 * n0 * (a + c) - a * c * n) / n**2
    return np.log(active) - np.log(control), terms.sum(axis=-1) / (active * control)


def _odds_ratio(a: Array, b: Array, c: Array, d: Array, n: Array):
    """Logarithm of the common odds ratio and its variance."""
    agree, differ = (a + d) / n, (b + c) / n
    up, down = a * d / n, b * c / n
    r, s = up.sum(axis=-1), down.sum(axis=-1)
    variance = (
        (agree * up).sum(axis=-1) / (2 * r**2)
        + (agree * down + differ * up).sum(axis=-1) / (2 * r * s)
        + (differ * down).sum(axis=-1) / (2 * s**2)
    )
    return np.log(r) - np.log(s), variance


def counted(
    y: ArrayLike, arm: ArrayLike, stratum: ArrayLike, strata: int
) -> tuple[Array, Array, Array, Array]:
    """Events and patients of both arms by stratum, as `mantel_haenszel` takes them.

    Parameters
    ----------
    y : Array [..., patient], 1 or 0; NaN where nothing is known
    arm : Array [..., patient], 1 active, 0 control
    stratum : Array [..., patient] (int), from 0 to strata - 1

    Returns
    -------
    four arrays [..., stratum]
    """
    y, arm, stratum = np.broadcast_arrays(np.asarray(y, float), arm, stratum)
    found = []
    for one in (1, 0):
        here = np.isfinite(y) & (arm == one)
        cells = [here & (stratum == place) for place in range(strata)]
        found.append(np.stack([np.where(cell, y, 0.0).sum(axis=-1) for cell in cells], axis=-1))
        found.append(np.stack([cell.sum(axis=-1) for cell in cells], axis=-1).astype(float))
    return found[0], found[1], found[2], found[3]
