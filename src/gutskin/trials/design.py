"""What a trial is: who takes part, what each arm receives, when it is measured, how it is analysed.

One TOML file is one trial. `load_trial` reads it and reports all its problems together, each with
its line. A name without a path is that of a trial in `biology/trials`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from gutskin.errors import InputError, Problem, nearest
from gutskin.toml_file import (
    Format,
    Found,
    Known,
    NotNegative,
    Part,
    Positive,
    Share,
    known_name,
    read_toml,
    validate,
)
from gutskin.user_text import FileName, Identifier, Label, Prose, Title, alike

SHIPPED = Path(__file__).parents[1] / "biology" / "trials"
RESERVED_ARMS = ("difference", "differences", "label", "unit")


def _ordered(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(b <= a for a, b in pairwise(values)):
        raise ValueError("each number must be larger than the one before it")
    return values


def _from_zero(weeks: tuple[float, ...]) -> tuple[float, ...]:
    if weeks[0] != 0:
        raise ValueError("the first visit must be week 0, the baseline")
    return weeks


class Intervention(Part):
    """Something an arm receives, from `start_week` (included) to `end_week` (excluded).

    Without `end_week` it lasts until the end of the trial.
    """

    start_week: NotNegative = 0.0
    end_week: NotNegative = math.inf


class Probiotic(Intervention):
    """Strains taken by mouth; `cfu_per_day` is the dose of the whole mix (CFU/d)."""

    kind: Literal["probiotic"]
    strains: Annotated[tuple[Annotated[str, known_name("strain")], ...], Field(min_length=1)]
    cfu_per_day: NotNegative
    viable: bool = True


class Emollient(Intervention):
    """Moisturiser; `level` is the share of the skin and days that are well cared for."""

    kind: Literal["emollient"]
    level: Share


class TopicalSteroid(Intervention):
    """Steroid cream; `level` is the share of full daily use."""

    kind: Literal["topical_steroid"]
    level: Share


class Antibiotic(Intervention):
    """A course by mouth of `days` days from `start_week`."""

    kind: Literal["antibiotic"]
    days: Positive


class Fibre(Intervention):
    """Fermentable fibre as a multiple (`factor`) of the patient's habitual intake."""

    kind: Literal["fibre"]
    factor: NotNegative


class Washing(Intervention):
    """Washing with soap, `washes_per_day` times a day."""

    kind: Literal["washing"]
    washes_per_day: NotNegative


class Dupilumab(Intervention):
    """IL-4 receptor block: `loading_mg` once, then `dose_mg` every `every_weeks` weeks."""

    kind: Literal["dupilumab"]
    loading_mg: NotNegative
    dose_mg: NotNegative
    every_weeks: Positive


AnyIntervention = Probiotic | Emollient | TopicalSteroid | Antibiotic | Fibre | Washing | Dupilumab
INTERVENTIONS: dict[str, type[Intervention]] = {
    "probiotic": Probiotic,
    "emollient": Emollient,
    "topical_steroid": TopicalSteroid,
    "antibiotic": Antibiotic,
    "fibre": Fibre,
    "washing": Washing,
    "dupilumab": Dupilumab,
}


class Arm(Part):
    """A group of `n` patients and what they receive; exactly one arm is the control."""

    name: Identifier
    n: Annotated[int, Field(ge=2)]
    label: Label = ""
    control: bool = False
    interventions: tuple[Annotated[AnyIntervention, Field(discriminator="kind")], ...] = ()

    @property
    def title(self) -> str:
        """The arm's name as a reader sees it."""
        return self.label or self.name.replace("_", " ")


Range = Annotated[tuple[NotNegative, NotNegative], AfterValidator(_ordered)]


class Eligibility(Part):
    """Who may enrol; scores are as measured at screening, noise included. Both ends belong."""

    age_years: Range | None = None
    scorad: Range | None = None


