"""Checks that are read from a whole trial, and of numbers of the model."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from gutskin.evidence.experiment_words import Grade, OpenPart, Pair, Said

CHANCE = 0.025  # of p < 0.05 in favour where there is no effect


class Those(OpenPart):
    """The patients of an arm whose `endpoint` at `week` lies in a range, or in the higher half."""

    endpoint: str
    week: Annotated[float, Field(ge=0)] = 0.0
    at_least: float = -math.inf
    at_most: float = math.inf
    half: Literal["higher", "lower"] | None = None


OF_ARM = (
    "baseline", "change", "percent_change", "median_percent_change", "three_quarters_less", "mean",
    "lost", "correlation", "spread",
)  # fmt: skip
IN_PERCENT = ("percent_change", "median_percent_change", "three_quarters_less", "lost")


class TrialCheck(OpenPart):
    """One thing that must show in a whole trial, over its replicates.

    `true_effect` and `difference` are of the first active arm against the control, one for each
    replicate; `significant_for` is the share of replicates with p < 0.05 in its favour. Of one
    arm, as measured: `baseline` is its mean at entry, `change` and `percent_change` the mean change
    at a week (in its unit; %), `median_percent_change` the median of the latter,
    `three_quarters_less` the patients whose score has fallen by three quarters (%), `mean` the mean
    at a week, of responders their share (%), `lost` the share (%) who after `since` are without a
    response at some visit up to the week, `correlation` that of ranks (Spearman) between the change
    in percent at a week and the `with_entry` endpoint at entry, `spread` the sd between trials of
    their mean change.

    `among` reads those alone who meet a condition at a visit, `less_among` takes off what it comes
    to in those who meet another. With `less_week` it is that at the week less that at another; with
    `less` it is that of one arm less that of another, or with `scale = "ratio"` over it. A range
    that holds no effect, as of a drug that failed, and a level of one arm are judged by their size
    alone. `trial` is another trial than the statement's.
    """

    says: Said
    endpoint: str
    statistic: Literal[
        "true_effect", "difference", "significant_for",
        "baseline", "change", "percent_change", "median_percent_change", "three_quarters_less",
        "mean", "lost", "correlation", "spread",
    ]  # fmt: skip
    arm: str | None = None
    less: str | None = None
    scale: Literal["difference", "ratio"] = "difference"
    week: Annotated[float, Field(ge=0)] | None = None
    less_week: Annotated[float, Field(ge=0)] | None = None
    since: Annotated[float, Field(ge=0)] = 0.0
    with_entry: str | None = None
    among: Those | None = None
    less_among: Those | None = None
    trial: str | None = None
    expected: Pair
    grade: Grade | None = None

    stays: ClassVar[None] = None

    @property
    def by_size(self) -> bool:
        """Whether its size alone is judged: no effect lies within the range, or it is a level."""
        if self.statistic in ("mean", "lost", "correlation", "spread") and self.less is None:
            return True
        of_two = self.less is not None or self.less_week is not None
        return of_two and self.expected[0] <= self.null <= self.expected[1]

    @property
    def null(self) -> float:
        """The value of no effect; of a share of trials what chance gives."""
        if self.scale == "ratio":
            return 1.0
        return CHANCE if self.statistic == "significant_for" else 0.0

    @property
    def quantity(self) -> str:
        """What is measured."""
        return self.endpoint

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Every endpoint that it looks at."""
        both = [one.endpoint for one in (self.among, self.less_among) if one is not None]
        return (self.endpoint, *([self.with_entry] if self.with_entry else []), *both)

    @property
    def weeks(self) -> tuple[float, ...]:
        """Every visit that it names."""
        own = () if self.statistic == "baseline" else (self.week, self.less_week)
        both = [one.week for one in (self.among, self.less_among) if one is not None]
        return (*(one for one in own if one is not None), *both)


class ValueCheck(OpenPart):
    """A number of the model that must lie within a range that was measured, in every world."""

    says: Said
    parameter: str
    expected: Pair
    grade: Grade | None = None

    stays: ClassVar[None] = None
    null: ClassVar[float] = 0.0
    by_size: ClassVar[bool] = True

    @property
    def quantity(self) -> str:
        """The number."""
        return self.parameter
