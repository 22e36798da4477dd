"""The plan of a search: the trial, what it is compared with, and what has to be simulated."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from gutskin.arguments import finite_number, whole_number
from gutskin.errors import InputError, Problem, together
from gutskin.optimisation.asked import Asked, candidates_for, form_problems
from gutskin.optimisation.survey import Survey, surveys_of
from gutskin.trials.plan import TrialPlan, plan_trial

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign

PATIENTS = 30  # simulated, of each arm in each world
FEWEST_PATIENTS, MOST_PATIENTS = 4, 500


def plan_search(
    trial: TrialDesign | str | PathLike[str],
    over: str | PathLike[str] | None,
    budget: float | None,
    replicates: int,
    patients: int,
    seed: int,
    biology: Biology,
) -> tuple[TrialPlan, Asked, list[Survey]]:
    """The trial, what it is compared with, and what is simulated.

    Parameters
    ----------
    trial : a design, the name of a shipped trial, or a file
    over : file of candidates and costs
    budget : what each design may cost; else what the file or the trial says
    replicates : worlds
    patients : simulated, of each arm in each world

    Raises
    ------
    InputError
        With all that is wrong with the trial, the file and the numbers.
    """
    (plan, asked), worlds, each, _ = together(
        lambda: _trial_and_candidates(trial, over, budget, replicates, seed, biology),
        lambda: _check_worlds(replicates),
        lambda: _check_patients(patients),
        lambda: _check_budget(budget),
    )
    surveys = surveys_of(plan.design, asked.candidates, biology, each, asked.file)
    together(*(lambda one=one: plan_trial(one.design, worlds, seed, biology) for one in surveys))
    return plan, asked, surveys


def _trial_and_candidates(
    trial: TrialDesign | str | PathLike[str],
    over: str | PathLike[str] | None,
    budget: float | None,
    replicates: int,
    seed: int,
    biology: Biology,
) -> tuple[TrialPlan, Asked]:
    """The trial and what it is compared with; of a trial with mistakes the form of the latter."""
    try:
        plan = plan_trial(trial, replicates, seed, biology)
    except InputError as error:
        raise InputError([*error.problems, *form_problems(over, biology)]) from None
    try:
        possible = _check_budget(budget)
    except InputError:  # it is told by itself
        possible = None
    return plan, candidates_for(plan.design, plan.biology, over, possible)


def _check_budget(budget: float | None) -> float | None:
    """What each design may cost, a number above nothing, if it is not what the trial costs."""
    found = None if budget is None else finite_number("budget", budget)
    if found is not None and found <= 0:
        raise InputError(Problem(f"budget {found:g}: nothing costs that.", remedy="Write more."))
    return found


def _check_worlds(replicates: int) -> int:
    """Of how many worlds: not of one alone; the plan of the trial says how many there may be."""
    if whole_number("replicates", replicates) == 1:
        what = "1 replicate: effect and scatter of worlds need two at least."
        raise InputError(Problem(what, remedy="Write more of them."))
    return int(replicates)


def _check_patients(patients: int) -> int:
    """How many patients of each arm are simulated in each world, neither too few nor too many."""
    found = whole_number("patients", patients)
    if FEWEST_PATIENTS <= found <= MOST_PATIENTS:
        return found
    what = f"patients {found}: each arm has {FEWEST_PATIENTS} to {MOST_PATIENTS}."
    raise InputError(Problem(what, remedy=f"Write another number, such as {PATIENTS}."))
