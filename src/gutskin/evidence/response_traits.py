"""What can be measured of a patient before he is treated: all that a trial could ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gutskin.population.draw import DAYS_PER_YEAR
from gutskin.trials import screening
from gutskin.trials.applicability import ages_of
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import Endpoint, asked_of
from gutskin.trials.scales import log
from gutskin.trials.study import Study

if TYPE_CHECKING:
    from gutskin.model.model import Model
    from gutskin.model.rows import Row

ASKED = {  # covariates that a history, a prick test, a scale or a gene test tells without error
    "sensitised": "Sensitised to airborne allergen",
    "sensitised_food": "Sensitised to food",
    "flg_genotype": "Filaggrin genotype",
    "body_weight": "Body weight",
}
AGE = "age"


@dataclass(frozen=True)
class Trait:
    """Something that is known of a patient at enrolment."""

    name: str
    label: str


def with_every_score(design: TrialDesign, model: Model) -> TrialDesign:
    """The trial with every plain endpoint measured, and without what only happens to some."""
    rows = model.tables.endpoints.values()
    ages = ages_of(design, model.biology)
    plain = [row.id for row in rows if not row.text("cutoff") and _asked(row, ages)]
    names = tuple(dict.fromkeys((*design.analysis.endpoints, *plain)))
    analysis = design.analysis.model_copy(update={"endpoints": names})
    more = {"estimands": (), "estimators": (), "discontinuation": None, "rescue": None}
    return design.model_copy(update={"analysis": analysis, "subgroups": (), **more})


def _asked(row: Row, ages: tuple[float, float]) -> bool:
    """Whether anybody of these ages is asked it; a questionnaire has ages of its own."""
    ends = asked_of(row)
    return ends is None or (ends[0] < ages[1] and ages[0] < ends[1])


def traits_of(endpoints: Sequence[Endpoint]) -> tuple[Trait, ...]:
    """The traits in their order: age, what is asked, then scores at the first visit."""
    scores = [
        Trait(one.name, one.label) for one in endpoints if one.cutoff is None and not one.grades
    ]
    return (
        Trait(AGE, "Age"), *(Trait(name, label) for name, label in ASKED.items()), *scores
    )  # fmt: skip


def measured_traits(study: Study, enrolled: screening.Enrolled, first: np.ndarray) -> np.ndarray:
    """What is known of each patient, Array [patient, trait]; scores on logarithms where they are.

    Parameters
    ----------
    first : Array [endpoint, patient], as written down at the first visit, error and all
    """
    parameters = screening.at_enrolment(screening.patients_in(study, enrolled), enrolled)
    age = np.broadcast_to(parameters["age_at_start"], len(enrolled)) / DAYS_PER_YEAR
    asked = [np.broadcast_to(parameters[name], len(enrolled)) for name in ASKED]
    scores = [
        log(values) if one.log else values
        for one, values in zip(study.endpoints, first, strict=True)
        if one.cutoff is None and not one.grades
    ]  # fmt: skip
    return np.stack([age, *asked, *scores], axis=1)
