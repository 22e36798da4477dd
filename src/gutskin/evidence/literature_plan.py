"""Which trials a literature is made of, planned before any of them is simulated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from os import PathLike
from typing import TYPE_CHECKING

from gutskin.arguments import finite_number, several
from gutskin.errors import InputError, Problem
from gutskin.evidence.literature import FEWEST_TRIALS, why_not_pooled
from gutskin.evidence.score import why_not_scored
from gutskin.media import counted
from gutskin.trials.certainty import check_interval
from gutskin.trials.design import known_trials
from gutskin.trials.plan import plan_trial
from gutskin.trials.published import headline

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.plan import TrialPlan


def plan_literature(
    names_or_files: Sequence[str | PathLike[str]] | None,
    replicates: int,
    seed: int,
    biology: Biology,
) -> tuple[list[TrialPlan], dict[str, str]]:
    """Trials that can be pooled, and those that cannot with the reason.

    Parameters
    ----------
    names_or_files : shipped trials or files; all that ship without any

    Raises
    ------
    InputError
        With all that is wrong with them, or where too few can be pooled.
    """
    problems: list[Problem] = []
    every: list[TrialPlan] = []
    try:
        worlds = check_interval(replicates)
    except InputError as error:
        problems, worlds = [*error.problems], 1
    named = None if names_or_files is None else several("trials", names_or_files, "trials")
    plans, left_out = [], {}
    for name in named or known_trials(biology):
        try:
            plan = plan_trial(name, worlds, seed, biology)
        except InputError as error:
            problems += error.problems
            continue
        every.append(plan)
        why = why_not_pooled(plan.design) or why_not_scored(plan.design)
        if not why:
            plans.append(plan)
        elif names_or_files or headline(plan.design)[0] is not None:  # of those without, no word
            left_out[plan.design.name] = why
    problems += namesakes(every)
    if not problems and len(plans) < FEWEST_TRIALS:
        what = f"{counted(len(plans), 'trial')} can be pooled, and {FEWEST_TRIALS} are needed."
        told = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        problems.append(Problem(what, remedy=f"Name more of them. {told}".strip()))
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return plans, left_out


def namesakes(plans: Sequence[TrialPlan]) -> Iterator[Problem]:
    """Trials of one name: one that is named twice would count twice, and support itself."""
    for name, count in Counter(plan.design.name for plan in plans).items():
        if count > 1:
            yield Problem(
                f"{counted(count, 'trial')} are called {name!r}: they cannot be told apart.",
                remedy="Name a trial once, and give each file a `name` of its own.",
            )


def check_passes(shares: Sequence[float]) -> list[float]:
    """Shares of a filter; each once, in their order.

    Raises
    ------
    InputError
        For what is no share.
    """
    found = [finite_number("a share in passes", one) for one in several("passes", shares, "shares")]
    wrong = [one for one in found if not 0 <= one <= 1]
    if wrong:
        named = ", ".join(f"{one:g}" for one in wrong)
        raise InputError(Problem(f"passes: {named} is no share.", remedy="Write 0 to 1."))
    return list(dict.fromkeys(found))
