"""Which of a drug's usual doses people of some ages and weights can come to.

A label has doses for many ages and weights; a plan tells those that somebody there is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gutskin.model.biology import Biology
from gutskin.model.drugs import Tier, drugs, tiers_of
from gutskin.population.body_weight import usual_weights
from gutskin.population.calendar import DoseCalendar, Exposure, Injection
from gutskin.population.drugs import in_tier
from gutskin.population.populations import Population, covered_ages

Range = tuple[float, float]
People = tuple[Range, Range]  # of which ages (years), of which weights (kg); ends belong
ANY: Range = (0.0, np.inf)
ANYBODY: People = (ANY, ANY)
WEIGHT = "body_weight"


def reached(
    calendar: DoseCalendar, biology: Biology, ages: Range, weights: Range | None = None
) -> DoseCalendar:
    """The calendar without what nobody there is given.

    Parameters
    ----------
    ages : of the youngest and the oldest (years); ends belong, and may be infinite
    weights : the same of the lightest and the heaviest (kg); without them those of nearly all of
        these ages

    Returns
    -------
    DoseCalendar
    """
    table = drugs(biology)
    kg = usual_weights(*ages, biology) if weights is None else weights
    tiers: dict[str, set[Tier]] = {}

    def is_given(one: Injection | Exposure) -> bool:
        if one.people is None:
            return True
        if one.kind not in tiers:
            tiers[one.kind] = tiers_reached(tiers_of(table[one.kind]), ages, kg)
        return one.people in tiers[one.kind]

    return replace(
        calendar,
        exposures=tuple(one for one in calendar.exposures if is_given(one)),
        injections=tuple(one for one in calendar.injections if is_given(one)),
    )


def enrolled(
    populations: Sequence[Population],
    biology: Biology,
    ages: Range | None = None,
    weights: Range | None = None,
) -> People:
    """Of which ages and weights people are who may enrol.

    Parameters
    ----------
    populations : that they are of
    ages, weights : that are asked of them; without them those that the populations have
    """
    covered = covered_ages(populations)
    years = ages or (covered[0][0], covered[-1][1])
    if weights is None:
        own = any(WEIGHT in one.covariates for one in populations)
        weights = ANY if own else usual_weights(*years, biology)
    return years, weights


def tiers_reached(tiers: Sequence[Tier], ages: Range, weights: Range) -> set[Tier]:
    """Tiers that anybody of these ages and weights falls into."""
    years = _looked_at(ages, [end for one in tiers for end in (one.age_low, one.age_high)])
    kg = _looked_at(weights, [end for one in tiers for end in (one.kg_low, one.kg_high)])
    people = (years[:, None], kg[None, :])
    return {one for one in tiers if np.any(in_tier(one, tiers, *people))}


def _looked_at(within: Range, ends: Iterable[float]) -> NDArray[np.float64]:
    """One value between any two at which somebody may come to another tier.

    Who fits no tier gets the nearest, so they are the ends of tiers and halfway between two.
    """
    some = sorted({float(end) for end in ends if np.isfinite(end)})
    changes = {*some, *((a + b) / 2 for a, b in combinations(some, 2))}
    last = max(changes, default=0.0) + 1.0
    low, high = within[0], min(within[1], max(last, within[0]))
    edges = np.array([low, *sorted(one for one in changes if low < one < high), high])
    return np.unique((edges[1:] + edges[:-1]) / 2)


__all__ = ["ANY", "ANYBODY", "WEIGHT", "People", "Range", "enrolled", "reached", "tiers_reached"]
