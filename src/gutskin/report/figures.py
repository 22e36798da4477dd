"""The figures of a trial's report, as inline SVG with a title and a description in words.

Each is drawn twice: for a page, and for the width of a phone, with letters of the same size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gutskin.media import isolated, lines
from gutskin.report.canvas import (
    ACTIVE,
    CONTROL,
    GRID,
    INK,
    QUIET,
    WARN,
    inline,
    new_canvas,
    svg_of,
)
from gutskin.report.points import SHARE
from gutskin.report.words import known, number, units
from gutskin.trials.analysis import Analysis, EndpointAnalysis
from gutskin.trials.certainty import interval, mean_of
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from gutskin.trials.design import TrialDesign

WIDE, NARROW = 8.6, 4.3  # inches: a page, a phone
LETTERS = {False: 62, True: 40}  # of a line beneath a figure; narrow or not
GAP = "\u2003\u2003"  # a browser folds plain spaces
BINS = (8, 45)  # of a histogram, at least and at most
CHOSEN = "Patients enrol when their score is high, so it falls in every arm."
FROM_BIRTH = "The trial begins at birth."
Paint = Callable[["Canvas", bool], None]  # on a canvas, narrow or not


@dataclass(frozen=True)
class Figure:
    """One figure: inline markup for a page and for a phone; `alt` says in words what it shows."""

    name: str
    title: str
    alt: str
    caption: str
    svg: str
    narrow: str


def colours(design: TrialDesign) -> dict[str, str]:
    """Arm name -> colour; the control is grey."""
    active = {arm.name: ACTIVE[i % len(ACTIVE)] for i, arm in enumerate(design.active)}
    return {design.control.name: CONTROL, **active}


def draw(
    name: str, title: str, alt: str, caption: str, heights: Sequence[float], paint: Paint
) -> Figure:
    """Paint one figure, for a page and for a phone, with these heights (inches)."""
    shown = []
    for narrow, height in zip((False, True), heights, strict=True):
        own = f"{name}-narrow" if narrow else name
        with new_canvas((NARROW if narrow else WIDE, height), own) as canvas:
            paint(canvas, narrow)
            shown.append(inline(svg_of(canvas), own, title, alt))
    return Figure(name, title, alt, caption, *shown)


def wrapped(text: str, narrow: bool) -> str:
    """A text beneath a figure, as wide as there is room."""
    return "\n".join(lines(text, LETTERS[narrow]))


def row_height(names: Sequence[str], narrow: bool) -> float:
    """The height that each row of a chart needs (inches)."""
    most = max((len(_row_name(name, narrow)) for name in names), default=1)
    return 0.36 + 0.18 * most if narrow else 0.3 + 0.06 * most


def _row_name(name: str, narrow: bool) -> list[str]:
    return lines(name, LETTERS[narrow] if narrow else 46, 2)


def name_rows(axes: Axes, names: Sequence[str], narrow: bool) -> None:
    """Name the rows of a chart, first on top: beside them or, where there is no room, above.

    Line by line: a browser's letters have other widths than those it was laid out with.
    """
    axes.set_yticks(range(len(names)), [""] * len(names))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    line = 0.19 / row_height(names, narrow)  # the height of a line of text, in rows
    if narrow:
        axes.set_ylim(-0.4, len(names) - 0.1 + line)
    for y, name in enumerate(reversed(names)):
        shown = _row_name(name, narrow)
        for place, text in enumerate(reversed(shown)):
            middle = 0.18 + 0.75 * line if narrow else -line * (len(shown) - 1) / 2
            axes.text(
                0.012 if narrow else -0.01, y + middle + place * line, text,
                transform=axes.get_yaxis_transform(), va="center", ha="left" if narrow else "right",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6} if narrow else None,
            )  # fmt: skip


def difference_figure(analysis: Analysis, design: TrialDesign) -> Figure:
    """How the result scatters between repetitions of the same trial."""
    endpoint = analysis.endpoints[analysis.primary]
    arm, against = design.active[0], in_sentence(design.control.title)
    comparison = endpoint.comparisons[arm.name]
    matters = design.analysis.meaningful_difference
    seen = np.isfinite(comparison.difference)
    parts = {
        "p < 0.05 for the treatment": (
            seen & comparison.significant & comparison.better,
            ACTIVE[0],
        ),
        "p < 0.05 against it": (seen & comparison.significant & ~comparison.better, WARN),
        "not significant": (seen & ~comparison.significant, "#c8d0d8"),
    }
    low, high = interval(comparison.true_effect)
    mean = mean_of(comparison.true_effect)
    enough = bool(np.isfinite(low))

    def paint(canvas: Canvas, narrow: bool) -> None:
        axes = canvas.subplots()
        values = [comparison.difference[use] for use, _ in parts.values()]
        edges = np.histogram_bin_edges(
            comparison.difference[seen], bins=int(np.clip(seen.sum() / 4, *BINS))
        )
        tallest = max(np.histogram(comparison.difference[seen], edges)[0].max(), 1)
        colour = [shade for _, shade in parts.values()]
        axes.hist(values, edges.tolist(), stacked=True, color=colour, label=list(parts), lw=0)
        y = -0.11 * tallest
        if enough:
            axes.plot(
                [low, high],
                [y, y],
                color=INK,
                lw=3,
                solid_capstyle="butt",
                clip_on=False,
                label="true effect in 95% of worlds",
            )
        axes.plot([mean], [y], "o", color=INK, ms=7, clip_on=False)
        axes.axvline(0, color=QUIET, lw=1)
        if matters is not None:
            way = -1 if endpoint.lower_is_better else 1
            axes.axvline(way * matters, color=WARN, lw=1.2, ls=(0, (4, 3)))
            axes.annotate(
                f"{number(way * matters)}: matters\nto a patient"
                if narrow
                else f"{number(way * matters)}: matters to a patient",
                (way * matters, 1.09 * tallest),
                (6 * way, 0),
                textcoords="offset points",
                color=WARN,
                ha="right" if way < 0 else "left",
                va="center",
            )
        axes.set_ylim(-0.2 * tallest, 1.16 * tallest)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        what = f"{endpoint.label} ({unit_of(endpoint)})"
        says = f"Difference in {what}, {in_sentence(arm.title)} minus {against}, last visit"
        axes.set_xlabel(wrapped(says, narrow))
        canvas.legend(loc="outside lower left", ncols=1 if narrow else 2)

    found, against_it = (
        known(one.value, one.error) for one in (comparison.share_for, comparison.share_against)
    )
    ends = f", in 95% of worlds {number(low)} to {number(high)}" if enough else ""
    share = endpoint.unit == SHARE
    return draw(
        "difference",
        "The same trial, repeated",
        f"Histogram of the difference in {endpoint.label} over {int(seen.sum())} repetitions of "
        f"the trial. {found} have p below 0.05 for the treatment, {against_it} against it. The "
        f"mean true effect is {number(mean)}{'' if share else f' {endpoint.unit}'}{ends}.",
        "Every repetition enrols new patients in a world that the evidence allows. Coloured "
        "repetitions would be published as significant. "
        + ("The black bar holds the true effects of 95% of the worlds, the" if enough else "The")
        + " dot is their mean.",
        (4.0, 4.4),
        paint,
    )


def unit_of(endpoint: EndpointAnalysis) -> str:
    """The unit on an axis; of what a patient has or has not, that it is a share."""
    return "share of patients" if endpoint.unit == SHARE else units(endpoint.unit)


def course_figure(dataset: xr.Dataset, analysis: Analysis, design: TrialDesign) -> Figure:
    """The mean measured course of each arm, with where a single trial's mean may lie."""
    endpoint = analysis.endpoints[analysis.primary]
    weeks = dataset["visit"].values.astype(float)
    if "mean_course" in dataset:
        means = dataset["mean_course"]
    else:
        means = dataset["measured"].sel(endpoint=analysis.primary).mean("patient")
    means = means.transpose("arm", "visit", "replicate")

    def paint(canvas: Canvas, narrow: bool) -> None:
        axes = canvas.subplots()
        for arm in design.arms:
            colour = colours(design)[arm.name]
            values = means.sel(arm=arm.name).values
            low, high = zip(*(interval(visit) for visit in values), strict=True)
            axes.fill_between(weeks, low, high, color=colour, alpha=0.16, lw=0)
            axes.plot(
                weeks,
                [mean_of(visit) for visit in values],
                "o-",
                color=colour,
                lw=2,
            )
        axes.set_xticks(weeks)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("Week")
        axes.set_ylabel(f"{endpoint.label} ({unit_of(endpoint)})")
        axes.grid(axis="y", color=GRID, lw=0.8)
        # Named here, not where they are drawn: a name may begin with an underscore.
        names = ["\n".join(lines(arm.title, 32)) for arm in design.arms]
        if narrow or len(design.arms) > 2:
            canvas.legend(axes.lines, names, loc="outside lower left")
        else:
            axes.legend(axes.lines, names, loc="lower left")

    changes = "; ".join(
        f"{isolated(arm.title)} from {number(endpoint.arms[arm.name].baseline_mean)} to "
        f"{number(endpoint.arms[arm.name].end_mean)}"
        for arm in design.arms
    )
    return draw(
        "course",
        "The arms over time",
        f"Mean measured {endpoint.label} by arm. {changes}.",
        "Mean of all repetitions; the band holds 95% of the means of single trials. "
        + (FROM_BIRTH if design.from_birth else CHOSEN),
        (3.6 + 0.2 * max(len(design.arms) - 2, 0), 3.6 + 0.2 * len(design.arms)),
        paint,
    )


