"""How many patients it takes, in one dictionary ready for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gutskin.media import counted
from gutskin.model.overlay import worlds_entry
from gutskin.trials.analysis import Analysis, Comparison
from gutskin.trials.ancova import Untested
from gutskin.trials.certainty import FEWEST_DRAWS, interval
from gutskin.trials.distributions import ratio
from gutskin.trials.effect_sizes import usable
from gutskin.trials.methods import IMPUTED, WITHIN, Missing, in_words, simple_rule
from gutskin.trials.outside import told_as_it_is
from gutskin.trials.parting import not_parted, parting_notes
from gutskin.trials.power import WANTED, ArmPower, power_of
from gutskin.trials.power_curves import GROUPS, MOST, Estimate
from gutskin.trials.summary import LIMITS
from gutskin.trials.variance_parts import variance_shares_of, why_untold

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign

RARE = (
    ", which is too few where what nobody has among these some have among more (simulate larger "
    "arms: --patients)."
)
ASSUMED = (
    "Nothing was simulated for the sizes shown: effect and scatter of every simulated world are "
    "carried over to trials of that size by the noncentral t distribution.",
    "Allocation and dropout are those of the trial file; each active arm is tested by itself, "
    "without a correction for several.",
)


def summarise_power(
    dataset: xr.Dataset,
    design: TrialDesign,
    analysis: Analysis,
    found: Mapping[str, ArmPower],
    biology: Biology | None = None,
    simulated: TrialDesign | None = None,
) -> dict[str, Any]:
    """All that `gutskin power` tells: no date in it, no NaN.

    Parameters
    ----------
    dataset, analysis : of the simulated replicates
    found : from `power_of`
    biology : what the model was made of; a user's own is named
    simulated : the trial as it was simulated in each world, where that is another one
    """
    first, failing = design.active[0].name, leavers_fail(design, analysis)
    summary: dict[str, Any] = {
        "trial": design.name,
        "title": design.title,
        "stance": str(dataset.attrs["stance"]),
        "seed": int(dataset.attrs["seed"]),
        "replicates": int(dataset.sizes["replicate"]),
        "endpoint": analysis.primary,
        "label": analysis.endpoints[analysis.primary].label,
        "unit": analysis.endpoints[analysis.primary].unit,
        "arms": [arm.entry for arm in design.arms],
        "simulated": {arm.name: arm.n for arm in (simulated or design).arms},
        "not_parted": not_parted(design, biology=biology),
        "arm": first,
        **_arm(found[first], analysis, failing),
    }
    if len(found) > 1:
        summary["by_arm"] = {name: _arm(one, analysis, failing) for name, one in found.items()}
    summary |= {
        "most": MOST,
        "model": {
            "version": str(dataset.attrs["model_version"]),
            "content_hash": str(dataset.attrs["model_hash"]),
            **worlds_entry(biology),
        },
        "limits": [*ASSUMED, *LIMITS],
        "warnings": [
            *parting_notes(design, biology),
            *_warnings(found, analysis),
            *_other_method(design, analysis),
        ],
    }
    if biology is not None:  # nothing here is wider outside: the sentence says so
        summary["applicability"] = told_as_it_is(design, biology).to_json()
    return _clean(summary | _shares_of_variance(summary, dataset, design, analysis, simulated))


def _shares_of_variance(
    summary: Mapping[str, Any], dataset: xr.Dataset, design: TrialDesign, analysis: Analysis,
    simulated: TrialDesign | None,
) -> dict[str, Any]:  # fmt: skip
    """What trials of the file's size differ by, and in every row those of its size."""
    patients = (simulated or design).control.n
    asked = {f"{at['n']}": at["n"] / patients for at in summary["power"]}
    own = {"own": design.control.n / patients}
    found = variance_shares_of(dataset, design, analysis, asked | own)
    for name, one in ((summary["arm"], summary), *summary.get("by_arm", {}).items()):
        for at in one["power"]:
            at["variance_shares"] = found[name][f"{at['n']}"]
    told: dict[str, Any] = {"variance_shares": found[summary["arm"]]["own"]}
    if len(found) > 1:
        told["variance_shares_by_arm"] = {name: one["own"] for name, one in found.items()}
    return told | {"warnings": [*summary["warnings"], *why_untold(design, analysis)]}


