"""Survival curves after Kaplan and Meier, a batch at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.risk_sets import RiskSets

Array = NDArray[np.float64]
Scale = Literal["plain", "log", "log-log"]


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """Curves of a batch of groups; each row is a person in the order of his time.

    Parameters
    ----------
    times : Array [..., patient]
        sorted; infinite for who has none
    at_risk, events : Array [..., patient]
        just before that time, and at it
    survival, standard_error : Array [..., patient]
        just after that time; the error is Greenwood's
    """

    times: Array
    at_risk: Array
    events: Array
    survival: Array
    standard_error: Array

    def at(self, time: float) -> tuple[Array, Array]:
        """Survival and its standard error at a time, two arrays [...]; 1 and 0 before any."""
        return _last(self.times, time, self.survival, 1.0), _last(
            self.times, time, self.standard_error, 0.0
        )

    def interval(
        self, time: float, scale: Scale = "log-log", level: float = 0.95
    ) -> tuple[Array, Array]:
        """The confidence interval of survival at a time, two arrays [...].

        Parameters
        ----------
        scale : on which the interval is symmetric
        """
        from scipy.special import ndtri

        value, error = self.at(time)
        z = ndtri((1 + level) / 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = error / value
            if scale == "plain":
                ends = value - z * error, value + z * error
            elif scale == "log":
                ends = value * np.exp(-z * relative), value * np.exp(z * relative)
            else:
                factor = np.exp(z * relative / np.abs(np.log(value)))
                inner = (value > 0) & (value < 1)
                ends = tuple(np.where(inner, value**one, value) for one in (factor, 1 / factor))
        return np.clip(ends[0], 0.0, 1.0), np.clip(ends[1], 0.0, 1.0)

    def quantile(self, share: float = 0.5) -> Array:
        """The time by which a share of people has had the event [...]; NaN if it is not reached.

        Where the curve lies exactly on the share from one event to the next, it is the middle.
        """
        left = 1.0 - share
        below = self.survival < left - 1e-12
        on = np.abs(self.survival - left) <= 1e-12
        first_below = np.where(below, self.times, np.inf).min(axis=-1)
        first_on = np.where(on, self.times, np.inf).min(axis=-1)
        found = np.where(
            np.isfinite(first_on) & np.isfinite(first_below),
            (first_on + np.where(np.isfinite(first_below), first_below, 0.0)) / 2,
            np.minimum(first_on, first_below),
        )
        return np.where(np.isfinite(found), found, np.nan)


def kaplan_meier(time: ArrayLike, event: ArrayLike) -> KaplanMeier:
    """Curves of a batch of groups.

    Parameters
    ----------
    time : Array [..., patient]
        until the event or until the patient was last seen; NaN of who has none
    event : Array [..., patient]
        1 if it was the event

    Examples
    --------
    >>> curve = kaplan_meier([2.0, 3.0, 3.0, 5.0], [1, 1, 0, 0])
    >>> curve.at(3.0)[0].item(), curve.quantile().item()
    (0.5, 3.0)
    """
    sets = RiskSets.of(time, event)
    at_risk = sets.at_risk(np.ones((*sets.times.shape, 1)))[..., 0]
    deaths = sets.tied(sets.event[..., None])[..., 0]
    first = sets.first_of_time & sets.seen
    share = np.where(first & (at_risk > 0), 1 - deaths / np.maximum(at_risk, 1), 1.0)
    survival = np.cumprod(share, axis=1)
    left = at_risk - deaths
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(first & (left > 0), deaths / (at_risk * left), 0.0)
    error = survival * np.sqrt(np.cumsum(terms, axis=1))
    found = (np.where(sets.seen, sets.times, np.inf), at_risk, deaths, survival, error)
    return KaplanMeier(*(one.reshape(*sets.shape, -1) for one in found))


def _last(times: Array, time: float, values: Array, otherwise: float) -> Array:
    """The value of the last row that is not after a time [...]."""
    many = (times <= time).sum(axis=-1)
    place = np.maximum(many - 1, 0)
    found = np.take_along_axis(values, place[..., None], -1)[..., 0]
    return np.where(many > 0, found, otherwise)
