"""A cohort told and drawn: each target, its range, and where the model stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gutskin.media import counted
from gutskin.report.canvas import ACTIVE, GRID, INK, QUIET, WARN, new_canvas, svg_of
from gutskin.report.console import say

if TYPE_CHECKING:
    from gutskin.population.cohort import Cohort
    from gutskin.population.targets import Result
    from gutskin.report.console import Terminal

FAR = 1.6  # widths of a range beyond which a value is drawn at the edge
ROW, HEAD, WIDE = 0.34, 1.1, 7.2  # inches


def headline(cohort: Cohort) -> str:
    """How many targets are met, in words."""
    return (
        f"{cohort.label[0].upper()}{cohort.label[1:]} ({cohort.name}): {cohort.met} of "
        f"{counted(len(cohort.results), 'target')} met by {counted(cohort.patients, 'patient')}."
    )


def print_cohort(cohort: Cohort, console: Terminal) -> None:
    """Print the answer, then target by target, misses first."""
    console.print(f"\n{headline(cohort)}", style="bold")
    for one in cohort.results:
        mark = "" if one.met else "MISSED  "
        unit = "" if one.unit in ("", "1") else f" {one.unit}"
        say(
            console,
            f"{mark}{one.label}: {one.value:.3g}{unit} ({one.low:g} to {one.high:g}; "
            f"{', '.join(cohort.evidence[one.id]) or 'by definition'})",
            indent="  ",
        )
    console.print("\nA research model; it gives no medical advice.", style="dim")


def cohort_picture(cohort: Cohort) -> str:
    """Where each target stands in its range, as an SVG document."""
    count = len(cohort.results)
    with new_canvas((WIDE, HEAD + ROW * count), "cohort") as canvas:
        axes = canvas.subplots()
        axes.axvspan(0.0, 1.0, color=GRID, lw=0)
        for row, one in enumerate(cohort.results):
            _draw(axes, one, count - 1 - row)
        axes.set_yticks(range(count), [one.label for one in reversed(cohort.results)])
        axes.set_ylim(-0.7, count - 0.3)
        axes.set_xlim(-FAR, 1.0 + FAR)
        axes.set_xticks([0.0, 1.0], ["lower end", "upper end"])
        axes.set_title(headline(cohort), loc="right")
        axes.tick_params(left=False)
        return svg_of(canvas)


def _draw(axes: object, one: Result, height: int) -> None:
    """A target: a point in or beside its range, an arrow where it is far off, and its value."""
    place = min(max(one.place, 0.1 - FAR), 0.9 + FAR)
    marker = "o" if place == one.place else (">" if one.place > 0 else "<")
    axes.plot([place], [height], marker, color=ACTIVE[0] if one.met else WARN)  # pyright: ignore
    axes.annotate(  # pyright: ignore
        f"{one.value:.3g}", (place, height), (0, 5), textcoords="offset points", ha="center",
        fontsize=8, color=QUIET if one.met else INK,
    )  # fmt: skip
