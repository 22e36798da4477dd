"""The plan of a trial: everything that will be done, before any of it is done or compiled.

Names are resolved, ranges compared, every arm's doses written as a calendar, sizes counted.
Whatever is wrong, in the file and in what the command asks for, comes at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from typing import Any

from gutskin.arguments import whole_number
from gutskin.errors import InputError, Problem, together
from gutskin.media import counted, shortened
from gutskin.model.biology import POSTERIOR, Biology
from gutskin.model.drugs import drugs
from gutskin.model.joint_draws import read_ensemble
from gutskin.model.overlay import biology_of
from gutskin.model.topicals import topicals
from gutskin.model.vocabulary import Vocabulary, vocabulary
from gutskin.population.calendar import DoseCalendar
from gutskin.population.memory import machine_memory, memory_problem
from gutskin.population.own_strains import with_strains
from gutskin.population.populations import load_populations
from gutskin.population.reached_tiers import Range, enrolled, reached
from gutskin.population.regimen import Regimen, regimens, to_json
from gutskin.population.streams import check_seed
from gutskin.population.unknown_species import species_notes
from gutskin.toml_file import Part
from gutskin.toml_lines import Place
from gutskin.toml_text import TomlFile, read_toml
from gutskin.trials.batches import LARGEST
from gutskin.trials.design import TrialDesign, load_trial, resolved, trial_path
from gutskin.trials.interim import planned
from gutskin.trials.interventions import DAYS_PER_WEEK, calendar_of
from gutskin.trials.parts import Arm
from gutskin.trials.strain_sources import shared_places

MOST_REPLICATES = 2**32 - 1  # their numbers are words of the random streams
STATES_HELD = 6  # copies of the states of a part that are held at once
VALUES_HELD = 4  # copies of what is measured of a part
ARRAYS_HELD = 20  # numbers that the analysis keeps of an endpoint, an arm and a replicate
NUMBER = 8  # bytes
MANY = 100  # visits or arms, from which it is they that a trial has too many of


@dataclass(frozen=True)
class ArmPlan:
    """One arm.

    Parameters
    ----------
    arm : of the file
    courses : what it is given, in the order of the file
    calendar : the same, dose by dose
    """

    arm: Arm
    courses: tuple[Regimen, ...]
    calendar: DoseCalendar


@dataclass(frozen=True)
class RunInPlan:
    """What everybody is given in a run-in, day 0 of which is its beginning.

    Parameters
    ----------
    courses, calendar : as of an arm
    """

    courses: tuple[Regimen, ...]
    calendar: DoseCalendar


@dataclass(frozen=True)
class Sizes:
    """How much there is to do.

    Parameters
    ----------
    patients : in all replicates
    courses : patients times the arms under which each is followed
    days : of one course, from enrolment to the end of the trial
    doses : of all arms of one replicate that are given one by one, and of its run-in
    memory : that the work needs beside the program, about (bytes)
    machine : memory that this machine has (bytes)
    """

    patients: int
    courses: int
    days: float
    doses: int
    memory: float
    machine: float


@dataclass(frozen=True)
class TrialPlan:
    """A trial that can be carried out.

    Parameters
    ----------
    design : the trial
    biology : the texts and tables that its names stand in
    ages : of those who may enrol (years)
    adherence : share of the doses that are taken
    run_in : nothing without one
    """

    design: TrialDesign
    biology: Biology
    replicates: int
    seed: int
    ages: tuple[float, float]
    adherence: float
    arms: tuple[ArmPlan, ...]
    sizes: Sizes
    run_in: RunInPlan | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain values: arms with their courses and injections, visits, sizes."""
        design = self.design
        return {
            "trial": design.name,
            "title": design.title,
            "population": " + ".join(design.population),
            "ages": list(self.ages),
            "weeks": list(design.visits.weeks),
            "end_week": design.end_week,
            "analysed_week": design.visits.weeks[design.analysed],
            "estimands": [one.model_dump(mode="json") for one in design.estimands],
            "endpoints": list(design.analysis.endpoints),
            "primary": design.analysis.primary,
            "replicates": self.replicates,
            "seed": self.seed,
            "sites": [one.model_dump(mode="json") for one in design.sites],
            "adherence": self.adherence,
            "conduct": design.conduct.model_dump(mode="json"),
            "discontinuation": _told(design.discontinuation),
            "rescue": _told(design.rescue),
            "arms": [_arm_to_json(arm) for arm in self.arms],
            "sizes": asdict(self.sizes),
            **self._looks_to_json(),
            **self._run_in_to_json(),
            **self._shared_to_json(),
            **({"unknown_species": self.unknown_species} if self.unknown_species else {}),
        }

    @property
    def unknown_species(self) -> list[str]:
        """A sentence for each own strain of which not even the species is known."""
        return [*species_notes([one.id for one in self.design.strains], self.biology)]

    def _shared_to_json(self) -> dict[str, Any]:
        """The strains that share a place of the gut, as a result names them; nothing of six."""
        shared = shared_places(self.design, vocabulary(self.biology).tables)
        return {"shared_places": shared} if shared else {}

    def _looks_to_json(self) -> dict[str, Any]:
        """Looks before the end, arm by arm, as a result names them; nothing without any."""
        design, asked = self.design, self.design.analysis.interim
        if asked is None:
            return {}
        arms = {arm.name: {"looks": planned(design, arm)} for arm in design.active}
        return {"interim": {"boundary": asked.boundary, "arms": arms}}

    def _run_in_to_json(self) -> dict[str, Any]:
        before, plan = self.design.run_in, self.run_in
        if before is None or plan is None:
            return {}
        given = to_json(before.interventions, plan.calendar, plan.courses)
        return {"run_in": {"weeks": before.weeks, **given}}


