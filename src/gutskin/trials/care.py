"""How much better families treat the skin while they take part in a trial, in every arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gutskin.population.draw import Patients
from gutskin.trials.study import Study


def care_in_trial(
    study: Study, numbers: Mapping[str, Any], patients: Patients
) -> dict[str, np.ndarray]:
    """What taking part adds to the habitual level of creams [patient]; nothing to a newborn's.

    Parameters
    ----------
    numbers : of conduct.tsv in each patient's trial
    """
    better = study.design.conduct.in_trial_care and not study.design.from_birth
    return {
        "emollient": numbers["care_emollient"] * better,
        "topical_steroid": better
        * young_or_grown(numbers, "care_topical_steroid", patients.age_years),
    }


def young_or_grown(numbers: Mapping[str, Any], name: str, age_years: np.ndarray) -> np.ndarray:
    """A number of conduct.tsv by age [patient]: NAME_infant in newborns, NAME in the grown."""
    grown = age_years / (numbers["young_age"] + age_years)
    return numbers[f"{name}_infant"] * (1 - grown) + numbers[name] * grown
