"""The parts of a file of experiments: arms, checks and how a number is read from a course."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, model_validator

from gutskin.evidence.experiment_words import Grade, OpenPart, Pair, Said, SaidAtLength
from gutskin.evidence.trial_check import TrialCheck, ValueCheck
from gutskin.population.doses import (
    KINDS,
    AnyDose,
    MaternalProbiotic,
    Probiotic,
    Wash,
    held_by,
)
from gutskin.population.drugs import drug_of
from gutskin.population.strain_file import OwnStrain, OwnTrial
from gutskin.toml_file import Format, NotNegative, Part, known_name
from gutskin.user_text import Label, Title

FEWEST = 50  # units below which an interval says little
SETTLED = "settled"


def _change(value: Any) -> Any:
    """A number, or text such as "x2", "+1" or "-0.5"."""
    if isinstance(value, str) and re.fullmatch(r"[x+-]\d+(\.\d+)?(e[+-]?\d+)?", value, re.ASCII):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise ValueError('it must be a number, or a change such as "x2", "+1" or "-0.5"')


Change = Annotated[float | str, PlainValidator(_change)]


class Held(OpenPart):
    """An input of the model that is held for a while."""

    parameter: str
    value: float
    start_day: NotNegative = 0.0
    end_day: NotNegative = math.inf


class Arm(Part):
    """What one group of patients is and meets; `like` takes over another arm."""

    like: str | None = None
    label: Label = ""
    population: str | None = None
    start: str = SETTLED
    age_years: Pair | None = None
    noise: bool = False
    flg: Annotated[str, known_name("genotype")] | None = None
    always: dict[str, Change] = Field(default_factory=dict)
    changed: dict[str, Change] = Field(default_factory=dict)
    off: tuple[str, ...] = ()
    off_always: tuple[str, ...] = ()
    state: dict[str, Change] = Field(default_factory=dict)
    doses: tuple[Annotated[AnyDose, Field(discriminator="kind")], ...] = ()
    holds: tuple[Held, ...] = ()

    def title(self, name: str) -> str:
        """What a reader sees of the arm called `name`."""
        return self.label or name.replace("_", " ")

    def over(self, base: Arm) -> Arm:
        """The arm on top of another: tables are merged, lists joined, the rest replaced."""
        mine = {name: getattr(self, name) for name in self.model_fields_set - {"like"}}
        mine["label"] = self.label  # what it is called is its own
        for name in ("always", "changed", "state"):
            mine[name] = {**getattr(base, name), **mine.get(name, {})}
        for name in ("off", "off_always", "doses", "holds"):
            mine[name] = (*getattr(base, name), *mine.get(name, ()))
        return base.model_copy(update=mine)

    def sources(self) -> dict[str, Any]:
        """What the arm sets: id of a parameter or state -> how, as text; for comparison."""
        found: dict[str, Any] = {"population": self.population, "start": self.start}
        found |= {"age_at_start": self.age_years, "stress": self.noise, "activity": self.noise}
        found |= {f"always:{name}": value for name, value in self.always.items()}
        found |= {f"day0:{name}": value for name, value in self.changed.items()}
        found |= {f"state:{name}": value for name, value in self.state.items()}
        found |= {f"off:{name}": True for name in self.off}
        found |= {f"off_always:{name}": True for name in self.off_always}
        for place, one in enumerate((*self.doses, *self.holds)):
            found[f"dose:{place}:{_moved(one)}"] = repr(one)
        return found


def _moved(one: Any) -> str:
    """The input or state that a dose moves; `strains`, `mother` for hers, `drugs`, `creams`."""
    if isinstance(one, Held):
        return one.parameter
    if isinstance(one, Probiotic | MaternalProbiotic):
        return "strains" if isinstance(one, Probiotic) else "mother"
    if drug_of(one) is not None:
        return "drugs"
    if one.kind == "topical":
        return "creams"
    return "washing" if isinstance(one, Wash) else held_by(one)


class Read(Part):
    """One number from the course of a quantity; exactly one key."""

    day: NotNegative | None = None
    mean: Pair | None = None
    max: Pair | None = None
    min: Pair | None = None
    area: Pair | None = None
    change: Pair | None = None
    above: Pair | None = None
    ever_above: tuple[float, float, float] | None = None
    recovered: Pair | None = None
    return_to: Pair | None = None
    highest_on: Pair | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Read:
        if len(self.model_fields_set) != 1:
            raise ValueError("it must have exactly one key, such as day or mean")
        return self

    @property
    def kind(self) -> str:
        """Which read it is."""
        return next(iter(self.model_fields_set))

    @property
    def numbers(self) -> tuple[float, ...]:
        """Its numbers."""
        value = getattr(self, self.kind)
        return (value,) if isinstance(value, float | int) else tuple(value)

    def days(self) -> tuple[float, ...]:
        """The days that it names."""
        first = {"above": 1, "ever_above": 1, "return_to": 1}.get(self.kind, 0)
        return self.numbers[first:]


class Condition(Part):
    """Something that a patient meets or not: a quantity that is `above` or `ever_above` a level."""

    quantity: str
    read: Read


Across = Literal[
    "spread", "size", "sd", "distinct", "lower_than_best", "lower_than_median", "raised",
]  # fmt: skip


class Check(OpenPart):
    """One thing that must show.

    `across` compares worlds instead of judging each (`across_worlds`): the `spread` or the `size`
    of the contrast over that of `control` (which `control_read` may read at another time), its `sd`
    between worlds, whether
    the two are `distinct`, or in which share of worlds the contrast is `lower_than_best` or
    `lower_than_median` of the same contrast of each of `members`, or `raised`.

    `among` reads only those who meet a condition, each arm those of its own; `between` compares,
    within one arm, those who meet it with those who do not. With `apart` it is the share of people
    (%) in whom the contrast is larger than that, in either direction.
    """

    says: Said
    quantity: str
    read: Read
    contrast: dict[str, float] = Field(default_factory=dict)
    apart: Annotated[float, Field(gt=0)] | None = None
    rising: tuple[str, ...] = ()
    falling: tuple[str, ...] = ()
    scale: Literal["difference", "ratio", "percent", "odds_ratio"] = "difference"
    among: Condition | None = None
    between: Condition | None = None
    expected: Pair | None = None
    near: Annotated[float, Field(gt=0)] | Pair | None = None
    control: dict[str, float] = Field(default_factory=dict)
    across: Across | None = None
    control_read: Read | None = None
    members: tuple[str, ...] = ()
    grade: Grade | None = None
    unit: Label | None = None

    @property
    def by_size(self) -> bool:
        """Whether its size alone is judged, and it has no direction."""
        return self.apart is not None

    @property
    def null(self) -> float:
        """The value of no effect."""
        if self.across is not None:
            return 1.0 if self.across in ("spread", "size") else 0.0
        return 1.0 if self.scale in ("ratio", "odds_ratio") else 0.0

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What its patients are told apart by."""
        return tuple(one for one in (self.among, self.between) if one is not None)

    @property
    def reads(self) -> tuple[tuple[str, Read], ...]:
        """Every quantity that it looks at, and how."""
        other = [(self.quantity, self.control_read)] if self.control_read else []
        return (
            (self.quantity, self.read),
            *other,
            *((one.quantity, one.read) for one in self.conditions),
        )

    @property
    def stays(self) -> Pair | None:
        """Of a check that nothing changes: the range, about no effect, in which it stays."""
        if self.near is None or isinstance(self.near, tuple):
            return self.near
        return self.null - self.near, self.null + self.near

    def arms(self) -> tuple[str, ...]:
        """The arms that it compares."""
        return (*self.contrast, *self.control, *self.members, *self.rising, *self.falling)

    def comparisons(self) -> list[dict[str, float]]:
        """The contrasts it is made of; of several the smallest counts."""
        order = self.rising or self.falling[::-1]
        if order:
            return [{b: 1.0, a: -1.0} for a, b in pairwise(order)]
        return [self.contrast]


