"""The daily challenge of the skin: infections, sweat, friction, worry; noise of mean 1.

`stress` is the product of a fast and a slow log-normal first-order process and of bouts that come
at random and fade, divided by its mean. It is given once a day and runs straight between days, so
that it is continuous in time. Every patient has his own, whatever he is given.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gutskin.population.streams import Keys, draw


def daily_challenge(
    numbers: Mapping[str, float], keys: Keys, seed: int, days: int
) -> np.ndarray:
    """Daily values of `stress` [day, patient], day 0 to `days`.

    Parameters
    ----------
    numbers : the rows `noise_*` of conduct.tsv
    keys : Array [patient, word]
    days : length
    """
    names = ["challenge/fast", "challenge/slow"]
    z = draw(seed, names, keys, days + 1)
    u = draw(seed, ["challenge/bout", "challenge/size"], keys, days + 1, kind="uniform")
    fast = _log_ar1(z[0], numbers["noise_fast_sd"], numbers["noise_fast_days"])
    slow = _log_ar1(z[1], numbers["noise_slow_sd"], numbers["noise_slow_days"])
    sizes = np.where(
        u[0] < numbers["noise_shot_rate"], -numbers["noise_shot_mean"] * np.log1p(-u[1]), 0.0
    )
    keep = np.exp(-1 / numbers["noise_shot_days"])
    bouts = np.empty_like(sizes)
    mean = numbers["noise_shot_rate"] * numbers["noise_shot_mean"] / (1 - keep)
    level = np.full(len(keys), mean)
    for day in range(days + 1):
        level = keep * level + sizes[:, day]
        bouts[:, day] = level
    return ((fast + bouts) * slow / (1 + mean)).T


def _log_ar1(z: np.ndarray, sd: float, memory: float) -> np.ndarray:
    """Log-normal first-order process of mean 1 [patient, day], stationary from the first day."""
    phi = np.exp(-1 / memory)
    x = np.empty_like(z)
    x[:, 0] = z[:, 0]
    for day in range(1, z.shape[1]):
        x[:, day] = phi * x[:, day - 1] + np.sqrt(1 - phi**2) * z[:, day]
    return np.exp(sd * x - sd**2 / 2)
