"""Which published numbers of a scored trial go into no score, each with the reason.

A trial is scored by one difference and by what its control arm did (`headline`). Whatever else its
file says was published is named here, so that nobody takes it for foretold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gutskin.trials.certainty import FEWEST_DRAWS
from gutskin.trials.published import (
    AT_TWO_VISITS,
    PublishedNumber,
    headline,
    published_numbers,
    since_first,
)
from gutskin.trials.published_parts import SPREADS

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign

Key = tuple[str, str, str, float, str, bool, tuple[float, float] | None]

BEFORE = "the first visit, before the treatment"
SPREAD = "a spread between patients, which no difference and no change is"
FEW = f"fewer than {FEWEST_DRAWS} simulated trials show it"
ONE_DIFFERENCE = "another difference than the one that is scored"
OTHER_ENDPOINT = "another endpoint than the one that is scored"
OTHER_ARM = "another arm than the one that is compared with the control"
NO_DIFFERENCE = "no difference between two arms follows from it"
OTHER_VISIT = "another visit than the last with such a number"
OF_ARM = "what the active arm did is in the difference"
ONE_VISIT = "no such number of the first visit, from which the control arm changed"
TWICE = "told by another number that is scored"


def not_scored(design: TrialDesign, *shown: PublishedNumber | None) -> list[dict[str, Any]]:
    """Numbers of the file that no score is of, as plain values, each with `why`.

    Parameters
    ----------
    shown : those that simulated trials show often enough, of `headline`
    """
    asked = headline(design)
    used = {key for one in asked if one is not None for key in _made_of(design, one)}
    lost = used - {key for one in shown if one is not None for key in _made_of(design, one)}
    found = []
    for one in published_numbers(design):
        if _key(one) in lost:
            why = FEW
        elif _key(one) in used:
            continue
        else:
            why = _why(design, one, *asked)
        keys = ("endpoint", "arm", "week", "measure", "value")
        found.append({**{key: getattr(one, key) for key in keys}, "why": why})
    return found


def _key(one: PublishedNumber) -> Key:
    """What tells two published numbers apart."""
    return one.endpoint, one.arm, one.against, one.week, one.measure, one.adjusted, one.ends


def _made_of(design: TrialDesign, one: PublishedNumber) -> Iterator[Key]:
    """The numbers of the file that a scored one is, or follows from."""
    told = {_key(each) for each in published_numbers(design)}
    if _key(one) in told:
        yield _key(one)
        return
    sides = (since_first(design, one.endpoint, arm) for arm in (one.arm, one.against) if arm)
    for did in filter(None, sides):
        if _key(did) in told:
            yield _key(did)
        else:
            for week in (0.0, did.week):
                yield _key(replace(did, week=week, measure=AT_TWO_VISITS[did.measure]))


def _why(
    design: TrialDesign,
    one: PublishedNumber,
    difference: PublishedNumber | None,
    control: PublishedNumber | None,
) -> str:
    """Why a number is in no score."""
    scored = [each for each in (difference, control) if each is not None]
    arms = {design.control.name, *(each.arm for each in scored)}
    weeks = {each.week for each in scored if each.arm == one.arm}
    reasons = {
        OTHER_ENDPOINT: one.endpoint not in {each.endpoint for each in scored},
        ONE_DIFFERENCE: bool(one.against),
        SPREAD: one.measure in SPREADS,
        BEFORE: one.week == 0,
        NO_DIFFERENCE: difference is None and one.arm != design.control.name,
        OTHER_ARM: one.arm not in arms,
        OTHER_VISIT: bool(weeks) and one.week not in weeks,
        OF_ARM: one.arm != design.control.name,
        ONE_VISIT: control is None,
    }
    return next((why for why, holds in reasons.items() if holds), TWICE)
