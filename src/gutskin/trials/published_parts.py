"""What a real trial reported, as parts of its file: words and numbers, never used to simulate."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidatorFunctionWrapHandler, WrapValidator

from gutskin.toml_file import NotNegative, Part, Positive, Share, known_name
from gutskin.user_text import Identifier, Label, Prose, Title

Endpoint = Annotated[str, known_name("endpoint")]
OF_AN_ARM = ("mean", "geometric_mean", "median", "events", "change", "change_percent")
SPREADS = ("sd", "change_sd")
BETWEEN_ARMS = ("difference", "ratio", "risk_ratio", "odds_ratio", "hazard_ratio")


def _or_nothing(value: object, check: ValidatorFunctionWrapHandler) -> str:
    """No name stays none: a trial is read back from what was written of it."""
    return "" if value == "" else check(value)


class PublishedValue(Part):
    """What one arm showed at one visit.

    `events` of `n` patients had it, of an endpoint that is yes or no (of flares one at least);
    `change` is since the first visit, `change_percent` the same in percent of the mean at it.
    """

    endpoint: Endpoint
    arm: Identifier
    week: NotNegative
    n: Annotated[int, Field(ge=1)] | None = None
    mean: float | None = None
    sd: Positive | None = None
    geometric_mean: Positive | None = None
    median: float | None = None
    events: Annotated[int, Field(ge=0)] | None = None
    change: float | None = None
    change_sd: Positive | None = None
    change_percent: float | None = None


class PublishedDifference(Part):
    """What an arm showed against the control at one visit, by one measure, with its 95% interval.

    Without `arm` it is the first that is no control, without `week` the last visit, of a crossover
    the ends of both periods, within patients. `adjusted`
    (default true) says that a difference was adjusted for the first visit; one that was not is that
    of changes. A `ratio` is that of geometric means, adjusted or of what these changed by.
    """

    endpoint: Endpoint
    arm: Annotated[Identifier, WrapValidator(_or_nothing)] = ""
    week: NotNegative | None = None
    adjusted: bool = True
    difference: float | None = None
    ratio: Positive | None = None
    risk_ratio: Positive | None = None
    odds_ratio: Positive | None = None
    hazard_ratio: Positive | None = None
    low: float | None = None
    high: float | None = None
    se: Positive | None = None
    p: Share | None = None


class Published(Part):
    """What the real trial reported, shown beside the simulation, never used by it.

    `seen_in` says how it was read: only what was read by ourselves or by who reviews trials is
    scored (`gutskin score`).
    """

    reference: Title = ""
    source: Title = ""
    seen_in: Literal["full text", "table", "abstract", "secondary", "unverified", ""] = ""
    directions: dict[Label, Title] = Field(default_factory=dict)
    values: tuple[PublishedValue, ...] = ()
    differences: tuple[PublishedDifference, ...] = ()
    notes: tuple[Prose, ...] = ()