def forest_figure(dataset: xr.Dataset, analysis: Analysis, design: TrialDesign) -> Figure:
    """All endpoints on one scale: the difference in standard deviations of change."""
    arm, control = design.active[0], design.control
    rows = []
    up = {str(one.item()) for one in dataset["endpoint"] if not one["lower_is_better"].item()}
    for one in analysis.endpoints.values():
        sd = np.sqrt(
            (one.arms[arm.name].change_sd ** 2 + one.arms[control.name].change_sd ** 2) / 2
        )
        sd = sd if sd > 0 else np.nan  # nobody changed: there is no scale
        comparison = one.comparisons[arm.name]
        label = f"{one.label} *" if one.name in up else one.label
        rows.append((label, comparison.difference / sd, comparison.true_effect / sd))
    names = [label for label, _, _ in rows]

    def paint(canvas: Canvas, narrow: bool) -> None:
        axes = canvas.subplots()
        for y, (_, difference, effect) in enumerate(reversed(rows)):
            axes.plot(interval(difference), [y, y], color="#aab4be", lw=1.5)
            axes.plot(interval(effect), [y, y], color=ACTIVE[0], lw=4.5, solid_capstyle="butt")
            axes.plot([mean_of(effect)], [y], "o", color=INK, ms=6, zorder=3)
        axes.axvline(0, color=QUIET, lw=1)
        name_rows(axes, names, narrow)
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
    return draw(
        "forest",
        "All endpoints on one scale",
        f"True effect in standard deviations of change, in 95% of worlds: {words}.",
        "Dot and thick line: the true effect, its mean and 95% of the worlds. Thin line: where 95% "
        "of single trials would report. Lower is better"
        + (", except where a star stands." if up else "."),
        [row_height(names, narrow) * len(names) + 1.3 for narrow in (False, True)],
        paint,
    )


