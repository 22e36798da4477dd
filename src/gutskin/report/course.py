"""The short table of one patient's course."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from gutskin.media import isolated
from gutskin.model.overlay import overlay_entry
from gutskin.model.quantities import in_words
from gutskin.report.terminal import print_overlay
from gutskin.report.words import units

if TYPE_CHECKING:
    from gutskin.population.course import PatientCourse
    from gutskin.report.console import Terminal

MOST_COLUMNS = 9
DAYS_PER_WEEK = 7
ALSO = (  # beside the endpoints of a trial, where they change
    "body_extent",
    "skin_barrier_lesional",
    "s_aureus_log10_lesional",
    "diversity_lesional",
    "nasal_symptoms",
    "bifidobacteria_log10",
    "strain_log10",
    "gut_diversity",
    "gut_tight_junction",
    "gut_treg",
)


def print_course(course: PatientCourse, console: Terminal) -> None:
    """Print scores and main quantities by week."""
    from gutskin.report.console import Folding

    case = course.case
    chosen = _days(case.days)
    says = f"{isolated(case.patient.name)}: {case.days} days, {case.stance} stance"
    console.print(f"\n{says}", style="bold")
    print_overlay(overlay_entry(case.model.biology), console)
    table = Folding(gap=2)
    table.add_column("Week")
    for day in chosen:
        table.add_column(f"{day / DAYS_PER_WEEK:.3g}", justify="right")
    table.add_column("unit", style="dim")
    for quantity, label, unit in _rows(course):
        values = course.quantities[quantity][chosen]
        table.add_row(label, *(f"{value:.3g}" for value in values), unit)
    console.print(table)
    console.print(
        "True values, without the error of a measurement; --json gives all "
        f"{len(course.quantities)} quantities for every day.",
        style="dim",
    )
    console.print("A research model; it gives no medical advice.", style="dim")


def _days(days: int) -> list[int]:
    """The first day, the last day, and whole weeks evenly between them."""
    weeks = days // DAYS_PER_WEEK
    every = max(int(np.ceil(weeks / (MOST_COLUMNS - 1))), 1)
    return sorted({*range(0, days, every * DAYS_PER_WEEK), days})


def _rows(course: PatientCourse) -> Iterator[tuple[str, str, str]]:
    """What is printed: quantity, name, unit."""
    model = course.case.model
    names = [row.text("quantity") for row in model.tables.endpoints.values()]
    names += [name for name in ALSO if np.ptp(course.quantities[name]) > 0]
    for name in names:
        says, unit = in_words(model, name)
        yield name, says, units(unit)
