"""A cohort told and drawn: each target, its range, and where virtual patients stand in worlds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gutskin.media import counted, lines
from gutskin.report.canvas import ACTIVE, GRID, INK, QUIET, WARN, new_canvas
from gutskin.report.console import say
from gutskin.report.figure_file import write_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gutskin.calibration.cohort import Cohort
    from gutskin.calibration.cohort_result import InWorlds, TargetResult
    from gutskin.report.console import Terminal

FAR = 1.1  # widths of a range beyond which a value is drawn at the edge
WIDE, HEAD, LINE, MARKS = 4.6, 1.3, 0.15, 0.4  # inches: as wide as a phone shows well
LETTERS, HEADING = 50, 60  # of a line
OF_DRAWS = {
    "posterior": "of the posterior",
    "prior": "of the prior",
    "1": "with all numbers at their value",
}


def headline(cohort: Cohort) -> str:
    """How many targets are met, in words."""
    matched = (
        "" if cohort.effective is None else f", {cohort.met_when_matched} once they are matched"
    )
    return (
        f"{cohort.label[0].upper()}{cohort.label[1:]} ({cohort.name}): {cohort.met} of "
        f"{counted(len(cohort.results), 'target')} met{matched}."
    )


def drawn_words(cohort: Cohort) -> str:
    """How many patients and worlds there are, and what weights leave of them, in words."""
    who = counted(cohort.patients, "patient")
    if cohort.worlds == 1:
        said = f"{who} of one world {OF_DRAWS[cohort.draws]}."
    else:
        worlds = counted(cohort.worlds, "world")
        said = f"{who} in each of {worlds} {OF_DRAWS[cohort.draws]}, the same in all of them."
    if cohort.effective is None:
        return said
    value, least = cohort.effective.value, cohort.effective.least
    return (
        f"{said} Matched patients are worth {value:.0%} as many (in the worst world {least:.0%})."
    )


def print_cohort(cohort: Cohort, console: Terminal) -> None:
    """Print the answer, then target by target, misses first."""
    console.print(f"\n{headline(cohort)}", style="bold")
    say(console, drawn_words(cohort))
    if cohort.worlds > 1:
        say(
            console,
            "The value is the middle of worlds; then 95% of worlds, 95% of the patients of a "
            "world, and what few patients leave open in one world (one standard error).",
            style="dim",
        )
    for one in cohort.results:
        say(console, target_words(one), indent="  ")
    console.print("\nA research model; it gives no medical advice.", style="dim")


def target_words(one: TargetResult) -> str:
    """One target in a sentence."""
    unit = "" if one.unit in ("", "1") else f" {one.unit}"
    spread = [] if one.drawn.interval is None else [f"worlds {_ends(one.drawn.interval)}"]
    if one.between_patients is not None:
        spread.append(f"patients {_ends(one.between_patients)}")
    if np.isfinite(one.error):
        spread.append(f"error {one.error:.2g}")
    wanted = f"wanted {_ends((one.low, one.high))}"
    met = "" if one.drawn.interval is None else f", met in {one.drawn.met_in:.0%} of worlds"
    source = ", ".join(one.evidence) or "by definition"
    matched = "" if one.matched is None else f"; matched {_matched_words(one.matched)}"
    mark = "" if one.drawn.met else "MISSED  "
    inside = f" ({'; '.join(spread)})" if spread else ""
    value = _number(one.drawn.value)
    return f"{mark}{one.label}: {value}{unit}{inside}, {wanted}{met}{matched} [{source}]"


def _matched_words(one: InWorlds) -> str:
    spread = "" if one.interval is None else f" ({_ends(one.interval)})"
    return f"{_number(one.value)}{spread}{'' if one.met else ', still missed'}"


def _ends(ends: tuple[float, float]) -> str:
    return f"{_number(ends[0])} to {_number(ends[1])}"


def _number(value: float) -> str:
    """Three figures, and no power of ten in a number of four.

    >>> _number(1352.4), _number(0.16699), _number(12.72)
    ('1,352', '0.167', '12.7')
    """
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"


def write_cohort_figure(cohort: Cohort, path: Path) -> None:
    """Draw where each target stands in its range, with 95% of worlds.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    high = sum(_height(one) for one in cohort.results)
    with new_canvas((WIDE, HEAD + high), "cohort") as canvas:
        _paint(cohort, canvas, high)
        write_figures(canvas, path)


def _height(one: TargetResult) -> float:
    """The room that a target needs (inches)."""
    return LINE * len(lines(one.label, LETTERS)) + MARKS


def _paint(cohort: Cohort, canvas: Figure, high: float) -> None:
    axes, top = canvas.subplots(), high
    axes.axvspan(0.0, 1.0, color=GRID, lw=0)
    for one in cohort.results:
        _draw(axes, one, top)
        top -= _height(one)
    axes.set_ylim(0.0, high + 0.05)
    axes.set_xlim(-FAR, 1.0 + FAR)
    axes.set_xticks([0.0, 1.0], ["lower end", "upper end of the range"], fontsize=8.5)
    axes.get_xticklabels()[0].set_horizontalalignment("right")
    axes.get_xticklabels()[1].set_horizontalalignment("left")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    title = [*lines(headline(cohort), HEADING), *lines(_key(cohort), HEADING)]
    canvas.suptitle("\n".join(title), x=0.02, ha="left", fontsize=9.5)


def _key(cohort: Cohort) -> str:
    """What the marks of the figure are, in words."""
    worlds = "Point: middle of worlds; line: 95% of them." if cohort.worlds > 1 else ""
    matched = " Diamond: matched patients." if cohort.effective is not None else ""
    return f"{worlds}{matched}".strip()


def _draw(axes: Axes, one: TargetResult, top: float) -> None:
    """A target: its name, its range in numbers, worlds as a line and their middle as a point."""
    name = lines(one.label, LETTERS)
    axes.text(
        -FAR, top, "\n".join(name), fontsize=8.5, va="top", linespacing=1.1,
        color=INK if one.drawn.met else WARN,
    )  # fmt: skip
    axes.text(
        1.0 + FAR, top, _ends((one.low, one.high)), fontsize=8, ha="right", va="top", color=QUIET
    )
    below = top - LINE * len(name)
    _mark(axes, one, one.drawn, below - 0.16, "o")
    if one.matched is not None:
        _mark(axes, one, one.matched, below - 0.27, "D")


def _mark(axes: Axes, target: TargetResult, one: InWorlds, height: float, shape: str) -> None:
    if not np.isfinite(one.value):
        return
    color = ACTIVE[0] if one.met else WARN
    if one.interval is not None:
        ends = [float(np.clip(target.place(end), -FAR, 1.0 + FAR)) for end in one.interval]
        axes.plot(ends, [height, height], color=color, lw=1.4, solid_capstyle="butt")
    wanted = target.place(one.value)
    place = float(np.clip(wanted, 0.06 - FAR, 0.94 + FAR))
    marker = shape if place == wanted else (">" if wanted > 0 else "<")
    fill = "white" if shape == "D" else color
    axes.plot([place], [height], marker, color=color, markersize=4.5, markerfacecolor=fill)
    if shape == "o":
        side = "right" if place > 0.5 + FAR else "left"
        axes.annotate(
            _number(one.value), (place, height), (-6 if side == "right" else 6, 4),
            textcoords="offset points", ha=side, fontsize=7.5, color=INK,
        )  # fmt: skip
