"""The spread of responses in parts: worlds, what is measured, the rest of a person, his days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.ridge import Skill, predicted_elsewhere, skill
from gutskin.trials.route_shares import FEWEST_WITH

Array = NDArray[np.float64]
FEWEST_WORLDS = 10
PARTS = ("worlds", "measured", "person", "days")


@dataclass(frozen=True)
class Part:
    """A share of the variance of responses, with its 95% confidence interval over worlds."""

    share: float
    ci95_low: float
    ci95_high: float


@dataclass(frozen=True)
class ResponseParts:
    """What responses hang on.

    Parameters
    ----------
    sd : of responses of all patients in all worlds
    shares : name of `PARTS` -> share of their variance; together 1
    together : how much of what differs between patients of a world all traits foretell
    alone : Skill of each trait by itself, in their order
    correlation : Array [trait], of a trait and the response within worlds, all worlds pooled
    knowable : share of what differs between patients of a world that is the same in another life
    """

    sd: float
    shares: Mapping[str, Part]
    together: Skill
    alone: tuple[Skill, ...]
    correlation: Array
    knowable: float


def response_parts(
    replicate: NDArray[np.int_], response: Array, other_life: Array, known: Array
) -> ResponseParts | None:
    r"""Take the spread of responses apart; None of fewer than ten worlds or of no spread.

    Parameters
    ----------
    replicate, response, other_life : Array [patient]
    known : Array [patient, trait], NaN where nothing is known

    Notes
    -----
    Within a world responses and traits are taken about their means, so that a prediction knows how
    the world does on average and not how a patient does. A trait enters straight, squared, and
    times the mean of its world, since what makes a response larger where the product helps makes it
    worse where it harms. Predictions are those of worlds that were not fitted. The variance between
    worlds is that of their means less what few patients make; with the covariance :math:`c` of both
    lives within worlds and the variance :math:`v`, :math:`1 - c/v` is what a person's days decide.
    """
    seen = np.isfinite(response) & np.isfinite(other_life)
    worlds, number = np.unique(replicate[seen], return_inverse=True)
    if len(worlds) < FEWEST_WORLDS:
        return None
    own, other, traits = response[seen], other_life[seen], known[seen]
    count = np.bincount(number).astype(float)
    mean = np.bincount(number, own) / count
    off, off_other = own - mean[number], other - (np.bincount(number, other) / count)[number]
    squares = np.bincount(number, np.square(off))
    if count.min() < 2 or np.count_nonzero(squares) < FEWEST_WITH:
        return None
    columns = [_columns(values, number, mean) for values in traits.T]
    together = skill(predicted_elsewhere(np.concatenate(columns, axis=1), off, number), off, number)
    alone = tuple(skill(predicted_elsewhere(one, off, number), off, number) for one in columns)
    correlation = _correlation(np.stack([one[:, 0] for one in columns], axis=1), off)
    foretold = together.value
    both = np.bincount(number, off * off_other)
    whole = np.bincount(number, (np.square(off) + np.square(off_other)) / 2)

    def shares(which: NDArray[np.bool_]) -> Array:
        within = np.sum(squares[which]) / np.sum(count[which] - 1)
        between = np.var(mean[which], ddof=1) - np.mean(within / count[which])
        between = max(float(between), 0.0)
        same = np.clip(both[which].sum() / whole[which].sum(), 0.0, 1.0)
        measured = np.clip(foretold, 0.0, same)
        parts = np.array([between, within * measured, within * (same - measured),
                          within * (1 - same)])  # fmt: skip
        return parts / parts.sum()

    everything = np.ones(len(worlds), bool)
    found = shares(everything)
    ends = _jackknife(np.stack([shares(np.arange(len(worlds)) != one)
                                for one in range(len(worlds))]), found)  # fmt: skip
    told = {name: Part(*(float(one) for one in row))
            for name, row in zip(PARTS, np.stack([found, *ends], axis=1), strict=True)}  # fmt: skip
    return ResponseParts(
        float(np.std(own, ddof=1)), told, together, alone, correlation,
        float(np.clip(both.sum() / whole.sum(), 0.0, 1.0)),
    )  # fmt: skip


def _correlation(traits: Array, off: Array) -> Array:
    """Of each trait [patient, trait] with responses [patient], both about their means."""
    sums = np.sqrt(np.square(traits).sum(axis=0) * np.square(off).sum())
    return np.where(sums > 0, traits.T @ off / np.where(sums > 0, sums, 1.0), 0.0)


def _columns(values: Array, number: NDArray[np.int_], mean: Array) -> Array:
    """A trait within its world: straight, squared, and both times what the world does."""
    straight = _within(values, number)
    spread = straight.std()
    straight = straight / spread if spread > 0 else straight
    squared = _within(np.where(np.isfinite(values), np.square(straight), np.nan), number)
    size = np.sqrt(np.mean(np.square(mean)))
    world = mean[number] / size if size > 0 else np.zeros(len(number))
    return np.stack([straight, squared, straight * world, squared * world], axis=1)


def _within(values: Array, number: NDArray[np.int_]) -> Array:
    """Values about the mean of their world; 0 where nothing is known."""
    there = np.isfinite(values)
    count = np.maximum(np.bincount(number, there), 1)
    mean = np.bincount(number, np.where(there, values, 0.0)) / count
    return np.where(there, values - mean[number], 0.0)


def _jackknife(without: Array, whole: Array) -> tuple[Array, Array]:
    """95% ends of shares, from those that leave out one world each, within 0 and 1."""
    from scipy.special import stdtrit

    n = len(without)
    error = np.sqrt((n - 1) / n * np.sum(np.square(without - without.mean(axis=0)), axis=0))
    half = stdtrit(n - 1, 0.975) * error
    return np.clip(whole - half, 0.0, 1.0), np.clip(whole + half, 0.0, 1.0)
