"""Newton's method for a batch of concave likelihoods with their own coefficients each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ITERATIONS = 60
HALVINGS = 30
PROMISE = 1e-11  # gain of the log likelihood below which the maximum is reached

Likelihood = Callable[[Array], tuple[Array, Array, Array]]


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where the likelihoods are largest.

    Parameters
    ----------
    coefficients : Array [b, column]
    covariance : Array [b, column, column], inverse of the information there
    log_likelihood : Array [b]
    reached : Array [b] (bool)
    """

    coefficients: Array
    covariance: Array
    log_likelihood: Array
    reached: NDArray[np.bool_]


def maximise(likelihood: Likelihood, start: Array, kept: NDArray[np.bool_]) -> Maximum:
    """Climb from `start`; a step is halved until the likelihood does not fall.

    Parameters
    ----------
    likelihood : coefficients [b, column] -> log likelihood [b], its slope [b, column], and the
        information [b, column, column]
    start : Array [b, column]
    kept : Array [b, column] (bool), columns that are fitted; the others stay 0
    """
    coefficients = np.where(kept, start, 0.0)
    out = (~kept)[:, :, None] * np.eye(kept.shape[1])
    value, slope, information = likelihood(coefficients)
    reached = np.zeros(len(start), bool)
    stuck = ~np.isfinite(value)
    for _ in range(ITERATIONS):
        slope = np.where(kept, slope, 0.0)
        inverse = inverse_of(information * kept[:, :, None] * kept[:, None, :] + out)
        step = np.einsum("bpq,bq->bp", inverse, slope)
        promise = np.einsum("bp,bp->b", step, slope)
        reached |= (promise < PROMISE) & ~stuck
        if (reached | stuck).all():
            break
        size = np.where(reached | stuck, 0.0, 1.0)
        worse = np.zeros(len(start), bool)
        for _ in range(HALVINGS):
            trial = coefficients + size[:, None] * step
            there = likelihood(trial)[0]
            with np.errstate(invalid="ignore"):
                worse = (size > 0) & ~(there >= value - 1e-12 * np.abs(value))
            if not worse.any():
                break
            size = np.where(worse, size / 2, size)
        else:
            stuck |= worse
            size = np.where(worse, 0.0, size)
        coefficients = coefficients + size[:, None] * step
        value, slope, information = likelihood(coefficients)
    covariance = inverse_of(information * kept[:, :, None] * kept[:, None, :] + out) - out
    return Maximum(coefficients, covariance, value, reached)


def inverse_of(matrix: Array) -> Array:
    """Inverses of symmetric matrices; of a singular one, of what is left of it [b, ., .]."""
    finite = np.isfinite(matrix).all(axis=(1, 2))
    values, vectors = np.linalg.eigh(np.where(finite[:, None, None], matrix, 0.0))
    least = 1e-14 * np.maximum(values[:, -1:], 1e-300)
    turned = np.where(values > least, 1.0 / np.where(values > least, values, 1.0), 0.0)
    return (vectors * turned[:, None, :]) @ np.swapaxes(vectors, 1, 2)
