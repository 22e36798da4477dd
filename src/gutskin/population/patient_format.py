"""The form of a patient file: where he starts, what is his own, and what happens to him."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from gutskin.engine.step_size_controller import MOST_STAGES, STAGES
from gutskin.model.vocabulary import Vocabulary
from gutskin.population.doses import KINDS, AnyDose
from gutskin.population.strain_file import OwnStrain, OwnTrial
from gutskin.toml_file import Format, NotNegative, Part, Share, known_name
from gutskin.user_text import Title

SETTLED = "settled"
GIVEN = "given"  # every state by its value
NEWBORN = "birth_"  # starts that only a newborn has begin with it


class Season(Part):
    """Allergen over the year: 1 + amplitude cos(2 pi (day - peak_day) / 365.25)."""

    amplitude: Share
    peak_day: Annotated[float, Field(ge=-366, le=366)] = 0.0


class Noise(Part):
    """The daily challenge of the skin; the same `seed` gives the same days."""

    seed: Annotated[int, Field(ge=0, lt=2**31)]


class Numerics(Part):
    """How exactly he is computed: tolerance, width of numbers, longest step (days), its stages."""

    rtol: Annotated[float, Field(ge=1e-10, le=0.1)] = 1e-6
    precision: Literal["double", "single"] = "double"
    longest_step_days: Annotated[float, Field(ge=1e-3)] | None = None
    stages: Annotated[int, Field(ge=3, le=MOST_STAGES)] = STAGES


class GivenHold(Part):
    """An input holds `value` from `start_day` (included) to `end_day` (excluded)."""

    parameter: str
    start_day: NotNegative
    end_day: NotNegative
    value: float


class GivenPulse(Part):
    """A state jumps by `add` on `day`."""

    state: str
    day: NotNegative
    add: float


class GivenCourse(Part):
    """An input follows straight lines through (`days`, `values`)."""

    parameter: str
    days: Annotated[tuple[float, ...], Field(min_length=1)]
    values: Annotated[tuple[float, ...], Field(min_length=1)]


class PatientFile(Part):
    """A whole patient file.

    Parameters
    ----------
    name : how the output calls him
    start : a column of species.tsv, or "settled": his own stationary state; or "given": what
        `states` says
    days : how long he is followed unless the command says otherwise
    age_years : age on day 0; without it the population's, or 0 at birth
    population : whose central covariates are his unless he has his own
    flg : his filaggrin genotype (genotypes.tsv); without it that of the middle of his population
    parameters : id -> value
    switches : mechanism -> on or off
    states : id -> value on day 0, in the place of the start's
    holds, pulses, courses : what a schedule is made of, beside `doses`; a trial writes the patients
        whom it could not compute in this way
    strains : own ones, for the doses
    numerics : how exactly he is computed; without it more exactly than a trial needs

    Examples
    --------
    >>> PatientFile(start="severe", age_years=35, population="ad_adult", days=28).days
    28
    """

    start: str
    name: Title = ""
    days: Annotated[int, Field(ge=1)] = 56
    age_years: NotNegative | None = None
    population: Annotated[str, known_name("population")] | None = None
    flg: Annotated[str, known_name("genotype")] | None = None
    parameters: Mapping[str, float] = Field(default_factory=dict)
    switches: Mapping[str, bool] = Field(default_factory=dict)
    season: Season | None = None
    noise: Noise | None = None
    doses: tuple[Annotated[AnyDose, Field(discriminator="kind")], ...] = ()
    states: Mapping[str, float] = Field(default_factory=dict)
    holds: tuple[GivenHold, ...] = ()
    pulses: tuple[GivenPulse, ...] = ()
    courses: tuple[GivenCourse, ...] = ()
    strains: tuple[OwnStrain, ...] = ()
    numerics: Numerics | None = None


FILE = Format(
    PatientFile,
    {
        "season": Season, "noise": Noise, "numerics": Numerics,
        "holds": GivenHold, "pulses": GivenPulse, "courses": GivenCourse,
        "strains": OwnStrain, "trials": OwnTrial,
    },
    KINDS,
    "a dose",
)  # fmt: skip


def starts(names: Vocabulary) -> tuple[str, ...]:
    """The names of the starts: columns of species.tsv, "settled" and "given"."""
    return (*names.starts, SETTLED, GIVEN)
