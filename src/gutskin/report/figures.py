"""The figures of a trial's report, as inline SVG with a title and a description in words.

Each is drawn twice: for a page, and for the width of a phone, with letters of the same size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gutskin.media import counted, isolated, lines
from gutskin.report.canvas import (
    ACTIVE,
    CONTROL,
    GRID,
    INK,
    WARN,
    inline,
    new_canvas,
    spaced,
    svg_of,
)
from gutskin.report.figure_file import write_figures
from gutskin.report.points import SHARE
from gutskin.report.repetitions import Repetitions
from gutskin.report.shown_effect import as_told, shown_effect
from gutskin.report.told_effect import RATIO
from gutskin.report.words import known, number, units
from gutskin.trials.analysis import Analysis, EndpointAnalysis
from gutskin.trials.certainty import FEWEST_DRAWS, interval, mean_of
from gutskin.trials.scales import log, mean_over_patients
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from gutskin.trials.design import TrialDesign
    from gutskin.trials.parts import Arm

WIDE, NARROW = 8.6, 4.3  # inches: a page, a phone
LETTERS = {False: 62, True: 40}  # of a line beneath a figure; narrow or not
COURSE_LETTERS = 40  # of a line at the vertical axis
GAP = "\u2003\u2003"  # a browser folds plain spaces
CHOSEN = "Patients enrol by their {label}, when it is high; so it falls in every arm."
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


def _repetitions(endpoint: EndpointAnalysis, design: TrialDesign) -> Repetitions:
    arm, against = design.active[0], in_sentence(design.control.title)
    comparison = endpoint.comparisons[arm.name]
    shown = shown_effect(endpoint, arm.name)
    seen = np.isfinite(shown.reported)
    favour = seen & comparison.significant & comparison.better
    against_it = seen & comparison.significant & ~comparison.better
    what = f"Difference in {endpoint.label} ({shown.unit}), {in_sentence(arm.title)} minus"
    if shown.ratio:
        what = f"{shown.what} of {endpoint.label}, {in_sentence(arm.title)} over"
    return Repetitions(
        {
            "p < 0.05 for the treatment": (favour, ACTIVE[0]),
            "p < 0.05 against it": (against_it, WARN),
            "not significant": (seen & ~comparison.significant, "#c8d0d8"),
        },
        shown,
        marked(endpoint, design),
        partial(wrapped, f"{what} {against}, last visit"),
    )


def marked(endpoint: EndpointAnalysis, design: TrialDesign) -> float | None:
    """The difference that matters to a patient, where it stands in a figure; None if not known."""
    found, (per, _) = design.analysis.meaningful_difference, as_told(endpoint)
    if found is None or endpoint.log:  # beside a ratio no difference can be set
        return None
    return (-per if endpoint.lower_is_better else per) * found


def difference_figure(analysis: Analysis, design: TrialDesign) -> Figure:
    """How the result scatters between repetitions of the same trial, of one active arm."""
    endpoint = analysis.endpoints[analysis.primary]
    comparison = endpoint.comparisons[design.active[0].name]
    shown = _repetitions(endpoint, design)
    its = shown.effect
    enough = bool(np.isfinite(its.ends(its.true)[0]))
    found, against_it = (
        known(one.value, one.error) for one in (comparison.share_for, comparison.share_against)
    )
    mean, low, high = its.told(its.true)
    ends = f", in 95% of worlds {low} to {high}" if enough else ""
    count = int(np.isfinite(its.reported).sum())
    what = f"{RATIO} of" if its.ratio else "difference in"
    return draw(
        "difference",
        "The same trial, repeated",
        f"Histogram of the {what} {endpoint.label} over "
        f"{counted(count, 'repetition')} of the trial. {found} have p below 0.05 "
        f"for the treatment, {against_it} against it. The "
        f"mean true effect is {mean}{' ' if its.unit else ''}{its.unit}{ends}.",
        "Every repetition enrols new patients in a world that the evidence allows. Coloured "
        "repetitions would be published as significant. "
        + ("The black bar holds the true effects of 95% of the worlds, the" if enough else "The")
        + " dot is their mean."
        + (" 1 is no effect." if its.ratio else ""),
        (4.0, 4.4),
        shown.paint,
    )


def write_differences(analysis: Analysis, design: TrialDesign, path: Path) -> None:
    """The same as a file that ends in .svg or .png.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    endpoint = analysis.endpoints[analysis.primary]
    with new_canvas((WIDE, 4.0), "difference") as canvas:
        _repetitions(endpoint, design).paint(canvas, narrow=False)
        write_figures(canvas, path)


def axis_title(endpoint: EndpointAnalysis, letters: int) -> str:
    """The endpoint at a vertical axis, in lines of so many letters; shares are percentages."""
    what = "% of patients" if endpoint.unit == SHARE else units(endpoint.unit)
    return "\n".join(lines(f"{endpoint.label} ({what})", letters))


def _why_it_moves(analysis: Analysis, design: TrialDesign) -> str:
    """Why an endpoint changes in every arm, in the words of the endpoint."""
    endpoint, entry = analysis.endpoints[analysis.primary], design.eligibility
    if design.from_birth:
        return FROM_BIRTH
    scores = [name for name in ("scorad", "easi") if getattr(entry, name) is not None]
    if endpoint.unit == SHARE:
        return "A share of patients, each of whom has it at that visit or not."
    if endpoint.name in scores:
        return CHOSEN.format(label=endpoint.label)
    return ""


