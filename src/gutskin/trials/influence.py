"""What the true effect hangs on: uncertain parameters, ranked by how far they move it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.mann_whitney import ranked

Array = NDArray[np.float64]
CHANCE = 0.05  # that the largest of as many unrelated parameters is called more than chance
FEWEST = 10  # worlds: of fewer, ranks of some of many numbers agree with any effect


@dataclass(frozen=True)
class Influence:
    """How far one uncertain parameter moves the true effect on the primary endpoint.

    `share` is the squared Spearman rank correlation: the share of the variance of the effect's rank
    that this parameter alone explains, with its 95% confidence interval over so many worlds.
    `beyond_chance` tells whether it exceeds what the largest of as many unrelated parameters would
    reach in one case out of twenty.
    """

    parameter: str
    note: str
    correlation: float
    share: float
    share_ci95_low: float
    share_ci95_high: float
    beyond_chance: bool


def rank_influence(
    world: Array, effect: Array, parameters: list[str], notes: list[str]
) -> tuple[Influence, ...]:
    r"""Which uncertain parameters the effect hangs on, most influential first.

    Parameters
    ----------
    world : Array [replicate, uncertain]
    effect : Array [replicate]
    parameters, notes : ids and descriptions [uncertain]

    Returns
    -------
    tuple of Influence
        those that differ between worlds; none of fewer than ten worlds, or where the effect is
        the same in all

    Notes
    -----
    The interval is Fisher's, :math:`\tanh(\operatorname{artanh} r \pm 1.96\,s)` with
    :math:`s^2 = (1 + r^2/2)/(n - 3)` for ranks (Bonett and Wright 2000), squared.
    """
    from scipy.special import stdtrit

    use = np.isfinite(effect)
    n = int(use.sum())
    if n < FEWEST or not parameters or np.ptp(effect[use]) == 0:
        return ()
    differs = np.flatnonzero(np.ptp(world[use], axis=0) > 0)  # what does not explains nothing
    if not len(differs):
        return ()
    world = world[:, differs]
    parameters, notes = ([names[place] for place in differs] for names in (parameters, notes))
    ranks, target = (
        ranked(values)[0] - (n + 1) / 2 for values in (world[use].T, effect[None, use])
    )
    norm = np.sqrt(np.sum(ranks**2, axis=1) * np.sum(target**2))
    rho = ranks @ target[0] / norm
    t = stdtrit(n - 2, 1 - CHANCE / (2 * len(parameters)))
    chance = t**2 / (n - 2 + t**2)
    found = [
        Influence(
            parameter, note or parameter, float(r), float(r**2), *_interval(float(r), n),
            bool(r**2 > chance),
        )
        for parameter, note, r in zip(parameters, notes, rho, strict=True)
    ]  # fmt: skip
    _, first = np.unique(
        world[use], axis=1, return_index=True
    )  # a strain of two arms is drawn once
    kept = [found[place] for place in sorted(first)]
    return tuple(sorted(kept, key=lambda one: (-one.share, one.parameter)))


def _interval(rho: float, n: int) -> tuple[float, float]:
    """The 95% confidence interval of a squared rank correlation."""
    from scipy.special import ndtri

    from gutskin.trials.certainty import TAIL

    middle = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
    half = ndtri(1 - TAIL) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    low, high = np.tanh(middle - half), np.tanh(middle + half)
    least = 0.0 if low < 0 < high else min(low**2, high**2)
    return float(least), float(max(low**2, high**2))
