"""The trial in one dictionary: what its trials would report, what is true, and how sure that is.

Two kinds of interval stand in it. That of a `difference` is over trials: where one more trial of
this size would report. That of a `true_effect` is over worlds: where the truth lies, as far as the
model knows what it does not know. `monte_carlo_error` is neither: it is how well a mean or a share
is known from so many replicates.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.media import counted
from gutskin.model.overlay import worlds_entry
from gutskin.model.vocabulary import vocabulary
from gutskin.trials import estimand_summary, event_times, interim, sites, taking_part
from gutskin.trials.analysis import Analysis, Comparison, EndpointAnalysis
from gutskin.trials.applicability import applicability
from gutskin.trials.asked_ages import answered, beyond_their_ages
from gutskin.trials.better_than_usual import better_than_usual
from gutskin.trials.certainty import (
    FEWEST_DRAWS,
    certainty,
    share_of,
)
from gutskin.trials.chosen_method import method_of
from gutskin.trials.claim_only import claim_only
from gutskin.trials.distributions import distribution, ratio, share_entry
from gutskin.trials.failures import Failure
from gutskin.trials.leavers_told import against_the_truth
from gutskin.trials.methods import RATIOS, TIMED
from gutskin.trials.outside import ratio_outside, widened, with_outside
from gutskin.trials.parting import not_parted, parting_notes
from gutskin.trials.published import beside
from gutskin.trials.strain_sources import shared_places, told_of_strains
from gutskin.trials.subgroups import summarised
from gutskin.trials.unknown_numbers import (
    on_its_scale,
    unknown_numbers,
    untested,
    without_ratio,
)
from gutskin.trials.variance_parts import shares_of_variance, why_untold
from gutskin.trials.without_effect import without_effect
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign

LIMITS = (
    "This is a research model. It gives no medical advice and says nothing about one patient.",
    "The intervals cover patients, chance, what trials of one product differ by and the parameters "
    "that the model declares uncertain; they do not cover what the model leaves out.",
    "Where evidence comes only from animals or from the laboratory, the evidence stance puts the "
    "effect where human data put it, often near nothing; the article stance takes it at its word.",
    "How much of a probiotic's effect goes by which route is a prior, not a finding.",
)
SINGLE_ARM = (
    "A trial of a single arm tests the change since its first visit. Most of it may come without "
    "the treatment; the true effect compares the same people with themselves untreated, which no "
    "real trial of this design can see."
)
BORN_ALONE = (
    "A single arm from birth tests nothing: every child grows. The true effect compares the same "
    "children with themselves untreated, which no real trial of this design can see."
)
LEAST_SURE = 20


def summarise(
    dataset: xr.Dataset,
    design: TrialDesign,
    analysis: Analysis,
    other: tuple[xr.Dataset, Analysis] | None = None,
    failures: Sequence[Failure] = (),
    biology: Biology | None = None,
    strains: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The trial in one dictionary, ready for JSON: no date in it, no NaN.

    Parameters
    ----------
    dataset, analysis : `shown` and `analysis` of `run_trial`
    design : the trial
    other : the same under the other stance, if that was run
    failures : patients who were left out; named only if there are any
    biology : what the model was made of; a user's own is named
    strains : from `strain_sources`: which part of the answer is known of the strains themselves
    """
    replicates = int(dataset.sizes["replicate"])
    summary: dict[str, Any] = {
        "trial": design.name,
        "title": design.title,
        "stance": str(dataset.attrs["stance"]),
        "replicates": replicates,
        "seed": int(dataset.attrs["seed"]),
        "weeks": float(dataset["visit"].values[design.analysed]),
        "primary": analysis.primary,
        "arms": [arm.entry for arm in design.arms],
        **taking_part.summarised(design, dataset),
        "endpoints": {name: _endpoint(one, design) for name, one in analysis.endpoints.items()},
        **_without_route(analysis) | shares_of_variance(dataset, design, analysis),
        "least_sure": [asdict(one) for one in analysis.least_sure[:LEAST_SURE]],
        "claim_only": claim_only(biology),
        "model": {
            "version": str(dataset.attrs["model_version"]),
            "content_hash": str(dataset.attrs["model_hash"]),
            **worlds_entry(biology),
        },
        "limits": [*LIMITS, *design.published.notes],
    }
    asked = _where_asked(dataset, design, analysis, summary["endpoints"], biology)
    summary |= _of_other_stance(other, design) | asked | _looks(design, analysis, biology)
    summary |= {"strains": list(strains)} if strains else {}
    if biology is not None:
        if shared := shared_places(design, vocabulary(biology).tables):
            summary["shared_places"] = shared
        _tell_where_it_stands(summary, design, biology)
        summary["limits"] += beyond_their_ages(design, biology, summary["endpoints"])
    if design.single_arm:
        summary["limits"].insert(0, BORN_ALONE if design.from_birth else SINGLE_ARM)
    people = len({(one.replicate, one.arm, one.index) for one in failures})
    summary |= {"failed_patients": people} if failures else {}
    warnings = [*told_of_strains(strains, design, biology), *_left_out(people, failures)]
    warnings += [*parting_notes(design, biology), *_why_not(summary, design, analysis, other)]
    warnings += against_the_truth(summary, design)
    if biology is not None:
        warnings += [*better_than_usual(summary, design, biology), *without_effect(design, biology)]
    return {**_without_nan(summary), "warnings": warnings}


