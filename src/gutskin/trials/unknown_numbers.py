"""Numbers of a summary that are not known, each with the reason: arms, sites, estimands.

What is not known of a comparison is told where comparisons are summed up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gutskin.trials.estimand_summary import unreported
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign


def unknown_numbers(summary: Mapping[str, Any], design: TrialDesign) -> Iterator[str]:
    """What could not be computed, before it is written as `null`.

    Parameters
    ----------
    summary : of the trial; what is not known is NaN in it
    """
    replicates = summary["replicates"]
    titles = {arm.name: in_sentence(arm.title) for arm in design.arms}
    if replicates > 1:  # of a single one that is told once
        yield from _known_once(summary, titles)
    sites = summary.get("control_change")
    if sites is not None and not math.isfinite(sites["within_sites_sd"]):
        yield (
            "How much of the change of the control arm differs between sites is not known: no "
            "repetition has two sites with anybody of it, one of them with two."
        )
    yield from unreported(summary.get("estimands", ()), replicates, titles)


def _known_once(summary: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[str]:
    """Means of an arm that a single repetition has, so that they have no Monte-Carlo error."""
    for one in summary["endpoints"].values():
        for arm, title in titles.items():
            mean = one[arm]["end_mean"]
            if math.isfinite(mean) and not math.isfinite(one[arm]["monte_carlo_error"]["end_mean"]):
                yield (
                    f"{one['label']} on {title} is known in one repetition alone, so that it has "
                    "no Monte-Carlo error: in the others nobody has values at both visits."
                )
