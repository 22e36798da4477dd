"""Draws of an effect as plain values: mean, interval and error, of differences and of ratios.

Of what is tested on logarithms the effect is a ratio of geometric means. Whoever tells one makes it
here, so that every place tells the same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gutskin.trials.certainty import Share, error_of_mean, interval, mean_of

Array = NDArray[np.float64]


def distribution(values: Array, over: str) -> dict[str, Any]:
    """The mean of draws, where 95% of them lie, and how well the mean is known.

    Parameters
    ----------
    values : Array [draw]
    over : what the draws are: trials or worlds
    """
    low, high = interval(values)
    return {
        "mean": mean_of(values),
        "ci95_low": low,
        "ci95_high": high,
        "over": over,
        "monte_carlo_error": error_of_mean(values),
    }


def ratio(logs: Array, over: str) -> dict[str, Any]:
    """Active over control: geometric mean, and what scatters about it.

    Parameters
    ----------
    logs : Array [draw], logarithms of ratios

    Examples
    --------
    >>> round(ratio(np.log([0.25, 1.0]), "trials")["mean"], 3)
    0.5
    """
    on_logs = distribution(logs, over)
    mean = math.exp(on_logs["mean"])
    return on_logs | {
        "mean": mean,
        "ci95_low": math.exp(on_logs["ci95_low"]),
        "ci95_high": math.exp(on_logs["ci95_high"]),
        "monte_carlo_error": mean * on_logs["monte_carlo_error"],
    }


def share_entry(name: str, one: Share) -> dict[str, float]:
    """A share with its Monte-Carlo error, under its name."""
    return {name: one.value, f"{name}_monte_carlo_error": one.error}