def _looks(design: TrialDesign, analysis: Analysis, biology: Biology | None) -> dict[str, Any]:
    """Looks before the end at the primary endpoint, and arms that the last look finds unparted."""
    primary, late = analysis.endpoints[analysis.primary], not_parted(design, None, biology)
    found = interim.summarised(design, primary.comparisons, on_logs=primary.log)
    return found | {"not_parted": late} if late else found


def _without_route(analysis: Analysis) -> dict[str, Any]:
    """What is lost with each route closed, with its interval."""
    lost = analysis.lost_without
    return {
        "lost_without_route": {name: one.share for name, one in lost.items()},
        "lost_without_route_ci95": {
            name: [one.ci95_low, one.ci95_high] for name, one in lost.items()
        },
        "lost_without_route_replicates": max((one.replicates for one in lost.values()), default=0),
    }


def _of_other_stance(
    other: tuple[xr.Dataset, Analysis] | None, design: TrialDesign
) -> dict[str, Any]:
    """What the primary endpoint shows under the other stance, if that was run."""
    if other is None:
        return {}
    data, analysis = other
    primary = analysis.endpoints[analysis.primary]
    found = {
        "endpoint": analysis.primary,
        "replicates": int(data.sizes["replicate"]),
        "difference": _difference(primary, primary.comparisons[design.active[0].name]),
    }
    if len(primary.comparisons) > 1:
        found["differences"] = {
            arm: _difference(primary, one) for arm, one in primary.comparisons.items()
        }
    return {f"{data.attrs['stance']}_stance": found}


def _where_asked(
    dataset: xr.Dataset, design: TrialDesign, analysis: Analysis,
    endpoints: Mapping[str, dict[str, Any]], biology: Biology | None,
) -> dict[str, Any]:  # fmt: skip
    """Subgroups, estimands and reported numbers, each where the trial has any.

    Curves of times to an event are put into their endpoints.
    """
    found: dict[str, Any] = {}
    if design.subgroups:
        on_logs = analysis.endpoints[analysis.primary].log
        found["subgroups"] = summarised(design, dataset["subgroups"].values, on_logs=on_logs)
    if design.sites:
        found |= sites.summarised(design, dataset["sites"].values)
    if design.estimands:
        found |= _estimands(dataset, design, biology)
    if names := _timed(dataset, design):
        curves = event_times.summarised(design, names, dataset["event_free"].values)
        for name, arms in curves.items():
            endpoints[name]["event_free"] = arms
    if design.published.values or design.published.differences:
        found["published"] = beside(design, dataset["published"].values)
    return found


def _tell_where_it_stands(summary: dict[str, Any], design: TrialDesign, biology: Biology) -> None:
    """Where it stands to the evidence; beside every true effect the interval that holds outside."""
    stands = widened(applicability(design, biology), design, biology)
    summary["applicability"] = stands.to_json()
    for one in summary["endpoints"].values():
        for difference in one.get("differences", {}).values():
            most = 1.0 if one["unit"] == "1" else math.inf
            true = with_outside(difference["true_effect"], stands.wider, most)
            if "ratio" in true:
                true["ratio"] = ratio_outside(true["ratio"], stands.wider)
            difference["true_effect"] = true


def _left_out(people: int, failures: Sequence[Failure]) -> Iterator[str]:
    """How many patients could not be computed."""
    if failures:
        yield (
            f"{counted(people, 'patient')} could not be computed and "
            f"{'is' if people == 1 else 'are'} left out. {failures[0]}"
        )


def _timed(dataset: xr.Dataset, design: TrialDesign) -> list[str]:
    """The endpoints whose times to an event are compared, in the order of their curves."""
    if not dataset.sizes.get("timed"):
        return []
    names = [str(name) for name in dataset["endpoint"].values]
    scales = dict(zip(names, (str(one) for one in dataset["scale"].values), strict=True))
    return [
        name for name in names
        if method_of(design.analysis, name, scales[name]) in TIMED
    ]  # fmt: skip


def _estimands(dataset: xr.Dataset, design: TrialDesign, biology: Biology | None) -> dict[str, Any]:
    """The estimands with what estimators make of them, and how often events happen."""
    names = [str(name) for name in dataset["endpoint"].values]
    scales, units = (
        dict(zip(names, (str(one) for one in dataset[key].values), strict=True))
        for key in ("scale", "unit")
    )
    values = dataset["estimands"].values
    return {
        "estimands": estimand_summary.summarised(design, values, scales, units, biology),
        "events": estimand_summary.event_shares(design, dataset["events"].values),
    }


