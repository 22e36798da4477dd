"""Plans of trials, patients and experiments, printed: who gets what and when, how much it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gutskin.media import counted, ends, isolated
from gutskin.model.vocabulary import vocabulary
from gutskin.population.calendar import span
from gutskin.population.memory import PROGRAM, in_words
from gutskin.population.patient_format import NEWBORN
from gutskin.population.populations import load_populations
from gutskin.report.console import say
from gutskin.report.design_words import designed, whole
from gutskin.report.methods import planned
from gutskin.report.origins import sharing
from gutskin.report.who_may_enrol import (
    entry_words,
    infant_words,
    people_words,
    subgroup_words,
)
from gutskin.trials.asked_ages import beyond_their_ages
from gutskin.trials.strain_sources import shared_places
from gutskin.trials.without_effect import without_effect

if TYPE_CHECKING:
    from gutskin.evidence.plan import ExperimentArm, ExperimentsPlan
    from gutskin.model.vocabulary import Vocabulary
    from gutskin.population.plan import PatientPlan
    from gutskin.population.regimen import Regimen
    from gutskin.report.console import Terminal
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.plan import TrialPlan

MOST_ROWS = 25  # of a table of doses
MOST_WORDS = 12  # of a list in a line


def print_plan(plan: TrialPlan, console: Terminal) -> None:
    """Print what a trial's designer wants to check before it runs."""
    design, sizes = plan.design, plan.sizes
    console.print(f"\n{design.title or design.name}", style="bold")
    known = load_populations(plan.biology)
    people = people_words([known[name].label for name in design.population])
    console.print(f"Patients: {people}, {_ages(plan)}{_criteria(plan)}.")
    weeks = _few([f"{week:g}" for week in design.visits.weeks])
    end = f"the trial ends with week {design.end_week:g}{_last_dose(design)}"
    console.print(f"Visits: weeks {weeks}; {end}.")
    rows = vocabulary(plan.biology).tables.endpoints
    names = [rows[one].text("label") for one in design.analysis.endpoints]
    console.print(f"Measured: {'; '.join(names)}.")
    console.print(f"Primary: {rows[design.analysis.primary].text('label')}.")
    for one in design.subgroups:
        say(console, f"Subgroup {isolated(subgroup_words(one, rows))}.")
    ages = beyond_their_ages(design, plan.biology)
    for sentence in (
        *ages,
        *designed(design, rows, plan.biology),
        *whole(design),
        *planned(design, rows),
    ):
        say(console, sentence)
    _print_arms(plan, console)
    for one in shared_places(design, vocabulary(plan.biology).tables):
        say(console, f"{sharing(one)}.")
    for note in (*plan.unknown_species, *without_effect(design, plan.biology)):
        say(console, note)
    console.print(
        f"{counted(plan.replicates, 'repetition')}, seed {plan.seed}: "
        f"{counted(sizes.patients, 'patient')}, "
        f"{counted(sizes.courses, 'course')} of {sizes.days:g} days."
    )
    needed = in_words(sizes.memory + PROGRAM)
    console.print(f"Memory: about {needed} of {in_words(sizes.machine)}.")
    console.print("\nA plan; nothing was computed.", style="dim")


def _last_dose(design: TrialDesign) -> str:
    """After which week nothing is given, where that is before the end; of nothing at all, none."""
    last = max((one.end_week for arm in design.arms for one in arm.interventions), default=None)
    before = last is not None and last < design.end_week
    return f"; nothing is given after week {last:g}" if before else ""


def _ages(plan: TrialPlan) -> str:
    """Of what ages those are who may enrol; newborns are born on the first day."""
    if plan.design.from_birth:
        return "from birth"
    low, high = plan.ages
    return f"{ends(f'{low:g}', f'{high:g}')} years"


def _criteria(plan: TrialPlan) -> str:
    """What else is asked of who may enrol."""
    rows = vocabulary(plan.biology).tables.endpoints
    design = plan.design
    asked = [*entry_words(design.eligibility, rows), *infant_words(design.infants, design.start)]
    return "".join(f", {part}" for part in asked)


def _print_arms(plan: TrialPlan, console: Terminal) -> None:
    arms = [
        (f"{arm.title} ({arm.n}{', control' if arm.control else ''})", of.courses)
        for of in plan.arms
        if (arm := of.arm).n
    ]
    if (before := plan.run_in) is not None and plan.design.run_in is not None and before.courses:
        title = f"Run-in, all of them ({plan.design.run_in.weeks:g} weeks, counted from its start)"
        arms.insert(0, (title, before.courses))
    _print_regimens("Arm", arms, console)


def print_patient_plan(plan: PatientPlan, console: Terminal) -> None:
    """Print what will happen to a patient."""
    one, sizes = plan.patient, plan.sizes
    names = vocabulary(plan.biology)
    console.print(f"\n{one.name}", style="bold")
    people = ""
    if one.population is not None:
        people = f", as the middle of {load_populations(plan.biology)[one.population].label}"
    age = "" if plan.age is None else f", {plan.age:g} years old"
    if one.flg is not None:
        people += f", filaggrin {one.flg.replace('_', ' ')}"
    console.print(f"Start: {one.start}{age}{people}; followed for {counted(plan.days, 'day')}.")
    for what, values in (
        ("Own values", {key: f"{value:g}" for key, value in one.parameters.items()}),
        ("Own states", {key: f"{value:g}" for key, value in one.states.items()}),
        ("Switches", {key: "on" if on else "off" for key, on in one.switches.items()}),
    ):
        if values:
            shown = [f"{key} {value}" for key, value in values.items()]
            console.print(f"{what}: {_few(shown)}.")
    _print_regimens("", [(one.name, plan.regimens)], console)
    _print_happenings(plan, names, console)
    if sizes.left_out:
        console.print(f"Left out, since they begin after day {plan.days:,}: {sizes.left_out:,}.")
    console.print(f"{sizes.doses:,} doses; {sizes.values:,} values of all quantities.")
    needed = in_words(sizes.memory + PROGRAM)
    console.print(f"Memory: about {needed} of {in_words(sizes.machine)}.")
    console.print("\nA plan; nothing was computed.", style="dim")


