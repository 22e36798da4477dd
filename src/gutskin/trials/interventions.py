"""What an intervention does: from the words of a trial file to doses and exposures of the model.

The strains of its products get their places and traits in `gutskin.population.strains`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gutskin.engine import Hold, Pulse, Schedule
from gutskin.model.model import Model
from gutskin.population.strains import CFU_PER_GCFU, PLACES, places_for, strain_traits
from gutskin.trials import design as trial

DAYS_PER_WEEK = 7.0

# inputs that some trial may move: naming them lets all simulations share one compiled function
MOVED = (
    "stress", "emollient", "topical_steroid", "antibiotic", "diet_fibre", "washing",
    *(f"dose_strain_{place}" for place in range(1, PLACES + 1)),
)  # fmt: skip


def places_of(interventions: Iterable[Any]) -> dict[tuple[str, bool], int]:
    """The place (1 to 6) of every strain, living or killed, that one arm receives.

    Raises
    ------
    InputError
        For more than six strains.
    """
    products = [one for one in interventions if isinstance(one, trial.Probiotic)]
    return places_for((strain, one.viable) for one in products for strain in one.strains)


def traits_of(
    model: Model, interventions: Sequence[Any], replicates: np.ndarray, seed: int, stance: str
) -> dict[str, np.ndarray]:
    """The traits of the strains that one arm receives, id -> Array [replicate].

    Arms do not share places, so another arm changes nothing here.
    """
    products = [one.strains for one in interventions if isinstance(one, trial.Probiotic)]
    places = places_of(interventions)
    return strain_traits(model, places, products, replicates, seed, stance)


def schedule_of(
    model: Model,
    interventions: Sequence[Any],
    places: Mapping[tuple[str, bool], int],
    own: Mapping[str, np.ndarray],
    adherence: float,
    care: Mapping[str, float],
    end: float,
) -> Schedule:
    """What one arm receives, from day 0 to day `end`.

    Parameters
    ----------
    own : the patients' habitual level of each input [patient]
    adherence : share of doses taken
    care : what taking part adds to the habitual level of an input, in every arm
    end : last day of the trial

    Returns
    -------
    Schedule
    """
    holds: list[Hold] = []
    pulses: list[Pulse] = []
    levels = {name: _capped(own[name] + extra) for name, extra in care.items()}
    for one in interventions:
        start, stop = one.start_week * DAYS_PER_WEEK, min(one.end_week * DAYS_PER_WEEK, end)
        if isinstance(one, trial.Probiotic):
            dose = one.cfu_per_day / CFU_PER_GCFU / len(one.strains) * adherence
            holds += [
                Hold(f"dose_strain_{places[strain, one.viable]}", start, stop, dose)
                for strain in one.strains
            ]
        elif isinstance(one, trial.Emollient | trial.TopicalSteroid):
            level = levels.pop(one.kind, own[one.kind])
            wanted = np.maximum(level, one.level * adherence)
            holds += _around(one.kind, level, wanted, start, stop, end)
        elif isinstance(one, trial.Antibiotic):
            holds.append(Hold("antibiotic", start, min(start + one.days, stop), adherence))
        elif isinstance(one, trial.Fibre):
            holds.append(Hold("diet_fibre", start, stop, 1 + (one.factor - 1) * adherence))
        elif isinstance(one, trial.Washing):
            holds.append(Hold("washing", start, stop, one.washes_per_day * adherence))
        elif isinstance(one, trial.Dupilumab):
            pulses += _injections(model, one, start, stop)
    holds += [Hold(name, 0.0, end, level) for name, level in levels.items()]
    return Schedule(holds=tuple(holds), pulses=tuple(pulses))


def _capped(level: np.ndarray) -> np.ndarray:
    return np.minimum(level, 1.0)


def _around(
    name: str, level: Any, wanted: Any, start: float, stop: float, end: float
) -> list[Hold]:
    """`level` before and after, `wanted` from start to stop."""
    pieces = [(0.0, start, level), (start, stop, wanted), (stop, end, level)]
    return [Hold(name, a, b, value) for a, b, value in pieces if b > a]


def _injections(model: Model, one: trial.Dupilumab, start: float, stop: float) -> list[Pulse]:
    share = model.tables.conduct["bioavailability_drug"].number("value")
    days = np.arange(start, stop, one.every_weeks * DAYS_PER_WEEK)
    doses = np.full(len(days), one.dose_mg)
    doses[:1] = one.loading_mg
    return [
        Pulse("drug_depot", float(day), share * dose) for day, dose in zip(days, doses, strict=True)
    ]


__all__ = ["MOVED", "places_of", "schedule_of", "traits_of"]
