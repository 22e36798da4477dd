"""A figure of scores: where each published number lies among the simulated trials."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.media import lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, ROW, ROOM = 8.6, 0.3, 1.6  # inches: of the figure, of a trial, of what stands about them
HALF, MOST = (25, 75), (2.5, 97.5)  # percentiles within which 50% and 95% should lie
BENEATH = ("Simulated trials that lie lower than what was published",
           "bands: where 50% and 95% should lie; red: outside")  # fmt: skip
LETTERS = 36  # of a line of that on a phone


def score_size(summary: Mapping[str, Any], width: float = WIDTH) -> tuple[float, float]:
    """Of the figure: a row for each trial, and more lines beneath on a phone (inches)."""
    more = 0.0 if width >= WIDTH else 0.35
    return width, ROOM + more + ROW * max(1, len(summary["trials"]))


def write_score_figure(summary: Mapping[str, Any], path: Path) -> None:
    """Draw every scored trial, misses first.

    Parameters
    ----------
    path : a file ending in .svg or .png

    Raises
    ------
    InputError
        If it cannot be written.
    """
    from gutskin.report.canvas import new_canvas
    from gutskin.report.figure_file import write_figures

    with new_canvas(score_size(summary), "score") as canvas:
        draw_scores(canvas.subplots(), summary)
        write_figures(canvas, path)


def draw_scores(axes: Axes, summary: Mapping[str, Any]) -> None:
    """A row for each trial: its difference and its control arm among simulated ones (percentile).

    Of a model that is right half of all points lie in the darker band and 95% in the whole.
    """
    from gutskin.report.canvas import ACTIVE, CONTROL, GRID, WARN

    for (low, high), shade in ((MOST, 0.5), (HALF, 1.0)):
        axes.axvspan(low, high, color=GRID, alpha=shade, lw=0)
    rows = [*reversed(summary["trials"])]
    sides = (("difference", "o", ACTIVE[0], 0.14), ("control", "s", CONTROL, -0.14))
    for side, mark, colour, above in sides:
        places = [(100 * one[side]["pit"], y, one[side]["within"]["95"])
                  for y, one in enumerate(rows) if one[side] is not None]  # fmt: skip
        label = "difference" if side == "difference" else "control arm"
        for x, y, held in places:
            axes.plot(x, y + above, mark, color=colour if held else WARN, ms=5.5, label=label)
            label = "_"
    axes.set_yticks(range(len(rows)), [one["trial"] for one in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, max(len(rows) - 0.4, 0.6))
    axes.set_xlim(-2, 102)
    axes.set_xticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    canvas = axes.get_figure(root=True)
    narrow = canvas is not None and canvas.get_figwidth() < WIDTH
    told = [line for says in BENEATH for line in lines(says, LETTERS if narrow else len(says))]
    axes.set_xlabel("\n".join(told))
    if rows:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
