"""Amounts for each kilogram of a patient: who may have them, and what they come to.

Each patient gets so many times the amount as he weighs at enrolment, of a newborn at birth; it does
not grow with him.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gutskin.model.domains import limit_of
from gutskin.model.drugs import drugs, is_oral
from gutskin.population.body_weight import usual_weights
from gutskin.population.drugs import drug_of
from gutskin.toml_file import sound, table
from gutskin.trials.eligibility_problems import ages_told
from gutskin.trials.parts import Eligibility

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.toml_text import Found

WEIGHT = "body_weight"


def heaviest(raw: Mapping[str, Any], biology: Biology) -> float:
    """What the heaviest of nearly all who may enrol weighs (kg); of nobody known the most there is.

    Parameters
    ----------
    raw : the file of a trial
    """
    asked = sound(Eligibility, {"weight_kg": table(raw, "eligibility").get("weight_kg")})
    limit, ages = limit_of(WEIGHT), ages_told(raw, biology)
    assert limit is not None
    most = limit.high if ages is None else usual_weights(*ages, biology)[1]
    if asked is None or asked.weight_kg is None:
        return most
    return min(asked.weight_kg[1], most)


def kilograms(dose: Any, kg: float) -> float:
    """By how much an amount of a file is to be multiplied for who weighs so much (kg)."""
    return kg if getattr(dose, "per_kg", False) else 1.0


def by_weight_problems(dose: Any, biology: Biology) -> Iterator[Found]:
    """What cannot be had by the kilogram: a usual dose, and a tablet.

    Parameters
    ----------
    dose : whose form is right
    """
    if not getattr(dose, "per_kg", False) or (name := drug_of(dose)) not in drugs(biology):
        return
    if dose.dose_mg is None:
        what = f"the usual dose of {name} goes by age and weight already."
        yield ("per_kg",), what, "Take `per_kg` out, or write `dose_mg` and `every_weeks` too."
    elif is_oral(drugs(biology)[name]):
        what = f"{name} is a tablet of a fixed strength."
        yield ("per_kg",), what, "Take `per_kg` out and write the amount of a day as `dose_mg`."
