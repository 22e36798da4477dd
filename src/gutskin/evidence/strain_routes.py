"""What carries the effect of a product: what its strains say, and the routes from gut to skin.

In the middle of the card (children over 3 years, 4e9 CFU a day, 12 weeks) the product is given
again with one axis silent, and with one route closed, to the same people; what is lost is carried
by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gutskin.evidence.strain_effects import DOSES, MIDDLE, WEEK, WEEKS, asked_of
from gutskin.population.strain_link import scores, settled_people
from gutskin.population.strain_places import places_for
from gutskin.population.strain_posterior import central_traits
from gutskin.population.strain_traits import axes_of
from gutskin.population.strains import CFU_PER_GCFU
from gutskin.trials.routes import ROUTES, switches_of

if TYPE_CHECKING:
    from gutskin.model.model import Model


@dataclass(frozen=True)
class Carried:
    """The effect of a product at its centre, and what is lost without each part (points of SCORAD).

    Parameters
    ----------
    axes : id of an axis -> effect less that with the axis silent
    routes : route -> effect less that with the route closed; they overlap
    """

    effect: float
    axes: Mapping[str, float]
    routes: Mapping[str, float]


def carried(model: Model, strains: Sequence[str], stance: str = "evidence") -> Carried:
    """What carries the effect of strains that are taken as one product in equal parts."""
    who, dose, week = MIDDLE
    asked = asked_of(strains, who)
    people = settled_people(model, asked)
    places = places_for([(one, True) for one in strains], model.tables)
    centre = central_traits(model, places, stance)
    days = (WEEKS[week] * WEEK,)

    def effect(own: Mapping[str, float]) -> float:
        full = {name: np.full(len(people), value) for name, value in {**centre, **own}.items()}
        on, off = (
            scores(model, asked, people, full, gcfu, days)
            for gcfu in (DOSES[dose] / CFU_PER_GCFU, 0.0)
        )
        return float((on - off).mean())

    switches = {name: dict.fromkeys(switches_of(model, name), 1.0) for name in ROUTES}
    open_ = {name: value for one in switches.values() for name, value in one.items()}
    whole = effect(open_)
    axes = {}
    for axis in axes_of(model.biology):
        if axis.parameter:
            silent = {f"{axis.parameter}_{place}": 0.0 for place in places.values()}
            axes[axis.id] = whole - effect({**open_, **silent})
    routes = {
        name: whole - effect({**open_, **dict.fromkeys(own, 0.0)}) for name, own in switches.items()
    }
    return Carried(whole, axes, routes)
