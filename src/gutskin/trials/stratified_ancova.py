"""Analysis of covariance of two arms, adjusted for the factors by which they were randomised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.independent import independent_columns
from gutskin.trials.ancova import ROUNDING, Ancova, tested, why_untested

Array = NDArray[np.float64]


def stratified_ancova(
    active: tuple[Array, Array], control: tuple[Array, Array], factors: Array
) -> Ancova:
    r"""Ordinary least squares of the end on factors, baseline and arm for a batch of trials.

    Parameters
    ----------
    active, control : (baseline, end), each Array [..., patient]
        NaN marks a value that was not recorded
    factors : Array [..., patient, column], of active, then control patients
        main effects: 1 of who is in a group, 0 of the others, for each group but the first of each

    Returns
    -------
    Ancova
        each field [...]

    Notes
    -----
    With arm, baseline and end about what the factors alone say of them, :math:`a, x, y`, the
    coefficient of the arm is :math:`(S_{xx} S_{ay} - S_{ax} S_{xy}) / (S_{aa} S_{xx} - S_{ax}^2)`
    (Frisch, Waugh and Lovell). Every column that those before it do not determine costs a degree of
    freedom. A baseline that factors and arm determine is dropped.

    Examples
    --------
    >>> x, y = np.array([1.0, 2.0, 4.0, 3.0]), np.array([1.0, 1.0, 3.0, 9.0])
    >>> second = np.array([0.0, 0, 1, 1, 0, 0, 1, 1])[:, None]
    >>> round(float(stratified_ancova((x, y + 5), (x, y), second).difference), 12)
    5.0
    """
    x, y = (np.concatenate([one, two], axis=-1) for one, two in zip(active, control, strict=True))
    many = (active[0].shape[-1], control[0].shape[-1])
    arm = np.broadcast_to(np.repeat([1.0, 0.0], many), x.shape)
    seen = np.isfinite(x) & np.isfinite(y)
    n, in_arm = seen.sum(axis=-1), [(seen & (arm == one)).sum(axis=-1) for one in (1, 0)]
    (a, x_off, y_off), rank = _beyond(factors, seen, (arm, x, y))
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
        freedom = n - rank - 1 - varies
        told = compared & (freedom >= 0)  # else any number would do as well
        difference = np.where(told, (say - slope * sax) / np.where(told, saa, 1.0), np.nan)
        rest = y_off - slope[..., None] * x_off - difference[..., None] * a
        residual = np.sum(np.square(rest), axis=-1)
        scatters = residual > n * np.square(ROUNDING * largest_y)
        variance = np.where(freedom > 0, residual / freedom, np.nan)
        leverage = np.where(varies, sax**2 / saa / np.where(varies, own, 1.0), 0.0)
        error = np.sqrt(variance / saa * (1 + leverage))
    untested = why_untested((np.minimum(*in_arm) < 1) | ~compared, freedom, scatters)
    return tested(difference, error, np.sqrt(variance), freedom, untested, varies)


def _beyond(
    factors: Array, seen: NDArray[np.bool_], values: tuple[Array, ...]
) -> tuple[list[Array], NDArray[np.int_]]:
    """What factors leave of values, 0 of who is missing; how many columns they take, the mean too.

    Parameters
    ----------
    factors : Array [..., patient, column]
    seen : Array [..., patient] (bool), who is counted
    values : each Array [..., patient]
    """
    columns = np.concatenate([np.ones((*factors.shape[:-1], 1)), factors], axis=-1)
    columns = np.where(seen[..., None], columns, 0.0)
    cross = np.swapaxes(columns, -1, -2) @ columns
    kept = independent_columns(cross)
    columns, lost = columns * kept[..., None, :], ~kept[..., None, :] * np.eye(kept.shape[-1])
    cross = np.swapaxes(columns, -1, -2) @ columns + lost
    left = []
    for value in values:
        off = np.where(seen, value, 0.0)
        for _ in range(2):  # what is fitted is rounded; once more, so that what remains has none
            fit = np.linalg.solve(cross, np.swapaxes(columns, -1, -2) @ off[..., None])
            off = off - (columns @ fit)[..., 0]
        left.append(off)
    return left, kept.sum(axis=-1)