def _told(part: Part | None) -> dict[str, Any] | None:
    """A part of the file as plain values; None of a trial without it."""
    return None if part is None else part.model_dump(mode="json")


def _arm_to_json(plan: ArmPlan) -> dict[str, Any]:
    own = {"dropout_share": plan.arm.dropout_share, "unblinded_share": plan.arm.unblinded_share}
    return {**plan.arm.entry, **own, **to_json(plan.arm.interventions, plan.calendar, plan.courses)}


def plan_trial(
    trial: TrialDesign | str | PathLike[str],
    replicates: int = 200,
    seed: int = 1,
    biology: Biology | str | PathLike[str] | None = None,
    *,
    elsewhere: bool = False,
    keep_all: bool = False,
) -> TrialPlan:
    """Read a trial and plan it.

    Parameters
    ----------
    trial : a design, the name of a shipped trial, or a file
    biology : a folder of own texts and tables on top of the shipped ones
    elsewhere : whether other machines compute the patients
    keep_all : whether all patients are held in memory together

    Raises
    ------
    InputError
        With all that is wrong: in the file, with lines, and in what is asked for.

    Examples
    --------
    >>> plan = plan_trial("six-strain-children", 1000)
    >>> plan.sizes.patients, [arm.courses[0].doses for arm in plan.arms if arm.courses]
    (40000, [56])
    """
    (own, design, file), replicates, seed = together(
        lambda: _read(trial, biology),
        lambda: check_replicates(replicates),
        lambda: check_seed(seed),
    )
    found = plan_of(design, replicates, seed, own, elsewhere=elsewhere, keep_all=keep_all)
    if problems := _too_large(found, file, elsewhere=elsewhere, keep_all=keep_all):
        raise InputError(problems)
    return found


def _read(
    trial: TrialDesign | str | PathLike[str], biology: Biology | str | PathLike[str] | None
) -> tuple[Biology, TrialDesign, TomlFile | None]:
    """A biology and a trial that stands in it, with the trial's file if it comes from one."""
    own = biology_of(biology)
    if isinstance(trial, TrialDesign):
        return own, resolved(trial, own), None
    return own, load_trial(trial, own), read_toml(trial_path(trial, own))


def plan_of(
    design: TrialDesign,
    replicates: int,
    seed: int,
    biology: Biology,
    *,
    elsewhere: bool = False,
    keep_all: bool = False,
) -> TrialPlan:
    """The plan of a design, whether or not it fits this machine; its own strains are in it."""
    biology = with_strains(biology, design.strains, design.name)
    end = design.end_week * DAYS_PER_WEEK
    names = vocabulary(biology)
    known, asked = load_populations(biology), design.eligibility
    people = [known[name] for name in design.population]
    ages, weights = enrolled(people, biology, asked.age_years, asked.weight_kg)
    arms = tuple(
        ArmPlan(arm, *_planned(arm.interventions, end, names, ages, weights, design.before))
        for arm in design.arms
    )
    before = None if design.run_in is None else RunInPlan(
        *_planned(design.before, design.run_in.weeks * DAYS_PER_WEEK, names, ages, weights)
    )  # fmt: skip
    in_run_in = () if before is None else before.courses
    patients = sum(arm.n for arm in design.arms) * replicates
    sizes = Sizes(
        patients,
        patients * len(arms),
        end,
        sum(plan.arm.n * one.doses for plan in arms for one in plan.courses)
        + sum(arm.n for arm in design.arms) * sum(one.doses for one in in_run_in),
        _memory(design, replicates, names, elsewhere=elsewhere, keep_all=keep_all),
        machine_memory(),
    )
    return TrialPlan(
        design, biology, replicates, seed, ages, design.conduct.adherence, arms, sizes, before
    )


