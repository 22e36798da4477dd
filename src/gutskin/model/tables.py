"""The tables that make a model, and the words that their cells take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gutskin.model.antibiotics import antibiotic_parameters
from gutskin.model.biology import Biology
from gutskin.model.rows import Row

ROLES = (
    "fixed", "fitted", "prior", "assumed", "patient", "covariate", "switch", "input", "trial",
    "setting",  # how to compute, no biology
    "reference",  # what the model itself comes to at rest; references.tsv says which quantity
)  # fmt: skip
STANCES = ("evidence", "article")  # which column of parameters.tsv counts: value, or claimed
DISTRIBUTIONS = ("fixed", "normal", "lognormal", "logit", "uniform")


@dataclass(frozen=True)
class Tables:
    """The tables that make a model, by id."""

    biology: Biology
    species: Mapping[str, Row]
    parameters: Mapping[str, Row]
    mechanisms: Mapping[str, Row]
    strains: Mapping[str, Row]
    strain_priors: Mapping[str, Row]
    strain_traits: Mapping[str, Row]
    endpoints: Mapping[str, Row]
    conduct: Mapping[str, Row]
    rules: Mapping[str, Row]


SPECIES_COLUMNS = ("id", "name", "unit", "carbon", "typical", "boundary", "sign")
START = "healthy_adult"  # the column of starts that every row fills
AMOUNT, EITHER = "+", "+-"  # signs of a state: never below nothing; above or below it


def start_columns(tables: Tables) -> tuple[str, ...]:
    """The columns of species.tsv that hold starting states: all that are not another thing."""
    first = next(iter(tables.species.values()))
    return tuple(column for column in first.cells if column not in SPECIES_COLUMNS)


PARAMETER_COLUMNS = (
    "id",
    "value",
    "claimed",
    "unit",
    "distribution",
    "low",
    "high",
    "between_patient_cv",
    "correlated_with",
    "role",
    "evidence",
    "grade",
    "note",
)


STRAIN_TRAIT_COLUMNS = (
    "id", "column", "low", "high", "sd", "parameter", "scale", "varies", "least", "most", "unit",
    "label", "acts", "measured", "between_trials", "one_unit",
)  # fmt: skip


def read_tables(biology: Biology) -> Tables:
    """Read species, parameters, mechanisms, strains and endpoints of a biology."""
    mechanisms = (
        "id",
        "statement",
        "from",
        "to",
        "sign",
        "route",
        "claims",
        "rules_and_reactions",
        "switch",
        "evidence",
        "counter_evidence",
        "grade",
    )
    parameters = biology.table("parameters.tsv", PARAMETER_COLUMNS)
    return Tables(
        biology=biology,
        species=biology.table("species.tsv", (*SPECIES_COLUMNS, START)),
        parameters={**parameters, **antibiotic_parameters(biology, parameters)},
        mechanisms=biology.table("mechanisms.tsv", mechanisms),
        strains=biology.table("strains.tsv", ("id", "strain", "species")),
        strain_priors=biology.table("strain_priors.tsv", ("id",)),
        strain_traits=biology.table("strain_traits.tsv", STRAIN_TRAIT_COLUMNS),
        endpoints=biology.table("endpoints.tsv", ("id", "quantity", "unit", "label")),
        conduct=biology.table("conduct.tsv", ("id", "value", "unit", "role", "note")),
        rules=biology.table("rules.tsv", ("id", "name", "unit")),
    )
