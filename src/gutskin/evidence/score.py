"""Trials predicted and compared: every trial with published numbers, as the model foretells it.

What one trial of the design would print is a draw over worlds, patients and errors; what was
published is one such draw if the model is right. So half of the published numbers should lie within
the middle half of the draws, and nineteen of twenty within 95% of them. Beside the model stand two
predictions that need none: no effect, and the random-effects mean of the other trials scored by
the same measure. Ratios are compared on the logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.evidence.plain_values import without_nan
from gutskin.evidence.recorded_trials import read_records
from gutskin.evidence.score_rules import (
    central,
    crps_of_draws,
    crps_of_normal,
    position,
    random_effects,
)
from gutskin.trials.certainty import FEWEST_DRAWS
from gutskin.trials.published import PublishedNumber, headline, scored_numbers, simulated

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.model.model import Model
    from gutskin.trials.design import TrialDesign

SHARES = (0.5, 0.95)
FEWEST_OTHERS = 2  # trials of which a pool can be made
NORMAL_95 = 1.959963984540054
NOT_SEEN = "unverified"
SCALES = {"difference": "points", "difference_percent": "percent"}  # else the logarithm of a ratio


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
    """

    number: PublishedNumber
    found: float
    error: float
    draws: np.ndarray

    @property
    def mean(self) -> float:
        """What is foretold, in the middle of all trials."""
        return float(self.draws.mean())

    @property
    def within(self) -> dict[str, bool]:
        """Whether the 50% and the 95% interval hold what was published."""
        ends = {share: central(self.draws, share) for share in SHARES}
        return {
            f"{100 * share:g}": low <= self.found <= high for share, (low, high) in ends.items()
        }

    @property
    def scale(self) -> str:
        """What can be put together with it: the endpoint and the kind of number."""
        kind = SCALES.get(self.number.measure, "log ratio")
        return f"{self.number.endpoint}, {kind}" if kind != "log ratio" else kind

    def to_json(self) -> dict[str, Any]:
        """As plain values, ratios as ratios."""
        number, back = self.number, math.exp if self.number.is_ratio else float
        ends = {f"{100 * share:g}": central(self.draws, share) for share in SHARES}
        reported = {
            key: value for key in ("low", "high", "p")
            if (value := getattr(number, key)) is not None
        }  # fmt: skip
        return {
            "endpoint": number.endpoint,
            "arm": number.arm,
            "week": number.week,
            "measure": number.measure,
            "published": {"value": number.value, **reported},
            "simulated": {
                "mean": back(self.mean),
                **{f"interval_{key}": [back(low), back(high)] for key, (low, high) in ends.items()},
            },
            "within": self.within,
            "pit": position(self.draws, self.found),
            "bias": self.mean - self.found,
            "crps": crps_of_draws(self.draws, self.found),
        }


@dataclass(frozen=True)
class Scored:
    """One trial.

    Parameters
    ----------
    difference, control : None where nothing was published of it
    labels : what a reader sees of an endpoint, by its name
    """

    design: TrialDesign
    difference: Predicted | None
    control: Predicted | None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def misses(self) -> int:
        """How many 95% intervals do not hold what was published."""
        both = (self.difference, self.control)
        return sum(one is not None and not one.within["95"] for one in both)

    @property
    def surprise(self) -> float:
        """How far out what was published lies, 0 in the middle to 1; the larger of the two."""
        both = (one for one in (self.difference, self.control) if one is not None)
        return max((abs(2 * position(one.draws, one.found) - 1) for one in both), default=0.0)


def why_not_scored(design: TrialDesign) -> str:
    """Why a trial cannot be scored; empty if it can."""
    if design.published.seen_in == NOT_SEEN:
        return "its numbers were not seen (`seen_in` is unverified)"
    if design.single_arm:
        return "a single arm has neither a control nor a difference"
    if not scored_numbers(design) and design.published.values:
        return (
            "what was published of its arms is neither a share nor a change, nor means of the "
            "first visit and a later one (`[published]`)"
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
) -> Scored:
    """Foretell one trial, without regard to what it found, and compare.

    Parameters
    ----------
    replicates : from `FEWEST_DRAWS` on, so that an interval holds 95%
    """
    assert replicates >= FEWEST_DRAWS
    numbers = scored_numbers(design)
    whole = read_records(
        design, model, replicates, seed, stance, lambda data: _with_halves(data, numbers), progress
    )
    draws = dict(zip(numbers, np.split(whole, len(numbers)), strict=True))
    difference, control = headline(design)
    both = [_predicted(one, draws) for one in (difference, control)]
    rows = model.tables.endpoints
    return Scored(design, both[0], both[1], {name: rows[name].text("label") for name in rows})


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


def _predicted(number: PublishedNumber | None, draws: dict[Any, np.ndarray]) -> Predicted | None:
    """What is foretold of a number.

    Parameters
    ----------
    draws : number -> Array [of all and of two halves, replicate]
    """
    if number is None:
        return None
    drawn = draws[number][:, np.isfinite(draws[number][0])]
    if number.is_ratio:
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = np.log(drawn)
    values = drawn[0]
    if len(values) < FEWEST_DRAWS:
        return None
    found = math.log(number.value) if number.is_ratio else number.value
    return Predicted(number, found, published_error(number) or chance_of(drawn[1:]), values)