def check_replicates(replicates: int) -> int:
    """How often a trial is repeated.

    Raises
    ------
    InputError
        For what is no whole number, or one that no trial is repeated.
    """
    found = whole_number("replicates", replicates)
    if 1 <= found <= MOST_REPLICATES:
        return found
    what = f"{shortened(f'{found:,}')} replicates: a trial has 1 to {MOST_REPLICATES:,}."
    raise InputError(Problem(what, None, None, "Write another number."))


def _too_large(
    plan: TrialPlan, file: TomlFile | None, *, elsewhere: bool, keep_all: bool
) -> list[Problem]:
    """A trial that has no room in the memory of this machine; where one replicate has none, why."""
    design, patients = plan.design, plan.sizes.patients // plan.replicates
    names = vocabulary(plan.biology)
    one = _memory(design, 1, names, elsewhere=elsewhere, keep_all=keep_all)
    what, fewer = (
        f"{counted(plan.replicates, 'replicate')} of {counted(patients, 'patient')}",
        "replicates",
    )
    place: Place = ()
    found = memory_problem(one, f"one replicate of {counted(patients, 'patient')}", "")
    if found is not None or plan.replicates == 1:
        what, fewer = f"one replicate of {counted(patients, 'patient')}", "patients"
        largest = max(range(len(design.arms)), key=lambda number: design.arms[number].n)
        place = ("arms", largest, "n")
        if len(design.visits.weeks) > MANY:
            what, fewer = f"{what} with {len(design.visits.weeks):,} visits", "visits"
            place = ("visits", "weeks")
        elif len(design.arms) > MANY:
            what, fewer = f"{what} in {len(design.arms):,} arms", "arms"
            place = ("arms", 0)
    remedy = f"Write fewer {fewer}, or take a larger machine."
    found = memory_problem(plan.sizes.memory, what, remedy)
    if found is not None and place and file is not None:
        found = file.problem(place, found.message, remedy)
    return [] if found is None else [found]


def _memory(
    design: TrialDesign, replicates: int, names: Vocabulary, *, elsewhere: bool, keep_all: bool
) -> float:
    """Memory that a run needs beside the program (bytes), about.

    Patients are held in parts, of which two are under way; of each replicate the analysis and the
    draw of the world stay.
    """
    arms, ends = len(design.arms), len(design.analysis.endpoints)
    values = ends * len(design.visits.weeks) * (arms + 1)
    of_patient = NUMBER * (STATES_HELD * len(names.states) + VALUES_HELD * values)
    of_replicate = NUMBER * (2 * _uncertain(names) + ARRAYS_HELD * ends * arms)
    seated = sum(arm.n for arm in design.arms)
    everybody = seated * replicates
    held = everybody if keep_all else min(2 * max(LARGEST, seated), everybody)
    return of_replicate * replicates + (0 if elsewhere else of_patient * held)


def _uncertain(names: Vocabulary) -> int:
    """How many numbers a world draws, about."""
    if names.biology.draws == POSTERIOR:
        return len(read_ensemble(names.biology).numbers.ids)
    return sum(row.text("role") == "prior" for row in names.parameters.values())


def _planned(
    given: Sequence[Any], end: float, names: Vocabulary, ages: Range, weights: Range,
    before: Sequence[Any] = (),
) -> tuple[tuple[Regimen, ...], DoseCalendar]:  # fmt: skip
    """What an arm is given, or all in a run-in, counted."""
    table, creams = drugs(names.biology), topicals(names.biology)
    calendar = calendar_of(given, end, table, creams, before=before)
    calendar = reached(calendar, names.biology, ages, weights)
    return regimens(given, calendar, end, names), calendar
