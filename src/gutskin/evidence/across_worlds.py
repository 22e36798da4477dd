"""What can only be said of many worlds together: how far a product spreads, how often it is better.

A mixture is safer than its members if it spreads less and harms in fewer worlds; it is better than
one of them in some worlds and worse in others. Each of these is one number over all worlds, whose
uncertainty comes from drawing the worlds again (bootstrap, always the same draws).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gutskin.trials.certainty import FEWEST_DRAWS, TAIL

DRAWS = 400


def spread(values: np.ndarray, others: np.ndarray) -> float:
    """The sd over worlds of an effect, over that of another [1]."""
    return float(np.std(values) / np.std(others[0]))


def sd(values: np.ndarray, others: np.ndarray) -> float:
    """The sd over worlds, in the unit of what differs."""
    return float(np.std(values, ddof=1))


def size(values: np.ndarray, others: np.ndarray) -> float:
    """The mean of an effect over worlds, over that of another [1]."""
    return float(np.mean(values) / np.mean(others[0]))


def distinct(values: np.ndarray, others: np.ndarray) -> float:
    """Whether two effects are one distribution: log10 of the p of Kolmogorov and Smirnov."""
    from scipy.stats import ks_2samp

    return float(np.log10(max(float(ks_2samp(values, others[0]).pvalue), 1e-300)))  # pyright: ignore[reportAttributeAccessIssue]


def lower_than_best(values: np.ndarray, others: np.ndarray) -> float:
    """The share of worlds in which an effect is lower than the lowest of its members."""
    return float(np.mean(values < np.min(others, axis=0)))


def lower_than_median(values: np.ndarray, others: np.ndarray) -> float:
    """The share of worlds in which an effect is lower than the median of its members."""
    return float(np.mean(values < np.median(others, axis=0)))


def raised(values: np.ndarray, others: np.ndarray) -> float:
    """The share of worlds in which an effect is above nothing."""
    return float(np.mean(values > 0.0))


STATISTICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "spread": spread,
    "size": size,
    "sd": sd,
    "distinct": distinct,
    "lower_than_best": lower_than_best,
    "lower_than_median": lower_than_median,
    "raised": raised,
}


def statistic(
    kind: str, values: np.ndarray, others: Sequence[np.ndarray]
) -> tuple[float, float, float]:
    """One number over worlds, and its 95% interval: NaN of fewer than `FEWEST_DRAWS` worlds.

    Parameters
    ----------
    kind : one of `STATISTICS`
    values : Array [world], the effect of a product
    others : of each product beside it, an Array [world]

    Examples
    --------
    >>> import numpy as np
    >>> effect = np.array([-1.0, -2.0, -3.0, 1.0])
    >>> statistic("raised", effect, [])[0]
    0.25
    >>> statistic("lower_than_median", effect, [effect + 1.0, effect - 1.0, effect + 2.0])[0]
    1.0
    """
    told = STATISTICS[kind]
    beside = np.array(others).reshape(len(others), len(values))
    if len(values) < FEWEST_DRAWS:
        with np.errstate(invalid="ignore", divide="ignore"):
            return told(values, beside), np.nan, np.nan
    rng = np.random.default_rng(0)
    again = rng.integers(len(values), size=(DRAWS, len(values)))
    with np.errstate(invalid="ignore", divide="ignore"):  # a draw may hold one world only
        drawn = [told(values[one], beside[:, one]) for one in again]
        low, high = np.nanquantile(drawn, [TAIL, 1 - TAIL])
        return told(values, beside), float(low), float(high)
