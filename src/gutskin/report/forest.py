"""Figures in which every row is a comparison: the arms of a trial, and the endpoints of an arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gutskin.media import isolated
from gutskin.report.canvas import GRID, INK, QUIET, WARN
from gutskin.report.figures import (
    GAP,
    LETTERS,
    Figure,
    as_told,
    colours,
    draw,
    name_rows,
    of_arm,
    row_height,
    wrapped,
)
from gutskin.report.words import known, number
from gutskin.trials.analysis import Analysis
from gutskin.trials.certainty import interval, mean_of
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from gutskin.trials.design import TrialDesign
    from gutskin.trials.parts import Arm

MARKS = (
    "Dot and thick line: the true effect, its mean and 95% of the worlds. Thin line: where 95% of "
    "single trials would report."
)


def arms_figure(analysis: Analysis, design: TrialDesign) -> Figure:
    """Every active arm against the control on the primary endpoint."""
    endpoint = analysis.endpoints[analysis.primary]
    per, told = as_told(endpoint)
    against = in_sentence(design.control.title)
    matters = design.analysis.meaningful_difference
    way = -per if endpoint.lower_is_better else per
    rows = [
        (isolated(arm.title), per * compared.difference, per * compared.true_effect, arm)
        for arm in design.active
        if (compared := endpoint.comparisons[arm.name])
    ]
    names = [name for name, *_ in rows]

    def paint(canvas: Canvas, narrow: bool) -> None:
        axes = canvas.subplots()
        for y, (_, difference, effect, arm) in enumerate(reversed(rows)):
            _row(axes, y, difference, effect, colours(design)[arm.name])
        axes.axvline(0, color=QUIET, lw=1)
        if matters is not None:
            axes.axvline(way * matters, color=WARN, lw=1.2, ls=(0, (4, 3)))
        name_rows(axes, names, narrow)
        axes.grid(axis="x", color=GRID, lw=0.8)
        axes.set_axisbelow(True)
        says = f"Difference in {endpoint.label} ({told}) from {against}, last visit"
        axes.set_xlabel(wrapped(says, narrow))

    words = "; ".join(
        f"{name} {number(mean_of(effect))} {told}{_ends(effect)}, p below 0.05 for it in "
        f"{known(found.value, found.error)} of trials"
        for name, _, effect, arm in rows
        if (found := endpoint.comparisons[arm.name].share_for)
    )
    line = (
        "" if matters is None else f" Dashed: {number(way * matters)}, what matters to a patient."
    )
    return draw(
        "difference",
        f"Every arm against {against}",
        f"True effect on {endpoint.label}: {words}.",
        f"Every repetition enrols new patients in a world that the evidence allows. {MARKS}{line}",
        [row_height(names, narrow) * len(names) + 1.2 for narrow in (False, True)],
        paint,
    )


def _row(axes: Axes, y: int, difference: np.ndarray, effect: np.ndarray, colour: str) -> None:
    axes.plot(interval(difference), [y, y], color="#aab4be", lw=1.5)
    axes.plot(interval(effect), [y, y], color=colour, lw=4.5, solid_capstyle="butt")
    axes.plot([mean_of(effect)], [y], "o", color=INK, ms=6, zorder=3)


def forest_figure(
    dataset: xr.Dataset, analysis: Analysis, design: TrialDesign, arm: Arm | None = None
) -> Figure:
    """All endpoints of one active arm on one scale: differences in standard deviations of change.

    Parameters
    ----------
    arm : an active one; the first if none is named
    """
    arm, control = arm or design.active[0], design.control
    rows = []
    up = {str(one.item()) for one in dataset["endpoint"] if not one["lower_is_better"].item()}
    for one in analysis.endpoints.values():
        both = (arm,) if design.single_arm else (arm, control)
        sd = np.sqrt(np.mean([one.arms[each.name].change_sd ** 2 for each in both], axis=0))
        sd = sd if sd > 0 else np.nan  # nobody changed: there is no scale
        comparison = one.comparisons[arm.name]
        label = f"{one.label} *" if one.name in up else one.label
        rows.append((label, comparison.difference / sd, comparison.true_effect / sd))
    names = [label for label, _, _ in rows]

    def paint(canvas: Canvas, narrow: bool) -> None:
        axes = canvas.subplots()
        for y, (_, difference, effect) in enumerate(reversed(rows)):
            _row(axes, y, difference, effect, colours(design)[arm.name])
        axes.axvline(0, color=QUIET, lw=1)
        name_rows(axes, names, narrow)
        axes.locator_params(axis="x", nbins=5 if narrow else 9)
        axes.grid(axis="x", color=GRID, lw=0.8)
        axes.set_axisbelow(True)
        name = in_sentence(arm.title)
        sides = f"← lower on {name}{GAP}higher on {name} →"
        if len(sides) > LETTERS[narrow]:
            sides = f"← lower on the treatment{GAP}higher on it →"
        says = wrapped("Difference in standard deviations of the change", narrow)
        axes.set_xlabel(f"{says}\n{sides}")

    words = "; ".join(
        f"{label} {number(mean_of(effect))}{_ends(effect)}" for label, _, effect in rows
    )
    place = design.active.index(arm)
    return draw(
        f"forest-{place}" if place else "forest",
        f"All endpoints on one scale{of_arm(design, arm)}",
        f"True effect in standard deviations of change, in 95% of worlds: {words}.",
        f"{MARKS} Lower is better" + (", except where a star stands." if up else "."),
        [row_height(names, narrow) * len(names) + 1.3 for narrow in (False, True)],
        paint,
    )


def _ends(values: np.ndarray) -> str:
    """An interval in brackets; nothing of too few values."""
    low, high = interval(values)
    return f" ({number(low)} to {number(high)})" if np.isfinite(low) else ""
