"""The short table of one patient's course."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from gutskin.media import isolated
from gutskin.model.overlay import biology_entry
from gutskin.model.quantities import in_words
from gutskin.report.rounding import decimals, rounded
from gutskin.report.terminal import print_biology
from gutskin.report.words import units

if TYPE_CHECKING:
    from gutskin.population.course import PatientCourse
    from gutskin.report.console import Terminal

MOST_COLUMNS, LEAST_COLUMNS = 9, 2
LABEL_WIDTH, GAP = 17, 2  # characters
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
    rows = list(_rows(course))
    number = _widest(course, [quantity for quantity, *_ in rows])
    room = console.width - LABEL_WIDTH - GAP - max(len(unit) for *_, unit in rows)
    most = min(max(room // (number + GAP), LEAST_COLUMNS), MOST_COLUMNS)
    chosen = _days(case.days, most)
    says = f"{isolated(case.patient.name)}: {case.days} days, {case.stance} stance"
    console.print(f"\n{says}", style="bold")
    print_biology(biology_entry(case.model.biology), console)
    table = Folding()
    table.add_column("Week")
    for day in chosen:
        table.add_column(f"{day / DAYS_PER_WEEK:.3g}", justify="right", width=number)
    table.add_column("unit", style="dim", no_wrap=True)
    for quantity, label, unit in rows:
        table.add_row(label, *_row(course, quantity, chosen), unit)
    console.print(table)
    console.print(
        "True values, without the error of a measurement; --json gives all "
        f"{len(course.quantities)} quantities for every day.",
        style="dim",
    )
    console.print("A research model; it gives no medical advice.", style="dim")


def _row(course: PatientCourse, quantity: str, days: list[int]) -> list[str]:
    """The values of a quantity on some days; all of its course share their decimals."""
    digits = decimals(map(float, course.quantities[quantity]))
    return [rounded(float(value), digits) for value in course.quantities[quantity][days]]


def _widest(course: PatientCourse, quantities: list[str]) -> int:
    """The characters of the widest number that may be shown, those of weeks included."""
    days = [*range(0, course.case.days, DAYS_PER_WEEK), course.case.days]
    shown = (text for name in quantities for text in _row(course, name, days))
    return max(map(len, (*shown, *(f"{day / DAYS_PER_WEEK:.3g}" for day in days))))


def _days(days: int, most: int) -> list[int]:
    """The first day, the last day, and whole weeks evenly between them, `most` together.

    >>> _days(56, 9), _days(56, 5), _days(56, 2)
    ([0, 7, 14, 21, 28, 35, 42, 49, 56], [0, 14, 28, 42, 56], [0, 56])
    """
    weeks = days // DAYS_PER_WEEK
    every = max(int(np.ceil(weeks / (most - 1))), 1)
    return sorted({*range(0, days, every * DAYS_PER_WEEK), days})


def _rows(course: PatientCourse) -> Iterator[tuple[str, str, str]]:
    """What is printed: quantity, name, unit."""
    model = course.case.model
    # What has a cut-off is counted in patients (yes or no at a visit); its score stands by itself.
    scores = [row for row in model.tables.endpoints.values() if not row.text("cutoff")]
    names = [row.text("quantity") for row in scores]
    names += [name for name in ALSO if np.ptp(course.quantities[name]) > 0]
    for name in dict.fromkeys(names):
        says, unit = in_words(model, name)
        yield name, says, units(unit)