class Visits(Part):
    """When patients are measured; the first visit (week 0) is the baseline.

    `end_week` is the end of the trial. Without it the trial ends with its longest intervention or,
    if none names an end, with the last visit.
    """

    weeks: Annotated[
        tuple[NotNegative, ...],
        Field(min_length=2),
        AfterValidator(_ordered),
        AfterValidator(_from_zero),
    ]
    screening_weeks: NotNegative = 0.0
    end_week: Positive | None = None


class Conduct(Part):
    """How well the trial runs: doses taken, patients lost, better care than before the trial.

    `adherence` is the share of doses taken (default 1), `dropout_share` the share of patients who
    leave before the last visit (default 0), `in_trial_care` whether families treat the skin better
    than before (default true).
    """

    adherence: Share = 1.0
    dropout_share: Share = 0.0
    in_trial_care: bool = True


Endpoint = Annotated[str, known_name("endpoint")]


class Analysis(Part):
    """What is compared at the last visit, adjusted for its baseline.

    `meaningful_difference` is the size of the primary endpoint's change that matters to a patient.
    """

    primary: Endpoint
    endpoints: Annotated[tuple[Endpoint, ...], Field(min_length=1)]
    method: Literal["ancova"] = "ancova"
    meaningful_difference: Positive | None = None


class Published(Part):
    """What the real trial reported: directions only, shown beside the simulation, never used."""

    reference: Title = ""
    directions: dict[Label, Title] = Field(default_factory=dict)
    notes: tuple[Prose, ...] = ()


class TrialDesign(Part):
    """A whole trial.

    Examples
    --------
    >>> design = load_trial("six-strain-children")
    >>> design.control.name, [arm.name for arm in design.active]
    ('placebo', ['six_strain'])
    >>> design.end_week
    8.0
    """

    name: FileName
    population: Annotated[str, known_name("population")]
    visits: Visits
    arms: Annotated[tuple[Arm, ...], Field(min_length=2)]
    analysis: Analysis
    title: Title = ""
    eligibility: Eligibility = Eligibility()
    conduct: Conduct = Conduct()
    published: Published = Published()

    @model_validator(mode="after")
    def _end_what_has_no_end(self) -> TrialDesign:
        for arm in self.arms:
            for one in arm.interventions:
                if math.isinf(one.end_week):
                    # Frozen afterwards; while the trial is being made, its end closes what is open.
                    object.__setattr__(one, "end_week", self.end_week)
        return self

    @property
    def control(self) -> Arm:
        """The arm that the others are compared with."""
        return next(arm for arm in self.arms if arm.control)

    @property
    def active(self) -> tuple[Arm, ...]:
        """The arms that are compared with the control, in the file's order."""
        return tuple(arm for arm in self.arms if not arm.control)

    @property
    def end_week(self) -> float:
        """The week at which the trial ends."""
        ends = [one.end_week for arm in self.arms for one in arm.interventions]
        return _end_of_trial(self.visits.end_week, ends, self.visits.weeks)


FILE = Format(
    TrialDesign,
    {
        "eligibility": Eligibility,
        "visits": Visits,
        "arms": Arm,
        "conduct": Conduct,
        "analysis": Analysis,
        "published": Published,
    },
    INTERVENTIONS,
    "an intervention",
)


