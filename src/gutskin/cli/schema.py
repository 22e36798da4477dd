"""`gutskin schema`: the form of the files that a user writes, for editors and programs."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated, Any

import typer

from gutskin.cli.output import print_values


class Kind(StrEnum):
    """A file that a user writes."""

    trial = "trial"
    patient = "patient"
    candidates = "candidates"


def schema(
    kind: Annotated[
        Kind,
        typer.Argument(help="Of a trial file, of a patient's, or of candidates (optimise --over)."),
    ],
) -> None:
    """Print the JSON Schema of a file: every key, what it may be, its default."""
    print_values(schema_of(kind))


def schema_of(kind: Kind) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one kind of file.

    >>> found = schema_of(Kind.trial)
    >>> found["title"], "population" in found["required"]
    ('TrialDesign', True)
    """
    if kind is Kind.patient:
        from gutskin.population.patient_format import PatientFile

        form: Any = PatientFile
    elif kind is Kind.candidates:
        from gutskin.optimisation.candidates import Candidates

        form = Candidates
    else:
        from gutskin.trials.design import TrialDesign

        form = TrialDesign
    found = _finite(form.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def _finite(value: Any) -> Any:
    """A schema without defaults that JSON cannot write: what has no end until it is given one."""
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if key != "default" or one != math.inf}
        return {key: _finite(one) for key, one in kept.items()}
    return [_finite(one) for one in value] if isinstance(value, list) else value
