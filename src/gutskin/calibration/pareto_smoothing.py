"""The largest of many weights, smoothed: what lucky worlds weigh is told by all the large ones.

The tail of importance weights is that of a generalised Pareto distribution, whose shape k says how
far they can be trusted: below 0.5 their variance is finite, up to 0.7 means settle fast enough,
beyond it they do not. The largest weights are replaced by what that distribution has at their rank,
none above the largest as it was (Vehtari, Simpson, Gelman, Yao and Gabry 2024; the fit is that of
Zhang and Stephens 2009).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST = 5  # weights of a tail that can be told from
LIMIT = 0.7  # shape up to which weights are trusted
PRIOR_SHAPE, PRIOR_COUNT = 0.5, 10.0  # towards which a shape is drawn, as if by so many weights


@dataclass(frozen=True, eq=False)
class Smoothed:
    """Weights of worlds, the largest of them smoothed.

    Parameters
    ----------
    log_weights : Array [world], up to a constant
    shape : of the tail; infinite where too few weights are above nothing
    """

    log_weights: np.ndarray
    shape: float


def smooth(log_weights: np.ndarray) -> Smoothed:
    """Smooth the largest of some weights.

    Parameters
    ----------
    log_weights : Array [world], up to a constant; minus infinity weighs nothing
    """
    logs = log_weights - log_weights.max()
    known = int(np.isfinite(logs).sum())
    tail = int(np.ceil(min(0.2 * known, 3.0 * np.sqrt(known))))
    if tail < FEWEST:
        return Smoothed(logs, np.inf)
    order = np.argsort(logs, kind="stable")
    largest, threshold = order[-tail:], float(np.exp(logs[order[-tail - 1]]))
    beyond = np.exp(logs[largest]) - threshold
    if beyond[-1] <= 0 or beyond[tail // 4] <= 0:  # all alike: there is no tail
        return Smoothed(logs, -np.inf)
    shape, scale = fit_pareto(beyond)
    places = (np.arange(tail) + 0.5) / tail
    smoothed = logs.copy()
    smoothed[largest] = np.log(
        np.minimum(threshold + pareto_quantile(places, shape, scale), np.exp(logs[largest[-1]]))
    )
    return Smoothed(smoothed, shape)


def fit_pareto(beyond: np.ndarray) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution, by Zhang and Stephens' mean.

    Parameters
    ----------
    beyond : Array [weight], sorted, above 0
    """
    count = len(beyond)
    grid = 30 + int(np.sqrt(count))
    quarter = beyond[int(count / 4 + 0.5) - 1]
    rates = 1.0 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))
    rates = rates / (3.0 * quarter) + 1.0 / beyond[-1]
    shapes = np.log1p(-rates[:, None] * beyond).mean(axis=1)
    heights = count * (np.log(-rates / shapes) - shapes - 1.0)
    weights = 1.0 / np.exp(np.minimum(heights - heights[:, None], 700.0)).sum(axis=1)
    rate = float(rates @ weights / weights.sum())
    shape = float(np.log1p(-rate * beyond).mean())
    scale = -shape / rate
    shape = (count * shape + PRIOR_COUNT * PRIOR_SHAPE) / (count + PRIOR_COUNT)
    return shape, scale


def pareto_quantile(share: np.ndarray, shape: float, scale: float) -> np.ndarray:
    """Of the generalised Pareto distribution.

    >>> pareto_quantile(np.array([0.0, 0.75]), 0.5, 2.0).tolist()
    [0.0, 4.0]
    """
    if abs(shape) < 1e-12:
        return -scale * np.log1p(-share)
    return scale * np.expm1(-shape * np.log1p(-share)) / shape
