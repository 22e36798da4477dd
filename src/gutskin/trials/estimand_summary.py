"""Estimands in the summary of a trial: true values, what estimators report, and their bias."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.media import isolated, of_all
from gutskin.trials.certainty import error_of_mean, interval, mean_of
from gutskin.trials.estimand_parts import EVENTS, OF, RATIOS, Estimand, Estimator
from gutskin.trials.estimands import endpoint_of, estimators_of, fitted, measure_of
from gutskin.trials.parting import not_parted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign


def summarised(
    design: TrialDesign,
    values: np.ndarray,
    scales: Mapping[str, str],
    units: Mapping[str, str],
    biology: Biology | None = None,
) -> list[dict[str, Any]]:
    """Each estimand, with every active arm against the control, as plain values.

    The bias of an estimator is the mean over replicates of what it reports less what is true in the
    same replicate; of a ratio it is a factor.

    Parameters
    ----------
    values : of `of_each_replicate`, of all replicates
    scales, units : endpoint -> its scale, as endpoints.tsv has it; its unit
    biology : whose usual doses arms are given
    """
    found = [
        _estimand(one, design, values[place], scales[endpoint_of(one, design)], units)
        for place, one in enumerate(design.estimands)
    ]
    for told, one in zip(found, design.estimands, strict=True):
        if late := not_parted(design, one.week, biology):
            told["not_parted"] = late
    return found


def unreported(
    estimands: Sequence[Mapping[str, Any]], replicates: int, titles: Mapping[str, str]
) -> Iterator[str]:
    """What of the estimands is missing in some repetitions, and why.

    Parameters
    ----------
    estimands : of `summarised`
    replicates : how many there are
    titles : arm -> its name in a sentence
    """
    for one in estimands:
        for arm in one["arms"]:
            what = f"The estimand {isolated(one['label'])} of {titles[arm['arm']]}"
            if not math.isfinite(arm["true"]["mean"]):
                yield f"{what} has no true value: nobody of its population has one under both arms."
            for each in arm["estimators"]:
                if (many := each["replicates"]) == replicates:
                    continue
                of = f"in {of_all(many, replicates, 'repetition')}" if many else "in no repetition"
                yield (
                    f"{what} could be estimated {of} by {isolated(each['label'])}: else too few "
                    "patients are left to compare, or nothing scatters between them."
                )


def event_shares(design: TrialDesign, shares: np.ndarray) -> dict[str, dict[str, float]]:
    """Which share of an arm's patients each event falls upon before the last visit."""
    return {
        arm.name: {kind: mean_of(shares[place, n]) for n, kind in enumerate(EVENTS)}
        for place, arm in enumerate(design.arms)
    }


def _estimand(
    one: Estimand, design: TrialDesign, values: np.ndarray, scale: str, units: Mapping[str, str]
) -> dict[str, Any]:
    measure, endpoint = measure_of(one, scale), endpoint_of(one, design)
    ratio = measure in RATIOS
    arms = []
    for number, arm in enumerate(design.active):
        found = values[number]
        true = {name: _told(found[n], "worlds", ratio=ratio) for n, name in enumerate(OF)}
        estimators = []
        for each, draws in zip(estimators_of(design), found[len(OF) :], strict=True):
            used = fitted(design, each, one, scale)
            if used is not None:
                told = _estimator(used, one, draws, found[0], ratio=ratio)
                estimators.append(told)
        arms.append(
            {"arm": arm.name, "true": true["record"], "body": true["body"],
             "estimators": estimators}
        )  # fmt: skip
    return {
        "name": one.name,
        "label": one.title,
        "population": one.population,
        "endpoint": endpoint,
        "week": design.visits.weeks[design.analysed] if one.week is None else one.week,
        "summary": measure,
        "unit": "ratio" if ratio else units[endpoint],
        "strategies": one.strategies.model_dump(),
        "arms": arms,
    }


def _estimator(
    used: Estimator, one: Estimand, draws: np.ndarray, true: np.ndarray, *, ratio: bool
) -> dict[str, Any]:
    gap = draws - true
    seen = np.isfinite(gap)
    bias, error = mean_of(gap[seen]) if seen.any() else math.nan, error_of_mean(gap)
    if ratio:
        bias = math.exp(bias)
        error *= bias
    return {
        "name": used.name,
        "label": used.title,
        "method": used.method,
        "missing": used.missing,
        "strategies": (used.strategies or one.strategies).model_dump(),
        "reported": _told(draws, "trials", ratio=ratio),
        "bias": bias,
        "bias_monte_carlo_error": error,
        "replicates": int(seen.sum()),
    }


def _told(values: np.ndarray, over: str, *, ratio: bool) -> dict[str, Any]:
    seen = values[np.isfinite(values)]
    mean, (low, high) = mean_of(seen) if len(seen) else math.nan, interval(values)
    error = error_of_mean(values)
    if ratio:
        mean, low, high = math.exp(mean), math.exp(low), math.exp(high)
        error *= mean
    return {
        "mean": mean, "ci95_low": low, "ci95_high": high, "over": over, "monte_carlo_error": error
    }  # fmt: skip
