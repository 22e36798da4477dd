"""Two treatments in two periods: each patient is compared with himself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.estimate import Estimate, estimated
from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]
ROUNDING = 16 * np.finfo(float).eps  # of a value: what is less about a mean may be rounding


@dataclass(frozen=True, eq=False)
class Crossover:
    """Effects in each trial of a batch; every field has shape [...].

    Parameters
    ----------
    treatment : Estimate, active less control, whatever the second period does to everybody
    period : Estimate, second less first period
    within_sd : Array, standard deviation between patients of half their difference of periods
    """

    treatment: Estimate
    period: Estimate
    within_sd: Array


def crossover(active_first: ArrayLike, control_first: ArrayLike) -> Crossover:
    r"""Compare two treatments within patients, given the period (Hills and Armitage 1979).

    Parameters
    ----------
    active_first, control_first : Array [..., patient, 2]
        values at the end of both periods; who misses one is left out

    Returns
    -------
    Crossover

    Notes
    -----
    With :math:`d` the second value less the first, its mean is :math:`\pi - \tau` in who had the
    active treatment first and :math:`\pi + \tau` in the others, so that half the difference of
    the two means estimates :math:`\tau`, half their sum :math:`\pi`; both with Student's t on
    n - 2 degrees of freedom. It is ordinary least squares of values on patient, period and
    treatment. What is carried over from the first period to the second biases it.

    Examples
    --------
    >>> found = crossover([[1.0, 4.0], [2.0, 6.0]], [[5.0, 2.0], [6.0, 2.5], [5.0, 1.0]])
    >>> round(float(found.treatment.value), 3), round(float(found.period.value), 3)
    (-3.5, 0.0)
    """
    gaps = [np.asarray(one, float) for one in (active_first, control_first)]
    gaps = [(one[..., 1] - one[..., 0]) / 2 for one in gaps]
    largest = np.max(
        [np.nanmax(np.abs(np.asarray(one, float)), axis=(-2, -1), initial=0.0)
         for one in (active_first, control_first)], axis=0,
    )  # fmt: skip
    counts, means, squares = [], [], []
    for gap in gaps:
        seen = np.isfinite(gap)
        n = seen.sum(axis=-1).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(seen, gap, 0.0).sum(axis=-1) / n
        off = np.where(seen, gap - mean[..., None], 0.0)
        counts.append(n)
        means.append(mean)
        squares.append(np.sum(np.square(off), axis=-1))
    freedom = counts[0] + counts[1] - 2
    residual = squares[0] + squares[1]
    scatters = residual > (freedom + 2) * np.square(ROUNDING * largest)
    why = np.select(
        [np.minimum(*counts) < 1, freedom < 1, ~scatters],
        [Untested.nobody, Untested.too_few, Untested.no_spread],
        Untested.tested,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        within = np.sqrt(np.where(freedom > 0, residual / freedom, np.nan))
        error = within * np.sqrt(1 / counts[0] + 1 / counts[1])
    return Crossover(
        estimated(means[1] - means[0], error, freedom, why),
        estimated(means[1] + means[0], error, freedom, why),
        within,
    )