class Gain(Part):
    """What would have to be larger for the statement to hold, and up to where to look."""

    id: str
    most: float


AnyCheck = Check | TrialCheck | ValueCheck


class Experiment(Part):
    """A statement put to the model.

    With `one_body` worlds differ by their strains and patients alone; what nobody knows of bodies
    stays at its centre, as it is the same for all products that are tried on this earth. With
    `same_people` the patients of every world are the same, in bodies that differ. With `crossed`
    every patient of a trial is written down under every arm, so that a few hundred are enough.
    """

    experiment: SaidAtLength
    statement: Title | None = None
    source: tuple[Label, ...] = ()
    grade: Grade | None = None
    evidence_verdict: Literal["supported", "thin", "contested"]
    why: SaidAtLength
    days: Annotated[int, Field(ge=1)]
    worlds: Annotated[int, Field(ge=8, le=1024)] = 128
    patients: Annotated[int, Field(ge=1, le=4096)] = 1
    scorad: Pair | None = None
    exact: bool = False
    one_body: bool = False
    same_people: bool = False
    crossed: bool = False
    arms: dict[Label, Arm] = Field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    trial: str | None = None
    replicates: Annotated[int, Field(ge=FEWEST, le=10_000)] = 100
    trial_checks: tuple[TrialCheck, ...] = ()
    values: tuple[ValueCheck, ...] = ()
    sides: dict[Label, dict[str, float]] = Field(default_factory=dict)
    gain: Gain | None = None
    strains: tuple[OwnStrain, ...] = ()

    @property
    def everything(self) -> tuple[AnyCheck, ...]:
        """All checks, those of a trial and of numbers last."""
        return (*self.checks, *self.trial_checks, *self.values)

    def trial_of(self, check: TrialCheck) -> str | None:
        """The name of the trial that a check is read from."""
        return check.trial or self.trial


FORMAT = Format(
    root=Experiment,
    parts={
        "read": Read,
        "gain": Gain,
        "checks": Check,
        "among": Condition,
        "between": Condition,
        "holds": Held,
        "arms": Arm,
        "trial_checks": TrialCheck,
        "values": ValueCheck,
        "strains": OwnStrain,
        "trials": OwnTrial,
    },
    kinds=KINDS,
    entry="the dose",
)
