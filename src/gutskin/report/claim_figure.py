"""The figure of a statement: the course of every quantity that it reads, in every arm, in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gutskin.media import counted, lines
from gutskin.model.quantities import in_words
from gutskin.report.canvas import GRID, new_canvas
from gutskin.report.figure_file import write_figure
from gutskin.report.words import units

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from gutskin.evidence.claims import Verdict
    from gutskin.evidence.running import Group, Seen

COLOURS = ("#3b6fb6", "#d1495b", "#6a994e", "#8d6cab", "#e09f3e", "#577590", "#99582a", "#8d99ae")
WIDTH, HEIGHT, LINE = 4.2, 3.0, 0.19  # inches: a panel, a line of text
LETTERS = {1: 44, 2: 96, 3: 148}  # of a line above so many panels
MONTH = 60  # days above which the axis tells weeks
DAYS_PER_WEEK = 7.0


def draw_verdict(one: Verdict, group: Group, courses: Mapping[str, Seen], path: Path) -> None:
    """The course of every quantity of a statement in every arm, as an SVG or PNG.

    Parameters
    ----------
    group, courses : of `running.run_arms`, at close times
    """
    names = list(dict.fromkeys(check.quantity for check in one.statement.experiment.checks))
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    title = lines(f"{one.statement.id}: {one.statement.says}", LETTERS[columns])
    title += lines(f"Median and middle 80% of {counted(len(group), 'patient')}.", LETTERS[columns])
    across = 1 if columns == 1 else 2 * columns
    height = HEIGHT * rows + LINE * (len(title) + -(-len(courses) // across) + 1)
    metadata = {"Date": None} if path.suffix == ".svg" else None
    with new_canvas((WIDTH * columns, height), one.statement.id) as canvas:
        panels = canvas.subplots(rows, columns, squeeze=False).flat
        for name in names:
            _paint(next(panels), name, courses)
        for left in panels:
            left.set_visible(False)
        _legend(canvas, one, list(courses), across)
        canvas.suptitle("\n".join(title), fontsize=10.5, x=0.01, ha="left")
        write_figure(canvas, path, metadata=metadata, facecolor="white")


def _paint(axes: Axes, name: str, courses: Mapping[str, Seen]) -> None:
    """One quantity in every arm."""
    for colour, course in zip(COLOURS * len(courses), courses.values(), strict=False):
        low, middle, high = np.quantile(course.quantity(name), [0.1, 0.5, 0.9], axis=1)
        weeks = course.times[-1] > MONTH
        times = course.times / DAYS_PER_WEEK if weeks else course.times
        axes.fill_between(times, low, high, color=colour, alpha=0.12, lw=0)
        axes.plot(times, middle, color=colour, lw=1.8)
        axes.set_xlabel("Week" if weeks else "Day")
    says, unit = in_words(next(iter(courses.values())).model, name)
    axes.set_title("\n".join(lines(says, LETTERS[1])))
    axes.set_ylabel("\n".join(lines(units(unit), 30)))
    axes.grid(axis="y", color=GRID, lw=0.7)


def _legend(canvas: Canvas, one: Verdict, arms: list[str], across: int) -> None:
    """Which line is which arm."""
    lines_of = canvas.axes[0].lines
    titles = [one.statement.arms[arm].title(arm) for arm in arms]
    shown = ["\n".join(lines(title, 36)) for title in titles]
    canvas.legend(lines_of, shown, loc="outside lower left", ncols=min(across, len(arms)))
