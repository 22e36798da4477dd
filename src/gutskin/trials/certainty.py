"""How sure one can be of what replicates show: intervals, Monte-Carlo errors, and the words.

Two questions that are easily mixed up. Where does a *single draw* lie: a world, or one more trial?
That is the central 95% interval of the draws, and more replicates do not make it narrower. How well
is a *mean or a share* known from so many replicates? That is its Monte-Carlo error, which falls
with the square root of their number.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from gutskin.arguments import whole_number
from gutskin.errors import InputError, Problem
from gutskin.media import counted

Array = NDArray[np.float64]
TAIL = 0.025  # beyond each end of every interval that is called a 95% one
FEWEST_DRAWS = 39  # 1 / TAIL - 1: the least and the largest of so many draws hold 95% of the next
PROBABLY = 0.9  # share of worlds on one side from which "probably" is said
NOTHING = 0.01  # in standard deviations between patients: less cannot be told from no effect
LEAST_SHARE = 0.001  # of a share: less is none, even where hardly anybody has it
NOBODY_OF = 3.0  # rule of three: nobody of n leaves a share of up to 3 / n open


def check_interval(replicates: int) -> int:
    """How many worlds are asked for; enough of them that an interval holds 95%.

    Raises
    ------
    InputError
        For what is no whole number, and for fewer than `FEWEST_DRAWS`. Of none, and of more than
        there can be, the plan of the trial tells.
    """
    found = whole_number("replicates", replicates)
    if not 1 <= found < FEWEST_DRAWS:
        return found
    what = f"{counted(found, 'replicate')}: an interval of 95% needs {FEWEST_DRAWS}."
    raise InputError(Problem(what, remedy="Write more of them."))


def interval(values: Array) -> tuple[float, float]:
    r"""The central 95% interval of draws: one more draw lies in it with probability 0.95.

    Parameters
    ----------
    values : Array [draw]
        NaN marks what could not be computed; an infinite value is one

    Returns
    -------
    low, high : float
        NaN of fewer than `FEWEST_DRAWS` values

    Notes
    -----
    The distribution function at the k-th smallest of n draws has mean k/(n + 1), whatever the
    distribution. So the ends are the order statistics k = 0.025 (n + 1) and 0.975 (n + 1), between
    two of them on the straight line. Below 39 draws k would be less than 1: no two of the draws
    hold 95% of the next one, and there is no interval. (The usual percentiles, at
    1 + 0.025 (n - 1), hold 90% at n = 40 and 94% at n = 200.)

    Examples
    --------
    >>> interval(np.arange(1.0, 40.0))
    (1.0, 39.0)
    >>> interval(np.arange(1.0, 39.0))
    (nan, nan)
    """
    seen = np.sort(values[~np.isnan(values)])
    if seen.size < FEWEST_DRAWS:
        return float("nan"), float("nan")
    return _ordered(seen, TAIL), _ordered(seen, 1 - TAIL)


def _ordered(draws: Array, share: float) -> float:
    """The order statistic share (n + 1) of sorted draws, which may end in infinity."""
    place = round(share * (draws.size + 1), 9)
    below = int(place)
    low = float(draws[below - 1])
    if place == below or draws[below] == low:
        return low
    if not np.isfinite(low):  # from no finite draw to the next no straight line leads
        return low if share < 0.5 else float(draws[below])
    return low + (place - below) * (float(draws[below]) - low)


def mean_of(values: Array) -> float:
    """The mean of what is a number; NaN if nothing is."""
    seen = values[np.isfinite(values)]
    return float(seen.mean()) if seen.size else float("nan")


def error_of_mean(values: Array) -> float:
    """The Monte-Carlo error of a mean of draws: its standard error; NaN of fewer than two.

    >>> error_of_mean(np.array([1.0, 3.0]))
    1.0
    """
    seen = values[np.isfinite(values)]
    if seen.size < 2:
        return float("nan")
    return float(seen.std(ddof=1) / np.sqrt(seen.size))


@dataclass(frozen=True)
class Share:
    """A share of draws and how well it is known.

    Parameters
    ----------
    value : share; NaN of no draw
    error : Monte-Carlo error, as a standard deviation; above nothing also for none and for all
    draws : how many there were
    """

    value: float
    error: float
    draws: int


def share_of(hits: NDArray[np.bool_], counted: NDArray[np.bool_] | None = None) -> Share:
    r"""The share of hits among the draws that count.

    Parameters
    ----------
    hits, counted : Array [draw] (bool)

    Notes
    -----
    The error is the standard deviation of the share's distribution given x hits of n under
    Jeffreys' prior, Beta(x + 1/2, n - x + 1/2). For a share in the middle it is the usual
    :math:`\sqrt{p(1-p)/n}`; for 0 of n it is about 0.7/n instead of nothing.

    Examples
    --------
    >>> share = share_of(np.array([True, False, False, False]))
    >>> share.value, round(share.error, 3)
    (0.25, 0.187)
    """
    use = np.ones(hits.shape, bool) if counted is None else counted
    draws, found = int(use.sum()), int((hits & use).sum())
    if draws == 0:
        return Share(float("nan"), float("nan"), 0)
    middle = (found + 0.5) / (draws + 1)
    return Share(found / draws, float(np.sqrt(middle * (1 - middle) / (draws + 2))), draws)


class Certainty(StrEnum):
    """How sure the model is of the direction of an effect, over worlds."""

    nothing = "no effect"
    certain = "certain"
    probable = "probable"
    open = "open"
    too_few = "too few replicates"


def certainty(effect: Array, spread: float, people: float = np.inf) -> Certainty:
    """Which word the true effects over worlds allow; the one rule for every sentence.

    Parameters
    ----------
    effect : Array [replicate]
        true effect in each world
    spread : float
        standard deviation between patients, in the unit of the effect
    people : float
        of a share: how many patients each effect is a mean over. Each of them changes wholly or
        not at all, so that no change among few is no proof of none

    Returns
    -------
    Certainty
        `nothing` if every effect is below a hundredth of the spread, or of few worlds exactly 0;
        `too_few` below `FEWEST_DRAWS` worlds, as others may differ, and where a share changed in
        nobody of too few; else by the larger of the
        shares of worlds below and above zero: `certain` from 97.5% on ("lowers"), `probable` from
        90% on ("probably lowers"), else `open` ("may or may not change")
    """
    seen = effect[np.isfinite(effect)]
    few = seen.size < FEWEST_DRAWS
    least = max(NOTHING * spread if np.isfinite(spread) else 0.0, LEAST_SHARE)
    if not seen.any() and least * people * seen.size < NOBODY_OF:
        return Certainty.too_few
    if is_nothing(seen, spread) and (not few or not seen.any()):
        return Certainty.nothing
    if few:
        return Certainty.too_few
    side = max(np.mean(seen < 0), np.mean(seen > 0))
    if side >= 1 - TAIL:
        return Certainty.certain
    return Certainty.probable if side >= PROBABLY else Certainty.open


def is_nothing(effect: Array, spread: float) -> bool:
    """Whether effects are too small to be told from none: below a hundredth of the spread."""
    seen = effect[np.isfinite(effect)]
    least = NOTHING * spread if np.isfinite(spread) else 0.0
    return bool(seen.size) and float(np.abs(seen).max()) <= least


def of_other_stance(replicates: int) -> int:
    """How often a trial is repeated under the other stance: a tenth, and enough for an interval.

    >>> of_other_stance(1000), of_other_stance(200), of_other_stance(20), of_other_stance(1)
    (100, 39, 2, 1)
    """
    return max(replicates // 10, FEWEST_DRAWS if replicates >= FEWEST_DRAWS else 1)
