"""Risks of two arms by g-computation: everybody as if he had been in either arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.estimate import Estimate, estimated
from gutskin.statistics.logistic import logistic
from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Risks:
    """Marginal risks in each trial of a batch; every field has shape [...].

    Parameters
    ----------
    active, control : Array, standardised risks
    difference, log_ratio, log_odds_ratio : Estimate, active against control
    adjusted : Array (bool), whether the covariates were used
    """

    active: Array
    control: Array
    difference: Estimate
    log_ratio: Estimate
    log_odds_ratio: Estimate
    adjusted: NDArray[np.bool_]


def standardised_risks(y: ArrayLike, arm: ArrayLike, covariates: ArrayLike | None = None) -> Risks:
    r"""Risk difference and ratios from a logistic regression, with delta-method errors.

    Parameters
    ----------
    y : Array [..., patient]
        1 or 0; NaN where nothing is known
    arm : Array [..., patient]
        1 active, 0 control
    covariates : Array [..., patient, column]
        who has a NaN among them is left out

    Returns
    -------
    Risks

    Notes
    -----
    With the fit y ~ 1 + arm + covariates, :math:`r_a = \frac1n \sum_i \mathrm{expit}(x_i(a)'
    \hat\beta)`, and the variance of a function of :math:`r_1, r_0` follows from that of
    :math:`\hat\beta`, with the covariates taken as they are. Where covariates and arm tell exactly
    who has the event there is no fit; then the arms are compared as they are (`adjusted` is
    false), as they are without covariates.
    """
    y, arm = np.asarray(y, float), np.asarray(arm, float)
    shape = np.broadcast_shapes(y.shape, arm.shape)
    y, arm = (np.broadcast_to(one, shape).reshape(-1, shape[-1]) for one in (y, arm))
    arm = np.where(np.isfinite(y), arm, np.nan)
    risks, variance, why = _plain(y, arm)
    adjusted = np.zeros(len(y), bool)
    if covariates is not None:
        more = np.asarray(covariates, float)
        more = np.broadcast_to(more, (*shape, more.shape[-1])).reshape(*y.shape, -1)
        better, spread, adjusted = _standardised(y, arm, more)
        risks = np.where(adjusted[:, None], better, risks)
        variance = np.where(adjusted[:, None, None], spread, variance)
        among = _plain(np.where(np.isfinite(more).all(axis=-1), y, np.nan), arm)[2]
        why = np.where(adjusted, among, why)
    return _reported(risks, variance, why, adjusted, shape[:-1])


def _plain(y: Array, arm: Array) -> tuple[Array, Array, NDArray[np.int8]]:
    """Risks [b, (active, control)], their covariance, and why arms cannot be compared [b]."""
    seen = np.isfinite(y) & np.isfinite(arm)
    many = np.stack([(seen & (arm == one)).sum(axis=1) for one in (1, 0)], axis=1)
    events = np.stack([np.where(seen & (arm == one), y, 0.0).sum(axis=1) for one in (1, 0)], axis=1)
    risks = np.where(many > 0, events / np.maximum(many, 1), np.nan)
    variance = risks * (1 - risks) / np.maximum(many, 1)
    whole = events.sum(axis=1)
    why = np.select(
        [
            (many == 0).any(axis=1),
            (whole == 0) | (whole == many.sum(axis=1)),
            (variance == 0).all(axis=1),
        ],
        [Untested.empty_arm, Untested.no_events, Untested.separation],
        Untested.tested,
    )
    return risks, variance[:, :, None] * np.eye(2), why.astype(np.int8)


def _standardised(y: Array, arm: Array, more: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Standardised risks, their covariance [b, 2, 2], and where there is a fit [b]."""
    from scipy.special import expit

    seen = np.isfinite(y) & np.isfinite(arm) & np.isfinite(more).all(axis=-1)
    x = np.concatenate([np.ones((*y.shape, 1)), arm[..., None], more], axis=-1)
    fit = logistic(y, x)
    good = (fit.untested == 0) & np.isfinite(fit.coefficients.value[:, 1])
    beta = np.nan_to_num(fit.coefficients.value)
    covariance = np.nan_to_num(fit.covariance)
    many = np.maximum(seen.sum(axis=1), 1)[:, None]
    risks, slopes = [], []
    for one in (1.0, 0.0):
        there = np.where(seen[..., None], x, 0.0)
        there[..., 1] = one
        share = np.where(seen, expit(np.einsum("bip,bp->bi", there, beta)), 0.0)
        risks.append((share / many).sum(axis=1))
        slopes.append(np.einsum("bi,bip->bp", share * (1 - share) / many, there))
    slope = np.stack(slopes, axis=1)
    return np.stack(risks, axis=1), slope @ covariance @ np.swapaxes(slope, 1, 2), good


def _reported(
    risks: Array,
    variance: Array,
    why: NDArray[np.int8],
    adjusted: NDArray[np.bool_],
    shape: tuple[int, ...],
) -> Risks:
    def contrast(values: Array, slope: Array) -> Estimate:
        spread = np.einsum("bi,bij,bj->b", slope, variance, slope)
        finite = np.isfinite(values) & np.isfinite(spread)
        reason = np.where((why == 0) & ~finite, Untested.separation, why)
        clean = np.where(finite, values, np.nan)
        error = np.sqrt(np.where(finite, spread, np.nan))
        arrays = (one.reshape(shape) for one in (clean, error, reason))
        value, sd, reasons = arrays
        return estimated(value, sd, np.inf, reasons)

    active, control = risks.T
    sign = np.array([1.0, -1.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = risks * (1 - risks)
        return Risks(
            active.reshape(shape),
            control.reshape(shape),
            contrast(active - control, np.broadcast_to(sign, risks.shape)),
            contrast(np.log(active) - np.log(control), sign / risks),
            contrast(np.log(active / (1 - active)) - np.log(control / (1 - control)), sign / odds),
            adjusted.reshape(shape),
        )
