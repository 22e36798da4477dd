"""Trials predicted and compared: every trial with published numbers, as the model foretells it.

What one trial of the design would print is a draw over worlds, patients and errors; what was
published is one such draw if the model is right. So half of the published numbers should lie within
the middle half of the draws, and nineteen of twenty within 95% of them. Product trials are foretold
as they are printed, through the filter of publication that the posterior was fitted with
(`as_printed.py`). Beside the model stand two predictions that need none: no effect, and the
random-effects mean of the other trials scored by the same measure. Ratios are compared on the
logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.evidence.as_printed import (
    CRITICAL,
    passes_a_filter,
    shares_printed,
    weights_of_printed,
)
from gutskin.evidence.recorded_trials import read_records
from gutskin.evidence.score_rules import (
    central,
    crps_of_draws,
    position,
)
from gutskin.trials.certainty import FEWEST_DRAWS
from gutskin.trials.endpoints import endpoints_of, unit_of
from gutskin.trials.published import (
    RATIOS,
    PublishedNumber,
    headline,
    published_error,
    scored_numbers,
    simulated,
)

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.model.model import Model
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.processes import Processes

SHARES = (0.5, 0.95)
NOT_SEEN = "unverified"
LOG_RATIO = "log ratio"
# what a number is told in, where that is no unit of its endpoint
UNITS = {
    **dict.fromkeys(RATIOS, "ratio"),
    **dict.fromkeys(("difference_percent", "change_percent"), "percent"),
    "share": "share",
}
NO_UNITS: Mapping[str, str] = MappingProxyType({})
OF_MEDIANS = ("median_change", "median_difference")


@dataclass(frozen=True)
class Predicted:
    """One published number beside the trials that the model foretells.

    Parameters
    ----------
    number : as published
    found : what was published, on the scale on which it is compared
    error : its standard error on that scale; where it was not published what chance leaves in
        simulated trials (`chance_of`)
    draws : Array [replicate], of simulated trials, on that scale
    weights : Array [replicate], how much each counts among those that are printed; None: the same
    of_endpoint : the unit of its endpoint
    """

    number: PublishedNumber
    found: float
    error: float
    draws: np.ndarray
    weights: np.ndarray | None = None
    of_endpoint: str = "points"

    @property
    def mean(self) -> float:
        """What is foretold, in the middle of all trials."""
        return float(np.average(self.draws, weights=self.weights))

    @property
    def position(self) -> float:
        """Where among the draws what was published lies, 0 to 1."""
        return position(self.draws, self.found, self.weights)

    @property
    def crps(self) -> float:
        """The continuous ranked probability score; less is better."""
        return crps_of_draws(self.draws, self.found, self.weights)

    def interval(self, share: float) -> tuple[float, float]:
        """The central interval that holds that share of what is printed."""
        return central(self.draws, share, self.weights)

    @property
    def within(self) -> dict[str, bool]:
        """Whether the 50% and the 95% interval hold what was published."""
        ends = {share: self.interval(share) for share in SHARES}
        return {
            f"{100 * share:g}": low <= self.found <= high for share, (low, high) in ends.items()
        }

    @property
    def unit(self) -> str:
        """What the number and what is simulated of it are told in."""
        return UNITS.get(self.number.measure, self.of_endpoint)

    @property
    def scale(self) -> str:
        """What can be put together with it: the endpoint and the kind of number."""
        if self.number.is_ratio:
            return LOG_RATIO
        kind = " of medians" if self.number.measure in OF_MEDIANS else ""
        return f"{self.number.endpoint}, {self.unit}{kind}"

    def to_json(self) -> dict[str, Any]:
        """As plain values, ratios as ratios."""
        number, back = self.number, math.exp if self.number.is_ratio else float
        ends = {f"{100 * share:g}": self.interval(share) for share in SHARES}
        reported = {
            key: value for key in ("low", "high", "p")
            if (value := getattr(number, key)) is not None
        }  # fmt: skip
        return {
            "endpoint": number.endpoint,
            "arm": number.arm,
            "week": number.week,
            "measure": number.measure,
            **({"within_patients": True} if number.ends is not None else {}),
            "published": {"value": number.value, **reported},
            "simulated": {
                "mean": back(self.mean),
                **{f"interval_{key}": [back(low), back(high)] for key, (low, high) in ends.items()},
            },
            "within": self.within,
            "as_printed": self.weights is not None,
            "pit": self.position,
            "unit": self.unit,
            "bias": self.mean - self.found,
            "crps": self.crps,
            "bias_unit": LOG_RATIO if number.is_ratio else self.unit,
        }


@dataclass(frozen=True)
class Scored:
    """One trial.

    Parameters
    ----------
    difference, control : None where nothing was published of it
    labels : what a reader sees of an endpoint, by its name
    shares : Array [step], equally likely shares of trials like it without a significant benefit
        that are printed; None where all are
    """

    design: TrialDesign
    difference: Predicted | None
    control: Predicted | None
    labels: Mapping[str, str] = field(default_factory=dict)
    shares: np.ndarray | None = None

    @property
    def misses(self) -> int:
        """How many 95% intervals do not hold what was published."""
        both = (self.difference, self.control)
        return sum(one is not None and not one.within["95"] for one in both)

    @property
    def surprise(self) -> float:
        """How far out what was published lies, 0 in the middle to 1; the larger of the two."""
        both = (one for one in (self.difference, self.control) if one is not None)
        return max((abs(2 * one.position - 1) for one in both), default=0.0)


def why_not_scored(design: TrialDesign) -> str:
    """Why a trial cannot be scored; empty if it can."""
    if design.published.seen_in == NOT_SEEN:
        return "its numbers were not seen (`seen_in` is unverified)"
    if design.single_arm:
        return "a single arm has neither a control nor a difference"
    if not scored_numbers(design) and design.published.values:
        return (
            "what was published of its control arm is neither a share nor a change, nor means, "
            "geometric means or medians of the first visit and a later one (`[published]`)"
        )
    if not scored_numbers(design):
        return "no number of an arm or between arms was published (`[published]`)"
    return ""


def score_trial(
    design: TrialDesign,
    model: Model,
    replicates: int,
    seed: int = 1,
    stance: str = "evidence",
    progress: Callable[[int, int], None] | None = None,
    passes: float | None = None,
    processes: Processes | None = None,
) -> Scored:
    """Foretell one trial, without regard to what it found, and compare.

    Parameters
    ----------
    replicates : from `FEWEST_DRAWS` on, so that an interval holds 95%
    passes : share of product trials without a significant benefit that are printed, 1 of all; None:
        as the worlds have it
    processes : that are there already, for several trials
    """
    assert replicates >= FEWEST_DRAWS
    numbers = scored_numbers(design)
    whole = read_records(
        design, model, replicates, seed, stance, lambda data: _with_halves(data, numbers), progress,
        processes=processes,
    )  # fmt: skip
    draws = dict(zip(numbers, np.split(whole, len(numbers)), strict=True))
    number, _ = both = headline(design)
    shares = None
    if number is not None and passes != 1.0 and passes_a_filter(design):
        shares = shares_printed(model.biology) if passes is None else np.array([passes])
    weights = _printed(number, model, draws, shares)
    rows = model.tables.endpoints
    units = {name: unit_of(row) for name, row in rows.items()}
    difference, control = (_predicted(one, draws, weights, units) for one in both)
    labels = {name: rows[name].text("label") for name in rows}
    return Scored(design, difference, control, labels, shares)


def _with_halves(data: xr.Dataset, numbers: tuple[PublishedNumber, ...]) -> np.ndarray:
    """Each number of all patients, of every other one, and of the rest, one row after the other."""
    parts = (data, *(data.isel(patient=slice(first, None, 2)) for first in (0, 1)))
    found = np.stack([simulated(one, numbers) for one in parts], axis=1)
    return found.reshape(-1, found.shape[-1])


def chance_of(halves: np.ndarray) -> float:
    """The standard error that chance leaves, from what two halves of the patients come to.

    Worlds and conduct, which both halves share, are not in it.

    Parameters
    ----------
    halves : Array [half, replicate]

    Examples
    --------
    >>> chance_of(np.array([[3.0, 10.0], [1.0, 8.0]]))
    1.0
    """
    apart = halves[0] - halves[1]
    return float(np.sqrt(np.mean(apart[np.isfinite(apart)] ** 2)) / 2)


def _printed(
    number: PublishedNumber | None, model: Model, draws: dict[Any, np.ndarray],
    shares: np.ndarray | None,
) -> np.ndarray | None:  # fmt: skip
    """How much each replicate counts among trials that are printed; None where all do.

    Parameters
    ----------
    number : the difference that decides it
    shares : Array [step], of trials without a significant benefit, that are printed; None: all
    """
    if number is None or shares is None:
        return None
    (endpoint,) = endpoints_of(model, [number.endpoint])
    better = -1.0 if endpoint.lower_is_better else 1.0
    whole = better * _on_scale(number, draws[number])
    told = np.isfinite(draws[number][0])
    chance = chance_of(whole[1:, told])
    weights = np.zeros(len(told))
    weights[told] = weights_of_printed(
        whole[0, told], chance, CRITICAL * (published_error(number) or chance), shares
    )
    return weights


def _on_scale(number: PublishedNumber, values: np.ndarray) -> np.ndarray:
    """Values as they are compared: of a ratio the logarithm."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(values) if number.is_ratio else values


def _predicted(
    number: PublishedNumber | None,
    draws: dict[Any, np.ndarray],
    weights: np.ndarray | None = None,
    units: Mapping[str, str] = NO_UNITS,
) -> Predicted | None:
    """What is foretold of a number.

    Parameters
    ----------
    draws : number -> Array [of all and of two halves, replicate]
    weights : Array [replicate], how much each counts
    units : of endpoints, by their names
    """
    if number is None:
        return None
    told = np.isfinite(draws[number][0]) & (True if weights is None else weights > 0.0)
    drawn = _on_scale(number, draws[number][:, told])
    if drawn.shape[1] < FEWEST_DRAWS:
        return None
    found = float(_on_scale(number, np.array(number.value)))
    error = published_error(number) or chance_of(drawn[1:])
    kept = None if weights is None else weights[told]
    of_endpoint = units.get(number.endpoint, Predicted.of_endpoint)
    return Predicted(number, found, error, drawn[0], kept, of_endpoint)
