"""Who may enrol: the scores that decide, as they are measured, and what a body must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gutskin.trials.iga import easi_range
from gutskin.trials.parts import OTHER_CRITERIA, Eligibility, Subgroup
from gutskin.trials.study import Study


@dataclass(frozen=True)
class Criterion:
    """A score that decides who may enrol, and within which range.

    Parameters
    ----------
    name : of the endpoint
    low, high : of the measured score, both included
    margin : who without noise is this far outside is not seen at the clinic
    """

    name: str
    low: float
    high: float
    margin: float


def criteria(study: Study) -> tuple[Criterion, ...]:
    """The scores that a trial asks for, the one that makes the baseline first; SCORAD if none."""
    asked, numbers = study.design.eligibility, study.numbers()
    ranges = {
        "easi": easi_range(asked, study.model.tables.endpoints["iga"]),
        "scorad": asked.scorad,
    }
    first = tuple(
        Criterion(
            name, *(ranges[name] or (-np.inf, np.inf)), numbers[f"screening_margin{unit}"]
        )
        for name, unit in (("easi", "_easi"), ("scorad", ""))
        if ranges[name] is not None or (name == "scorad" and ranges["easi"] is None)
    )  # fmt: skip
    others = {name: getattr(asked, name) for name in OTHER_CRITERIA}
    return first + tuple(
        Criterion(name, ends[0], ends[1], np.inf)
        for name, ends in others.items()
        if ends is not None
    )


def bodies_fit(asked: Eligibility, parameters: Mapping[str, Any], patients: int) -> np.ndarray:
    """Who has the weight that is asked, and is sensitised or not as is asked [patient] (bool).

    Parameters
    ----------
    parameters : of the patients
    """
    fits = sensitisation_fits(asked, parameters, patients)
    if asked.weight_kg is not None:
        low, high = asked.weight_kg
        weight = np.broadcast_to(np.asarray(parameters["body_weight"]), patients)
        fits &= (weight >= low) & (weight <= high)
    return fits


def sensitisation_fits(
    asked: Eligibility | Subgroup, parameters: Mapping[str, Any], patients: int
) -> np.ndarray:
    """Who is sensitised, or is not, as is asked [patient] (bool); everybody if nothing is.

    Parameters
    ----------
    parameters : of the patients
    """
    air, food = (
        np.broadcast_to(np.asarray(parameters[name]) > 0.5, patients)  # drawn 1 or 0
        for name in ("sensitised", "sensitised_food")
    )
    fits = np.ones(patients, bool)
    if asked.sensitised is not None:
        fits &= (air | food) == asked.sensitised
    if asked.food_sensitised is not None:
        fits &= food == asked.food_sensitised
    return fits