def _print_happenings(plan: PatientPlan, names: Vocabulary, console: Terminal) -> None:
    from gutskin.report.console import Folding

    if not plan.happenings:
        return
    table = Folding(gap=2)
    for name in ("Else", "Moves", "Value"):
        table.add_column(name)
    for name in ("From day", "To day"):
        table.add_column(name, justify="right", no_wrap=True)
    rows = [
        (one.what, one.moves, one.value, f"{one.first:g}", f"{one.last:g}")
        for one in plan.happenings
    ]
    for row in _shortened(rows):
        table.add_row(*row)
    console.print()
    console.print(table)


def print_experiments_plan(plan: ExperimentsPlan, console: Terminal) -> None:
    """Print who is simulated in each experiment, meets what, and what is looked at."""
    from gutskin.evidence.plan import called

    names = vocabulary(plan.biology)
    for one in plan.experiments:
        experiment, sizes = one.statement.experiment, one.sizes
        console.print(f"\n{one.statement.id}  {one.statement.says}", style="bold")
        console.print(f"{experiment.experiment.rstrip('.')}.")
        if one.arms:
            among = "" if experiment.scorad is None else (
                f" with a settled SCORAD of {experiment.scorad[0]:g} to {experiment.scorad[1]:g}"
            )  # fmt: skip
            patients = counted(experiment.patients, "patient")
            worlds = f"{counted(experiment.worlds, 'world')} of {patients}"
            if experiment.patients == 1:
                worlds = f"{counted(experiment.worlds, 'patient')}, each in a world of his own"
            console.print(f"{worlds}{among}; {counted(experiment.days, 'day')}.")
            _print_regimens("Arm", [(_who(arm, plan), arm.regimens) for arm in one.arms], console)
            for arm in one.arms:
                if changes := _changes(arm):
                    console.print(f"{arm.title}: {_few(changes)}.")
        if experiment.trial is not None:
            console.print(
                f"The trial {experiment.trial}, {counted(experiment.replicates, 'repetition')}."
            )
        for check in experiment.everything:
            console.print(f"Looked at: {called(check.quantity, names)}; {check.says.rstrip('.')}.")
        console.print(f"{counted(sizes.patients, 'patient')}, {counted(sizes.courses, 'course')}.")
    console.print(
        f"\n{counted(len(plan.experiments), 'experiment')}, {counted(plan.courses, 'course')}."
    )
    console.print("\nA plan; nothing was computed.", style="dim")


def _who(arm: ExperimentArm, plan: ExperimentsPlan) -> str:
    """An arm with its population and ages."""
    people = load_populations(plan.biology)[str(arm.arm.population)].label
    if arm.arm.start.startswith(NEWBORN):
        return f"{arm.title} ({people}, from birth)"
    low, high = arm.ages
    return f"{arm.title} ({people}, {low:g} to {high:g} years)"


def _changes(one: ExperimentArm) -> list[str]:
    """What an arm meets beside its doses."""
    arm = one.arm
    found = [f"{key} {value} before" for key, value in arm.always.items()]
    found += [f"{key} {value}" for key, value in (*arm.changed.items(), *arm.state.items())]
    found += [f"without {key}" for key in (*arm.off_always, *arm.off)]
    found += [
        f"{hold.parameter} held at {hold.value:g} {span(hold.start_day, hold.end_day, 'day')}"
        for hold in arm.holds
    ]
    return [*found, "the challenge of daily life"] if arm.noise else found


def _print_regimens(
    whose: str, arms: Sequence[tuple[str, Sequence[Regimen]]], console: Terminal
) -> None:
    """A table with a row for each thing that somebody is given; long ones in part."""
    from gutskin.report.console import Folding

    table = Folding(gap=2)
    for name in (whose, "Given", "How much"):
        table.add_column(name)
    for name in ("First day", "Last day", "Doses"):
        table.add_column(name, justify="right", no_wrap=True)
    for title, regimens in arms:
        for row in _rows(title, regimens):
            table.add_row(*row)
    console.print()
    console.print(table)


def _rows(title: str, received: Sequence[Regimen]) -> list[tuple[str, ...]]:
    """One row for each thing that is given; whose it is stands in the first."""
    rows = _shortened(
        [
            ("", one.what, one.amount, f"{one.first:g}", f"{one.last:g}", f"{one.doses:,}")
            for one in received
        ]
    )
    first = rows[0] if rows else ("", "nothing", "", "", "", "")
    return [(title, *first[1:]), *rows[1:]]


def _shortened(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Rows of a table, the first and the last of them where there are many."""
    if len(rows) <= MOST_ROWS:
        return rows
    left = len(rows) - MOST_ROWS
    between = ("", f"... {left:,} more (--json has all)", *[""] * (len(rows[0]) - 2))
    return [*rows[: MOST_ROWS - 1], between, rows[-1]]


def _few(texts: Sequence[str]) -> str:
    """Texts in one line, the first and the last of them where there are many.

    >>> _few(["a", "b"]), _few([str(n) for n in range(5000)])
    ('a, b', '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ..., 4999 (5,000)')
    """
    if len(texts) <= MOST_WORDS:
        return ", ".join(texts)
    return f"{', '.join(texts[: MOST_WORDS - 2])}, ..., {texts[-1]} ({len(texts):,})"