def power_of_its_size(design: TrialDesign, analysis: Analysis) -> dict[str, Any]:
    """What a trial's own repetitions say of its power and of how many patients it would take.

    Nothing of a single arm, and of fewer worlds than an interval needs.

    Parameters
    ----------
    design, analysis : of the trial that was simulated
    """
    compared = analysis.endpoints[analysis.primary].comparisons
    if design.single_arm or any(usable(one).sum() < FEWEST_DRAWS for one in compared.values()):
        return {}
    found = power_of(analysis, design, [design.control.n])
    failing = leavers_fail(design, analysis)
    told = {
        "n": design.control.n,
        "by_arm": {name: _arm(one, analysis, failing) for name, one in found.items()},
        "warnings": [*_warnings(found, analysis), *_other_method(design, analysis)],
    }
    return {"power": _clean(told)}


def leavers_fail(design: TrialDesign, analysis: Analysis) -> bool:
    """Whether the endpoint itself takes who has left for a failure, and somebody may leave."""
    endpoint = analysis.endpoints[analysis.primary]
    responds = endpoint.unit == "1" and not endpoint.lower_is_better
    return design.some_may_leave and responds and endpoint.missing == 0


def _arm(one: ArmPower, analysis: Analysis, failing: bool) -> dict[str, Any]:
    effect = _effect(one, analysis)
    none = effect["nothing"]  # nothing is open then: no number of patients finds what is not there
    if failing and effect["missing"] is None:
        effect["missing"] = "non-responder"
    return {
        "power": [
            {
                "n": at.n,
                "sizes": dict(at.sizes),
                **_estimate("power", at.power),
                **_estimate("assurance", at.assurance),
                **_estimate("harm", at.harm),
                **_estimate("wrong_sign", at.wrong_sign),
                **_estimate("exaggeration", at.exaggeration),
            }
            for at in one.at
        ],
        **{f"n_for_{100 * wanted:.0f}": one.needed["assurance", wanted].told for wanted in WANTED},
        "why": _why(one, analysis),
        "undecided": [] if none else _undecided_of(one, "assurance"),
        "undecided_power": [] if none else _undecided_of(one, "power"),
        **_needed("assurance", one),
        **_needed("power", one),
        "effect": effect,
        "worlds": one.worlds,
        "untestable": {"nothing_scatters": one.still, "too_few_people": one.few},
    }


def _estimate(name: str, one: Estimate) -> dict[str, Any]:
    return {name: one.value, f"{name}_ci95": [one.ci95_low, one.ci95_high]}


def _needed(name: str, found: ArmPower) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for wanted in WANTED:
        one = found.needed[name, wanted]
        key = f"n_for_{100 * wanted:.0f}_{name}"
        told |= {key: None if found.undecided(name, wanted) else one.n}
        told[f"{key}_ci95"] = [one.low, one.high]
    return told | _estimate(f"{name}_limit", found.needed[name, WANTED[0]].limit)


def _undecided_of(one: ArmPower, kind: str) -> list[float]:
    """The shares of which it is open what they take."""
    return [wanted for wanted in WANTED if one.undecided(kind, wanted)]


def _why(one: ArmPower, analysis: Analysis) -> str | None:
    """Why no number of patients is told for an assurance that is wanted; None where all are."""
    needed = {wanted: one.needed["assurance", wanted] for wanted in WANTED}
    missed = [wanted for wanted, of in needed.items() if of.n is None and not of.undecided]
    says = [
        _undecided(one, wanted) for wanted in WANTED if one.needed["assurance", wanted].undecided
    ]
    if missed:
        says.append(_missed(one, analysis, missed))
    return " ".join(says) or None


