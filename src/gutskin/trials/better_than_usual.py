"""Control arms that get worse, since who was admitted was better than he usually is.

A trial that admits no more than a score finds in a population that is usually more ill the people
who have a good time; they go back to what is usual. Control arms of real trials do not: who comes
to a trial of mild eczema has mild eczema. Who is usually too ill comes more rarely (`history_power`
of conduct.tsv), and adults are found outside clinics too, where more of them are mild
(`community_power`); not never, since of people with hardly any eczema the populations have few.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gutskin.media import ends
from gutskin.model.vocabulary import vocabulary

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign

SCORES = ("scorad", "objective_scorad", "easi")  # criteria that are endpoints as well
BEYOND = 2.0  # Monte-Carlo errors by which the change is above none


def better_than_usual(
    summary: Mapping[str, Any], design: TrialDesign, biology: Biology
) -> Iterator[str]:
    """A sentence, if the control arm gets worse by a score that has an upper limit at entry.

    Parameters
    ----------
    summary : of the trial, with its endpoints
    """
    if design.from_birth or design.single_arm or design.before or design.seasons is not None:
        return  # who stops what helped him in a run-in, or meets pollen, gets worse by that
    scales = vocabulary(biology).tables.endpoints
    for name in SCORES:
        asked = getattr(design.eligibility, name)
        if asked is None or name not in summary["endpoints"]:
            continue
        low, high = asked
        if high >= scales[name].number("high"):
            continue
        its = summary["endpoints"][name]
        change = its[design.control.name]["change_mean"]
        error = its[design.control.name]["monte_carlo_error"]["change_mean"]
        if any(one is None or not math.isfinite(one) for one in (change, error)):
            continue
        if change > BEYOND * error:
            yield (
                f"{its['label']} of the control arm rises by {change:.1f} points: most likely who "
                f"is admitted with {ends(f'{low:g}', f'{high:g}')} is on the whole better than he "
                "usually is, and goes back to it. No control arm of a trial that ships with its "
                "numbers rose by the end: what hangs on how the control arm does is less sure than "
                "its interval says."
            )
            return
