"""A simulated literature beside the real one, in one dictionary ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.evidence.literature import TrialReports, literature_of
from gutskin.evidence.plain_values import without_nan
from gutskin.evidence.publication_filter import Published, filter_posterior, published
from gutskin.model.overlay import worlds_entry
from gutskin.statistics.meta_analysis import MetaAnalysis, meta_analysis
from gutskin.trials.certainty import error_of_mean, interval, mean_of
from gutskin.trials.standing import where_they_stand
from gutskin.trials.summary import LIMITS

if TYPE_CHECKING:
    from gutskin.model.model import Model

ASSUMED = (
    "All significant benefits are taken to be published, and of other results a share; what else "
    "decides on publication (size, sponsor, outcome chosen afterwards) is left out.",
    "Where a trial printed no standard error, that of its simulated repetitions stands for it.",
    "Trials that were never published are taken to be of the designs that were.",
)


def summarise_literature(
    reports: Sequence[TrialReports],
    left_out: Mapping[str, str],
    passes: Sequence[float],
    model: Model,
    seed: int,
    stance: str,
) -> dict[str, Any]:
    """All that `gutskin meta` tells: no date in it, no NaN.

    Parameters
    ----------
    left_out : name of a trial -> why it is no part of the literature
    passes : filters: shares of trials without a significant benefit that are published
    """
    effect, error = (literature_of(reports, name) for name in ("effect", "error"))
    significant = literature_of(reports, "significant").astype(bool)
    of_trials = literature_of(reports, "true")
    true = of_trials.mean(axis=1)
    luck = np.random.default_rng([seed, len(reports)]).random(effect.shape)
    behind = [published(effect, error, significant, one, luck) for one in (1.0, *passes)]
    found = np.array([one.number.value for one in reports])
    found_error = np.array([one.found_error for one in reports])
    was = np.array([one.found_significant for one in reports])
    real = meta_analysis(found, found_error**2)
    middle, low, high = filter_posterior(significant, was)
    shown = {
        "n": len(reports),
        "replicates": len(effect),
        "seed": seed,
        "stance": stance,
        "endpoint": "scorad",
        "unit": "points",
        "real": _pooled(real) | {
            "significant": int(was.sum()),
            "expected_significant": float(significant.mean(axis=0).sum()),
        },
        "true": _draws(true),
        "literatures": [_literature(one, of_trials, true, behind[0]) for one in behind],
        "passes": {"median": middle, "ci95_low": low, "ci95_high": high},
        "trials": [_trial(one) for one in reports],
        "left_out": dict(left_out),
        "model": {
            "version": model.version,
            "content_hash": model.content_hash,
            **worlds_entry(model.biology),
        },
        "applicability": where_they_stand(
            {one.design.name: one.design for one in reports}, model.biology,
            "trials, each without itself,", without_itself=True,
        ),
        "limits": [*ASSUMED, *LIMITS],
    }  # fmt: skip
    return without_nan(shown)


def _literature(
    one: Published, of_trials: np.ndarray, true: np.ndarray, whole: Published
) -> dict[str, Any]:
    """One filter over all replicates: what a reader finds, and what the filter added to it.

    Parameters
    ----------
    of_trials : Array [replicate, trial], what is true in each; a prediction interval is of one
        trial, that of the mean of their mean, `true` [replicate]
    """
    mean = one.pooled.mean.value
    ends = one.pooled.prediction_low[:, None], one.pooled.prediction_high[:, None]
    holds = ((ends[0] <= of_trials) & (of_trials <= ends[1])).mean(axis=1)
    told = np.isfinite(one.pooled.prediction_low)
    low, high = one.pooled.mean.interval()
    covered = ((low <= true) & (true <= high))[np.isfinite(low)]
    return {
        "passes": one.passes,
        "published": mean_of(one.appeared.sum(axis=1).astype(float)),
        "pooled": _draws(mean),
        "tau": mean_of(np.sqrt(one.pooled.tau2)),
        "significant": mean_of(one.significant),
        "bias": _draws(mean - true),
        "added": _draws(mean - whole.pooled.mean.value),
        "ci95_holds": mean_of(covered.astype(float)),
        "prediction_holds": mean_of(holds[told].astype(float)),
    }


def _pooled(one: MetaAnalysis) -> dict[str, Any]:
    low, high = one.mean.interval()
    return {
        "mean": float(one.mean.value),
        "ci95_low": float(low),
        "ci95_high": float(high),
        "p": float(one.mean.p),
        "tau": float(np.sqrt(one.tau2)),
        "i2": float(one.i2),
        "prediction_low": float(one.prediction_low),
        "prediction_high": float(one.prediction_high),
    }


def _trial(one: TrialReports) -> dict[str, Any]:
    return {
        "trial": one.design.name,
        "title": one.design.title,
        "week": one.number.week,
        "found": one.number.value,
        "found_error": one.found_error,
        "error_derived": one.derived,
        "found_p": one.found_p,
        "found_significant": one.found_significant,
        "simulated": _draws(one.effect),
        "error": mean_of(one.error),
        "share_significant": mean_of(one.significant.astype(float)),
    }


def _draws(values: np.ndarray) -> dict[str, Any]:
    low, high = interval(values)
    return {
        "mean": mean_of(values), "ci95_low": low, "ci95_high": high,
        "monte_carlo_error": error_of_mean(values),
    }  # fmt: skip