def _undecided(one: ArmPower, wanted: float) -> str:
    """That worlds leave open whether any number of patients has an assurance."""
    needed = one.needed["assurance", wanted]
    limit = needed.limit
    up_to, takes = f" up to {MOST:,}", f"it takes {needed.low or 0:,} patients at least"
    if needed.low is None:
        up_to, takes = "", f"up to {MOST:,} none has it"
    return (
        f"Whether any number of patients{up_to} has an assurance of {wanted:.0%} is open: "
        f"{counted(one.worlds, 'world')} leave it between {limit.ci95_low:.0%} and "
        f"{limit.ci95_high:.0%} where assurance ends; {takes}."
    )


def _missed(one: ArmPower, analysis: Analysis, missed: Sequence[float]) -> str:
    """Why no number of patients reaches an assurance that is wanted."""
    endpoint = analysis.endpoints[analysis.primary]
    if endpoint.is_nothing(one.arm):
        why = "because there is no effect: what is significant is so by chance."
        return f"{_not_reached(missed)}, {why}"
    effect = _effect(one, analysis)
    limit = one.assurance.limit.value
    says = []
    if near := [wanted for wanted in missed if wanted <= limit]:
        says.append(
            f"{_not_reached(near)} up to {MOST:,}, because in some worlds the effect is so near "
            "nothing that even then it is not seen."
        )
    if beyond := [wanted for wanted in missed if wanted > limit]:
        says.append(
            f"{_not_reached(beyond)}, because assurance ends at {limit:.0%}: "
            f"{_of_worlds(one, effect)}."
        )
    return " ".join(says)


def _of_worlds(one: ArmPower, effect: Mapping[str, Any]) -> str:
    """In how many worlds the effect has which sign, and in how many nothing can be tested."""
    told = [
        f"in {effect[f'worlds_{way}']:,} of {counted(one.worlds + one.still, 'world')} {words}"
        for way, words in (("for", "the effect favours the treatment"),
                           ("against", "it is against it"), ("none", "there is none"))
        if way == "for" or effect[f"worlds_{way}"]
    ]  # fmt: skip
    if one.still:
        told.append(f"in {one.still:,} nothing scatters among so few, so that nothing is found")
    return ", ".join(told)


def _not_reached(missed: Sequence[float]) -> str:
    shares = " or ".join(f"{wanted:.0%}" for wanted in missed)
    return f"An assurance of {shares} is not reached at any number of patients"


def _effect(one: ArmPower, analysis: Analysis) -> dict[str, Any]:
    """The effect over worlds, without the luck of who enrolled, on the scale that is tested."""
    endpoint = analysis.endpoints[analysis.primary]
    sizes = one.sizes
    low, high = interval(sizes.effect)
    way = -1.0 if endpoint.lower_is_better else 1.0
    found: dict[str, Any] = {
        "best_estimate": sizes.best,
        "for_the_worse": bool(sizes.best * (1 if endpoint.lower_is_better else -1) > 0),
        "ci95_low": low,
        "ci95_high": high,
        "over": "worlds",
        "worlds_for": int((sizes.seen & (way * sizes.effect > 0)).sum()),
        "worlds_against": int((sizes.seen & (way * sizes.effect < 0)).sum()),
        "worlds_none": int((~sizes.seen | (sizes.effect == 0)).sum()),
        "monte_carlo_error": sizes.error,
        "residual_sd": sizes.typical_sd,
        "luck_of_patients_sd": sizes.luck,
        "recorded_share": sizes.recorded,
        "recorded_share_monte_carlo_error": sizes.recorded_error,
        "carried_over": endpoint.comparisons[one.arm].method == WITHIN,
        "missing": _rule(one, analysis),
        "tested_on": "logarithm" if endpoint.log else "natural scale",
        "nothing": endpoint.is_nothing(one.arm),
    }
    if endpoint.log:
        told = ratio(sizes.effect, "worlds")
        found["ratio"] = told["mean"]
        found["ratio_ci95"] = [told["ci95_low"], told["ci95_high"]]
    return found


def _rule(one: ArmPower, analysis: Analysis) -> Missing | None:
    """The rule for missing values of the records that power is of; None where none are missing."""
    endpoint = analysis.endpoints[analysis.primary]
    its = endpoint.comparisons[one.arm]
    if endpoint.missing == 0:
        return None
    return simple_rule(its.missing) if its.method == "ancova" else "as observed"


