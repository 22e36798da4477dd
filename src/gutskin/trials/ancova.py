"""Analysis of covariance of two arms, for a whole batch of trials at once.

What a trial's statistician would compute, with the corners that software meets: a baseline without
any spread is no covariate, whatever rounding leaves of it, and a test that cannot be made says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]
ALPHA = 0.05
ROUNDING = 16 * np.finfo(float).eps  # of a value: what is less about a mean may be rounding


@dataclass(frozen=True)
class Ancova:
    """A comparison in each trial of the batch, every field of shape [...].

    Parameters
    ----------
    difference : Array
        adjusted difference, active minus control
    standard_error : Array
    t, p : Array
        of the two-sided test; NaN where `untested` says why
    residual_sd : Array
        standard deviation between patients that the baseline leaves
    freedom : Array
        degrees of freedom: patients less 3, or less 2 where the baseline is no covariate
    untested : Array (int)
        see `Untested`
    adjusted : Array (bool)
        whether the baseline is a covariate
    """

    difference: Array
    standard_error: Array
    t: Array
    p: Array
    residual_sd: Array
    freedom: Array
    untested: NDArray[np.int8]
    adjusted: NDArray[np.bool_]


def ancova(active: tuple[Array, Array], control: tuple[Array, Array]) -> Ancova:
    r"""Analysis of covariance of two arms for a whole batch of trials.

    Parameters
    ----------
    active, control : (baseline, end), each Array [..., patient]
        NaN marks a value that was not recorded; arms may differ in size

    Returns
    -------
    Ancova
        each field [...]

    Notes
    -----
    With sums about the means of each arm, :math:`S_{xy} = \sum_g \sum_i (x - \bar x_g)(y -
    \bar y_g)`, ordinary least squares of y ~ 1 + x + arm is :math:`b = S_{xy}/S_{xx}`,
    :math:`d = \bar y_1 - \bar y_0 - b(\bar x_1 - \bar x_0)`, with variance
    :math:`s^2 (1/n_1 + 1/n_0 + (\bar x_1 - \bar x_0)^2/S_{xx})`,
    :math:`s^2 = (S_{yy} - b S_{xy})/(n_1 + n_0 - 3)`.

    A baseline that is the same for everybody in an arm cannot be told from the arm: the column is
    dropped, as R and SAS do, and the test is the two-sample t test on n1 + n0 - 2 degrees of
    freedom. "The same" is meant relative to the size of the values: the mean of twenty times 45.7
    is not 45.7 in binary, and a covariate made of such rounding would have any slope.

    Examples
    --------
    >>> x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 3.0])
    >>> round(float(ancova((x, y + 5), (x, y)).difference), 12)
    5.0
    """
    groups = [_about_means(x, y) for x, y in (active, control)]
    n1, n0 = groups[0].n, groups[1].n
    total = n1 + n0
    gap_x, gap_y = (groups[0].mean_x - groups[1].mean_x), (groups[0].mean_y - groups[1].mean_y)
    sxx = sum(np.sum(g.x * g.x, axis=-1) for g in groups)
    sxy = sum(np.sum(g.x * g.y, axis=-1) for g in groups)
    largest_x, largest_y = (
        np.maximum(*(getattr(g, name) for g in groups)) for name in ("largest_x", "largest_y")
    )
    varies = sxx > total * np.square(ROUNDING * largest_x)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(varies, sxy / np.where(varies, sxx, 1.0), 0.0)
        residual = sum(np.sum(np.square(g.y - slope[..., None] * g.x), axis=-1) for g in groups)
        freedom = total - np.where(varies, 3, 2)
        difference = gap_y - slope * gap_x
        leverage = np.where(varies, gap_x**2 / np.where(varies, sxx, 1.0), 0.0)
        scatters = residual > total * np.square(ROUNDING * largest_y)
        variance = np.where(freedom > 0, residual / freedom, np.nan)
        error = np.sqrt(variance * (1 / n1 + 1 / n0 + leverage))
    untested = why_untested(np.minimum(n1, n0) < 1, freedom, scatters)
    return tested(difference, error, np.sqrt(variance), freedom, untested, varies)


def why_untested(
    empty: NDArray[np.bool_], freedom: NDArray[Any], scatters: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """Why a difference cannot be tested, or that it can.

    Parameters
    ----------
    empty : Array [...] (bool), an arm has nobody
    freedom : Array [...], degrees of freedom
    scatters : Array [...] (bool), something is left between patients
    """
    return np.select(
        [empty, freedom < 1, ~scatters],
        [Untested.nobody, Untested.too_few, Untested.no_spread],
        Untested.tested,
    ).astype(np.int8)


def tested(
    difference: Array,
    error: Array,
    residual_sd: Array,
    freedom: NDArray[Any],
    untested: NDArray[np.int8],
    adjusted: NDArray[np.bool_],
) -> Ancova:
    """Differences with their errors [...] as they are tested: Student's t, two-sided p."""
    from scipy.special import stdtr

    can = untested == Untested.tested
    t = np.where(can, difference / np.where(can, error, 1.0), np.nan)
    p = np.where(can, 2 * stdtr(np.where(can, freedom, 1.0), -np.abs(t)), np.nan)
    return Ancova(
        difference, error, t, p, residual_sd, freedom.astype(float), untested,
        np.asarray(adjusted),
    )  # fmt: skip


@dataclass(frozen=True)
class _Group:
    n: Array
    mean_x: Array
    mean_y: Array
    x: Array
    y: Array
    largest_x: Array
    largest_y: Array


def _about_means(x: Array, y: Array) -> _Group:
    """Complete cases of one arm about their means; who is missing counts as zero."""
    seen = np.isfinite(x) & np.isfinite(y)
    n = seen.sum(axis=-1).astype(float)
    means, centred, largest = [], [], []
    for values in (x, y):
        here = np.where(seen, values, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = here.sum(axis=-1) / n
            off = np.where(seen, here - mean[..., None], 0.0)
            # The mean is rounded; once more, so that what remains has none.
            off = np.where(seen, off - (off.sum(axis=-1) / n)[..., None], 0.0)
        means.append(mean)
        centred.append(off)
        largest.append(np.abs(here).max(axis=-1, initial=0.0))
    return _Group(n, means[0], means[1], *centred, *largest)
