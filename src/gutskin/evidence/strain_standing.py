"""Where what a strain's card tells of people stands to the evidence: by people, dose and time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from typing import Any

from gutskin.evidence.strain_effects import DOSES, PEOPLE, WEEKS
from gutskin.evidence.strain_prevention import (
    BEFORE,
    BOTH,
    MONTHS,
    MOTHER,
    POPULATION,
    REGIMENS,
    Regimen,
)
from gutskin.model.biology import Biology
from gutskin.population.strain_link import MONTH, WEEK
from gutskin.trials.design import TrialDesign
from gutskin.trials.doses_given import MOTHERS, PRODUCT
from gutskin.trials.standing import where_they_stand

ECZEMA = "eczema"  # of endpoints.tsv
BORN = "birth_vaginal"  # column of species.tsv


def strain_standing(strains: Sequence[str], biology: Biology) -> dict[str, Any]:
    """Of eczema that is there (`treats`) and of newborns (`prevents`), as plain values.

    Parameters
    ----------
    strains : ids of strains.tsv, one product
    """
    treats = {
        f"{population} {ages[0]:g}-{ages[1]:g} years, {dose:.3g} CFU a day, {weeks:g} weeks":
        _treating(strains, population, ages, dose, weeks)
        for (population, ages), dose, weeks in product(PEOPLE, DOSES, WEEKS)
    }  # fmt: skip
    prevents = {one.says: _preventing(strains, one) for one in REGIMENS}
    return {
        "treats": where_they_stand(treats, biology, "cases of eczema (people, dose, time)"),
        "prevents": where_they_stand(prevents, biology, "ways to give it to newborns"),
    }


def _treating(
    strains: Sequence[str], population: str, ages: tuple[float, float], dose: float, weeks: float
) -> TrialDesign:
    """The trial that stands for people with eczema on a product."""
    given = {"kind": PRODUCT, "strains": [*strains], "cfu_per_day": dose, "end_week": weeks}
    asked = {"population": population, "eligibility": {"age_years": [*ages]}}
    return _trial([given], weeks, "scorad", asked)


def _preventing(strains: Sequence[str], regimen: Regimen) -> TrialDesign:
    """The trial that stands for newborns on a product, their mothers or both."""
    weeks = MONTHS * MONTH / WEEK
    shared = {"strains": [*strains], "cfu_per_day": regimen.cfu_per_day}
    mothers = {
        "kind": MOTHERS, "weeks_before_birth": BEFORE / WEEK, "end_week": regimen.nursing / WEEK
    }  # fmt: skip
    own = {"kind": PRODUCT, "start_week": (regimen.child_from or 0.0) / WEEK, "end_week": weeks}
    given = [mothers | shared] * (regimen.given_to in (MOTHER, BOTH))
    given += [own | shared] * (regimen.child_from is not None)
    return _trial(given, weeks, ECZEMA, {"population": POPULATION, "start": BORN})


def _trial(
    given: Sequence[dict[str, Any]], weeks: float, endpoint: str, asked: dict[str, Any]
) -> TrialDesign:
    values = {
        "name": "asked", "title": "Asked", **asked,
        "arms": [
            {"name": "product", "n": 2, "interventions": [*given]},
            {"name": "nothing", "n": 2, "control": True},
        ],
        "visits": {"weeks": [0.0, weeks], "end_week": weeks},
        "analysis": {"primary": endpoint, "endpoints": [endpoint]},
    }  # fmt: skip
    return TrialDesign.model_validate_json(json.dumps(values))
