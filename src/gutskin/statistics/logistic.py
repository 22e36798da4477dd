"""Logistic regression of a batch of trials, and whether its coefficients are finite at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.estimate import Estimate, estimated
from gutskin.statistics.newton import maximise
from gutskin.statistics.regression_data import RegressionData
from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]
SUSPECT = 8.0  # log odds beyond which the data are asked whether they are separated


@dataclass(frozen=True, eq=False)
class Logistic:
    """A batch of fits.

    Parameters
    ----------
    coefficients : Estimate, each field [..., column] (log odds)
    covariance : Array [..., column, column]
    log_likelihood : Array [...]
    untested : Array [...] (int), why there is no fit
    """

    coefficients: Estimate
    covariance: Array
    log_likelihood: Array
    untested: NDArray[np.int8]


def logistic(y: ArrayLike, x: ArrayLike) -> Logistic:
    """Fit a batch by maximum likelihood; each coefficient has its normal test.

    Parameters
    ----------
    y : Array [..., patient]
        1 or 0; NaN where nothing is known
    x : Array [..., patient, column]
        give the column of ones yourself

    Returns
    -------
    Logistic

    Examples
    --------
    >>> fit = logistic([1, 0, 0, 0], np.ones((4, 1)))
    >>> round(float(fit.coefficients.value[0]), 4)  # log(1/3)
    -1.0986
    """
    data = RegressionData.of(y, x)
    found = maximise(lambda b: _likelihood(data, b), np.zeros(data.kept.shape), data.kept)
    log_odds = np.einsum("bip,bp->bi", data.x, found.coefficients)
    events = data.y.sum(axis=1)
    many = data.seen.sum(axis=1)
    reason = np.zeros(len(data.y), np.int8)
    for number in np.flatnonzero(
        (np.abs(log_odds).max(axis=1, initial=0) > SUSPECT) | ~found.reached
    ):
        use = data.seen[number]
        if is_separated(data.y[number, use], data.x[number, use][:, data.kept[number]]):
            reason[number] = Untested.separation
        elif not found.reached[number]:
            reason[number] = Untested.no_maximum
    reason = np.where((events == 0) | (events == many), Untested.no_events, reason)
    reason = np.where(many == 0, Untested.too_few, reason).astype(np.int8)
    bad = reason[:, None] > 0
    value, covariance = data.unscaled(found.coefficients, found.covariance)
    value = np.where(bad, np.nan, value)
    covariance = np.where(bad[:, :, None], np.nan, covariance)
    why = np.where(bad, reason[:, None], np.where(data.kept, 0, Untested.not_estimable))
    error = np.sqrt(np.einsum("bpp->bp", covariance))
    return Logistic(
        estimated(data.back(value), data.back(error), np.inf, data.back(why)),
        data.back(covariance),
        data.back(np.where(reason > 0, np.nan, found.log_likelihood)),
        data.back(reason),
    )


def _likelihood(data: RegressionData, coefficients: Array) -> tuple[Array, Array, Array]:
    from scipy.special import expit

    log_odds = np.einsum("bip,bp->bi", data.x, coefficients)
    share = expit(log_odds)
    terms = data.y * log_odds - np.logaddexp(0.0, log_odds)
    left = np.where(data.seen, data.y - share, 0.0)
    weight = np.where(data.seen, share * (1 - share), 0.0)
    return (
        np.where(data.seen, terms, 0.0).sum(axis=1),
        np.einsum("bi,bip->bp", left, data.x),
        np.swapaxes(data.x * weight[..., None], 1, 2) @ data.x,
    )


def is_separated(y: Array, x: Array) -> bool:
    """Whether some combination of columns tells events from others, wholly or but for ties.

    Parameters
    ----------
    y : Array [patient], 1 or 0
    x : Array [patient, column]

    Notes
    -----
    It is if a linear programme has a solution above 0: the sum over patients of s_i x_i'b, with
    s_i = 1 of an event and -1 of another, where no term may be below 0 and b is bounded.

    References
    ----------
    Konis, Linear programming algorithms for detecting separated data in binary logistic regression
    models (2007).
    """
    from scipy.optimize import linprog

    signed = np.where(y > 0.5, 1.0, -1.0)[:, None] * x
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(y)), bounds=(-1, 1))
    return bool(found.status == 0 and -found.fun > 1e-7)
