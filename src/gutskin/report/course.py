"""The short table of one patient's course."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rich.console import Console

    from gutskin.population.course import PatientCourse

MOST_COLUMNS = 9
DAYS_PER_WEEK = 7
# beside the endpoints of a trial, where they change: quantity, label, unit
ALSO = (
    ("body_extent", "Body surface with lesions", "%"),
    ("skin_barrier_lesional", "Barrier (healthy 0.8)", ""),
    ("s_aureus_log10_lesional", "S. aureus, lesional skin", "log10 CFU/cm2"),
    ("diversity_lesional", "Diversity of lesional skin", "0-1"),
    ("nasal_symptoms", "Nasal symptoms", "0-12"),
    ("bifidobacteria_log10", "Bifidobacteria in stool", "log10 cells/g"),
    ("strain_log10", "Dosed strains in stool", "log10 CFU/g"),
    ("gut_diversity", "Diversity of the gut", "0-1"),
    ("gut_tight_junction", "Gut tight junctions", "0-1"),
    ("gut_treg", "Gut Treg (healthy adult 1)", ""),
)


def print_course(course: PatientCourse, console: Console) -> None:
    """Print scores and main quantities by week."""
    from rich import box
    from rich.table import Table

    case = course.case
    chosen = _days(case.days)
    says = f"{case.patient.name}: {case.days} days, {case.stance} stance"
    console.print(f"\n{says}", style="bold", highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
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
        highlight=False,
    )
    console.print("A research model; it gives no medical advice.", style="dim")


def _days(days: int) -> list[int]:
    """The first day, the last day, and whole weeks evenly between them."""
    weeks = days // DAYS_PER_WEEK
    every = max(int(np.ceil(weeks / (MOST_COLUMNS - 1))), 1)
    return sorted({*range(0, days, every * DAYS_PER_WEEK), days})


def _rows(course: PatientCourse) -> Iterator[tuple[str, str, str]]:
    for row in course.case.model.tables.endpoints.values():
        yield row.text("quantity"), row.text("label"), row.text("unit")
    yield from (row for row in ALSO if np.ptp(course.quantities[row[0]]) > 0)
