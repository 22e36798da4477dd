"""What patients and arms of a trial are prescribed by name: a drug, a cream, and how much of it.

Each file adds its own way to say when: days of a patient, weeks of a trial.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gutskin.toml_file import NotNegative, Part, Positive, known_name


class PrescribedCream(Part):
    """What is written of a cream, whenever it is used."""

    kind: Literal["topical"]
    name: Annotated[str, known_name("topical")]
    use: Literal["daily", "as_needed", "twice_weekly"] = "daily"


class PrescribedDrug(Part):
    """What is written of a drug, whenever it is given; doses in mg."""

    kind: Literal["drug"]
    name: Annotated[str, known_name("drug")]
    loading_mg: NotNegative | None = None
    loading_doses: Annotated[int, Field(ge=1)] = 1
    dose_mg: NotNegative | None = None
    every_weeks: Positive | None = None
