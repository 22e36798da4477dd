"""What may be changed of a trial, and what it costs: the file of `gutskin optimise --over`."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from gutskin.toml_file import Format, NotNegative, Part, Positive, known_name
from gutskin.trials.parts import Range
from gutskin.user_text import Identifier, Label

Endpoint = Annotated[str, known_name("endpoint")]


def _once[Value: (str, float, int)](values: tuple[Value, ...]) -> tuple[Value, ...]:
    if len(set(values)) < len(values):
        raise ValueError("a value stands twice")
    return values


def _rising(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(b <= a for a, b in pairwise(values)):
        raise ValueError("each number must be larger than the one before it")
    return values


class Cost(Part):
    """What a trial costs, in one currency; declared, and never measured by this model.

    `trial` once; `screened` for each candidate who is watched in the screening window, admitted or
    not; `patient` for each who is randomised; `visit` for each of his visits; `week` for each of
    his weeks in the trial, run-in included.
    """

    trial: NotNegative = 0.0
    screened: NotNegative = 100.0
    patient: NotNegative = 1000.0
    visit: NotNegative = 200.0
    week: NotNegative = 25.0

    @model_validator(mode="after")
    def _something(self) -> Cost:
        if not any((self.screened, self.patient, self.visit, self.week)):
            raise ValueError("patients must cost something")
        return self


class Enrichment(Part):
    """Whom of those that the trial admits a design takes; all that is asked must hold.

    `records` are ranges of endpoints as measured at the first visit, `upper_half` and `lower_half`
    endpoints of which who lies above or below the median of all patients is taken.
    """

    name: Identifier
    label: Label = ""
    sensitised: bool | None = None
    food_sensitised: bool | None = None
    age_years: Range | None = None
    records: dict[Endpoint, Range] = Field(default_factory=dict)
    upper_half: tuple[Endpoint, ...] = ()
    lower_half: tuple[Endpoint, ...] = ()

    @property
    def title(self) -> str:
        """Its name as a reader sees it."""
        return self.label or self.name.replace("_", " ")

    @property
    def measured(self) -> tuple[str, ...]:
        """The endpoints by whose record at the first visit patients are taken."""
        return (*self.records, *self.upper_half, *self.lower_half)

    @property
    def of_the_person(self) -> bool:
        """Whether it asks for something that no endpoint tells."""
        asked = (self.sensitised, self.food_sensitised, self.age_years)
        return any(one is not None for one in asked)


EVERYBODY = Enrichment(name="all", label="Everybody admitted")


class Pilot(Part):
    """A small part of the same trial before the decision: `n` patients in each of two arms."""

    n: Annotated[int, Field(ge=4, le=500)] = 20
    endpoints: Annotated[tuple[Endpoint, ...], AfterValidator(_once)] = ()
    weeks: Annotated[tuple[Positive, ...], AfterValidator(_rising)] = ()


class Candidates(Part):
    """Designs to choose among: every combination of what is listed; what is not, is as the trial.

    `arm` is the active arm (the first), `budget` what every design may cost (what the trial of the
    file costs), `weeks` when arms are compared, the treatment lasting until then, `dose_factors`
    times the dose of the file, `run_in_weeks` on placebo, `records` how many visits a week apart
    are averaged at the end, `allocation` active patients for each control, `visit_every_weeks` how
    far visits lie apart, `break_even` the chance of a significant benefit from which a trial is
    worth its cost.
    """

    arm: str = ""
    budget: Positive | None = None
    endpoints: Annotated[tuple[Endpoint, ...], AfterValidator(_once)] = ()
    weeks: Annotated[tuple[Positive, ...], AfterValidator(_rising)] = ()
    dose_factors: Annotated[tuple[Positive, ...], AfterValidator(_rising)] = ()
    run_in_weeks: Annotated[tuple[NotNegative, ...], AfterValidator(_rising)] = ()
    records: Annotated[tuple[Annotated[int, Field(ge=1, le=6)], ...], AfterValidator(_rising)] = ()
    allocation: Annotated[tuple[Positive, ...], AfterValidator(_rising)] = ()
    visit_every_weeks: Positive | None = None
    enrichment: tuple[Enrichment, ...] = ()
    cost: Cost = Cost()
    pilot: Pilot = Pilot()
    break_even: Annotated[float, Field(gt=0, lt=1)] = 0.5


FILE = Format(
    Candidates, {"enrichment": Enrichment, "cost": Cost, "pilot": Pilot}, {}, "an enrichment"
)
