"""What arms of a trial show: from what was written down of each patient to one number.

A crossed trial writes every patient down under every arm. Then one number is made of all patients
of all replicates, and its uncertainty comes from drawing the replicates again (bootstrap, always
the same draws); else each replicate has a number of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gutskin.evidence.trial_check import TrialCheck

THREE_QUARTERS = 75.0  # per cent
DRAWS = 200


@dataclass(frozen=True, eq=False)
class Records:
    """What a trial wrote down.

    Parameters
    ----------
    arms, endpoints, units, weeks : names of the axes; `units` of the endpoints
    values : Array [arm, endpoint, visit, patient]; NaN of who was not seen
    replicate : Array [patient]
    """

    arms: tuple[str, ...]
    endpoints: tuple[str, ...]
    units: tuple[str, ...]
    weeks: tuple[float, ...]
    values: np.ndarray
    replicate: np.ndarray

    def at(self, arm: str, endpoint: str, week: float | None) -> np.ndarray:
        """The values of one arm at a visit [patient]."""
        assert week is not None
        return self.of(arm, endpoint)[self.weeks.index(week)]

    def of(self, arm: str, endpoint: str) -> np.ndarray:
        """The values of one arm at all visits [visit, patient]."""
        return self.values[self.arms.index(arm), self.endpoints.index(endpoint)]

    def groups(self) -> list[np.ndarray]:
        """The places of the patients of each replicate."""
        return [np.flatnonzero(self.replicate == one) for one in np.unique(self.replicate)]


def each_replicate(check: TrialCheck, records: Records) -> np.ndarray:
    """What a check reads, in every replicate for itself [replicate]."""
    return np.array([compared(check, records, [group]) for group in records.groups()])


def of_all(check: TrialCheck, records: Records) -> tuple[float, np.ndarray]:
    """What a check reads in all patients together, and after drawing replicates again [draw]."""
    groups = records.groups()
    rng = np.random.default_rng(0)
    again = rng.integers(len(groups), size=(DRAWS, len(groups)))
    drawn = [compared(check, records, [groups[one] for one in some]) for some in again]
    return compared(check, records, groups), np.array(drawn)


def compared(check: TrialCheck, records: Records, groups: Sequence[np.ndarray]) -> float:
    """One arm, or one less or over another, NaN of nobody.

    Parameters
    ----------
    groups : places of the patients of each replicate that is counted
    """
    assert check.arm is not None
    if check.less_among is not None:
        whole = check.model_copy(update={"less_among": None})
        others = whole.model_copy(update={"among": check.less_among})
        return compared(whole, records, groups) - compared(others, records, groups)
    own = _of_arm(check, records, check.arm, groups)
    if check.less is None:
        return own
    other = _of_arm(check, records, check.less, groups)
    if check.scale == "ratio":
        return own / other if other else float("nan")
    return own - other


def _of_arm(check: TrialCheck, records: Records, arm: str, groups: Sequence[np.ndarray]) -> float:
    who = np.concatenate([np.empty(0, int), *groups])
    met = _among(check, records, arm)
    if check.statistic == "spread":
        change = _of_patients(check, records, arm, check.week)
        means = [_mean(change[group[met[group]]]) for group in groups]
        return float(np.std(means, ddof=1)) if len(means) > 1 else float("nan")
    who = who[met[who]]
    value = _of_patients(check, records, arm, check.week)
    if check.less_week is not None:
        value = value - _of_patients(check, records, arm, check.less_week)
    if check.statistic == "correlation":
        assert check.with_entry is not None
        return _ranks_correlated(value[who], records.at(arm, check.with_entry, 0.0)[who])
    if check.statistic == "median_percent_change":
        return float(np.nanmedian(value[who])) if np.isfinite(value[who]).any() else float("nan")
    return _mean(value[who])


def _mean(values: np.ndarray) -> float:
    seen = values[np.isfinite(values)]
    return float(seen.mean()) if len(seen) else float("nan")


def _ranks_correlated(a: np.ndarray, b: np.ndarray) -> float:
    from scipy.stats import spearmanr

    seen = np.isfinite(a) & np.isfinite(b)
    if seen.sum() < 3:
        return float("nan")
    return float(spearmanr(a[seen], b[seen]).statistic)  # pyright: ignore[reportAttributeAccessIssue]


def _among(check: TrialCheck, records: Records, arm: str) -> np.ndarray:
    """Who of an arm is read [patient] (bool)."""
    those = check.among
    if those is None:
        return np.ones(records.values.shape[-1], bool)
    value = records.at(arm, those.endpoint, those.week)
    met = (value >= those.at_least) & (value <= those.at_most)
    if those.half is None:
        return met
    middle = np.nanmedian(value[met])
    return met & ((value > middle) if those.half == "higher" else (value <= middle))


def _of_patients(check: TrialCheck, records: Records, arm: str, week: float | None) -> np.ndarray:
    """What the statistic is the mean of [patient]."""
    endpoint, kind = check.endpoint, check.statistic
    entry = records.at(arm, endpoint, records.weeks[0])
    if kind == "baseline":
        return entry
    later = records.at(arm, endpoint, week)
    if kind == "mean":
        share = records.units[records.endpoints.index(endpoint)] == "1"
        return (100.0 if share else 1.0) * later
    if kind in ("change", "spread"):
        return later - entry
    if kind == "lost":
        weeks = np.array(records.weeks)
        among = (weeks > check.since) & (weeks <= week)
        course = records.of(arm, endpoint)[among]
        lost = 100.0 * (course < 0.5).any(axis=0)
        return np.where(np.isfinite(later), lost, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = 100.0 * (later / entry - 1.0)
    if kind == "three_quarters_less":
        return np.where(np.isfinite(change), 100.0 * (change <= -THREE_QUARTERS), np.nan)
    return change
