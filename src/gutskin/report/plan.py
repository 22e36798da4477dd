"""The plan of a trial, printed: who gets what and when, what is measured, how much it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gutskin.media import isolated
from gutskin.model.vocabulary import vocabulary
from gutskin.population.memory import PROGRAM, in_words
from gutskin.population.populations import load_populations

if TYPE_CHECKING:
    from gutskin.report.console import Terminal
    from gutskin.trials.plan import ArmPlan, TrialPlan


def print_plan(plan: TrialPlan, console: Terminal) -> None:
    """Print what a trial's designer wants to check before it runs."""
    design, sizes = plan.design, plan.sizes
    console.print(f"\n{design.title or design.name}", style="bold")
    low, high = plan.ages
    people = load_populations(plan.biology)[design.population].label
    console.print(f"Patients: {people}, {low:g} to {high:g} years{_scores(plan)}.")
    weeks = ", ".join(f"{week:g}" for week in design.visits.weeks)
    console.print(f"Visits: weeks {weeks}; the trial ends with week {design.end_week:g}.")
    rows = vocabulary(plan.biology).tables.endpoints
    names = [rows[one].text("label") for one in design.analysis.endpoints]
    console.print(f"Measured: {', '.join(names)}.")
    console.print(f"Primary: {rows[design.analysis.primary].text('label')}.")
    _print_arms(plan, console)
    if plan.adherence < 1:
        console.print(f"Taken: {100 * plan.adherence:g}% of the doses.")
    console.print(
        f"{plan.replicates:,} repetitions, seed {plan.seed}: {sizes.patients:,} patients, "
        f"{sizes.courses:,} courses of {sizes.days:g} days."
    )
    needed = in_words(sizes.memory + PROGRAM)
    console.print(f"Memory: about {needed} of {in_words(sizes.machine)}.")
    console.print("\nA plan; nothing was computed.", style="dim")


def _scores(plan: TrialPlan) -> str:
    if plan.design.eligibility.scorad is None:
        return ""
    low, high = plan.design.eligibility.scorad
    return f", measured SCORAD {low:g} to {high:g}"


def _print_arms(plan: TrialPlan, console: Terminal) -> None:
    from gutskin.report.console import Folding

    table = Folding(gap=2)
    for name in ("Arm", "Given", "How much"):
        table.add_column(name)
    for name in ("First day", "Last day", "Doses"):
        table.add_column(name, justify="right", no_wrap=True)
    for arm in plan.arms:
        for row in _rows(arm):
            table.add_row(*row)
    console.print()
    console.print(table)


def _rows(arm: ArmPlan) -> list[tuple[str, ...]]:
    """One row for each thing that an arm is given; the arm stands in the first."""
    title = f"{isolated(arm.title)} ({arm.n}{', control' if arm.control else ''})"
    rows = [
        ("", one.what, one.amount, f"{one.first:g}", f"{one.last:g}", f"{one.doses:,}")
        for one in arm.courses
    ]
    first = rows[0] if rows else ("", "nothing", "", "", "", "")
    return [(title, *first[1:]), *rows[1:]]
