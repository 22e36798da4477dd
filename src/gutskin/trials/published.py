"""What a real trial reported, row by row, and what the same rows of simulated trials show.

Every row of `[[published.values]]` and `[[published.differences]]` is a number that any trial of
the design would print. It is computed in every replicate as that trial would print it, so that the
spread over replicates holds worlds, patients and errors of measurement: what was published is one
draw of it if the model is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from gutskin.statistics.crossover import crossover
from gutskin.trials.ancova import ancova
from gutskin.trials.certainty import interval, mean_of
from gutskin.trials.published_parts import BETWEEN_ARMS, OF_AN_ARM, SPREADS

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.design import TrialDesign
    from gutskin.trials.published_parts import PublishedValue

Array = np.ndarray
TAIL = 0.025  # of a test from both sides at 5%
RATIOS = ("ratio", "risk_ratio", "odds_ratio", "hazard_ratio", "change_ratio")
# what an arm did -> what stands of it at two visits; what comes of two arms (the best told first)
AT_TWO_VISITS = {"change_ratio": "geometric_mean", "change": "mean", "median_change": "median"}
OF_TWO_ARMS = {
    "share": "risk_ratio", "change_ratio": "ratio", "change": "difference",
    "change_percent": "difference_percent", "median_change": "median_difference",
}  # fmt: skip


@dataclass(frozen=True)
class PublishedNumber:
    """One number that a trial reported.

    Parameters
    ----------
    endpoint, arm, week : of what, in whom, when
    measure : what it is, a key of the file; "share" of events
    against : the control, of what lies between two arms; else empty
    value, low, high, se, p : as reported, None where it was not
    adjusted : a difference for the first visit; else one of changes
    ends : of both periods of a crossover, where patients are compared with themselves
    """

    endpoint: str
    arm: str
    week: float
    measure: str
    value: float
    against: str = ""
    low: float | None = None
    high: float | None = None
    se: float | None = None
    p: float | None = None
    adjusted: bool = True
    ends: tuple[float, float] | None = None

    @property
    def is_ratio(self) -> bool:
        """Whether 1 is no difference."""
        return self.measure in RATIOS


def published_numbers(design: TrialDesign) -> tuple[PublishedNumber, ...]:
    """What the file says that the real trial reported: arms first, then between arms."""
    return (*_of_arms(design), *_between(design))


def _of_arms(design: TrialDesign) -> Iterator[PublishedNumber]:
    for row in design.published.values:
        for measure in (*OF_AN_ARM, *SPREADS):
            value = getattr(row, measure)
            if value is None:
                continue
            name = measure
            if measure == "events":
                name, value = "share", value / row.n
            yield PublishedNumber(row.endpoint, row.arm, row.week, name, float(value))


def _between(design: TrialDesign) -> Iterator[PublishedNumber]:
    """Differences; of a crossover those within patients, but for one of the first period alone."""
    ends = None
    if design.crossover is not None:
        first, second = design.crossover.periods
        ends = first[1], second[1]
    for row in design.published.differences:
        measure = next(name for name in BETWEEN_ARMS if getattr(row, name) is not None)
        yield PublishedNumber(
            row.endpoint,
            row.arm or design.active[0].name,
            design.visits.weeks[design.analysed] if row.week is None else row.week,
            measure, getattr(row, measure), design.control.name, row.low, row.high, row.se, row.p,
            row.adjusted, ends if row.week is None else None,
        )  # fmt: skip


def headline(design: TrialDesign) -> tuple[PublishedNumber | None, PublishedNumber | None]:
    """What a trial is scored by: the difference that it found, and what its control arm did.

    The difference is the first between arms of the primary endpoint, else of any endpoint, as
    published; else it follows from what two arms are said to have shown at their last visit. None
    where neither can be had.
    """
    between = sorted(_between(design), key=lambda one: one.endpoint != design.analysis.primary)
    rows = design.published.values
    names = dict.fromkeys((design.analysis.primary, *(row.endpoint for row in rows)))
    difference = between[0] if between else None
    if difference is None:
        made = (_made(design, name) for name in names)
        difference = next((one for one in made if one is not None), None)
    endpoints = [difference.endpoint] if difference is not None else [*names]
    changes = (since_first(design, name, design.control.name) for name in endpoints)
    return difference, next((one for one in changes if one is not None), None)


def _made(design: TrialDesign, endpoint: str) -> PublishedNumber | None:
    """A difference between arms that follows from what each is said to have shown."""
    for arm in design.active:
        one, other = (
            since_first(design, endpoint, name) for name in (arm.name, design.control.name)
        )
        if one is None or other is None or (one.measure, one.week) != (other.measure, other.week):
            continue
        measure = OF_TWO_ARMS[one.measure]
        if measure not in RATIOS:
            value = one.value - other.value
        elif min(one.value, other.value) > 0:
            value = one.value / other.value
        else:
            continue
        return PublishedNumber(
            endpoint, arm.name, one.week, measure, value, design.control.name,
            se=_error_of(one, other, measure, design), adjusted=False,
        )  # fmt: skip
    return None


def since_first(design: TrialDesign, endpoint: str, arm: str) -> PublishedNumber | None:
    """What an arm did until its last visit: its share, or its change in whatever was printed.

    A change of geometric means is the ratio to that of the first visit. What a sequence of a
    crossover shows after its first period is of another treatment.
    """
    last = math.inf if design.crossover is None else design.visits.weeks[design.analysed]
    values, of = design.published.values, (endpoint, arm)
    rows = [row for row in values if (row.endpoint, row.arm) == of]
    first = [row for row in rows if row.week == 0]
    later = (row for row in sorted(rows, key=lambda row: -row.week) if 0 < row.week <= last)
    for row in later:
        for measure, value in _shown(row, first):
            return PublishedNumber(endpoint, arm, row.week, measure, value)
    return None


def _shown(row: PublishedValue, first: Sequence[PublishedValue]) -> Iterator[tuple[str, float]]:
    """What the numbers of a visit say that an arm did, the best first.

    Parameters
    ----------
    first : rows of the first visit
    """
    shown = {"change": row.change, "change_percent": row.change_percent}
    if row.events is not None and row.n:
        shown["share"] = row.events / row.n
    for measure, name in AT_TWO_VISITS.items():
        start = next((each for one in first if (each := getattr(one, name)) is not None), None)
        last = getattr(row, name)
        if shown.get(measure) is None and start is not None and last is not None:
            shown[measure] = last / start if measure in RATIOS else last - start
    yield from (
        (one, value) for one in OF_TWO_ARMS if (value := shown.get(one)) is not None
    )  # fmt: skip


def _error_of(
    one: PublishedNumber, other: PublishedNumber, measure: str, design: TrialDesign
) -> float | None:
    """The standard error of a difference that was made of two arms, as far as it is known."""
    rows = {(row.endpoint, row.arm, row.week): row for row in design.published.values}
    squares = 0.0
    for side in (one, other):
        row = rows[side.endpoint, side.arm, side.week]
        if measure == "risk_ratio" and row.events and row.n:
            squares += 1 / row.events - 1 / row.n
        elif measure == "difference" and row.change_sd and row.n:
            squares += row.change_sd**2 / row.n
        else:
            return None
    return float(np.sqrt(squares))


def published_error(number: PublishedNumber) -> float | None:
    """The standard error as its interval tells it, else as printed, else as its p does.

    Of a ratio that of the logarithm. None where nothing tells it: a p of 0 or 1 does not.
    """
    on_log = np.log if number.is_ratio else float
    if number.low is not None and number.high is not None and number.high > number.low:
        return float(on_log(number.high) - on_log(number.low)) / (-2.0 * float(ndtri(TAIL)))
    if number.se:
        return number.se
    if number.p and 0.0 < number.p < 1.0:
        return abs(float(on_log(number.value))) / -float(ndtri(number.p / 2.0)) or None
    return None


def scored_numbers(design: TrialDesign) -> tuple[PublishedNumber, ...]:
    """The numbers of `headline` that there are."""
    return tuple(one for one in headline(design) if one is not None)


def simulated_numbers(dataset: xr.Dataset, design: TrialDesign) -> np.ndarray:
    """The same numbers in each replicate, Array [number, replicate]; NaN where there is none.

    Parameters
    ----------
    dataset : `measured` of some replicates
    """
    return simulated(dataset, published_numbers(design))


def simulated(dataset: xr.Dataset, numbers: tuple[PublishedNumber, ...]) -> np.ndarray:
    """What trials print of these numbers, Array [number, replicate]; see `simulated_numbers`."""
    found = np.full((len(numbers), dataset.sizes["replicate"]), np.nan)
    for place, one in enumerate(numbers):
        record = dataset["measured"].sel(endpoint=one.endpoint)
        record = record.transpose("arm", "replicate", "patient", "visit")
        if one.ends is not None:
            both = record.sel(visit=list(one.ends))
            sequences = (both.sel(arm=arm).values for arm in (one.arm, one.against))
            found[place] = _within(one, *sequences)
            continue
        pairs = {
            arm: (of.isel(visit=0).values, of.sel(visit=one.week).values)
            for arm in (one.arm, one.against)
            if arm
            for of in [record.sel(arm=arm)]
        }
        with np.errstate(invalid="ignore", divide="ignore"):
            found[place] = printed_of(one, pairs)
    return found


def printed_of(one: PublishedNumber, pairs: Mapping[str, Any]) -> np.ndarray:
    """What trials print of one number [trial].

    Parameters
    ----------
    pairs : arm -> values at the first visit and at its own, each Array [trial, patient]
    """
    if one.against:
        return _compared(one, pairs[one.arm], pairs[one.against])
    return OF_ONE[one.measure](*pairs[one.arm])


def _mean(values: Array) -> Array:
    seen = np.isfinite(values)
    return np.where(seen, values, 0.0).sum(axis=-1) / seen.sum(axis=-1)


def _sd(values: Array) -> Array:
    squares = _mean((values - _mean(values)[..., None]) ** 2)
    many = np.isfinite(values).sum(axis=-1)
    return np.sqrt(squares * many / (many - 1.0))


def _median(values: Array) -> Array:
    found = np.full(len(values), np.nan)
    some = np.isfinite(values).any(axis=-1)
    found[some] = np.nanmedian(values[some], axis=-1)
    return found


def _logs(values: Array) -> Array:
    return np.log(np.where(values > 0, values, np.nan))


def _had(values: Array) -> Array:
    """Who has the event, of a count who had one at least; NaN of whom nothing is known."""
    return np.where(np.isfinite(values), values > 0.5, np.nan)


def _percent(first: Array, last: Array) -> Array:
    both = np.isfinite(first) & np.isfinite(last)
    return 100.0 * _mean(last - first) / _mean(np.where(both, first, np.nan))


# measure -> from the values of an arm at the first visit and at its own, each [replicate, patient]
OF_ONE: Mapping[str, Callable[[Array, Array], Array]] = {
    "mean": lambda first, last: _mean(last),
    "share": lambda first, last: _mean(_had(last)),
    "sd": lambda first, last: _sd(last),
    "geometric_mean": lambda first, last: np.exp(_mean(_logs(last))),
    "median": lambda first, last: _median(last),
    "change": lambda first, last: _mean(last - first),
    "change_sd": lambda first, last: _sd(last - first),
    "change_percent": _percent,
    "change_ratio": lambda first, last: np.exp(_mean(_logs(last) - _logs(first))),
    "median_change": lambda first, last: _median(last) - _median(first),
}


def _compared(
    one: PublishedNumber, active: tuple[Array, Array], control: tuple[Array, Array]
) -> Array:
    """What trials print of the two arms [replicate]."""
    if one.measure == "difference_percent":
        return _percent(*active) - _percent(*control)
    if one.measure == "difference" and not one.adjusted:
        return _mean(active[1] - active[0]) - _mean(control[1] - control[0])
    if one.measure == "difference":
        return ancova(active, control).difference
    if one.measure == "median_difference":
        a, b = (_median(last) - _median(first) for first, last in (active, control))
        return a - b
    if one.measure == "ratio" and not one.adjusted:
        return OF_ONE["change_ratio"](*active) / OF_ONE["change_ratio"](*control)
    if one.measure == "ratio":
        logs = [(_logs(first), _logs(last)) for first, last in (active, control)]
        return np.exp(ancova(logs[0], logs[1]).difference)
    # half an event is added where an arm has none or all, as is usual for ratios of counts
    shares = []
    for _, last in (active, control):
        many = np.isfinite(last).sum(axis=-1)
        events = np.nansum(_had(last), axis=-1)
        edge = (events == 0) | (events == many)
        shares.append((events + 0.5 * edge) / (many + edge))
    a, b = shares
    if one.measure == "risk_ratio":
        return a / b
    if one.measure == "odds_ratio":
        return a / (1 - a) / (b / (1 - b))
    return np.log1p(-a) / np.log1p(-b)  # of hazards that stay in proportion


def _within(one: PublishedNumber, active_first: Array, control_first: Array) -> Array:
    """What a crossover prints of its sequences [replicate, patient, end of a period]."""
    if one.measure == "difference":
        return crossover(active_first, control_first).treatment.value
    with np.errstate(invalid="ignore", divide="ignore"):
        if one.measure == "ratio":
            return np.exp(crossover(_logs(active_first), _logs(control_first)).treatment.value)
        active = np.concatenate([active_first[..., 0], control_first[..., 1]], axis=-1)
        control = np.concatenate([control_first[..., 0], active_first[..., 1]], axis=-1)
        return _compared(one, (active, active), (control, control))


def beside(design: TrialDesign, found: np.ndarray) -> list[dict[str, Any]]:
    """Every published number beside what trials of the model print, as plain values.

    Parameters
    ----------
    found : Array [number, replicate], of `simulated_numbers`
    """
    return [
        _beside(one, draws) for one, draws in zip(published_numbers(design), found, strict=True)
    ]


def _middle(one: PublishedNumber, draws: np.ndarray) -> float:
    """The mean of what trials print; of a ratio the geometric one, the middle where one is 0."""
    if not one.is_ratio:
        return mean_of(draws)
    return math.exp(mean_of(np.log(draws))) if (draws > 0).all() else float(np.median(draws))


def _beside(one: PublishedNumber, draws: np.ndarray) -> dict[str, Any]:
    seen = draws[np.isfinite(draws)]
    low, high = interval(draws)
    told = {
        key: value for key in ("low", "high", "se", "p") if (value := getattr(one, key)) is not None
    }
    return {
        "endpoint": one.endpoint,
        "arm": one.arm,
        **({"against": one.against} if one.against else {}),
        "week": one.week,
        "measure": one.measure,
        **({"within_patients": True} if one.ends is not None else {}),
        "published": {"value": one.value, **told},
        "simulated": {
            "mean": _middle(one, seen) if len(seen) else float("nan"),
            "ci95_low": low,
            "ci95_high": high,
            "over": "trials",
            "replicates": len(seen),
        },
    }
