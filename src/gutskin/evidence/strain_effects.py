"""What follows from a strain or a mixture in eczema that is there: by dose, time and age.

The same people on nothing and on the product at several doses, read after several times, each world
with strains and a body of its own draw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gutskin.population.populations import find_population
from gutskin.population.strain_link import Conditions, scores, settled_people
from gutskin.population.strain_places import places_for
from gutskin.population.strain_posterior import strain_traits
from gutskin.population.strains import CFU_PER_GCFU
from gutskin.trials.certainty import interval

if TYPE_CHECKING:
    from gutskin.model.model import Model

WORLDS = 96  # an interval needs 39
DOSES = (1e9, 4e9, 1e10, 4e10)  # CFU a day at which the product is tried
WEEKS = (4.0, 8.0, 12.0, 24.0)
PEOPLE = (("ad_child", (1.0, 3.0)), ("ad_child", (3.0, 13.0)), ("ad_adult", (18.0, 55.0)))
MIDDLE = (1, 1, 2)  # children over 3 years, 4e9 CFU a day, 12 weeks: where traits are weighed
WEEK = 7.0
STEPS = len(PEOPLE) * len(DOSES)  # of progress
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Effect:
    """The change of SCORAD that the product makes, over worlds (points).

    Parameters
    ----------
    who : the population in words
    harm : share of worlds in which it does harm
    """

    population: str
    who: str
    age_years: tuple[float, float]
    cfu_per_day: float
    weeks: float
    mean: float
    ci95_low: float | None
    ci95_high: float | None
    harm: float


def asked_of(strains: Sequence[str], who: int) -> Conditions:
    """Under which a product is tried on one of the groups of `PEOPLE`."""
    population, ages = PEOPLE[who]
    return Conditions(
        tuple(strains), True, DOSES[MIDDLE[1]], population, "scorad", WEEKS[-1], age_years=ages
    )


def effects_of(
    model: Model,
    strains: Sequence[str],
    stance: str,
    seed: int,
    step: Callable[[], None],
) -> tuple[Effect, ...]:
    """What the product does to SCORAD, by people, dose and time.

    Parameters
    ----------
    step : called after each of `STEPS`
    """
    places = places_for([(one, True) for one in strains], model.tables)
    traits = strain_traits(model, places, [strains], np.arange(WORLDS), seed, stance)
    days = [week * WEEK for week in WEEKS]
    found = []
    for who, (population, ages) in enumerate(PEOPLE):
        asked = asked_of(strains, who)
        people = settled_people(model, asked, WORLDS)
        label = find_population(population, model.biology).label
        own = {name: values[people.world] for name, values in traits.items()}
        off = scores(model, asked, people, own, 0.0, days)
        for dose in DOSES:
            gain = scores(model, asked, people, own, dose / CFU_PER_GCFU, days) - off
            for week, each in zip(WEEKS, gain, strict=True):
                by_world = np.bincount(people.world, each) / np.bincount(people.world)
                low, high = (float(end) if np.isfinite(end) else None for end in interval(by_world))
                harm = float((by_world > 0).mean())
                found.append(
                    Effect(
                        population, label, ages, dose, week, float(by_world.mean()), low, high, harm
                    )
                )
            step()
    return tuple(found)
