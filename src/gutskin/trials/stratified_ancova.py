"""Analysis of covariance of two arms, adjusted for the strata in which they were randomised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gutskin.trials.ancova import ROUNDING, Ancova, tested, why_untested

Array = NDArray[np.float64]


def stratified_ancova(
    active: tuple[Array, Array], control: tuple[Array, Array], stratum: NDArray[np.int_]
) -> Ancova:
    r"""Ordinary least squares of the end on stratum, baseline and arm for a batch of trials.

    Parameters
    ----------
    active, control : (baseline, end), each Array [..., patient]
        NaN marks a value that was not recorded
    stratum : Array [..., patient] (int), of active, then control patients

    Returns
    -------
    Ancova
        each field [...]

    Notes
    -----
    With arm, baseline and end about their means in the patient's stratum, :math:`a, x, y`, the
    coefficient of the arm is :math:`(S_{xx} S_{ay} - S_{ax} S_{xy}) / (S_{aa} S_{xx} - S_{ax}^2)`
    (Frisch, Waugh and Lovell). Every stratum with a patient costs a degree of freedom; one in which
    everybody has the same arm tells nothing of the difference. A baseline that stratum and arm
    determine is dropped.

    Examples
    --------
    >>> x, y = np.array([1.0, 2.0, 4.0, 3.0]), np.array([1.0, 1.0, 3.0, 9.0])
    >>> strata = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    >>> round(float(stratified_ancova((x, y + 5), (x, y), strata).difference), 12)
    5.0
    """
    x, y = (np.concatenate([one, two], axis=-1) for one, two in zip(active, control, strict=True))
    many = (active[0].shape[-1], control[0].shape[-1])
    arm = np.broadcast_to(np.repeat([1.0, 0.0], many), x.shape)
    stratum = np.broadcast_to(stratum, x.shape)
    seen = np.isfinite(x) & np.isfinite(y)
    n, in_arm = seen.sum(axis=-1), [(seen & (arm == one)).sum(axis=-1) for one in (1, 0)]
    (a, x_off, y_off), strata = _within(stratum, seen, (arm, x, y))
    saa, sax, sxx, say, sxy = (
        np.sum(one * two, axis=-1)
        for one, two in ((a, a), (a, x_off), (x_off, x_off), (a, y_off), (x_off, y_off))
    )
    largest_x, largest_y = (
        np.abs(np.where(seen, one, 0.0)).max(axis=-1, initial=0) for one in (x, y)
    )
    compared = saa > ROUNDING * np.maximum(n, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = sxx - np.where(compared, sax**2 / np.where(compared, saa, 1.0), 0.0)
        varies = own > n * np.square(ROUNDING * largest_x)
        slope = np.where(varies, (sxy - sax * say / saa) / np.where(varies, own, 1.0), 0.0)
        difference = (say - slope * sax) / saa
        rest = y_off - slope[..., None] * x_off - difference[..., None] * a
        residual = np.sum(np.square(rest), axis=-1)
        freedom = n - strata - 1 - varies
        scatters = residual > n * np.square(ROUNDING * largest_y)
        variance = np.where(freedom > 0, residual / freedom, np.nan)
        leverage = np.where(varies, sax**2 / saa / np.where(varies, own, 1.0), 0.0)
        error = np.sqrt(variance / saa * (1 + leverage))
    untested = why_untested((np.minimum(*in_arm) < 1) | ~compared, freedom, scatters)
    return tested(difference, error, np.sqrt(variance), freedom, untested, varies)


def _within(
    stratum: NDArray[np.int_], seen: NDArray[np.bool_], values: tuple[Array, ...]
) -> tuple[list[Array], NDArray[np.int_]]:
    """Values about their means in a stratum, 0 of who is missing; how many strata have anybody."""
    centred = [np.zeros(seen.shape) for _ in values]
    strata = np.zeros(seen.shape[:-1], int)
    for one in range(int(stratum.max(initial=0)) + 1):
        here = seen & (stratum == one)
        n = here.sum(axis=-1, keepdims=True)
        strata += n[..., 0] > 0
        for place, value in enumerate(values):
            off = value
            for _ in range(2):  # the mean is rounded; once more, so that what remains has none
                total = np.where(here, off, 0.0).sum(axis=-1, keepdims=True)
                off = off - total / np.maximum(n, 1)
            centred[place] = np.where(here, off, centred[place])
    return centred, strata