def _ends(values: np.ndarray) -> str:
    """An interval in brackets; nothing of too few values."""
    low, high = interval(values)
    return f" ({number(low)} to {number(high)})" if np.isfinite(low) else ""


def patients_figure(dataset: xr.Dataset, analysis: Analysis, design: TrialDesign) -> Figure:
    """A few patients: what was measured and what was true."""
    endpoint = analysis.endpoints[analysis.primary]
    data = dataset.sel(endpoint=analysis.primary).isel(replicate=0)
    weeks = dataset["visit"].values.astype(float)
    arms = [design.active[0], design.control]

    def paint(canvas: Canvas, narrow: bool) -> None:
        grid = canvas.subplots(*((4, 2) if narrow else (2, 4)), sharex=True, sharey=True)
        for row, arm in zip(grid.T if narrow else grid, arms, strict=True):
            colour = colours(design)[arm.name]
            for i, axes in enumerate(row):
                if i >= arm.n:
                    axes.set_visible(False)
                    continue
                one = data.sel(arm=arm.name).isel(patient=i)
                axes.plot(weeks, one["latent"].sel(given=arm.name), color=colour, lw=2.2)
                axes.plot(weeks, one["measured"], "o", mfc="none", mec=INK, ms=6)
                title = arm.title if i == 0 else f"patient {i + 1}"
                axes.set_title(
                    "\n".join(lines(title, 22, 3)), fontweight="bold" if i == 0 else None
                )
                axes.grid(axis="y", color=GRID, lw=0.8)
                axes.set_xticks(weeks)
        grid[0][0].set_ylim(bottom=0)
        canvas.supxlabel("Week", fontsize=10.5)
        canvas.supylabel(f"{endpoint.label} ({unit_of(endpoint)})", fontsize=10.5)

    return draw(
        "patients",
        "A few patients: measured and true",
        f"Eight patients of the first repetition; {endpoint.label} as measured (circles) scatters "
        "about the true course (line).",
        "Circles: what the trial recorded. Line: the same patient's true score. A circle that is "
        "missing is a patient who left.",
        (4.4, 7.4),
        paint,
    )