def shipped_trials() -> tuple[str, ...]:
    """The names of the trials that come with gutskin."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def load_trial(name_or_path: str | Path, known: Known | None = None) -> TrialDesign:
    """Read a trial by the name of a shipped one or from a file.

    Parameters
    ----------
    name_or_path : a name in `shipped_trials()`, or the path of a TOML file
    known : the names the file may use; without it they are not checked

    Raises
    ------
    InputError
        with all problems of the file, each with its line
    """
    path = _find(name_or_path)
    file = read_toml(path)
    return validate(FILE, file, tuple(_inconsistencies(file.values)), known)


def _find(name_or_path: str | Path) -> Path:
    name, path = str(name_or_path), Path(name_or_path)
    if name in shipped_trials():
        return SHIPPED / f"{name}.toml"
    if os.path.lexists(path):  # unlike Path.exists, it takes names of any length
        return path
    if path.suffix == ".toml" or len(path.parts) > 1:
        raise InputError(Problem("there is no such file.", path))
    raise InputError(Problem(f"unknown trial {name!r}.", remedy=nearest(name, shipped_trials())))


def _end_of_trial(stated: float | None, ends: Sequence[float], weeks: Sequence[float]) -> float:
    finite = [float(end) for end in ends if math.isfinite(end)]
    return float(stated) if stated is not None else max(finite or [float(max(weeks))])


def _inconsistencies(raw: Mapping[str, Any]) -> Iterator[Found]:
    """What is wrong between parts; of the raw file, so that no other problem hides it."""
    arms = [arm if isinstance(arm, dict) else {} for arm in _list(raw, "arms")]
    names = [arm.get("name") for arm in arms]
    for i, name in enumerate(names):
        if name in names[:i]:
            yield ("arms", i, "name"), f"two arms are called {name!r}.", "Rename one of them."
        if name in RESERVED_ARMS:
            yield ("arms", i, "name"), f"an arm cannot be called {name!r}.", "Rename it."
    yield from _taken_for_another(arms)
    controls = [i for i, arm in enumerate(arms) if arm.get("control") is True]
    if arms and len(controls) != 1:
        place = ("arms", controls[1], "control") if controls else ("arms", 0)
        remedy = "Write `control = true` in exactly one arm."
        yield place, f"there are {len(controls)} control arms.", remedy
    primary = raw["analysis"].get("primary") if isinstance(raw.get("analysis"), dict) else None
    if isinstance(primary, str) and primary not in _list(raw["analysis"], "endpoints"):
        yield ("analysis", "primary"), f"{primary!r} is not in `endpoints`.", "Add it there."
    yield from _out_of_time(raw, arms)


def _taken_for_another(arms: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
    """Arms that a reader, or a disk without upper and lower case, takes for an earlier one."""
    names: list[str] = []
    titles: list[str] = []
    for i, arm in enumerate(arms):
        name, label = arm.get("name"), arm.get("label", "")
        if not isinstance(name, str) or not isinstance(label, str):
            continue
        title = label or name.replace("_", " ")
        if alike(name) in names:
            if name not in (one.get("name") for one in arms[:i]):
                what = f"the name {name!r} differs from an earlier one in case only."
                yield ("arms", i, "name"), what, "Rename it."
        elif alike(title) in titles:
            what = f"a reader takes {title!r} for an earlier arm."
            yield ("arms", i, "label"), what, "Write a `label` of its own."
        names.append(alike(name))
        titles.append(alike(title))


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    """The array under a key; nothing if it is no array, which is reported elsewhere."""
    value = table.get(key)
    return value if isinstance(value, list) else []


def _out_of_time(raw: Mapping[str, Any], arms: list[dict[str, Any]]) -> Iterator[Found]:
    visits = raw["visits"] if isinstance(raw.get("visits"), dict) else {}
    weeks = _list(visits, "weeks")
    courses = {
        ("arms", i, "interventions", j): (one.get("start_week", 0.0), one.get("end_week", math.inf))
        for i, arm in enumerate(arms)
        for j, one in enumerate(_list(arm, "interventions"))
        if isinstance(one, dict)
    }
    stated = visits.get("end_week")
    times = [*weeks, *(time for course in courses.values() for time in course)]
    times += [] if stated is None else [stated]
    if not weeks or not all(isinstance(time, int | float) for time in times):
        return
    end = _end_of_trial(stated, [end for _, end in courses.values()], weeks)
    for i, week in enumerate(weeks):
        if week > end:
            message = f"the visit at week {week:g} is after the end of the trial, week {end:g}."
            remedy = f"To follow patients up, write `end_week = {week:g}` in [visits]."
            yield ("visits", "weeks", i), message, remedy
    for place, (start, stop) in courses.items():
        if math.isfinite(stop) and stop > end:
            remedy = "Shorten it or move `end_week` in [visits]."
            yield (*place, "end_week"), f"week {stop:g} is after the end, week {end:g}.", remedy
        if start >= min(stop, end):
            message = f"it starts at week {start:g} and ends at week {min(stop, end):g}."
            yield (*place, "start_week"), message, "Start it before its end."
