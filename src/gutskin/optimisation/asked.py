"""What is to be chosen among for a trial: as a file says it, or what suits the trial by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from gutskin.errors import InputError, Problem
from gutskin.model.vocabulary import vocabulary
from gutskin.optimisation.candidate_problems import OF_ALL_VISITS, candidate_problems
from gutskin.optimisation.candidates import EVERYBODY, FILE, Candidates, Enrichment
from gutskin.optimisation.designs import least_cost
from gutskin.optimisation.survey import possible_doses, scalable
from gutskin.population.known import known_names
from gutskin.population.populations import covered_ages, load_populations
from gutskin.toml_file import sound_parts, validate
from gutskin.toml_text import TomlFile, path_of, read_toml

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.model.rows import Row
    from gutskin.trials.design import TrialDesign

DOSES = (0.5, 1.0, 2.0)
CLINICAL = ("scorad", "objective_scorad", "easi", "itch")


@dataclass(frozen=True)
class Asked:
    """Everything that designs are made of; every list has something in it.

    Parameters
    ----------
    declared : whether a file says what patients cost
    file : in which they stand
    """

    candidates: Candidates
    declared: bool
    file: TomlFile | None = None


def candidates_for(
    design: TrialDesign,
    biology: Biology,
    over: str | PathLike[str] | None = None,
    budget: float | None = None,
) -> Asked:
    """The candidates of a file, completed by what suits the trial.

    Parameters
    ----------
    budget : in place of that of the file

    Raises
    ------
    InputError
        With all that is wrong in the file, or why this trial cannot be optimised.
    """
    problems = [Problem(what, None, None, fix) for what, fix in _unfit(design)]
    file: TomlFile | None = None
    asked = Candidates()
    rows = vocabulary(biology).tables.endpoints
    try:
        if over is not None:
            file = read_toml(path_of(over, "candidates"))
            known = known_names(biology)
            rough = sound_parts([file.values], Candidates, known).get(0)
            wrong = [] if rough is None else candidate_problems(rough, file.values, design, rows)
            asked = validate(FILE, file, list(wrong), known)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    declared = file is not None and "cost" in file.values
    found = _completed(asked, design, rows, biology)
    if budget is not None:
        found = found.model_copy(update={"budget": budget})
    if found.budget is not None and found.budget < (least := least_cost(found)):
        what = f"a budget of {found.budget:,.10g} has no two patients in each arm of any design."
        fix = f"Write {math.ceil(least):,} or more: beside it they are screened for."
        if file is None or budget is not None:
            raise InputError(Problem(what, remedy=fix))
        raise InputError(file.problem(("budget",), what, fix))
    return Asked(found, declared, file)


def form_problems(over: str | PathLike[str] | None, biology: Biology) -> tuple[Problem, ...]:
    """What is wrong with the form of a file of candidates, whatever trial they are of."""
    if over is None:
        return ()
    try:
        validate(FILE, read_toml(path_of(over, "candidates")), (), known_names(biology))
    except InputError as error:
        return tuple(error.problems)
    return ()


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
            other = "add a control arm" if design.single_arm else "ask `gutskin power`"
            yield what, f"Take a trial with parallel arms, or {other}."


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
        "dose_factors": asked.dose_factors
        or (possible_doses(design, arm, DOSES, biology) if scalable(design, arm) else (1.0,)),
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
