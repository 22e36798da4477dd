"""From courses to verdicts: readings, contrasts between arms, and whether they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gutskin.evidence import across_worlds
from gutskin.evidence.experiment_parts import AnyCheck, Check, Condition, Read
from gutskin.evidence.running import WEEK, Group, Seen
from gutskin.evidence.trial_check import IN_PERCENT, TrialCheck, ValueCheck
from gutskin.trials.certainty import TAIL, interval

LIKELY, PARTLY = 2 / 3, 1 / 3  # "likely" in the calibrated language of the IPCC
SHOWN, PART, NOT_SHOWN = "shown", "partly", "not shown"
TINY = 1e-12


@dataclass(frozen=True)
class Finding:
    """What a check came to.

    Parameters
    ----------
    middle : median over the units
    low, high : the 95% interval over the units, NaN of too few (see `certainty.interval`); of a
        share of trials its 95% credible interval
    share : of the units that go the expected way; of a share of trials how sure it is that the
        share lies on the expected side of what chance gives
    verdict : shown, partly or not shown
    control : median of the control contrast, of a check that nothing changes
    without : units that have no value: nobody to read, or nothing to divide by
    """

    check: AnyCheck
    middle: float
    low: float
    high: float
    share: float
    units: int
    verdict: str
    control: float | None = None
    without: int = 0

    def to_json(self, unit: str) -> dict[str, Any]:
        """The finding in plain numbers."""
        check = self.check
        expected = list(check.stays or check.expected or ())
        return {
            "says": check.says,
            "quantity": check.quantity,
            "expected": [one if np.isfinite(one) else None for one in expected],
            "observed": self.middle,
            "unit": unit,
            "low": self.low,
            "high": self.high,
            "share": self.share,
            "units": self.units,
            "units_without_a_value": self.without,
            "control": self.control,
            "verdict": self.verdict,
        }


def find(check: Check, group: Group, courses: Mapping[str, Seen]) -> Finding:
    """Judge one check.

    Parameters
    ----------
    group : the patients
    courses : arm -> its course
    """
    values = _compared(check, group, courses)
    if check.across is not None:
        return _found_across(check, values, group, courses)
    if check.stays is not None:
        control = np.array(_contrast(check, check.control, group, courses))
        return _judged_to_stay(check, values, control)
    return judged(check, values)


def _judged_to_stay(check: Check, values: np.ndarray, controls: np.ndarray) -> Finding:
    """Whether what should not change stays in its range, and the control leaves it."""
    assert check.stays is not None
    least, most = check.stays
    seen, moved = values[~np.isnan(values)], controls[~np.isnan(controls)]
    if not (len(seen) and len(moved)):
        return _nothing(check, len(values))
    middle, low, high = float(np.median(seen)), *interval(seen)
    control = float(np.median(moved))
    share = float(np.mean((seen >= least) & (seen <= most)))
    held = least <= middle <= most and share >= LIKELY and not least <= control <= most
    verdict, without = SHOWN if held else NOT_SHOWN, len(values) - len(seen)
    return Finding(check, middle, low, high, share, len(seen), verdict, control, without)


def _nothing(check: AnyCheck, without: int) -> Finding:
    """What is found where no unit has a value."""
    return Finding(check, np.nan, np.nan, np.nan, 0.0, 0, NOT_SHOWN, without=without)


def _found_across(
    check: Check, values: np.ndarray, group: Group, courses: Mapping[str, Seen]
) -> Finding:
    """Judge a check that compares worlds."""
    against = [
        _contrast(check, {name if weight == 1 else other: weight
                          for other, weight in check.contrast.items()}, group, courses)
        for name in check.members
    ]  # fmt: skip
    if check.control:
        other = check.model_copy(update={"read": check.control_read or check.read})
        against = [_contrast(other, check.control, group, courses)]
    assert check.across is not None
    assert check.expected is not None
    whole = ~np.isnan([values, *against]).any(axis=0)
    if not whole.any():
        return _nothing(check, len(values))
    seen = values[whole]
    middle, low, high = across_worlds.statistic(check.across, seen, [a[whole] for a in against])
    below, above = check.expected
    near = low <= above and high >= below  # without an interval a miss is one
    verdict = SHOWN if below <= middle <= above else PART if near else NOT_SHOWN
    share, without = float(verdict == SHOWN), len(values) - len(seen)
    return Finding(check, middle, low, high, share, len(seen), verdict, without=without)


def judged(check: AnyCheck, values: np.ndarray) -> Finding:
    """Whether the values of the units [unit] meet the range that was expected."""
    assert check.expected is not None
    seen = values[~np.isnan(values)]
    if not len(seen):
        return _nothing(check, len(values))
    few = check.by_size and not isinstance(check, TrialCheck)  # a share of a few, in each world
    middle, low, high = float(np.mean(seen) if few else np.median(seen)), *interval(seen)
    right = seen > check.null + TINY if _upwards(check) else seen < check.null - TINY
    if check.by_size:
        right = (seen >= check.expected[0]) & (seen <= check.expected[1])
    share, without = float(np.mean(right)), len(values) - len(seen)
    verdict = _verdict(check, middle, share)
    return Finding(check, middle, low, high, share, len(seen), verdict, without=without)


def judged_together(
    check: TrialCheck, middle: float, drawn: np.ndarray, replicates: int
) -> Finding:
    """Whether one number of all replicates of a trial meets the range that was expected.

    Parameters
    ----------
    middle : of all of them
    drawn : Array [draw], the same after drawing replicates again
    """
    found = judged(check, drawn)
    if not np.isfinite(middle) or not found.units:
        return _nothing(check, replicates)
    return replace(
        found, middle=middle, units=replicates, verdict=_verdict(check, middle, found.share)
    )


def judged_share(check: TrialCheck, hits: np.ndarray) -> Finding:
    """Whether a share of trials meets the range that was expected.

    Parameters
    ----------
    hits : Array [replicate] (bool)
    """
    from scipy.stats import beta

    count, hit = len(hits), int(hits.sum())
    if count == 0:
        return _nothing(check, 0)
    low, high = beta.ppf([TAIL, 1 - TAIL], hit + 0.5, count - hit + 0.5)  # Jeffreys
    beyond = float(beta.sf(check.null, hit + 0.5, count - hit + 0.5))
    share = beyond if _upwards(check) else 1.0 - beyond
    verdict = _verdict(check, hit / count, share)
    return Finding(check, hit / count, float(low), float(high), share, count, verdict)


def _upwards(check: AnyCheck) -> bool:
    assert check.expected is not None
    return check.expected[0] >= check.null


def _verdict(check: AnyCheck, middle: float, share: float) -> str:
    assert check.expected is not None
    below, above = check.expected
    if check.by_size:
        return SHOWN if below <= middle <= above else NOT_SHOWN
    inside = below <= middle <= above and abs(middle - check.null) > TINY
    if inside and share >= LIKELY:
        return SHOWN
    return PART if share >= LIKELY or (inside and share >= PARTLY) else NOT_SHOWN


def _compared(check: Check, group: Group, courses: Mapping[str, Seen]) -> np.ndarray:
    """The value of each unit: the contrast, or the smallest of several."""
    several = [_contrast(check, one, group, courses) for one in check.comparisons()]
    return np.min(several, axis=0)


def _contrast(
    check: Check, weights: Mapping[str, float], group: Group, courses: Mapping[str, Seen]
) -> np.ndarray:
    """One contrast [unit]."""
    read = check.read
    if read.kind in ("recovered", "return_to"):
        return _of_the_contrast(check, weights, group, courses)
    if check.conditions or check.scale == "odds_ratio":
        return _of_groups(check, weights, group, courses)
    if check.apart is not None:
        own = {name: reading(read, courses[name], check.quantity) for name in weights}
        far = np.abs(_weighed(check.scale, weights, own)) > check.apart
        return 100.0 * group.averaged(far.astype(float))
    values = {
        name: group.averaged(reading(read, courses[name], check.quantity)) for name in weights
    }
    return _weighed(check.scale, weights, values)


def _of_groups(
    check: Check, weights: Mapping[str, float], group: Group, courses: Mapping[str, Seen]
) -> np.ndarray:
    """One contrast of patients who meet a condition [unit]; NaN where there is nobody."""
    values: dict[str, np.ndarray] = {}
    signs: dict[str, float] = {}
    for name, weight in weights.items():
        seen = courses[name]
        read = reading(check.read, seen, check.quantity)
        among = _met(check.among, seen, read)
        parts = {name: (among, weight)}
        if check.between is not None:
            met = _met(check.between, seen, read)
            parts = {"met": (among & met, weight), "not met": (among & ~met, -weight)}
        for part, (which, sign) in parts.items():
            total, count = group.summed(read, which)
            if check.scale == "odds_ratio":  # half a patient more on either side (Haldane)
                values[part] = np.where(count, (total + 0.5) / (count - total + 0.5), np.nan)
            else:
                values[part] = np.divide(total, count, np.full_like(total, np.nan), where=count > 0)
            signs[part] = sign
    return _weighed("ratio" if check.scale == "odds_ratio" else check.scale, signs, values)


def _met(condition: Condition | None, seen: Seen, like: np.ndarray) -> np.ndarray:
    """Who meets a condition [patient]; everybody without one."""
    if condition is None:
        return np.ones(len(like), bool)
    return reading(condition.read, seen, condition.quantity) > 0.5


def _weighed(
    scale: str, weights: Mapping[str, float], values: Mapping[str, np.ndarray]
) -> np.ndarray:
    if scale == "difference":
        return np.sum([weight * values[name] for name, weight in weights.items()], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [weight * np.log(values[name]) for name, weight in weights.items()]
        ratio = np.exp(np.sum(logs, axis=0))  # nothing over nothing is no number
    return ratio if scale == "ratio" else 100.0 * (ratio - 1.0)


def reading(read: Read, courses: Seen, quantity: str) -> np.ndarray:
    """One number for each patient."""
    times, values = courses.times, courses.quantity(quantity)
    kind, numbers = read.kind, read.numbers
    if kind == "day":
        return values[at(times, numbers[0])]
    if kind == "above":
        return (values[at(times, numbers[1])] > numbers[0]).astype(float)
    if kind == "change":
        return values[at(times, numbers[1])] - values[at(times, numbers[0])]
    if kind == "ever_above":
        weeks = np.arange(numbers[1], numbers[2] + 1e-9, WEEK)
        high = values[[at(times, day) for day in weeks]] > numbers[0]
        return (high[1:] & high[:-1]).any(axis=0).astype(float)
    if kind == "highest_on":
        days = np.arange(numbers[0], numbers[1] + 1e-9)
        return days[values[[at(times, day) for day in days]].argmax(axis=0)]
    inside = (times >= numbers[0] - 1e-9) & (times <= numbers[1] + 1e-9)
    if kind == "max":
        return values[inside].max(axis=0)
    if kind == "min":
        return values[inside].min(axis=0)
    area = np.asarray(np.trapezoid(values[inside], times[inside], axis=0))
    return area if kind == "area" else area / (times[inside][-1] - times[inside][0])


def at(times: np.ndarray, day: float) -> int:
    """The place of a day among the times."""
    return int(np.argmin(np.abs(times - day)))


def _of_the_contrast(
    check: Check, weights: Mapping[str, float], group: Group, courses: Mapping[str, Seen]
) -> np.ndarray:
    """How a contrast goes: the share of it that is gone, or the days until that.

    NaN of units without a contrast: nothing comes back from it.
    """
    some = next(iter(courses.values()))
    times, read = some.times, check.read
    curves = {
        name: np.stack([group.averaged(row) for row in courses[name].quantity(check.quantity)])
        for name in weights
    }
    course = np.sum([weight * curves[name] for name, weight in weights.items()], axis=0)
    if read.kind == "recovered":
        first, last = (course[at(times, day)] for day in read.numbers)
        return 1.0 - np.divide(last, first, np.full_like(last, np.nan), where=first != 0.0)
    share, first = read.numbers
    begin = at(times, first)
    gone = np.abs(course[begin:]) <= share * np.abs(course[begin])
    days = times[begin:] - times[begin]
    back = np.where(gone.any(axis=0), days[gone.argmax(axis=0)], np.inf)
    return np.where(course[begin] != 0.0, back, np.nan)


ACROSS_UNITS = {
    "raised": "of worlds", "lower_than_best": "of worlds", "lower_than_median": "of worlds",
    "distinct": "log10 p",
}  # fmt: skip


def unit_of(check: AnyCheck, unit: str) -> str:
    """The unit of what a check compares, from that of its quantity."""
    if isinstance(check, ValueCheck):
        return unit
    if isinstance(check, TrialCheck):
        if check.scale == "ratio" or check.statistic == "correlation":
            return "1"
        if check.statistic in IN_PERCENT:
            return "%"
        if check.statistic == "mean" and unit == "1":  # of responders their share
            return "%"
        return "1" if check.statistic == "significant_for" else unit
    kind = check.read.kind
    if check.unit is not None:
        return check.unit
    if check.across is not None:  # a ratio, a share of worlds, or a logarithm
        return ACROSS_UNITS.get(check.across, "1")
    if check.scale == "percent" or check.apart is not None:
        return "%"
    if check.scale in ("ratio", "odds_ratio") or kind in ("recovered", "ever_above", "above"):
        return "1"
    if kind in ("return_to", "highest_on"):
        return "day"
    if kind == "area":
        return unit.removesuffix("/day") if unit.endswith("/day") else f"{unit} day"
    return unit