def _endpoint(one: EndpointAnalysis, design: TrialDesign) -> dict[str, Any]:
    differences = {arm: _difference(one, compared) for arm, compared in one.comparisons.items()}
    return {
        "label": one.label,
        "unit": one.unit,
        "lower_is_better": one.lower_is_better,
        **{arm: numbers.entry() for arm, numbers in one.arms.items()},
        **answered(one.asked, design),
        "difference": differences[design.active[0].name],
        "differences": differences,
    }


def _difference(one: EndpointAnalysis, comparison: Comparison) -> dict[str, Any]:
    found = {
        **distribution(comparison.difference, "trials"),
        **share_entry("share_p_below_0_05", comparison.share_significant),
        **share_entry("share_p_below_0_05_for", comparison.share_for),
        **share_entry("share_p_below_0_05_against", comparison.share_against),
        "tested": int(comparison.tested.sum()),
        "untestable": comparison.untestable,
        "true_effect": _true_effect(one, comparison),
        "unit": one.unit,
        "tested_on": "logarithm" if one.log else "natural scale",
    }
    if comparison.method != "ancova" or comparison.missing != "as observed":
        found |= {"method": comparison.method, "missing": comparison.missing}
    if comparison.log_ratio is not None:
        found[RATIOS[comparison.method]] = _of_events(comparison.log_ratio)
    if (adjusted := comparison.share_adjusted_for) is not None:
        found |= share_entry("share_adjusted_p_below_0_05_for", adjusted)
    if one.log:
        effect = comparison.tested_effect
        found["ratio"] = ratio(comparison.tested_difference, "trials")
        found["true_effect"]["ratio"] = ratio(effect, "worlds") | _sides(effect, one.log_spread)
    return found


def _true_effect(one: EndpointAnalysis, comparison: Comparison) -> dict[str, Any]:
    effect = comparison.true_effect
    return distribution(effect, "worlds") | _sides(effect, one.spread, one.people)


def _sides(effect: np.ndarray, spread: float, people: float = math.inf) -> dict[str, Any]:
    """In which share of worlds an effect is below and above none, and the word for it.

    Parameters
    ----------
    effect : Array [world], a difference, or the logarithm of a ratio
    spread, people : as for `certainty`
    """
    seen = np.isfinite(effect)
    return {
        **share_entry("share_lower", share_of(effect < 0, seen)),
        **share_entry("share_higher", share_of(effect > 0, seen)),
        "certainty": str(certainty(effect, spread, people)),
    }


def _of_events(logs: np.ndarray) -> dict[str, Any]:
    """A ratio of hazards or rates; median and interval count those that are 0 or infinite too."""
    known = logs[~np.isnan(logs)]
    with np.errstate(invalid="ignore"):
        median = float(np.exp(np.median(known))) if known.size else math.nan
    return ratio(logs, "trials") | {"median": median, "not_estimable": int(np.isinf(known).sum())}


def _why_not(
    summary: Mapping[str, Any],
    design: TrialDesign,
    analysis: Analysis,
    other: tuple[xr.Dataset, Analysis] | None,
) -> list[str]:
    """Every number that is missing or says nothing, with the reason."""
    says: list[str] = []
    count = summary["replicates"]
    stances = [("", count)]
    if other is not None:
        fewer = int(other[0].sizes["replicate"])
        stances.append((f" under the {other[0].attrs['stance']} stance", fewer))
    for where, replicates in stances:
        if replicates < FEWEST_DRAWS:
            says.append(
                f"No 95% interval{where}: "
                f"{counted(replicates, 'repetition')}, and the ends of an interval that "
                f"holds 95% need {FEWEST_DRAWS}."
            )
    if count == 1:
        says.append("No Monte-Carlo error of a mean: one repetition has no scatter.")
    titles = {arm.name: in_sentence(arm.title) for arm in design.arms}
    against = titles[design.control.name]
    for one in analysis.endpoints.values():
        for arm, compared in one.comparisons.items():
            what = f"difference in {one.label} between {titles[arm]} and {against}"
            tested = f"change of {one.label} on {titles[arm]}" if design.single_arm else what
            says += [*untested(tested, compared, one), *on_its_scale(tested, compared, one.unit)]
            says += without_ratio(tested, compared)
            if not np.isfinite(compared.true_effect).any():
                says.append(
                    f"The true {what} is not known: no patient's true values are known on both."
                )
        for arm, numbers in one.arms.items():
            if design.single_arm and arm == design.control.name:
                continue  # nobody is in it
            if not math.isfinite(numbers.end_mean):
                says.append(
                    f"{one.label} on {titles[arm]} at the end is not known: nobody has values at "
                    "both visits."
                )
            elif not math.isfinite(numbers.change_sd):
                says.append(
                    f"The spread of the change of {one.label} on {titles[arm]} is not known: no "
                    "repetition has two patients with values at both visits."
                )
    return [*says, *unknown_numbers(summary, design), *why_untold(design, analysis)]


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def to_json(summary: Mapping[str, Any]) -> str:
    """The summary as JSON; the same summary gives the same text."""
    return json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False)