def published_error(number: PublishedNumber) -> float | None:
    """The standard error that was published, on the scale on which a number is compared."""
    if number.low is not None and number.high is not None and number.high > number.low:
        ends = (number.low, number.high)
        low, high = (math.log(one) for one in ends) if number.is_ratio else ends
        return (high - low) / (2 * NORMAL_95)
    return number.se


def summarise_scores(
    scored: Sequence[Scored], left_out: dict[str, str], replicates: int, stance: str
) -> dict[str, Any]:
    """All trials together, ready for JSON: misses first.

    Parameters
    ----------
    left_out : name of a trial -> why it is not scored
    """
    differences = [one.difference for one in scored if one.difference is not None]
    controls = [one.control for one in scored if one.control is not None]
    points = [one for one in differences if one.scale == "scorad, points"]
    order = sorted(scored, key=lambda one: (-one.misses, -one.surprise))
    references = _references(differences)
    return without_nan({
        "n": len(scored),
        "replicates": replicates,
        "stance": stance,
        "coverage": {"difference": _coverage(differences), "control": _coverage(controls)},
        "bias": _mean([one.mean - one.found for one in points]),
        "crps": _mean([crps_of_draws(one.draws, one.found) for one in points]),
        "unit": "points of SCORAD",
        "skill": {name: _skill(differences, reference) for name, reference in references.items()},
        "by_scale": {
            scale: {
                "n": len(some),
                "bias": _mean([one.mean - one.found for one in some]),
                "crps": _mean([crps_of_draws(one.draws, one.found) for one in some]),
            }
            for scale in dict.fromkeys(one.scale for one in differences)
            for some in [[one for one in differences if one.scale == scale]]
        },
        "calibrated": _verdict(differences, controls),
        "trials": [_trial(one) for one in order],
        "left_out": left_out,
    })  # fmt: skip


def _trial(one: Scored) -> dict[str, Any]:
    published = one.design.published
    both = {"difference": one.difference, "control": one.control}
    return {
        "trial": one.design.name,
        "title": one.design.title,
        "source": published.source or published.reference,
        "seen_in": published.seen_in,
        "arms": {arm.name: arm.n for arm in one.design.arms},
        "primary": (primary := one.design.analysis.primary),
        "primary_label": one.labels.get(primary, primary),
        "missed": one.misses > 0,
        **{
            key: None
            if side is None
            else {**side.to_json(), "label": one.labels.get(its := side.number.endpoint, its)}
            for key, side in both.items()
        },
    }


def _coverage(some: Sequence[Predicted]) -> dict[str, Any]:
    """The share of published numbers that intervals hold."""
    found: dict[str, Any] = {
        f"{100 * share:g}": _mean([float(one.within[f"{100 * share:g}"]) for one in some])
        for share in SHARES
    }
    return {**found, "n": len(some)}


def _references(some: Sequence[Predicted]) -> dict[str, dict[int, float]]:
    """CRPS of each difference under predictions without a model: place -> score."""
    zero = {i: crps_of_normal(0.0, one.error, one.found) for i, one in enumerate(some)}
    pool: dict[int, float] = {}
    for i, one in enumerate(some):
        others = [two for j, two in enumerate(some) if j != i and two.scale == one.scale]
        if len(others) < FEWEST_OTHERS:
            continue
        mean, error, between = random_effects(
            [two.found for two in others], [two.error for two in others]
        )
        spread = math.sqrt(error**2 + between**2 + one.error**2)
        pool[i] = crps_of_normal(mean, spread, one.found)
    return {"pool": pool, "zero": zero}


def _skill(some: Sequence[Predicted], reference: dict[int, float]) -> float:
    """By how much the model's CRPS is less than that of a reference, as a share of it.

    Every scale counts by its trials: scores are taken relative to the reference's mean on it.
    """
    ours = total = 0.0
    for scale in dict.fromkeys(some[i].scale for i in reference):
        places = [i for i in reference if some[i].scale == scale]
        unit = _mean([reference[i] for i in places])
        ours += sum(crps_of_draws(some[i].draws, some[i].found) / unit for i in places)
        total += len(places)
    return 1.0 - ours / total if total else float("nan")


def _verdict(differences: Sequence[Predicted], controls: Sequence[Predicted]) -> dict[str, Any]:
    """Whether as many 95% intervals miss as may by chance (binomial, one case in twenty)."""
    from scipy.stats import binom

    found = {}
    for name, some in (("difference", differences), ("control", controls)):
        misses = sum(not one.within["95"] for one in some)
        chance = float(binom.sf(misses - 1, len(some), 0.05)) if some else float("nan")
        found[name] = {"misses": misses, "of": len(some), "p": chance, "holds": chance > 0.05}
    return found


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


__all__ = ["Predicted", "Scored", "score_trial", "summarise_scores", "why_not_scored"]
