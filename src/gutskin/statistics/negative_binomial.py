"""Negative binomial regression of counts, such as flares, a batch of trials at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.estimate import Estimate, estimated
from gutskin.statistics.newton import Maximum, maximise
from gutskin.statistics.regression_data import RegressionData
from gutskin.statistics.score_test import score, score_tested
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
        where the likelihood has no finite maximum the value is NaN, statistic and p are those of
        the score test, and the sign of the statistic is the way in which the ratio has no end
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

    Where an arm has no event the ratio has no finite value and Wald's test none either: `untested`
    of the fit says so, and the coefficients have the score test.

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
    counts = _Counts(data, offset)
    fit = counts.fitted(data.kept)
    found, alpha = fit.found, fit.alpha
    reason = _why(counts, fit)
    bad = reason[:, None] > 0
    value, covariance = data.unscaled(found.coefficients, found.covariance)
    value, covariance = np.where(bad, np.nan, value), np.where(bad[..., None], np.nan, covariance)
    why = np.where(bad, reason[:, None], np.where(data.kept, 0, Untested.not_estimable))
    error = np.sqrt(np.einsum("bpp->bp", covariance))
    tested = _with_scores(estimated(value, error, np.inf, why), counts)
    with np.errstate(divide="ignore"):
        theta = np.where(reason > 0, np.nan, 1 / alpha)
    return NegativeBinomial(
        Estimate(*(data.back(one) for one in vars(tested).values())),
        data.back(covariance),
        data.back(theta),
        data.back(np.where(reason > 0, np.nan, found.log_likelihood)),
        data.back(reason),
    )


@dataclass(frozen=True, eq=False)
class _Fit:
    """Coefficients and alpha = 1 / theta at which both are likeliest, given each other.

    Parameters
    ----------
    found : coefficients [b, column]
    alpha : Array [b]
    reached : Array [b] (bool)
    """

    found: Maximum
    alpha: Array
    reached: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Counts:
    """The counts of a batch.

    Parameters
    ----------
    data : of b trials
    offset : Array [b, patient], logarithm of the time watched
    """

    data: RegressionData
    offset: Array

    def likelihood(self, alpha: Array, coefficients: Array) -> tuple[Array, Array, Array]:
        """Its logarithm, slope and information at coefficients [b, column]."""
        return _likelihood(self.data, self.offset, alpha, coefficients)

    def fitted(self, kept: NDArray[np.bool_]) -> _Fit:
        """The fit of some columns [b, column]: coefficients and dispersion in turn."""
        data, alpha = self.data, np.zeros(len(self.data.y))
        watched = np.where(data.seen, np.exp(self.offset), 0.0).sum(axis=1)
        level = np.log(np.maximum(data.y.sum(axis=1) / np.maximum(watched, 1e-300), 1e-300))
        start = _flat_start(data, level, kept)
        found = maximise(lambda b: self.likelihood(alpha, b), start, kept)
        rest = np.zeros(len(data.y), bool)
        for _ in range(ROUNDS):
            following = _dispersion(data, _rates(data, self.offset, found.coefficients))
            rest = np.abs(following - alpha) <= CLOSE * np.maximum(following, 1e-6)
            alpha = following
            found = maximise(
                lambda b, a=alpha: self.likelihood(a, b), found.coefficients, kept
            )  # fmt: skip
            if rest.all():
                break
        return _Fit(found, alpha, found.reached & rest)

    def endless(self, coefficients: Array) -> NDArray[np.bool_]:
        """Whether patients are so far apart that a coefficient has no finite maximum [b]."""
        seen, logs = self.data.seen, np.einsum("bip,bp->bi", self.data.x, coefficients)
        high = np.where(seen, logs, -np.inf).max(axis=1, initial=-np.inf)
        low = np.where(seen, logs, np.inf).min(axis=1, initial=np.inf)
        return np.asarray(high - low > ENDLESS)

    def of(self, some: NDArray[np.bool_]) -> _Counts:
        """Some trials of the batch [b]."""
        return _Counts(self.data.of_trials(some), self.offset[some])


def _with_scores(wald: Estimate, counts: _Counts) -> Estimate:
    """The score test where there is no finite maximum, Wald's elsewhere [b, column]."""
    endless = np.isin(wald.untested, (Untested.separation, Untested.no_maximum))
    if not (some := endless.any(axis=1)).any():
        return wald
    z = np.full(endless.shape, np.nan)
    z[some] = _scores(counts.of(some))
    return score_tested(wald, z, endless)


def _scores(counts: _Counts) -> Array:
    """The slope at 0 over its standard error, of each column given the others [b, column].

    The dispersion is the likeliest one without the column; it is independent of the coefficients in
    expectation, so that it takes nothing from their information. NaN where the others by themselves
    have no finite maximum.
    """
    kept = counts.data.kept
    z = np.full(kept.shape, np.nan)
    for column in range(kept.shape[1]):
        others = kept.copy()
        others[:, column] = False
        null = counts.fitted(others)
        _, slope, information = counts.likelihood(null.alpha, null.found.coefficients)
        known = null.reached & ~counts.endless(null.found.coefficients)
        z[:, column] = score(slope, information, kept, column, known)
    return z


def _flat_start(data: RegressionData, level: Array, kept: NDArray[np.bool_]) -> Array:
    """Coefficients whose rates are nearest to the same for everybody [b, column]."""
    x = data.x * kept[:, None, :]
    cross = np.swapaxes(x, 1, 2) @ x + (~kept)[:, :, None] * np.eye(x.shape[-1])
    target = np.einsum("bip,bi->bp", x, np.where(data.seen, level[:, None], 0.0))
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


def _why(counts: _Counts, fit: _Fit) -> NDArray[np.int8]:
    """Why a trial of the batch has no fit, or that it has one [b]."""
    data = counts.data
    return np.select(
        [
            ~data.seen.any(axis=1),
            data.y.sum(axis=1) == 0,
            data.seen.sum(axis=1) <= data.kept.sum(axis=1),
            counts.endless(fit.found.coefficients),
            ~fit.reached,
        ],
        [
            Untested.too_few, Untested.no_events, Untested.too_few, Untested.separation,
            Untested.no_maximum,
        ],
        Untested.tested,
    ).astype(np.int8)  # fmt: skip
