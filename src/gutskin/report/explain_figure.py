"""A figure of what carries an effect and what its spread hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.report.explain_words import PARTS, ROUTES, as_told, is_ratio, share_cells
from gutskin.report.told_effect import RATIO
from gutskin.report.words import percent, units

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (8.6, 6.4)  # inches
LETTERS = 34  # of a line beside a bar


def write_explain_figure(summary: Mapping[str, Any], path: Path) -> None:
    """Draw routes in points, the parts of the spread, and the traits that foretell best.

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

    with new_canvas(SIZE, "explain") as canvas:
        upper, lower = canvas.subplots(2, 1, height_ratios=[5, 4])
        draw_routes(upper, summary)
        draw_parts(lower, summary)
        write_figures(canvas, path)


def draw_routes(axes: Axes, summary: Mapping[str, Any]) -> None:
    """The effect that each route carries, in points or as a factor of the ratio."""
    from gutskin.report.canvas import ACTIVE, INK
    from gutskin.report.shown_effect import axis_of_effect

    summary = as_told(summary)
    parts, ratio = summary["routes"]["parts"], is_ratio(summary)
    none, held = (1.0 if ratio else 0.0), []
    for y, one in enumerate(reversed(parts)):
        points = one["points"]
        mean = none if points["mean"] is None else points["mean"]
        axes.barh(y, mean - none, left=none, color=ACTIVE[0], height=0.6)
        held.append(mean)
        if points["ci95_low"] is not None:
            held += [points["ci95_low"], points["ci95_high"]]
            axes.plot(held[-2:], [y, y], color=INK, lw=1.2)
        if one["share"] is not None:
            share, ends = share_cells(one["share"])
            says = f"{share} ({ends})" if ends else share
            axes.text(1.01, y, says, transform=axes.get_yaxis_transform(), va="center")
    axis_of_effect(axes, held, on_ratio=ratio)
    _names(axes, [ROUTES[one["route"]] for one in parts])
    what = f"Effect on {summary['label']} ({units(summary['routes']['unit'])})"
    if ratio:
        what = f"Factor of the {RATIO}, {summary['label']}"
    axes.set_xlabel(f"{what}; lines: 95% of worlds")
    title = "What carries the effect"
    axes.set_title(f"{title} (no shares: {summary['routes']['why_no_shares']})"
                   if summary["routes"]["why_no_shares"] else title)  # fmt: skip


def draw_parts(axes: Axes, summary: Mapping[str, Any]) -> None:
    """The parts of the spread of responses, as shares."""
    from gutskin.report.canvas import ACTIVE, INK

    axes.set_title("What the spread of responses between patients comes from")
    found = summary["response"]
    if found is None:
        axes.text(0.5, 0.5, summary["why_no_response"], ha="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    for y, name in enumerate(reversed(PARTS)):
        one = found["parts"][name]
        axes.barh(y, 100 * one["share"], color=ACTIVE[1], height=0.6)
        axes.plot([100 * one["ci95_low"], 100 * one["ci95_high"]], [y, y], color=INK, lw=1.2)
        axes.text(1.01, y, percent(one["share"]), transform=axes.get_yaxis_transform(), va="center")
    _names(axes, list(PARTS.values()))
    axes.set_xlim(0, 100)
    axes.set_xlabel("Share of the variance of responses (%); lines: 95% confidence intervals")


def _names(axes: Axes, names: list[str]) -> None:
    from gutskin.media import lines

    axes.set_yticks(range(len(names)), ["\n".join(lines(one, LETTERS)) for one in reversed(names)])
    axes.tick_params(axis="y", length=0)
