"""What differs between the worlds of a trial, each with what it is in words."""

from __future__ import annotations

import numpy as np

from gutskin.population.draw import uncertain_parameters
from gutskin.trials.study import Study

STRAIN_TRAITS = {
    "factor_strain": "how these strains act on immunity in this trial, for better or worse: their "
    "signed factor",
    "type1_strain": "how these strains lean blood to type 1 or type 2",
    "type17_strain": "how these strains arm or calm type 17 cells of the gut",
    "seal_strain": "how these strains seal the gut wall",
    "imprint_strain": "what these strains teach immunity in the first months in this trial, for "
    "better or worse",
    "survival_strain": "share of the swallowed cells that reaches the colon alive",
    "k_leave_strain": "how fast the strains wash out",
    "ec50_drug": "the level at which the drug has half of its effect",
}


UNKNOWN_DOSE = "the dose of the product, which nobody reported"


def uncertain_draws(study: Study) -> dict[str, tuple[np.ndarray, str]]:
    """What differs between worlds: id -> draws [replicate] and what it is, in words.

    A trait of the strains of a product is told once, as their mean.
    """
    rows = study.model.tables.parameters
    uncertain = {
        name: (study.worlds[name], rows[name].text("note"))
        for name in uncertain_parameters(study.model)
    }
    for arm, traits in study.traits.items():
        for trait, words in STRAIN_TRAITS.items():
            drawn = [values for name, values in traits.items() if name.startswith(trait)]
            if drawn:
                uncertain[f"{trait}:{arm}"] = (np.mean(drawn, axis=0), words)
        for number, drawn in study.doses[arm].items():
            uncertain[f"dose_{number + 1}:{arm}"] = (drawn, UNKNOWN_DOSE)
    return uncertain
