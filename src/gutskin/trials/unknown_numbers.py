"""Numbers of a summary that are not known, with the reason: arms, sites, groups, estimands, looks.

What is not known of a comparison is told where comparisons are summed up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.media import counted, isolated
from gutskin.trials.ancova import Untested
from gutskin.trials.estimand_summary import unreported
from gutskin.trials.methods import RATIOS
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.trials.analysis import EndpointAnalysis
    from gutskin.trials.comparison import Comparison
    from gutskin.trials.design import TrialDesign


def unknown_numbers(summary: Mapping[str, Any], design: TrialDesign) -> Iterator[str]:
    """What could not be computed, before it is written as `null`.

    Parameters
    ----------
    summary : of the trial; what is not known is NaN in it, or None
    """
    replicates = summary["replicates"]
    titles = {arm.name: in_sentence(arm.title) for arm in design.arms}
    if replicates > 1:  # of a single one that is told once
        yield from _known_once(summary, titles)
    if (sites := summary.get("control_change")) is not None:
        yield from _sites(sites)
    for one in summary.get("subgroups", ()):
        yield from _subgroup(one, titles, replicates)
    yield from unreported(summary.get("estimands", ()), replicates, titles)
    for arm, its in summary.get("interim", {}).get("arms", {}).items():
        yield from _looks(its, titles[arm])


def _known_once(summary: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[str]:
    """Numbers of an arm that a single repetition has, so that they have no Monte-Carlo error."""
    for one in summary["endpoints"].values():
        for arm, title in titles.items():
            numbers, what = one[arm], f"{one['label']} on {title}"
            if _once(numbers, "end_mean"):
                yield (
                    f"{what} is known in one repetition alone, so that it has no Monte-Carlo "
                    "error: in the others nobody has values at both visits."
                )
            elif _once(numbers, "change_sd"):
                yield (
                    f"The spread of the change of {what} is known in one repetition alone, so "
                    "that it has no Monte-Carlo error: in the others fewer than two patients have "
                    "values at both visits."
                )


def _looks(its: Mapping[str, Any], title: str) -> Iterator[str]:
    """Looks at which no repetition, or a single one, stops in favour of an arm."""
    seldom = [
        str(sum(one["patients"].values()))
        for one in its["looks"]
        if not math.isfinite(one["difference_monte_carlo_error"])
    ]
    if seldom:
        yield (
            f"Looks before the end, {title}: after {' and '.join(seldom)} of "
            f"{its['patients_without_looks']} patients fewer than two repetitions stop in favour; "
            "what such trials report, or its Monte-Carlo error, is not known."
        )


def on_its_scale(what: str, compared: Comparison, unit: str) -> Iterator[str]:
    """In how many repetitions a difference was tested on logarithms that its own unit cannot tell.

    Parameters
    ----------
    what : which difference, in words
    unit : of the endpoint
    """
    known = int((compared.tested & np.isfinite(compared.difference)).sum())
    tested = int(compared.tested.sum())
    if known < tested:
        yield (
            f"The {what}, tested on logarithms, is known in {unit} in {known} of {tested} "
            "repetitions: in the others the model has no fit on that scale. Its mean and interval "
            "are of those; the ratio is of all."
        )


def without_ratio(what: str, compared: Comparison) -> Iterator[str]:
    """In how many repetitions there is a test, and no finite ratio of hazards or rates.

    Parameters
    ----------
    what : which difference, in words
    """
    if compared.log_ratio is None:
        return
    endless = int((compared.tested & ~np.isfinite(compared.log_ratio)).sum())
    if not endless:
        return
    ratio = RATIOS[compared.method].replace("_", " ")
    others = (
        ""
        if endless == compared.tested.sum()
        else "; its mean is of the others, median and interval are of all"
    )
    test = "score (log-rank) test" if compared.method == "cox" else "score test"
    repeated = counted(len(compared.untested), "repetition")
    yield (
        f"The {ratio} that belongs to the {what} is not estimable in {endless} of {repeated}: in "
        f"one of the two arms nobody had the event, so that it has no finite value{others}. Their "
        f"p is that of the {test}."
    )


def _once(numbers: Mapping[str, Any], name: str) -> bool:
    known, error = numbers[name], numbers["monte_carlo_error"][name]
    return math.isfinite(known) and not math.isfinite(error)


def _sites(change: Mapping[str, Any]) -> Iterator[str]:
    """What sites of few patients do not show."""
    what = f"How much of the change of '{change['arm']}' differs between sites is not known: "
    if not math.isfinite(change["within_sites_sd"]):
        yield f"{what}no repetition has two sites with anybody of it, one of them with two."
    elif change["share_between"] is None:
        yield f"{what}nobody of it changes otherwise than the others."


def _subgroup(one: Mapping[str, Any], titles: Mapping[str, str], replicates: int) -> Iterator[str]:
    """Numbers of a subgroup that no repetition has, or of several a single one."""
    whose = f"in the subgroup {isolated(one['label'])}, {titles[one['arm']]}"
    if not math.isfinite(one["true_effect"]["mean"]):
        yield f"The true effect {whose}, is not known: nobody of it has one under both arms."
    if not math.isfinite(one["difference"]["mean"]):
        yield f"The difference {whose}, is not known: in one of the two arms nobody is in it."
    once = [
        what
        for what, name in (("difference", "difference"), ("true effect", "true_effect"))
        if replicates > 1
        and math.isfinite(one[name]["mean"])
        and not math.isfinite(one[name]["monte_carlo_error"])
    ]
    if once:
        yield (
            f"The {' and the '.join(once)} {whose}, {'is' if len(once) == 1 else 'are'} known in "
            "one repetition alone, without a Monte-Carlo error: in the others too few are in it."
        )


def untested(what: str, comparison: Comparison, one: EndpointAnalysis) -> Iterator[str]:
    """For each reason, how many repetitions could not be tested.

    Parameters
    ----------
    what : which difference, in words
    """
    everything = len(comparison.untested)
    for reason in Untested:
        use = comparison.untested == reason
        many = int(use.sum())
        if not reason or not many:
            continue
        of = "any repetition" if many == everything else f"{many} of {everything} repetitions"
        words = reason.of(share=one.unit == "1")
        gone = reason in (Untested.nobody, Untested.no_pair)
        if one.log and gone and np.isfinite(comparison.difference[use]).any():
            words += " that has a logarithm"
        missing = "" if np.isfinite(comparison.difference).any() else "; no mean of it is known"
        counts = " They count as not significant." if comparison.tested.any() else ""
        yield f"The {what} could not be tested in {of}: {words}{missing}.{counts}"
