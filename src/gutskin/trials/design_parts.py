"""How patients come to their treatments, as parts of a trial file.

Crossover, randomisation in blocks and strata, starts over the seasons, an extension.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from gutskin.toml_file import NotNegative, Part, Positive, Share
from gutskin.user_text import Identifier, Label


def _one_after_the_other(
    periods: tuple[tuple[float, float], ...],
) -> tuple[tuple[float, float], ...]:
    weeks = [week for period in periods for week in period]
    if weeks[0] != 0:
        raise ValueError("the first period must begin with week 0, the baseline")
    if any(first >= last for first, last in periods) or any(b < a for a, b in pairwise(weeks)):
        raise ValueError("each period must end after its start, and before the next one starts")
    return periods


class Crossover(Part):
    """A trial of two sequences: who has one treatment first has the other in the second period.

    `periods` are the first and the last week of both; what lies between them is the wash-out. The
    arms are the sequences, the control is that which begins with the control treatment. What a
    patient shows at the end of one period is compared with what he shows at the end of the other.
    """

    periods: Annotated[
        tuple[tuple[NotNegative, NotNegative], ...],
        Field(min_length=2, max_length=2),
        AfterValidator(_one_after_the_other),
    ]


StratumBy = Literal["scorad", "easi", "age_years", "sensitised", "food_sensitised", "site"]
BY_SCORE: tuple[StratumBy, ...] = ("scorad", "easi")
BY_CUTS: tuple[StratumBy, ...] = (*BY_SCORE, "age_years")


def _rising(cuts: tuple[float, ...]) -> tuple[float, ...]:
    if any(b <= a for a, b in pairwise(cuts)):
        raise ValueError("each number must be larger than the one before it")
    return cuts


class Stratum(Part):
    """What patients are told apart by before they are randomised.

    `by` is the score that admits (`scorad` or `easi`), `age_years`, `sensitised`,
    `food_sensitised`, or the `site`. A score and an age have `cuts`: who has just that number
    belongs above it.
    """

    by: StratumBy
    cuts: Annotated[tuple[Positive, ...], AfterValidator(_rising)] = ()

    @model_validator(mode="after")
    def _cut_or_not(self) -> Stratum:
        if self.by in BY_CUTS and not self.cuts:
            raise ValueError(f"strata by {self.by} need `cuts`, such as `cuts = [40]`")
        if self.by not in BY_CUTS and self.cuts:
            raise ValueError(f"{self.by} has no `cuts`")
        return self

    def groups(self, sites: int) -> int:
        """Into how many groups it parts patients of so many sites."""
        if self.by == "site":
            return max(sites, 1)
        return len(self.cuts) + 1 if self.by in BY_CUTS else 2


class Site(Part):
    """Where patients are seen: a region and physicians of its own.

    Of all patients it has its part of the sum of all `share`. Its drift from the first to the last
    visit (`trial_level`) and by how much more its physicians score later than at first
    (`rater_shift`, a share) are drawn for every replicate as conduct.tsv says, unless they stand
    here.
    """

    name: Identifier
    label: Label = ""
    share: Positive = 1.0
    trial_level: Annotated[float, Field(ge=0.1, le=10)] | None = None
    rater_shift: Annotated[float, Field(gt=-1, lt=1)] | None = None

    @property
    def title(self) -> str:
        """Its name as a reader sees it."""
        return self.label or self.name.replace("_", " ")


MINIMISATION = "minimisation"


class Randomisation(Part):
    """Permuted blocks, or minimisation over the groups of `strata`.

    In every block each arm gets its part, in random order. The size of each block is one of
    `block_sizes`, at random. `ratio` is that of the arms in the file's order; without it that of
    their `n`. With `strata` every combination of their groups has blocks of its own; `adjust`
    (default true) says whether the analysis is adjusted for them. With `method = "minimisation"`
    each patient goes, with `probability`, to an arm that leaves the groups he belongs to most even
    (Pocock and Simon, Biometrics 1975;31:103), else to one of the others. Without this part every
    split of the patients into arms of `n` is as likely as any other.
    """

    method: Literal["blocks", "minimisation"] = "blocks"
    block_sizes: Annotated[
        tuple[Annotated[int, Field(ge=2, le=1000)], ...] | None, Field(min_length=1)
    ] = None
    probability: Annotated[float, Field(gt=0.5, le=1)] | None = None
    ratio: tuple[Annotated[int, Field(ge=1, le=100)], ...] = ()
    strata: tuple[Stratum, ...] = ()
    adjust: bool = True

    @property
    def chance(self) -> float:
        """With which minimisation takes an arm that leaves groups most even: usually 0.8."""
        return 0.8 if self.probability is None else self.probability


def _within_years(weeks: tuple[float, float]) -> tuple[float, float]:
    if weeks[1] < weeks[0]:
        raise ValueError("the last start must not come before the first")
    return weeks


class Seasons(Part):
    """Patients who come at different times of a year with seasons.

    Screening opens at a week of `starts` for each, evenly between both ends; weeks are counted from
    the first of January, beyond 52 in the next years. What the skin meets of allergen and irritants
    every day is `1 + amplitude cos(2 pi (week - peak_week) / 52.18)` times the mean of the year.
    """

    amplitude: Annotated[Share, Field(gt=0)]
    peak_week: Annotated[float, Field(ge=0, le=53)]
    starts: Annotated[
        tuple[Annotated[float, Field(ge=0, le=520)], Annotated[float, Field(ge=0, le=520)]],
        AfterValidator(_within_years),
    ]


class Extension(Part):
    """An extension of the trial that patients may choose.

    Who is still there at the visit of `from_week` goes on with the chance `share`, who is no better
    than at the first visit with `share_if_no_better` (that of the others without it). Of the others
    nothing is written down after it. What each arm receives then are interventions with a
    `start_week`.
    """

    from_week: Positive
    share: Share = 1.0
    share_if_no_better: Share | None = None
