"""What is to be chosen among for a trial: as a file says it, or what suits the trial by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.vocabulary import vocabulary
from gutskin.optimisation.candidates import EVERYBODY, FILE, Candidates, Enrichment
from gutskin.population.known import known_names
from gutskin.population.populations import covered_ages, load_populations
from gutskin.toml_file import validate
from gutskin.toml_text import Found, TomlFile, in_order, read_toml

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.model.rows import Row
    from gutskin.trials.design import TrialDesign

SCALABLE = ("cfu_per_day", "dose_mg", "loading_mg", "g_per_day")  # keys of a dose
DOSES = (0.5, 1.0, 2.0)
CLINICAL = ("scorad", "objective_scorad", "easi", "itch")
OF_ALL_VISITS = ("ever", "count")  # scales whose value hangs on how many visits there are


@dataclass(frozen=True)
class Asked:
    """Everything that designs are made of; every list has something in it.

    Parameters
    ----------
    declared : whether a file says what patients cost
    """

    candidates: Candidates
    declared: bool


def candidates_for(
    design: TrialDesign, biology: Biology, over: str | PathLike[str] | None = None
) -> Asked:
    """The candidates of a file, completed by what suits the trial.

    Raises
    ------
    InputError
        With all that is wrong in the file, or why this trial cannot be optimised.
    """
    problems = [Problem(what, None, None, fix) for what, fix in _unfit(design)]
    file: TomlFile | None = None
    asked = Candidates()
    try:
        if over is not None:
            file = read_toml(Path(over))
            asked = validate(FILE, file, (), known_names(biology))
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    rows = vocabulary(biology).tables.endpoints
    wrong = [*_inconsistent(asked, design, rows)]
    if file is not None:
        problems += in_order(file.problem(*one) for one in wrong)
    if problems:
        raise InputError(problems)
    declared = file is not None and "cost" in file.values
    return Asked(_completed(asked, design, rows, biology), declared)


def _unfit(design: TrialDesign) -> Iterator[tuple[str, str]]:
    """Why a trial is not one of two arms in parallel, whose design can be changed in this way."""
    kinds = {
        "of a single arm": design.single_arm,
        "with a crossover": design.crossover is not None,
        "of those who responded": design.responders is not None,
        "from birth": design.from_birth,
    }
    for kind, there in kinds.items():
        if there:
            what = f"{design.name}: designs of a trial {kind} are not compared."
            yield what, "Take a trial with parallel arms, or ask `gutskin power`."


def scalable(design: TrialDesign, arm: str) -> bool:
    """Whether an arm has a dose that can be another one."""
    active = next(one for one in design.active if one.name == arm)
    return any(
        getattr(one, key, None) is not None for one in active.interventions for key in SCALABLE
    )


def _completed(
    asked: Candidates, design: TrialDesign, rows: Mapping[str, Row], biology: Biology
) -> Candidates:
    """The same with something in every list."""
    arm = asked.arm or design.active[0].name
    primary = design.analysis.primary
    endpoints = asked.endpoints or tuple(
        name
        for name in design.analysis.endpoints
        if name == primary or (name in CLINICAL and rows[primary].text("scale") != "log")
    )
    weeks = asked.weeks or design.visits.weeks[1:]
    own_run_in = 0.0 if design.run_in is None else design.run_in.weeks
    spacing = max(1.0, design.visits.weeks[design.analysed] / max(1, design.analysed))
    pilot = asked.pilot.model_copy(
        update={
            "endpoints": asked.pilot.endpoints or design.analysis.endpoints,
            "weeks": asked.pilot.weeks or weeks,
        }
    )
    updates = {
        "arm": arm,
        "endpoints": tuple(one for one in endpoints if rows[one].text("scale") not in OF_ALL_VISITS)
        or endpoints,
        "weeks": weeks,
        "dose_factors": asked.dose_factors or (DOSES if scalable(design, arm) else (1.0,)),
        "run_in_weeks": asked.run_in_weeks or (own_run_in,),
        "records": asked.records or (1, 2),
        "allocation": asked.allocation or (1.0, 2.0),
        "visit_every_weeks": asked.visit_every_weeks or spacing,
        "enrichment": (EVERYBODY, *(asked.enrichment or _usual(design, biology))),
        "pilot": pilot.model_copy(
            update={
                "endpoints": tuple(
                    one for one in pilot.endpoints if rows[one].text("scale") not in OF_ALL_VISITS
                )
            }
        ),
    }
    return asked.model_copy(update=updates)


def _usual(design: TrialDesign, biology: Biology) -> tuple[Enrichment, ...]:
    """Whom trials usually enrich for, of those that this one admits."""
    ages = _ages(design, biology)
    middle = round(sum(ages) / 2, 1)
    score = design.analysis.primary if design.analysis.primary in CLINICAL else "scorad"
    found = [
        Enrichment(name="younger", label="The younger half", age_years=(ages[0], middle)),
        Enrichment(name="older", label="The older half", age_years=(middle, ages[1])),
        Enrichment(name="more_severe", label="The more severe half", upper_half=(score,)),
        Enrichment(name="s_aureus", label="More S. aureus (upper half)", upper_half=("s_aureus",)),
        Enrichment(
            name="butyrate", label="Less stool butyrate (lower half)",
            lower_half=("stool_butyrate",),
        ),
    ]  # fmt: skip
    if design.eligibility.sensitised is None:
        found.insert(2, Enrichment(name="sensitised", label="Sensitised only", sensitised=True))
    return tuple(found)


def _ages(design: TrialDesign, biology: Biology) -> tuple[float, float]:
    """The ages that a trial admits (years)."""
    if design.eligibility.age_years is not None:
        return design.eligibility.age_years
    known = load_populations(biology)
    people = covered_ages([known[name] for name in design.population])
    return people[0][0], people[-1][1]


def _inconsistent(
    asked: Candidates, design: TrialDesign, rows: Mapping[str, Row]
) -> Iterator[Found]:
    """What is wrong between the file and the trial."""
    arms = [one.name for one in design.active]
    if asked.arm and asked.arm not in arms:
        yield ("arm",), f"{asked.arm!r} is no active arm of the trial.", nearest(asked.arm, arms)
    elif asked.dose_factors not in ((), (1.0,)) and not scalable(design, asked.arm or arms[0]):
        what = f"`{asked.arm or arms[0]}` receives nothing of which there could be another dose."
        yield ("dose_factors",), what, "Take it out."
    if asked.run_in_weeks and design.run_in is not None:
        what = "the trial has a run-in of its own."
        yield ("run_in_weeks",), what, "Take it out, or take [run_in] out of the trial."
    for number, weeks in enumerate(asked.run_in_weeks):
        if 0 < weeks < 1:
            what = f"`run_in_weeks`: {weeks:g} weeks; a run-in has one week at least."
            yield ("run_in_weeks", number), what, "Write 0 or 1 or more."
    if asked.records and asked.weeks and asked.weeks[0] <= asked.records[-1] - 1:
        what = f"{asked.records[-1]} records a week apart end at week {asked.records[-1]} or later."
        yield ("records",), what, "Write fewer of them, or later `weeks`."
    for place, name in _names(asked):
        if rows[name].text("scale") in OF_ALL_VISITS:
            what = f"{name!r} hangs on how many visits there are, which differ between designs."
            yield place, what, "Take another endpoint."
    names = [one.name for one in asked.enrichment]
    for number, one in enumerate(asked.enrichment):
        place = ("enrichment", number)
        if names.index(one.name) < number or one.name == EVERYBODY.name:
            what = f"the enrichment {one.name!r} stands twice."
            yield (*place, "name"), what, "Write another name; 'all' is everybody."
        if not one.measured and not one.of_the_person:
            yield place, f"the enrichment {one.name!r} asks for nothing.", "Say whom it takes."
        low, high = design.eligibility.age_years or (0.0, 200.0)
        if one.age_years and (one.age_years[1] <= low or one.age_years[0] >= high):
            what = f"the trial admits nobody of {one.age_years[0]:g} to {one.age_years[1]:g} years."
            yield (*place, "age_years"), what, f"Its ages are {low:g} to {high:g} years."


def _names(asked: Candidates) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every endpoint of a file with its place."""
    for number, name in enumerate(asked.endpoints):
        yield ("endpoints", number), name
    for number, name in enumerate(asked.pilot.endpoints):
        yield ("pilot", "endpoints", number), name
    for number, one in enumerate(asked.enrichment):
        for name in one.measured:
            yield ("enrichment", number), name
