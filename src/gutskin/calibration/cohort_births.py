"""Who of a cohort from birth falls ill, as shares: rows of `targets/births.tsv`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from gutskin.calibration.cohort_result import TargetResult, in_worlds
from gutskin.calibration.sampling_error import Readings
from gutskin.calibration.targets import NORMAL_95, Target, read_calibration_targets
from gutskin.model.biology import Biology


def births_of(population: str, biology: Biology) -> list[Target]:
    """The rows of targets/births.tsv that speak of a population."""
    return [
        one
        for one in read_calibration_targets(biology)
        if one.table == "births" and one.row.text("population") == population
    ]


def birth_results(targets: Sequence[Target], found: Readings) -> list[TargetResult]:
    """The targets as shares, and as odds ratios where a row compares those with and without.

    Their ranges are those of the table, or the 95% intervals of what was counted.

    Parameters
    ----------
    found : log odds (of a ratio its logarithm), and the variance that few newborns leave in them
    """
    return [
        _result(one, odds, noise)
        for one, odds, noise in zip(targets, found.values, found.noise, strict=True)
    ]


def _result(one: Target, odds: np.ndarray, noise: np.ndarray) -> TargetResult:
    ratio = bool(one.row.text("given"))
    values = np.exp(odds) if ratio else expit(odds)
    slope = values if ratio else values * (1.0 - values)  # of the value, by its logarithm
    low, high = (float(np.exp(end) if ratio else expit(end)) for end in _ends(one))
    return TargetResult(
        one.id, _label(one), "1", low, high,
        in_worlds(values, low, high), float(np.sqrt(np.nanmean(noise * slope**2))), None, None,
        one.evidence, one.row.text("note"),
    )  # fmt: skip


def _label(one: Target) -> str:
    """The label of a row without its logarithm."""
    return one.label.removesuffix(" (log odds)").replace("(log odds ratio)", "(odds ratio)")


def _ends(one: Target) -> tuple[float, float]:
    """The range of a target, on the logarithm."""
    if one.low is not None and one.high is not None:
        return one.low, one.high
    if one.value is None or one.error is None:  # `read_calibration_targets` refuses such rows
        raise ValueError(one.id)
    return one.value - NORMAL_95 * one.error, one.value + NORMAL_95 * one.error
