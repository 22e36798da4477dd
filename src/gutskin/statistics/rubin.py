"""Rubin's rules: what several imputations of the same data say together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.estimate import Estimate, estimated

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pooled:
    """Pooled estimates; every field has shape [...].

    Parameters
    ----------
    estimate : Estimate
    within, between : Array, mean of the variances, variance of the estimates
    missing_information : Array, the fraction that imputation could not bring back
    """

    estimate: Estimate
    within: Array
    between: Array
    missing_information: Array


def pooled(value: ArrayLike, standard_error: ArrayLike, freedom: ArrayLike = np.inf) -> Pooled:
    """Pool over the first axis, with the degrees of freedom of Barnard and Rubin.

    Parameters
    ----------
    value, standard_error : Array [imputation, ...]
    freedom : Array [...]
        degrees of freedom if nothing were missing

    Examples
    --------
    >>> found = pooled([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], 30.0)
    >>> float(found.estimate.value), round(float(found.estimate.standard_error), 4)
    (2.0, 1.5275)
    """
    values, errors = np.asarray(value, float), np.asarray(standard_error, float)
    complete = np.broadcast_to(np.asarray(freedom, float), values.shape[1:])
    m = len(values)
    within = np.mean(errors**2, axis=0)
    between = np.var(values, axis=0, ddof=1) if m > 1 else np.zeros(values.shape[1:])
    whole = within + (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        missing = (1 + 1 / m) * between / whole
        old = np.where(missing > 0, (m - 1) / missing**2, np.inf)
        shrunk = (complete + 1) / (complete + 3) * complete * (1 - missing)
        observed = np.where(np.isfinite(complete), shrunk, np.inf)
        both = 1 / (1 / old + 1 / observed)
        ratio = missing / (1 - missing)
        information = (ratio + 2 / (both + 3)) / (ratio + 1)
    return Pooled(
        estimated(values.mean(axis=0), np.sqrt(whole), both),
        np.asarray(within),
        np.asarray(between),
        np.where(between > 0, information, 0.0),
    )
