"""Who of a cohort from birth falls ill, as shares: rows of `targets/births.tsv`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from gutskin.calibration.cohort_result import TargetResult, in_worlds
from gutskin.calibration.sampling_error import Readings
from gutskin.calibration.targets import NORMAL_95, Target, read_calibration_targets
from gutskin.model.biology import Biology

OF_ODDS = " (log odds)"  # ends the label of a row


def births_of(population: str, biology: Biology) -> list[Target]:
    """The rows of targets/births.tsv that speak of a population."""
    return [
        one
        for one in read_calibration_targets(biology)
        if one.table == "births" and one.row.text("population") == population
    ]


def birth_results(targets: Sequence[Target], found: Readings) -> list[TargetResult]:
    """The targets as shares; their ranges are the 95% intervals of what was counted.

    Parameters
    ----------
    found : log odds, and the variance that few newborns leave in them
    """
    results = []
    for one, odds, noise in zip(targets, found.values, found.noise, strict=True):
        if one.value is None or one.error is None:  # a range is its own interval, none so far
            continue
        low, high = (float(expit(one.value + z * one.error)) for z in (-NORMAL_95, NORMAL_95))
        shares = expit(odds)
        error = float(np.sqrt(np.nanmean(noise * (shares * (1.0 - shares)) ** 2)))
        results.append(
            TargetResult(
                one.id, one.label.removesuffix(OF_ODDS), "1", low, high,
                in_worlds(shares, low, high), error, None, None, one.evidence,
                one.row.text("note"),
            )
        )  # fmt: skip
    return results
