"""Forest and funnel of the real literature beside simulated ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.report.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gutskin.evidence.literature import TrialReports

NORMAL_95 = 1.959963984540054
WIDTH, ROW, ROOM = 8.6, 0.42, 4.6  # inches: of the figure, of a row of the forest, of the rest
CLOUD = 30  # literatures whose trials the funnel shows


def write_meta_figure(
    summary: Mapping[str, Any], reports: Sequence[TrialReports], path: Path
) -> None:
    """Draw both.

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

    rows = len(reports) + 1 + len(summary["literatures"])
    with new_canvas((WIDTH, ROOM + ROW * rows), "meta") as canvas:
        upper, lower = canvas.subplots(2, 1, height_ratios=[ROW * rows, ROOM - 1])
        draw_forest(upper, summary)
        draw_funnel(lower, summary, reports)
        write_figures(canvas, path)


def draw_forest(axes: Axes, summary: Mapping[str, Any]) -> None:
    """Every trial, published and simulated, and the pools."""
    from gutskin.report.canvas import ACTIVE, CONTROL, INK, QUIET

    rows: list[tuple[str, float, float, float, str, str]] = []
    for one in summary["trials"]:
        half = NORMAL_95 * one["found_error"]
        rows.append(
            (one["trial"], one["found"], one["found"] - half, one["found"] + half, INK, "s")
        )
    real = summary["real"]
    rows.append(("Published, pooled", real["mean"], real["ci95_low"], real["ci95_high"], INK, "D"))
    for one in summary["literatures"]:
        told = f"Simulated, {percent(one['passes'])} of the others pass"
        if one["passes"] == 1:
            told = "Simulated, no filter"
        pooled = one["pooled"]
        ends = (pooled["ci95_low"], pooled["ci95_high"])
        rows.append((told, pooled["mean"], *ends, ACTIVE[0], "D"))
    for place, (_, middle, low, high, colour, mark) in enumerate(reversed(rows)):
        axes.plot([low, high], [place, place], color=colour, lw=1.3)
        axes.plot(middle, place, mark, color=colour, ms=6)
    for place, one in enumerate(summary["trials"]):
        y, of = len(rows) - 1 - place - 0.25, one["simulated"]
        axes.plot([of["ci95_low"], of["ci95_high"]], [y, y], color=CONTROL, lw=1)
        axes.plot(of["mean"], y, "o", color=CONTROL, ms=4)
    axes.axvline(0, color=QUIET, lw=0.8)
    axes.set_yticks(range(len(rows)), [name for name, *_ in reversed(rows)])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("Difference of SCORAD (points); grey: where 95% of simulated trials report")
    axes.set_title("Published trials, and pools of literatures (95% intervals)")


def draw_funnel(axes: Axes, summary: Mapping[str, Any], reports: Sequence[TrialReports]) -> None:
    """Errors over differences: simulated trials, and the published ones."""
    from gutskin.report.canvas import ACTIVE, CONTROL, INK, QUIET

    effect = np.stack([one.effect[:CLOUD] for one in reports], axis=1)
    error = np.stack([one.error[:CLOUD] for one in reports], axis=1)
    better = np.stack([one.significant[:CLOUD] for one in reports], axis=1)
    for some, colour, says in (
        (~better, CONTROL, "simulated"),
        (better, ACTIVE[0], "simulated, significant"),
    ):
        axes.plot(effect[some], error[some], ".", color=colour, ms=4, alpha=0.6, label=says)
    found = [one.number.value for one in reports]
    axes.plot(found, [one.found_error for one in reports], "s", color=INK, ms=6, label="published")
    highest = float(np.nanmax([*error.ravel(), *(one.found_error for one in reports)]))
    middle = summary["real"]["mean"]
    for side in (-1, 1):
        ends = [middle, middle + side * NORMAL_95 * highest]
        axes.plot(ends, [0, highest], color=QUIET, lw=0.8, ls=":")
    axes.axvline(middle, color=QUIET, lw=0.8)
    axes.set_ylim(highest * 1.05, 0)
    axes.set_xlabel("Difference of SCORAD (points)")
    axes.set_ylabel("Standard error")
    axes.set_title("Funnel about the published pool")
    axes.legend(loc="lower left", fontsize=9)