def _warnings(found: Mapping[str, ArmPower], analysis: Analysis | None = None) -> list[str]:
    """Worlds that are left out, and numbers that are missing, with the arm and the reason."""
    says: list[str] = []
    for name, one in found.items():
        whose = f" of '{name}'" if len(found) > 1 else ""
        if analysis is not None:
            its = analysis.endpoints[analysis.primary].comparisons[name]
            share = analysis.endpoints[analysis.primary].unit == "1"
            says += _left_out(one, its, share)
        if one.worlds < 2 * GROUPS:
            says.append(
                f"No 95% confidence interval{whose}: "
                f"{counted(one.worlds, 'world')}, and the jackknife over {GROUPS} groups of them "
                f"needs {2 * GROUPS}."
            )
        if one.worlds < FEWEST_DRAWS:
            says.append(
                f"No interval of the effect{whose} over worlds: "
                f"{counted(one.worlds, 'world')}; it needs {FEWEST_DRAWS}."
            )
        least = one.assurance
        if least.undecided and (least.n is not None or least.low is None):
            says.append(
                f"So many worlds do not decide whether {WANTED[0]:.0%} assurance of '{name}' is "
                "reached at all: the interval of its limit holds it. Repeat more often."
            )
    return says


def _left_out(one: ArmPower, its: Comparison, share: bool) -> Iterator[str]:
    """In how many worlds nothing could be tested, why, and what is made of them."""
    everything, worlds = len(its.untested), one.worlds
    if worlds == everything:
        return
    reasons = [
        f"{many} because {reason.of(share)}"
        for reason in Untested
        if reason and (many := int((its.untested == reason).sum()))
    ]
    others = everything - worlds - int((its.untested != Untested.tested).sum())
    if others > 0:
        reasons.append(f"{others} because the scatter between patients is not known")
    counts = "They count as not significant at every size"
    counts += RARE if share and one.still else "."
    if one.few:
        of = "Those" if not one.still else f"The {one.few} with too few people"
        counts = (
            f"{of} count as not significant up to the size that was simulated, and say nothing of "
            "larger trials (simulate larger arms: --patients)."
        )
        counts += f" The other {one.still} do so at every size" if one.still else ""
        counts += (RARE if share else ".") if one.still else ""
    yield (
        f"{everything - worlds} of {counted(everything, 'world')} of '{one.arm}' could not be "
        f"tested: {'; '.join(reasons)}. {counts}"
    )


def _other_method(design: TrialDesign, analysis: Analysis) -> Iterator[str]:
    """That power is told of another test than the trial's own, or of one question of several.

    A rule for missing values does nothing where none are missing: who has left is written down as
    a failure of responders, so that non-responder imputation is the trial's own record. Of filled
    and of complete records the power is that of the trial's own analysis; of imputed ones not.
    """
    endpoint = analysis.endpoints[analysis.primary]
    own = endpoint.comparisons[design.active[0].name]
    how = in_words(own.method, own.missing)
    none = endpoint.missing == 0
    ruled = own.missing not in ("as observed", *IMPUTED)
    if own.method == "ancova" and own.missing != "as observed" and (none or ruled):
        known = " (no record is missing)" if none else ""
        known = " (who has left counts as a failure)" if leavers_fail(design, analysis) else known
        yield f"The power is that of the trial's own analysis: {how}{known}."
    elif own.method not in ("ancova", WITHIN) or own.missing != "as observed":
        yield (
            "The power is that of an analysis of covariance of what was recorded; the trial itself "
            f"is analysed by {how}."
        )
    rule = design.analysis.multiplicity
    if rule == "holm" or (rule == "fixed sequence" and len(design.active) > 1):
        which = "each arm" if rule == "holm" else "an arm after the first"
        yield (
            f"The power is that of one question by itself; p-values of several are adjusted in the "
            f"trial ({rule}), so that {which} is claimed less often."
        )
    if design.analysis.interim is not None:
        yield "The power is that of one look at the end; the trial is looked at before it."


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_clean(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