def course_figure(dataset: xr.Dataset, analysis: Analysis, design: TrialDesign) -> Figure:
    """The mean measured course of each arm, with where a single trial's mean may lie.

    Of what is tested on logarithms means are geometric, as those of its ratio.
    """
    endpoint = analysis.endpoints[analysis.primary]
    weeks = dataset["visit"].values.astype(float)
    if "mean_course" in dataset:
        means = dataset["mean_course"]
    else:
        means = mean_over_patients(
            dataset["measured"].sel(endpoint=analysis.primary), on_logs=endpoint.log
        )
    means = means.transpose("arm", "visit", "replicate")
    per, _ = as_told(endpoint)
    percent = "%" if endpoint.unit == SHARE else ""

    def paint(canvas: Canvas, narrow: bool) -> None:
        axes = canvas.subplots()
        for arm in (one for one in design.arms if one.n):
            colour = colours(design)[arm.name]
            values = per * means.sel(arm=arm.name).values
            low, high = zip(*(interval(visit) for visit in values), strict=True)
            axes.fill_between(weeks, low, high, color=colour, alpha=0.16, lw=0)
            axes.plot(
                weeks,
                [_middle(visit, endpoint) for visit in values],
                "o-",
                color=colour,
                lw=2,
            )
        axes.set_xticks(weeks, spaced(weeks, 0.1 if narrow else 0.05))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("Week")
        axes.set_ylabel(axis_title(endpoint, COURSE_LETTERS))
        axes.grid(axis="y", color=GRID, lw=0.8)
        # Named here, not where they are drawn: a name may begin with an underscore.
        names = ["\n".join(lines(arm.title, 32)) for arm in design.arms if arm.n]
        if narrow or len(design.arms) > 2:
            canvas.legend(axes.lines, names, loc="outside lower left")
        else:
            axes.legend(axes.lines, names, loc="lower left")

    changes = "; ".join(
        f"{isolated(arm.title)} from {number(per * first)}{percent} "
        f"to {number(per * last)}{percent}"
        for arm in design.arms
        if arm.n
        for first, last in [_first_and_last(endpoint, arm, means, design)]
    )
    kind = "Geometric mean" if endpoint.log else "Mean"
    return draw(
        "course",
        "The arms over time",
        f"{kind} {'of' if endpoint.log else 'measured'} {endpoint.label} by arm. {changes}.",
        f"{kind} of all repetitions; {_band(means)}{_why_it_moves(analysis, design)}",
        (3.6 + 0.2 * max(len(design.arms) - 2, 0), 3.6 + 0.2 * len(design.arms)),
        paint,
    )


def _middle(values: np.ndarray, endpoint: EndpointAnalysis) -> float:
    """The mean of what trials show: of geometric means the geometric one."""
    return float(np.exp(mean_of(log(values)))) if endpoint.log else mean_of(values)


def _first_and_last(
    endpoint: EndpointAnalysis, arm: Arm, means: xr.DataArray, design: TrialDesign
) -> tuple[float, float]:
    """An arm's mean at the first visit and at that of the analysis."""
    if not endpoint.log:
        its = endpoint.arms[arm.name]
        return its.baseline_mean, its.end_mean
    own = means.sel(arm=arm.name).values
    return _middle(own[0], endpoint), _middle(own[design.analysed], endpoint)


def _band(means: xr.DataArray) -> str:
    """What the band about a course is; of too few repetitions there is none."""
    few = means.sizes["replicate"] < FEWEST_DRAWS
    return "too few for a band. " if few else "the band holds 95% of the means of single trials. "


def of_arm(design: TrialDesign, arm: Arm) -> str:
    """Of which comparison a figure is, where there are several."""
    if len(design.active) == 1:
        return ""
    return f": {in_sentence(arm.title)} against {in_sentence(design.control.title)}"


def patients_figure(dataset: xr.Dataset, analysis: Analysis, design: TrialDesign) -> Figure:
    """A few patients: what was measured and what was true."""
    endpoint = analysis.endpoints[analysis.primary]
    has = endpoint.unit == SHARE  # or has not
    data = dataset.sel(endpoint=analysis.primary).isel(replicate=0)
    weeks = dataset["visit"].values.astype(float)
    arms = [design.active[0], *(() if design.single_arm else (design.control,))]
    many = "Four" if design.single_arm else "Eight"

    def paint(canvas: Canvas, narrow: bool) -> None:
        rows = len(arms)
        shape = (4, rows) if narrow else (rows, 4)
        grid = canvas.subplots(*shape, sharex=True, sharey=True, squeeze=False)
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
                axes.set_xticks(weeks, spaced(weeks, 0.24 if narrow else 0.14))
        if has:
            grid[0][0].set_ylim(-0.2, 1.2)
            grid[0][0].set_yticks([0, 1], ["no", "yes"])
        else:
            grid[0][0].set_ylim(bottom=0)
        canvas.supxlabel("Week", fontsize=10.5)
        title = "\n".join(lines(endpoint.label, 52)) if has else axis_title(endpoint, 52)
        canvas.supylabel(title, fontsize=10.5)

    return draw(
        "patients",
        f"A few patients: measured and true{of_arm(design, arms[0])}",
        f"{many} patients of the first repetition; {endpoint.label} as measured (circles) scatters "
        "about the true course (line).",
        (
            "Circles: whether the trial recorded it. Line: whether it is so by the true score"
            if has
            else "Circles: what the trial recorded. Line: the same patient's true value"
        )
        + ". Who left has no circle"
        + (", or counts as no where the endpoint is a response." if has else "."),
        (4.4, 7.4),
        paint,
    )
