"""What an arm of a trial receives: the kinds of `interventions`, by weeks of the trial."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from gutskin.population import prescribed
from gutskin.population.prescribed import by_kind
from gutskin.toml_file import NotNegative, Part, Positive, known_name

WIDTH = 2 * 1.959963984540054  # from 2.5% to 97.5% of a normal, in sd


class DosePrior(Part):
    """A dose that nobody reported: lognormal, 95% of it between `low` and `high` (CFU/d)."""

    low: Positive
    high: Positive

    @model_validator(mode="after")
    def _in_order(self) -> DosePrior:
        if self.high <= self.low:
            raise ValueError("`high` must be above `low`")
        return self

    @property
    def median(self) -> float:
        """The dose in the middle (CFU/d)."""
        return math.sqrt(self.low * self.high)

    def at(self, z: np.ndarray) -> np.ndarray:
        """The dose at standard normal `z` (CFU/d)."""
        return self.median * np.exp(z * math.log(self.high / self.low) / WIDTH)


def _known_or_not(value: Any) -> str:
    return "prior" if isinstance(value, dict | DosePrior) else "dose"


Dose = Annotated[
    Annotated[NotNegative, Tag("dose")] | Annotated[DosePrior, Tag("prior")],
    Discriminator(_known_or_not),
]


class Intervention(Part):
    """Something an arm receives, from `start_week` (included) to `end_week` (excluded).

    Without `end_week` it lasts until the end of the trial.
    """

    start_week: NotNegative = 0.0
    end_week: NotNegative = math.inf


class Times(Intervention):
    """When an intervention lasts, whatever else is right or wrong with it."""

    model_config = ConfigDict(extra="ignore")


class When(Part):
    """A rule by which a cream is put on: from where `score` is `at_least` so much.

    It is looked at at the visits of its time, by what is written down there; with `every_days` when
    it starts and so many days apart, as the patient himself would write it. It is stopped where
    the score is below `until_below`, without it below `at_least`.
    """

    score: Annotated[str, known_name("endpoint")]
    at_least: NotNegative
    until_below: Positive | None = None
    every_days: Annotated[float, Field(ge=1)] | None = None

    @property
    def stays_from(self) -> float:
        """The lowest score at which who uses it goes on."""
        return self.at_least if self.until_below is None else self.until_below


class ByWeight(Intervention):
    """Something whose amounts may be for each kilogram that a patient weighs at enrolment."""

    per_kg: bool = False


class ByRule(Intervention):
    """Something that may be used by a rule on a score."""

    when: When | None = None


class Probiotic(prescribed.Probiotic, ByWeight):
    cfu_per_day: Dose


class MaternalProbiotic(prescribed.MaternalProbiotic, Intervention):
    cfu_per_day: Dose


class Emollient(prescribed.Emollient, ByRule): ...


class TopicalSteroid(prescribed.TopicalSteroid, ByRule): ...


class Antibiotic(prescribed.Antibiotic, Intervention):
    """A course by mouth of `name` (a row of antibiotics.tsv), `days` days from `start_week`."""

    days: Positive


class Fibre(prescribed.Fibre, Intervention): ...


class Inulin(prescribed.Inulin, ByWeight): ...


class Lactulose(prescribed.Lactulose, ByWeight): ...


class BleachBath(prescribed.BleachBath, ByRule): ...


class Washing(prescribed.Washing, Intervention): ...


class FoodOnSkin(prescribed.FoodOnSkin, Intervention): ...


class FoodEarly(prescribed.FoodEarly, Intervention): ...


class EliminationDiet(prescribed.EliminationDiet, Intervention): ...


class Protein(prescribed.Protein, Intervention): ...


class Allergen(prescribed.Allergen, Intervention): ...


class Pollen(prescribed.Pollen, Intervention): ...


class ConsTransplant(prescribed.ConsTransplant, ByRule): ...


class Topical(prescribed.Cream, ByRule): ...


class Drug(prescribed.Drug, ByWeight): ...


class Dupilumab(prescribed.Dupilumab, ByWeight):
    """IL-4 receptor block: `loading_mg` once, then `dose_mg` every `every_weeks` weeks."""

    every_weeks: Positive


AnyIntervention = (
    Probiotic | MaternalProbiotic | Emollient | TopicalSteroid | Antibiotic | Fibre | Inulin
    | Lactulose | Protein | BleachBath | Washing | FoodOnSkin | FoodEarly | EliminationDiet
    | Allergen | Pollen | ConsTransplant | Topical | Drug | Dupilumab
)  # fmt: skip
INTERVENTIONS: dict[str, type[Intervention]] = by_kind(AnyIntervention)
