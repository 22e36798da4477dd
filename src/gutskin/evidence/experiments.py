"""Experiments as data: what `claims.toml` and files like it may say.

The form is described in docs/claims.md. Reading refuses an experiment that could not fail.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from gutskin.errors import InputError, Problem, nearest
from gutskin.model import graph
from gutskin.model.biology import biology_folder
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.model.tables import start_columns
from gutskin.population.doses import HELD, KINDS, AnyDose, Dupilumab, Probiotic, Wash
from gutskin.population.known import known_names
from gutskin.population.populations import load_populations
from gutskin.toml_file import (
    Format,
    NotNegative,
    Part,
    in_order,
    parsed,
    read_toml,
    written,
)
from gutskin.trials.design import known_trials
from gutskin.user_text import Label, Prose, Title, alike, wrong_with

SHIPPED = ("claims", "perturbations", "mechanisms_alone")
MOST_DAYS = 40 * 366.0
CHANCE = 0.025  # of p < 0.05 in favour where there is no effect
FEWEST = 50  # units below which an interval says little
SETTLED = "settled"

Change = float | Annotated[str, Field(pattern=r"^(x|\+|-)\d+(\.\d+)?(e[+-]?\d+)?$")]
Pair = tuple[float, float]
Grade = Literal["A", "B", "C", "contested", "structure", "none"]


class _Open(Part):
    """A table whose numbers may be infinite."""

    model_config = ConfigDict(allow_inf_nan=True)


class Held(_Open):
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
        found |= {"age_at_start": self.age_years, "stress": self.noise}
        found |= {f"always:{name}": value for name, value in self.always.items()}
        found |= {f"day0:{name}": value for name, value in self.changed.items()}
        found |= {f"state:{name}": value for name, value in self.state.items()}
        found |= {f"off:{name}": True for name in self.off}
        found |= {f"off_always:{name}": True for name in self.off_always}
        for place, one in enumerate((*self.doses, *self.holds)):
            found[f"dose:{place}:{_moved(one)}"] = repr(one)
        return found


def _moved(one: Any) -> str:
    """The input or state that a dose moves, or `strains`."""
    if isinstance(one, Held):
        return one.parameter
    if isinstance(one, Probiotic):
        return "strains"
    if isinstance(one, Dupilumab):
        return "drug_depot"
    return "washing" if isinstance(one, Wash) else HELD[one.kind][0]


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


class Check(_Open):
    """One thing that must show."""

    says: Title
    quantity: str
    read: Read
    contrast: dict[str, float] = Field(default_factory=dict)
    rising: tuple[str, ...] = ()
    falling: tuple[str, ...] = ()
    scale: Literal["difference", "ratio", "percent"] = "difference"
    expected: Pair | None = None
    near: Annotated[float, Field(gt=0)] | None = None
    control: dict[str, float] = Field(default_factory=dict)
    grade: Grade | None = None
    unit: Label | None = None

    @property
    def null(self) -> float:
        """The value of no effect."""
        return 1.0 if self.scale == "ratio" else 0.0

    def arms(self) -> tuple[str, ...]:
        """The arms that it compares."""
        return (*self.contrast, *self.control, *self.rising, *self.falling)

    def comparisons(self) -> list[dict[str, float]]:
        """The contrasts it is made of; of several the smallest counts."""
        order = self.rising or self.falling[::-1]
        if order:
            return [{b: 1.0, a: -1.0} for a, b in pairwise(order)]
        return [self.contrast]


class TrialCheck(_Open):
    """One thing that must show in a whole trial, over its replicates.

    `true_effect` and `difference` are of the first active arm against the control, one for each
    replicate; `significant_for` is the share of replicates with p < 0.05 in its favour. Of one
    arm, as measured: `baseline` is its mean at entry, `percent_change` the mean change at a week
    (%), `three_quarters_less` the patients whose score has fallen by three quarters (%).
    """

    says: Title
    endpoint: str
    statistic: Literal[
        "true_effect", "difference", "significant_for",
        "baseline", "percent_change", "three_quarters_less",
    ]  # fmt: skip
    arm: str | None = None
    week: Annotated[float, Field(ge=0)] | None = None
    expected: Pair
    grade: Grade | None = None

    near: ClassVar[None] = None

    @property
    def null(self) -> float:
        """The value of no effect; of a share of trials what chance gives."""
        return CHANCE if self.statistic == "significant_for" else 0.0

    @property
    def quantity(self) -> str:
        """What is measured."""
        return self.endpoint


class Gain(Part):
    """What would have to be larger for the statement to hold, and up to where to look."""

    id: str
    most: float


class Experiment(Part):
    """A statement put to the model."""

    experiment: Prose
    statement: Title | None = None
    source: tuple[Label, ...] = ()
    grade: Grade | None = None
    evidence_verdict: Literal["supported", "thin", "contested"]
    why: Prose
    days: Annotated[float, Field(gt=0, le=MOST_DAYS)]
    worlds: Annotated[int, Field(ge=8, le=1024)] = 128
    patients: Annotated[int, Field(ge=1, le=4096)] = 1
    scorad: Pair | None = None
    exact: bool = False
    arms: dict[Label, Arm] = Field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    trial: str | None = None
    replicates: Annotated[int, Field(ge=FEWEST, le=10_000)] = 100
    trial_checks: tuple[TrialCheck, ...] = ()
    sides: dict[Label, dict[str, float]] = Field(default_factory=dict)
    gain: Gain | None = None

    @property
    def everything(self) -> tuple[Check | TrialCheck, ...]:
        """All checks, those of a trial last."""
        return (*self.checks, *self.trial_checks)


FORMAT = Format(
    root=Experiment,
    parts={
        "read": Read,
        "gain": Gain,
        "checks": Check,
        "holds": Held,
        "arms": Arm,
        "trial_checks": TrialCheck,
    },
    kinds=KINDS,
    entry="the dose",
)


@dataclass(frozen=True)
class Statement:
    """An experiment with what the article says and how good the evidence is.

    Parameters
    ----------
    arms : name -> whole arm, what it is like put in
    grade : of the evidence
    """

    id: str
    says: str
    grade: str
    arms: Mapping[str, Arm]
    experiment: Experiment

    def must_show(self, check: Check | TrialCheck) -> bool:
        """Whether human evidence, or structure, asks that a check shows."""
        return (check.grade or self.grade) in ("A", "B", "structure")


def shipped(name: str) -> Path:
    """The file of a shipped set of experiments.

    Raises
    ------
    InputError
        For an unknown name.
    """
    if name not in SHIPPED:
        message = f"there is no set of experiments {name!r}."
        raise InputError(Problem(message, remedy=nearest(name, SHIPPED)))
    return biology_folder() / f"{name}.toml"


def read_experiments(path: Path, model: Model) -> dict[str, Statement]:
    """The statements of a file, in its order.

    Raises
    ------
    InputError
        With all problems of the file, among them experiments that could not fail.
    """
    file = read_toml(path)
    known = known_names(model.biology)
    found: dict[str, Statement] = {}
    untold = {place: (what, fix) for place, what, fix in written(file.values)}
    problems = [file.problem(place, *one) for place, one in untold.items()]
    earlier: dict[str, str] = {}
    for name, entry in file.values.items():
        told = list(_name_problems(name, earlier.setdefault(alike(name), name)))
        one, wrong = parsed(FORMAT, entry, known)
        told += wrong
        if one is not None:
            arms, wrong = _whole_arms(one)
            told += wrong or list(_problems(one, arms, model))
            if not told:
                found[name] = _statement(name, one, arms, model)
        problems += [
            file.problem((name, *place), f"{name}: {what}", fix)
            for place, what, fix in told
            if (name, *place) not in untold
        ]
    if problems:
        raise InputError(in_order(problems))
    return found


def _name_problems(name: str, first: str) -> Iterator[tuple[Sequence[Any], str, str | None]]:
    """What is wrong with an id: figures are named after it. `first` is the first that is alike."""
    if wrong := wrong_with(name):
        yield (), f"{wrong}.", None
    if first != name:
        yield (), f"its id differs from {first!r} in case only.", "Rename one of them."


def _statement(name: str, one: Experiment, arms: Mapping[str, Arm], model: Model) -> Statement:
    row = _article(model).get(name)
    says = one.statement or (row.text("statement") if row else one.experiment)
    grade = one.grade or (grade_of(row.text("evidence")) if row else "none")
    return Statement(name, says, grade, arms, one)


def grade_of(evidence: str) -> str:
    """The grade at the head of what claims.tsv says of the evidence.

    >>> [grade_of(text) for text in ("B- (trials)", "CONTESTED: by a census", "unverified")]
    ['B', 'contested', 'none']
    """
    if evidence.startswith(("CONTESTED", "structure")):
        return "contested" if evidence.startswith("CONTESTED") else "structure"
    return evidence[:1] if re.match(r"[ABC]\b", evidence) else "none"


def _whole_arms(one: Experiment) -> tuple[dict[str, Arm], list[Any]]:
    """Every arm with what it is like put in, and what is wrong with that."""
    whole: dict[str, Arm] = {}
    told = []
    for name, arm in one.arms.items():
        if arm.like is None:
            whole[name] = arm
        elif arm.like in whole:
            whole[name] = arm.over(whole[arm.like])
        else:
            remedy = nearest(arm.like, tuple(whole)) if whole else "Write that arm first."
            told.append((("arms", name, "like"), f"no earlier arm is {arm.like!r}.", remedy))
            continue
        if whole[name].population is None:
            told.append((("arms", name), f"arm {name!r} has no population.", "Name one."))
    return whole, told


def _problems(
    one: Experiment, arms: Mapping[str, Arm], model: Model
) -> Iterator[tuple[Sequence[Any], str, str | None]]:
    """What is wrong with an experiment whose form is right."""
    for name, arm in arms.items():
        yield from _arm_problems(("arms", name), arm, model)
    for side, values in one.sides.items():
        yield from _unknown(("sides", side), values, model.parameter_ids, "parameter")
    if one.gain is not None:
        yield from _unknown(("gain",), (one.gain.id,), model.parameter_ids, "parameter")
    if not one.everything:
        yield ("experiment",), "it has no checks, so it could not fail.", "Add [[...checks]]."
    if bool(one.trial) != bool(one.trial_checks):
        yield ("trial",), "`trial` and `trial_checks` belong together.", "Write both or none."
    elif one.trial is not None:
        yield from _unknown(("trial",), (one.trial,), known_trials(model.biology), "trial")
    for number, check in enumerate(one.trial_checks):
        place = ("trial_checks", number)
        endpoints = tuple(model.tables.endpoints)
        yield from _unknown((*place, "endpoint"), (check.endpoint,), endpoints, "endpoint")
        yield from _range_problems(place, check)
    for number, check in enumerate(one.checks):
        yield from _check_problems(("checks", number), check, one, arms, model)


def _unknown(
    place: Sequence[Any], names: Any, known: Sequence[str], what: str
) -> Iterator[tuple[Sequence[Any], str, str | None]]:
    for name in names:
        if name not in known:
            yield place, f"the model has no {what} {name!r}.", nearest(name, known)


def _arm_problems(
    place: Sequence[Any], arm: Arm, model: Model
) -> Iterator[tuple[Sequence[Any], str, str | None]]:
    rows = model.tables.parameters
    inputs = tuple(name for name, row in rows.items() if row.text("role") == "input")
    starts = (SETTLED, *start_columns(model.tables))
    populations = tuple(load_populations(model.biology))
    yield from _unknown((*place, "population"), (arm.population,), populations, "population")
    yield from _unknown((*place, "always"), arm.always, model.parameter_ids, "parameter")
    yield from _unknown((*place, "changed"), arm.changed, model.parameter_ids, "parameter")
    yield from _unknown((*place, "state"), arm.state, model.state_ids, "state")
    yield from _unknown((*place, "start"), (arm.start,), starts, "start")
    mechanisms = tuple(model.tables.mechanisms)
    yield from _unknown((*place, "off"), (*arm.off, *arm.off_always), mechanisms, "mechanism")
    held = tuple(one.parameter for one in arm.holds)
    yield from _unknown((*place, "holds"), held, inputs, "input")


def _check_problems(
    place: Sequence[Any],
    check: Check,
    one: Experiment,
    arms: Mapping[str, Arm],
    model: Model,
) -> Iterator[tuple[Sequence[Any], str, str | None]]:
    known = (*model.state_ids, *model.assigned_ids)
    yield from _unknown((*place, "quantity"), (check.quantity,), known, "quantity")
    for name in check.arms():
        if name not in arms:
            yield place, f"there is no arm {name!r}.", nearest(name, tuple(arms))
            return
    forms = [bool(check.contrast), bool(check.rising), bool(check.falling)]
    if sum(forms) != 1 or (len(check.comparisons()) == 1 and not check.comparisons()[0]):
        yield place, "it must have one of contrast, rising and falling.", None
        return
    if (check.expected is None) == (check.near is None):
        yield place, "it must have either `expected` or `near`.", None
        return
    if max(check.read.days()) > one.days:
        yield (*place, "read"), f"it reads after the last day ({one.days:g}).", "Raise `days`."
    if check.expected is not None:
        yield from _range_problems(place, check)
    elif not check.control:
        what = "`near` without a `control` could not fail."
        yield place, what, "Add a second contrast that must be larger."
    if check.quantity not in known:
        return
    for comparison in check.comparisons() if check.near is None else [check.control]:
        yield from _blind(place, check, comparison, arms, model)


def _range_problems(
    place: Sequence[Any], check: Check | TrialCheck
) -> Iterator[tuple[Sequence[Any], str, str | None]]:
    assert check.expected is not None
    low, high = check.expected
    if not low < high:
        yield (*place, "expected"), "its ends are not in order.", "Write [low, high]."
    elif low < check.null < high:
        what = f"expected = [{low:g}, {high:g}] admits both signs, so it could not fail."
        yield (*place, "expected"), what, f"End it at {check.null:g}, or use `near`."


def _blind(
    place: Sequence[Any],
    check: Check,
    comparison: Mapping[str, float],
    arms: Mapping[str, Arm],
    model: Model,
) -> Iterator[tuple[Sequence[Any], str, str | None]]:
    """Nothing differs between the arms, or nothing that differs can reach the quantity."""
    names = " and ".join(comparison)
    sets = [arms[name].sources() for name in comparison]
    keys = {key for one in sets for key in one if any(one.get(key) != o.get(key) for o in sets)}
    if check.read.kind in ("change", "highest_on") and len(sets) == 1:
        keys = {key for key in sets[0] if key.startswith(("dose", "day0", "state", "off:"))}
    if not keys:
        what = f"arms {names} are the same, so it could not fail."
        yield place, what, "Change something in one of them."
        return
    if keys & {"population", "start"}:
        return
    both = set.intersection(*({*arms[name].off, *arms[name].off_always} for name in comparison))
    switches = frozenset(model.tables.mechanisms[name].text("switch") for name in both)
    if not graph.reaches(_graph(model, switches), _ids(keys, model), [check.quantity]):
        what = f"nothing that differs between {names} reaches {check.quantity}."
        yield place, what, "It could not fail; choose another quantity or perturbation."


def _ids(keys: set[str], model: Model) -> set[str]:
    """The parameters and states behind the keys of `Arm.sources`."""
    ids: set[str] = set()
    for key in keys:
        name = key.rpartition(":")[2]
        if key.startswith("off"):
            ids.add(model.tables.mechanisms[name].text("switch"))
        elif name == "strains":
            ids |= {one for one in model.parameter_ids if one.startswith("dose_strain_")}
        else:
            ids.add(name)
    return ids


@cache
def _graph(model: Model, off: frozenset[str]) -> Mapping[str, set[str]]:
    return graph.dependencies(model, off)


@cache
def _article(model: Model) -> Mapping[str, Row]:
    """What the article says, by id."""
    return model.biology.table("claims.tsv")
