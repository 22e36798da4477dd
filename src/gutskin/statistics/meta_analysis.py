"""Random-effects meta-analysis, a batch of literatures at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.estimate import Estimate, estimated
from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]
Method = Literal["reml", "dersimonian-laird", "fixed"]
Test = Literal["hartung-knapp", "normal"]
ITERATIONS = 200


@dataclass(frozen=True, eq=False)
class MetaAnalysis:
    """What several trials say together; every field has shape [...].

    Parameters
    ----------
    mean : Estimate, of the mean effect
    tau2, tau2_error : Array, variance of the true effects between trials, and its standard error
    tau2_low, tau2_high : Array, its 95% interval by the Q profile
    q, q_p : Array, Cochran's test that all trials have the same effect
    i2 : Array (%), h2 : Array, the spread that is not chance
    prediction_low, prediction_high : Array
        95% interval of the true effect of one more trial, by Student's t on k - 2 degrees of
        freedom; NaN of fewer than 3 trials
    """

    mean: Estimate
    tau2: Array
    tau2_error: Array
    tau2_low: Array
    tau2_high: Array
    q: Array
    q_p: Array
    i2: Array
    h2: Array
    prediction_low: Array
    prediction_high: Array


def meta_analysis(
    effect: ArrayLike,
    variance: ArrayLike,
    method: Method = "reml",
    test: Test = "hartung-knapp",
) -> MetaAnalysis:
    """Pool trials.

    Parameters
    ----------
    effect, variance : Array [..., trial]
        of each trial, the variance from its standard error; NaN in either takes a trial out, as
        does a variance that is not above 0
    method : how the variance between trials is estimated; "fixed" says there is none
    test : Hartung and Knapp's t test on k - 1 degrees of freedom, or the normal one

    Examples
    --------
    >>> pooled = meta_analysis([-2.0, -4.0, 0.0], [1.0, 1.0, 1.0])
    >>> float(pooled.mean.value), round(float(pooled.tau2), 6)
    (-2.0, 3.0)
    """
    from scipy.special import chdtrc, stdtrit

    effect, variance = np.broadcast_arrays(np.asarray(effect, float), np.asarray(variance, float))
    shape = effect.shape[:-1]
    y, v = (one.reshape(-1, effect.shape[-1]) for one in (effect, variance))
    seen = np.isfinite(y) & np.isfinite(v) & (v > 0)
    y, v = np.where(seen, y, 0.0), np.where(seen, v, 1.0)
    k = seen.sum(axis=1).astype(float)
    plain = np.where(seen, 1 / v, 0.0)
    q = _spread(y, plain)
    tau2 = _tau2(y, v, seen, method)
    weight = np.where(seen, 1 / (v + tau2[:, None]), 0.0)
    whole = np.where(k > 0, weight.sum(axis=1), np.nan)
    mean = (weight * y).sum(axis=1) / whole
    error, freedom = np.sqrt(1 / whole), np.full(len(y), np.inf)
    if test == "hartung-knapp":
        freedom = (k - 1).astype(float)
        error = np.sqrt(_spread(y, weight) / np.maximum(freedom, 1) / whole)
    why = np.where(k == 0, Untested.too_few, Untested.tested)
    if test == "hartung-knapp":
        why = np.where(k < 2, Untested.too_few, why)
    i2, h2 = _heterogeneity(tau2, _typical(plain, k), q, k, method)
    several = k > 1
    with np.errstate(divide="ignore", invalid="ignore"):
        half = stdtrit(np.maximum(k - 2, 1), 0.975) * np.sqrt(tau2 + error**2)
    half = np.where(k > 2, half, np.nan)
    low, high = _profile(y, v, seen)
    told = (
        tau2, _tau2_error(weight, plain, v, tau2, k, method), low, high,
        np.where(several, q, np.nan), np.where(several, chdtrc(np.maximum(k - 1, 1), q), np.nan),
        i2, h2, mean - half, mean + half,
    )  # fmt: skip
    pooled = estimated(*(one.reshape(shape) for one in (mean, error, freedom, why)))
    return MetaAnalysis(pooled, *(one.reshape(shape) for one in told))


def _heterogeneity(
    tau2: Array, typical: Array, q: Array, k: Array, method: Method
) -> tuple[Array, Array]:
    """The share of the spread that is not chance (%), and how many times chance it is [b]."""
    several = k > 1
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "fixed":
            i2 = 100 * np.maximum(0.0, (q - (k - 1)) / q)
            h2 = q / np.maximum(k - 1, 1)
        else:
            i2 = 100 * tau2 / (tau2 + typical)
            h2 = tau2 / typical + 1
    return np.where(several, i2, np.nan), np.where(several, h2, np.nan)


def _spread(y: Array, weight: Array) -> Array:
    """Weighted squares about the weighted mean [b]."""
    mean = (weight * y).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-300)
    return (weight * (y - mean[:, None]) ** 2).sum(axis=1)


def _typical(weight: Array, k: Array) -> Array:
    """The sampling variance of a typical trial [b]."""
    first, second = weight.sum(axis=1), (weight**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (k - 1) * first / (first**2 - second)


def _tau2(y: Array, v: Array, seen: NDArray[np.bool_], method: Method) -> Array:
    """The variance between trials [b], not below 0."""
    k = seen.sum(axis=1)
    plain = np.where(seen, 1 / v, 0.0)
    if method == "fixed":
        return np.zeros(len(y))
    first, second = plain.sum(axis=1), (plain**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        moment = (_spread(y, plain) - (k - 1)) / (first - second / first)
    moment = np.where(k > 1, np.maximum(moment, 0.0), 0.0)
    return moment if method == "dersimonian-laird" else _reml(y, v, seen, moment)


def _reml(y: Array, v: Array, seen: NDArray[np.bool_], start: Array) -> Array:
    """Fisher scoring of the restricted likelihood, a step halved where it would lower it."""
    tau2 = start.copy()

    def terms(value: Array) -> tuple[Array, Array, Array]:
        weight = np.where(seen, 1 / (v + value[:, None]), 0.0)
        one, two, three = (np.maximum((weight**power).sum(axis=1), 1e-300) for power in (1, 2, 3))
        mean = (weight * y).sum(axis=1) / one
        squares = np.where(seen, (y - mean[:, None]) ** 2, 0.0)
        slope = (weight**2 * squares).sum(axis=1) - one + two / one
        information = two - 2 * three / one + (two / one) ** 2
        logs = np.where(seen, np.log(v + value[:, None]), 0.0).sum(axis=1)
        level = -(logs + np.log(one) + (weight * squares).sum(axis=1))
        return level, slope, np.maximum(information, 1e-300)

    level, slope, information = terms(tau2)
    for _ in range(ITERATIONS):
        step = slope / information
        size = np.ones(len(y))
        after, worse = tau2, np.zeros(len(y), bool)
        for _ in range(40):
            after = np.maximum(tau2 + size * step, 0.0)
            there = terms(after)
            worse = there[0] < level - 1e-13 * np.abs(level)
            if not worse.any():
                break
            size = np.where(worse, size / 2, size)
        moved = np.abs(after - tau2)
        tau2 = np.where(worse, tau2, after)
        level, slope, information = terms(tau2)
        if np.all((moved <= 1e-14 + 1e-12 * tau2) | worse):
            break
    return np.where(seen.sum(axis=1) > 1, tau2, 0.0)


def _tau2_error(
    weight: Array, plain: Array, v: Array, tau2: Array, k: Array, method: Method
) -> Array:
    """Standard error of the variance between trials [b]."""
    if method == "fixed":
        return np.full(len(k), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "reml":
            one, two, three = ((weight**power).sum(axis=1) for power in (1, 2, 3))
            return np.where(k > 1, np.sqrt(2 / (two - 2 * three / one + (two / one) ** 2)), np.nan)
        one, two, three = ((plain**power).sum(axis=1) for power in (1, 2, 3))
        scale = one - two / one
        spread = (k - 1) + 2 * scale * tau2 + (two - 2 * three / one + (two / one) ** 2) * tau2**2
        return np.where(k > 1, np.sqrt(2 * spread) / scale, np.nan)


def _profile(y: Array, v: Array, seen: NDArray[np.bool_]) -> tuple[Array, Array]:
    """The variances between trials at which Q is at its 97.5th and 2.5th percentile."""
    from scipy.special import chdtri

    k = seen.sum(axis=1)
    freedom = np.maximum(k - 1, 1)

    def at(level: Array) -> Array:
        def q(tau2: Array) -> Array:
            return _spread(y, np.where(seen, 1 / (v + tau2[:, None]), 0.0))

        low, high = np.zeros(len(y)), np.ones(len(y))
        for _ in range(200):
            beyond = q(high) > level
            if not beyond.any():
                break
            high = np.where(beyond, 2 * high, high)
        for _ in range(200):
            middle = (low + high) / 2
            above = q(middle) > level
            low, high = np.where(above, middle, low), np.where(above, high, middle)
            if np.all(high - low <= 1e-15 + 1e-13 * high):
                break
        found = np.where(q(np.zeros(len(y))) <= level, 0.0, (low + high) / 2)
        return np.where(k > 1, found, np.nan)

    return at(chdtri(freedom, 0.025)), at(chdtri(freedom, 0.975))
