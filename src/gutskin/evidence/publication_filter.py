"""A filter between trials and their readers: results that are not significant appear less often.

Of trials with p < 0.05 in favour all are published; of the others a share, the filter's `passes`:
1 is no filter, 0 hides all of them (a step function after Hedges). What is published is pooled as a
reader would pool it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.meta_analysis import MetaAnalysis, meta_analysis

Array = NDArray[np.float64]
GRID = np.linspace(0.0, 1.0, 101)
TAIL = 0.025


@dataclass(frozen=True, eq=False)
class Published:
    """A literature behind a filter.

    Parameters
    ----------
    passes : share of the trials without a significant benefit that are published
    appeared : Array [replicate, trial] (bool), with a number that can be pooled
    pooled : of the trials that appeared in each replicate
    significant : Array [replicate], share with a significant benefit of all that appeared; one
        that could not be tested has none and nothing to pool
    """

    passes: float
    appeared: NDArray[np.bool_]
    pooled: MetaAnalysis
    significant: Array


def published(
    effect: Array, error: Array, significant: NDArray[np.bool_], passes: float, luck: Array
) -> Published:
    """What appears of each literature, pooled (restricted likelihood, Hartung and Knapp).

    Parameters
    ----------
    effect, error : Array [replicate, trial]
    significant : Array [replicate, trial] (bool), p < 0.05 in favour
    luck : Array [replicate, trial], uniform: the same for every filter, so that a wider one lets
        through what a narrower one does
    """
    shown = significant | (luck < passes)
    appeared = shown & np.isfinite(effect) & np.isfinite(error)
    pooled = meta_analysis(np.where(appeared, effect, np.nan), np.square(error))
    many = shown.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(many > 0, (shown & significant).sum(axis=1) / many, np.nan)
    return Published(passes, appeared, pooled, share)


def filter_posterior(
    significant: NDArray[np.bool_], found: NDArray[np.bool_]
) -> tuple[float, float, float]:
    r"""How much passes, given which of the published trials were significant.

    Parameters
    ----------
    significant : Array [replicate, trial] (bool), of simulated trials
    found : Array [trial] (bool), of the real ones

    Returns
    -------
    median and 95% interval of `passes` under an even prior on 0 to 1

    Notes
    -----
    In world r a published trial that is significant with chance s is so among those that appear
    with chance :math:`s/(s + \omega(1 - s))`; s is the share of worlds in which the trial is, since
    one world shows one result. Trials are taken to be independent given the filter.
    """
    worlds = len(significant)
    chance = (significant.sum(axis=0) + 0.5) / (worlds + 1)  # Jeffreys: neither none nor all
    shown = chance / (chance + GRID[:, None] * (1 - chance))
    shown = np.clip(shown, 1e-12, 1 - 1e-12)
    level = np.where(found, np.log(shown), np.log1p(-shown)).sum(axis=1)
    weight = np.exp(level - level.max())
    total = np.concatenate([[0.0], np.cumsum((weight[1:] + weight[:-1]) / 2)])
    total /= total[-1]
    ends = (float(np.interp(share, total, GRID)) for share in (0.5, TAIL, 1 - TAIL))
    middle, low, high = ends
    return middle, low, high
