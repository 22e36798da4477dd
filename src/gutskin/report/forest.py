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
    colours,
    draw,
    marked,
    name_rows,
    of_arm,
    row_height,
    wrapped,
)
from gutskin.report.shown_effect import axis_of_effect, shown_effect
from gutskin.report.told_effect import RATIO
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

Ends = tuple[float, float]
MARKS = (
    "Dot and thick line: the true effect, its mean and 95% of the worlds. Thin line: where 95% of "
    "single trials would report."
)


def arms_figure(analysis: Analysis, design: TrialDesign) -> Figure:
    """Every active arm against the control on the primary endpoint."""
    endpoint = analysis.endpoints[analysis.primary]
    against = in_sentence(design.control.title)
    matters = marked(endpoint, design)
    rows = [(isolated(arm.title), shown_effect(endpoint, arm.name), arm) for arm in design.active]
    on_ratio = any(its.ratio for _, its, _ in rows)
    names = [name for name, *_ in rows]

    def paint(canvas: Canvas, narrow: bool) -> None:
        axes = canvas.subplots()
        held = []
        for y, (_, its, arm) in enumerate(reversed(rows)):
            ends, mean = its.ends(its.true), its.mean(its.true)
            thin = its.ends(its.reported)
            _row(axes, y, thin, ends, mean, colours(design)[arm.name])
            held += [*thin, *ends, mean]
        axis_of_effect(axes, held, on_ratio=on_ratio)
        if matters is not None:
            axes.axvline(matters, color=WARN, lw=1.2, ls=(0, (4, 3)))
        name_rows(axes, names, narrow)
        axes.grid(axis="x", color=GRID, lw=0.8)
        axes.set_axisbelow(True)
        unit = "" if on_ratio else f" ({rows[0][1].unit})"
        says = f"{rows[0][1].what} {'of' if on_ratio else 'in'} {endpoint.label}{unit}"
        versus = "over" if on_ratio else "from"
        axes.set_xlabel(wrapped(f"{says} {versus} {against}, last visit", narrow))

    words = "; ".join(
        f"{name} {its.sentence(its.true)}, p below 0.05 for it in "
        f"{known(found.value, found.error)} of trials"
        for name, its, arm in rows
        if (found := endpoint.comparisons[arm.name].share_for)
    )
    line = "" if matters is None else f" Dashed: {number(matters)}, what matters to a patient."
    line += " 1 is no effect." if on_ratio else ""
    of_ratio = f" ({RATIO})" if on_ratio else ""
    return draw(
        "difference",
        f"Every arm against {against}",
        f"True effect on {endpoint.label}{of_ratio}: {words}.",
        f"Every repetition enrols new patients in a world that the evidence allows. {MARKS}{line}",
        [row_height(names, narrow) * len(names) + 1.2 for narrow in (False, True)],
        paint,
    )


def _row(axes: Axes, y: int, reported: Ends, true: Ends, mean: float, colour: str) -> None:
    """A thin line of what trials report, a thick one of what is true, and its mean."""
    axes.plot(reported, [y, y], color="#aab4be", lw=1.5)
    axes.plot(true, [y, y], color=colour, lw=4.5, solid_capstyle="butt")
    axes.plot([mean], [y], "o", color=INK, ms=6, zorder=3)


def forest_figure(
    dataset: xr.Dataset, analysis: Analysis, design: TrialDesign, arm: Arm | None = None
) -> Figure:
    """All endpoints of one active arm on one scale: differences in standard deviations of change.

    Of what is tested on logarithms both are those of logarithms.

    Parameters
    ----------
    arm : an active one; the first if none is named
    """
    arm, control = arm or design.active[0], design.control
    rows = []
    up = {str(one.item()) for one in dataset["endpoint"] if not one["lower_is_better"].item()}
    for one in analysis.endpoints.values():
        both = (arm,) if design.single_arm else (arm, control)
        its = one.comparisons[arm.name]
        values = (its.tested_difference if one.log else its.difference, one.effect_of(arm.name))
        of = [one.log_change_sd[each.name] if one.log else one.arms[each.name].change_sd
              for each in both]  # fmt: skip
        sd = np.sqrt(np.mean(np.square(of)))
        sd = sd if sd > 0 else np.nan  # nobody changed: there is no scale
        label = f"{one.label} *" if one.name in up else one.label
        rows.append((label, *(each / sd for each in values)))
    some = [one.log for one in analysis.endpoints.values()]
    names = [label for label, _, _ in rows]

    def paint(canvas: Canvas, narrow: bool) -> None:
        axes = canvas.subplots()
        for y, (_, difference, effect) in enumerate(reversed(rows)):
            shade = colours(design)[arm.name]
            _row(axes, y, interval(difference), interval(effect), mean_of(effect), shade)
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
    on_logs = ""
    if any(some):
        whose = "All are" if all(some) else "What is tested on logarithms is"
        on_logs = f" {whose} shown in logarithms: the ratio stands in the table."
    return draw(
        f"forest-{place}" if place else "forest",
        f"All endpoints on one scale{of_arm(design, arm)}",
        f"True effect in standard deviations of change, in 95% of worlds: {words}.",
        f"{MARKS} Lower is better{', except where a star stands' if up else ''}.{on_logs}",
        [row_height(names, narrow) * len(names) + 1.3 for narrow in (False, True)],
        paint,
    )


def _ends(values: np.ndarray) -> str:
    """An interval in brackets; nothing of too few values."""
    low, high = interval(values)
    return f" ({number(low)} to {number(high)})" if np.isfinite(low) else ""
