"""What all scored trials come to: how often intervals hold, bias, skill; misses first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.evidence.not_scored import not_scored
from gutskin.evidence.plain_values import without_nan
from gutskin.evidence.score import SHARES, Predicted, Scored
from gutskin.evidence.score_rules import crps_of_normal, random_effects
from gutskin.media import counted
from gutskin.trials.standing import where_they_stand

if TYPE_CHECKING:
    from gutskin.model.biology import Biology

FEWEST_OTHERS = 2  # trials of which a pool can be made
FEWEST_JUDGED = 2  # numbers of which it can be told how often intervals miss
NOT_ONE = "no {} was scored"


def summarise_scores(
    scored: Sequence[Scored],
    left_out: dict[str, str],
    replicates: int,
    stance: str,
    biology: Biology | None = None,
) -> dict[str, Any]:
    """All trials together, ready for JSON: misses first.

    Parameters
    ----------
    left_out : name of a trial -> why it is not scored
    biology : whose trials are the evidence to which each stands, itself left out
    """
    differences = [one.difference for one in scored if one.difference is not None]
    controls = [one.control for one in scored if one.control is not None]
    points = [one for one in differences if one.scale == "scorad, points"]
    order = sorted(scored, key=lambda one: (-one.misses, -one.surprise))
    references = _references(differences)
    skill = {name: _skill(differences, reference) for name, reference in references.items()}
    return without_nan({
        "n": len(scored),
        "replicates": replicates,
        "stance": stance,
        "coverage": {"difference": _coverage(differences), "control": _coverage(controls)},
        "bias": _mean([one.mean - one.found for one in points]),
        "crps": _mean([one.crps for one in points]),
        "unit": "points of SCORAD" if points else None,
        "skill": skill,
        "by_scale": {
            scale: {
                "n": len(some),
                "bias": _mean([one.mean - one.found for one in some]),
                "crps": _mean([one.crps for one in some]),
            }
            for scale in dict.fromkeys(one.scale for one in differences)
            for some in [[one for one in differences if one.scale == scale]]
        },
        "calibrated": {
            "difference": _verdict(differences, "difference"),
            "control": _verdict(controls, "control arm"),
        },
        "why": _why_unknown(points, differences, controls, skill),
        "trials": [_trial(one) for one in order],
        "left_out": left_out,
        **_as_printed(scored),
        **_standing(scored, biology),
    })  # fmt: skip


def _as_printed(scored: Sequence[Scored]) -> dict[str, Any]:
    """How many trials were foretold as they are printed, and how much is; nothing of none."""
    filtered = [one.shares for one in scored if one.shares is not None]
    if not filtered:
        return {}
    low, middle, high = np.quantile(filtered[0], (0.025, 0.5, 0.975))
    told = {"median": float(middle), "ci95_low": float(low), "ci95_high": float(high)}
    return {"printed": {"n": len(filtered), "passes": told}}


def _standing(scored: Sequence[Scored], biology: Biology | None) -> dict[str, Any]:
    """Where trials stand to all others that were done; nothing of none."""
    if biology is None or not scored:
        return {}
    cases = {one.design.name: one.design for one in scored}
    what = "trials, each without itself,"
    return {"applicability": where_they_stand(cases, biology, what, without_itself=True)}


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
        "not_scored": not_scored(
            one.design, *(side.number for side in both.values() if side is not None)
        ),
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
        ours += sum(some[i].crps / unit for i in places)
        total += len(places)
    return 1.0 - ours / total if total else float("nan")


def _verdict(some: Sequence[Predicted], name: str) -> dict[str, Any]:
    """Whether as many 95% intervals miss as may by chance (binomial, one case in twenty).

    Of fewer than two numbers that is not known, and `why` says so.
    """
    from scipy.stats import binom

    misses, count = sum(not one.within["95"] for one in some), len(some)
    if count < FEWEST_JUDGED:
        why = NOT_ONE.format(name) if not count else f"one {name} does not say how often"
        return {
            "misses": misses if count else None, "of": count, "p": None, "holds": None, "why": why,
        }  # fmt: skip
    chance = float(binom.sf(misses - 1, count, 0.05))
    return {"misses": misses, "of": count, "p": chance, "holds": chance > 0.05}


def _why_unknown(
    points: Sequence[Predicted],
    differences: Sequence[Predicted],
    controls: Sequence[Predicted],
    skill: Mapping[str, float],
) -> dict[str, str]:
    """Why numbers of all trials together are not known, by where they stand.

    Parameters
    ----------
    points : the differences in points of SCORAD
    """
    no_difference, no_control = (NOT_ONE.format(one) for one in ("difference", "control arm"))
    no_points = "no difference in points of SCORAD was scored: `by_scale` has those of others"
    alone = f"no scale has the {counted(FEWEST_OTHERS, 'other trial')} that a pool is made of"
    why: dict[str, str] = {}
    if not differences:
        why |= {"coverage.difference": no_difference, "skill.zero": no_difference}
    if not controls:
        why["coverage.control"] = no_control
    if math.isnan(skill["pool"]):
        why["skill.pool"] = alone if differences else no_difference
    if not points:
        why |= dict.fromkeys(("bias", "crps", "unit"), no_points if differences else no_difference)
    return why


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
