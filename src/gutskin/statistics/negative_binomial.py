"""Negative binomial regression of counts, such as flares, a batch of trials at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.estimate import Estimate, estimated
from gutskin.statistics.newton import maximise
from gutskin.statistics.regression_data import RegressionData
from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]
ROUNDS = 200
CLOSE = 1e-9  # relative change of the dispersion at which it has come to rest
LOG_RANGE = (-12.0, 14.0)  # of theta; beyond the upper end the counts are Poisson's
ENDLESS = 12.0  # log rate ratio that no data show


@dataclass(frozen=True, eq=False)
class NegativeBinomial:
    """A batch of fits; the variance of a count with mean m is m + m^2 / theta.

    Parameters
    ----------
    coefficients : Estimate, each field [..., column] (log rate)
    covariance : Array [..., column, column], at the dispersion found
    theta : Array [...]
        infinite where the counts scatter no more than Poisson's
    log_likelihood : Array [...]
    untested : Array [...] (int), why there is no fit
    """

    coefficients: Estimate
    covariance: Array
    theta: Array
    log_likelihood: Array
    untested: NDArray[np.int8]


def negative_binomial(
    y: ArrayLike, x: ArrayLike, exposure: ArrayLike | None = None
) -> NegativeBinomial:
    """Fit a batch by maximum likelihood; each coefficient has its normal test.

    Parameters
    ----------
    y : Array [..., patient]
        counts; NaN where nothing is known
    x : Array [..., patient, column]
        give the column of ones yourself
    exposure : Array [..., patient]
        the time each patient was watched, above 0

    Examples
    --------
    >>> fit = negative_binomial([0, 1, 2, 9], np.ones((4, 1)))
    >>> round(float(np.exp(fit.coefficients.value[0])), 3), bool(fit.theta < 2)
    (3.0, True)
    """
    y = np.asarray(y, float)
    watched = np.ones(y.shape) if exposure is None else np.asarray(exposure, float)
    y = np.where((watched > 0) & np.isfinite(watched), y, np.nan)
    data = RegressionData.of(y, x)
    offset = np.log(np.where(watched > 0, watched, 1.0))
    offset = np.broadcast_to(offset, (*data.shape, data.y.shape[1])).reshape(data.y.shape)
    mean = data.y.sum(axis=1) / np.maximum(
        np.where(data.seen, np.exp(offset), 0.0).sum(axis=1), 1e-300
    )
    start = _flat_start(data, np.log(np.maximum(mean, 1e-300)))
    alpha = np.zeros(len(data.y))
    found = maximise(lambda b: _likelihood(data, offset, alpha, b), start, data.kept)
    rest = np.zeros(len(data.y), bool)
    for _ in range(ROUNDS):
        rate = _rates(data, offset, found.coefficients)
        following = _dispersion(data, rate)
        rest = np.abs(following - alpha) <= CLOSE * np.maximum(following, 1e-6)
        alpha = following
        found = maximise(
            lambda b, a=alpha: _likelihood(data, offset, a, b), found.coefficients, data.kept
        )
        if rest.all():
            break
    reason = _why(data, found.coefficients, found.reached & rest)
    bad = reason[:, None] > 0
    value, covariance = data.unscaled(found.coefficients, found.covariance)
    value, covariance = np.where(bad, np.nan, value), np.where(bad[..., None], np.nan, covariance)
    why = np.where(bad, reason[:, None], np.where(data.kept, 0, Untested.not_estimable))
    error = np.sqrt(np.einsum("bpp->bp", covariance))
    with np.errstate(divide="ignore"):
        theta = np.where(reason > 0, np.nan, 1 / alpha)
    return NegativeBinomial(
        estimated(data.back(value), data.back(error), np.inf, data.back(why)),
        data.back(covariance),
        data.back(theta),
        data.back(np.where(reason > 0, np.nan, found.log_likelihood)),
        data.back(reason),
    )


def _flat_start(data: RegressionData, level: Array) -> Array:
    """Coefficients whose rates are nearest to the same for everybody [b, column]."""
    cross = np.swapaxes(data.x, 1, 2) @ data.x + (~data.kept)[:, :, None] * np.eye(data.x.shape[-1])
    target = np.einsum("bip,bi->bp", data.x, np.where(data.seen, level[:, None], 0.0))
    return np.linalg.solve(cross, target[..., None])[..., 0]


def _rates(data: RegressionData, offset: Array, coefficients: Array) -> Array:
    return np.exp(np.clip(np.einsum("bip,bp->bi", data.x, coefficients) + offset, -700.0, 300.0))


def _likelihood(
    data: RegressionData, offset: Array, alpha: Array, coefficients: Array
) -> tuple[Array, Array, Array]:
    """Log likelihood, slope and expected information at a dispersion alpha = 1 / theta."""
    from scipy.special import gammaln

    rate, y = _rates(data, offset, coefficients), data.y
    spread = alpha[:, None] * rate
    poisson = alpha <= 0
    theta = 1 / np.where(poisson, 1.0, alpha)[:, None]
    counted = gammaln(y + theta) - gammaln(theta) + y * np.log(1 / theta)
    overdispersed = counted - (y + theta) * np.log1p(spread)
    terms = np.where(poisson[:, None], -rate, overdispersed) + y * np.log(rate) - gammaln(y + 1)
    left, weight = (y - rate) / (1 + spread), rate / (1 + spread)
    left, weight = np.where(data.seen, left, 0.0), np.where(data.seen, weight, 0.0)
    return (
        np.where(data.seen, terms, 0.0).sum(axis=1),
        np.einsum("bi,bip->bp", left, data.x),
        np.swapaxes(data.x * weight[..., None], 1, 2) @ data.x,
    )


def _dispersion(data: RegressionData, rate: Array) -> Array:
    """The likeliest alpha at given rates [b]; 0 where counts scatter no more than Poisson's.

    Halving of an interval of log theta by the sign of the slope, then Newton's method within it.
    """
    excess = np.where(data.seen, (data.y - rate) ** 2 - data.y, 0.0).sum(axis=1)
    low = np.full(len(rate), LOG_RANGE[0])
    high = np.full(len(rate), LOG_RANGE[1])
    for _ in range(12):
        middle = (low + high) / 2
        rising = _theta_slope(data, rate, middle)[0] > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    middle = (low + high) / 2
    for _ in range(20):
        slope, bend = _theta_slope(data, rate, middle)
        step = np.where(bend < 0, -slope / np.where(bend < 0, bend, 1.0), np.sign(slope) * 0.1)
        after = np.clip(middle + np.clip(step, -0.5, 0.5), *LOG_RANGE)
        if np.all(np.abs(after - middle) < 1e-13):
            break
        middle = after
    poisson = (excess <= 0) | (middle > LOG_RANGE[1] - 0.5)
    return np.where(poisson, 0.0, np.exp(-middle))


def _theta_slope(data: RegressionData, rate: Array, log_theta: Array) -> tuple[Array, Array]:
    """First and second derivative of the log likelihood by log theta [b]."""
    from scipy.special import polygamma, psi

    theta, y = np.exp(log_theta)[:, None], data.y
    whole = theta + rate
    first = psi(y + theta) - psi(theta) + np.log(theta) + 1 - np.log(whole) - (y + theta) / whole
    second = (
        polygamma(1, y + theta) - polygamma(1, theta) + 1 / theta - 2 / whole
        + (y + theta) / whole**2
    )  # fmt: skip
    first, second = (np.where(data.seen, one, 0.0).sum(axis=1) for one in (first, second))
    theta = theta[:, 0]
    return theta * first, theta**2 * second + theta * first


def _why(data: RegressionData, coefficients: Array, reached: NDArray[np.bool_]) -> NDArray[np.int8]:
    logs = np.einsum("bip,bp->bi", data.x, coefficients)
    high = np.where(data.seen, logs, -np.inf).max(axis=1, initial=-np.inf)
    low = np.where(data.seen, logs, np.inf).min(axis=1, initial=np.inf)
    return np.select(
        [
            ~data.seen.any(axis=1),
            data.y.sum(axis=1) == 0,
            data.seen.sum(axis=1) <= data.kept.sum(axis=1),
            high - low > ENDLESS,
            ~reached,
        ],
        [
            Untested.too_few, Untested.no_events, Untested.too_few, Untested.separation,
            Untested.no_maximum,
        ],
        Untested.tested,
    ).astype(np.int8)  # fmt: skip
