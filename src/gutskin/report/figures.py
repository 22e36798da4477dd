"""The figures of a trial's report, as inline SVG with a title and a description in words."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.report.words import number, percent, routes, units
from gutskin.trials.analysis import Analysis, interval, mean_of

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure as Canvas

    from gutskin.evidence.fluxes import Change
    from gutskin.model.model import Model
    from gutskin.trials.design import TrialDesign

INK, QUIET, GRID = "#1f2933", "#66727f", "#dde3e8"
CONTROL, ACTIVE, WARN = "#7b8794", ("#0b7285", "#5f3dc4", "#2b8a3e", "#a61e4d"), "#c2410c"
STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10.5,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Figure:
    """One figure: `svg` is inline markup, `alt` says in words what it shows."""

    name: str
    title: str
    alt: str
    caption: str
    svg: str


def colours(design: TrialDesign) -> dict[str, str]:
    """Arm name -> colour; the control is grey."""
    active = {arm.name: ACTIVE[i % len(ACTIVE)] for i, arm in enumerate(design.active)}
    return {design.control.name: CONTROL, **active}


def draw(
    name: str,
    title: str,
    alt: str,
    caption: str,
    size: tuple[float, float],
    paint: Callable[[Canvas], None],
) -> Figure:
    """Paint one figure of `size` (inches) and turn it into inline SVG; deterministic."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context(STYLE | {"svg.hashsalt": name}):
        canvas = Canvas(figsize=size, layout="constrained")
        FigureCanvasSVG(canvas)
        paint(canvas)
        buffer = io.StringIO()
        canvas.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    return Figure(name, title, alt, caption, _inline(buffer.getvalue(), name, title, alt))


def _inline(svg: str, name: str, title: str, alt: str) -> str:
    """SVG that may stand in a page: no prologue, ids of its own, a title and a description."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'\sid="([^"]+)"', rf' id="{name}-\1"', svg)
    svg = re.sub(r'(xlink:href="|url\()#', rf"\1#{name}-", svg).replace("xlink:href", "href")
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg)
    head = f'<svg role="img" aria-labelledby="{name}-title {name}-desc"'
    words = f'<title id="{name}-title">{escape(title)}</title>'
    words += f'<desc id="{name}-desc">{escape(alt)}</desc>'
    svg = svg.replace("<svg", head, 1)
    end = svg.index(">") + 1
    return svg[:end] + words + svg[end:]


def difference_figure(analysis: Analysis, design: TrialDesign) -> Figure:
    """How the result scatters between repetitions of the same trial."""
    endpoint = analysis.endpoints[analysis.primary]
    arm, against = design.active[0], design.control.title.lower()
    its = endpoint.comparisons[arm.name]
    matters = design.analysis.meaningful_difference
    seen = np.isfinite(its.difference)
    parts = {
        "p < 0.05 for the treatment": (seen & its.significant & its.better, ACTIVE[0]),
        "p < 0.05 against it": (seen & its.significant & ~its.better, WARN),
        "not significant": (seen & ~its.significant, "#c8d0d8"),
    }
    low, high = interval(its.true_effect)
    mean = mean_of(its.true_effect)

    def paint(canvas: Canvas) -> None:
        axes = canvas.subplots()
        values = [its.difference[use] for use, _ in parts.values()]
        edges = np.histogram_bin_edges(its.difference[seen], bins=45)
        tallest = max(np.histogram(its.difference[seen], edges)[0].max(), 1)
        colour = [shade for _, shade in parts.values()]
        axes.hist(values, edges.tolist(), stacked=True, color=colour, label=list(parts), lw=0)
        y = -0.11 * tallest
        axes.plot(
            [low, high],
            [y, y],
            color=INK,
            lw=3,
            solid_capstyle="butt",
            clip_on=False,
            label="true effect, 95% interval",
        )
        axes.plot([mean], [y], "o", color=INK, ms=7, clip_on=False)
        axes.axvline(0, color=QUIET, lw=1)
        if matters is not None:
            axes.axvline(-matters, color=WARN, lw=1.2, ls=(0, (4, 3)))
            axes.annotate(
                f"{number(-matters)}: matters to a patient",
                (-matters, 1.09 * tallest),
                (-6, 0),
                textcoords="offset points",
                color=WARN,
                ha="right",
                va="center",
            )
        axes.set_ylim(-0.2 * tallest, 1.16 * tallest)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        what = f"{endpoint.label} ({units(endpoint.unit)})"
        axes.set_xlabel(f"Difference in {what}, {arm.title.lower()} minus {against}, last visit")
        canvas.legend(loc="outside lower center", ncols=2)

    share = percent(its.share_significant)
    return draw(
        "difference",
        "The same trial, repeated",
        f"Histogram of the difference in {endpoint.label} over {int(seen.sum())} repetitions of "
        f"the trial. {share} have p below 0.05. The true effect is {number(mean)}, 95% interval "
        f"{number(low)} to {number(high)} {endpoint.unit}.",
        "Every repetition enrols new patients in a world that the evidence allows. Coloured "
        "repetitions would be published as significant. The black bar holds 95% of the true "
        "effects, the dot is their mean.",
        (8.6, 4.0),
        paint,
    )


def course_figure(dataset: xr.Dataset, analysis: Analysis, design: TrialDesign) -> Figure:
    """The mean measured course of each arm, with where a single trial's mean may lie."""
    endpoint = analysis.endpoints[analysis.primary]
    weeks = dataset["visit"].values.astype(float)
    if "mean_course" in dataset:
        means = dataset["mean_course"]
    else:
        means = dataset["measured"].sel(endpoint=analysis.primary).mean("patient")
    means = means.transpose("arm", "visit", "replicate")

    def paint(canvas: Canvas) -> None:
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
                label=arm.title,
            )
        axes.set_xticks(weeks)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("Week")
        axes.set_ylabel(f"{endpoint.label} ({units(endpoint.unit)})")
        axes.grid(axis="y", color=GRID, lw=0.8)
        axes.legend(loc="lower left")

    changes = "; ".join(
        f"{arm.title} from {number(endpoint.arms[arm.name].baseline_mean)} to "
        f"{number(endpoint.arms[arm.name].end_mean)}"
        for arm in design.arms
    )
    return draw(
        "course",
        "Both arms over time",
        f"Mean measured {endpoint.label} by arm. {changes}.",
        "Mean of all repetitions; the band holds 95% of the means of single trials. Children "
        "enrol when their score is high, so it falls in every arm.",
        (8.6, 3.6),
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
        its = one.comparisons[arm.name]
        label = f"{one.label} *" if one.name in up else one.label
        rows.append((label, its.difference / sd, its.true_effect / sd))

    def paint(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for y, (_, difference, effect) in enumerate(reversed(rows)):
            axes.plot(interval(difference), [y, y], color="#aab4be", lw=1.5)
            axes.plot(interval(effect), [y, y], color=ACTIVE[0], lw=4.5, solid_capstyle="butt")
            axes.plot([mean_of(effect)], [y], "o", color=INK, ms=6, zorder=3)
        axes.axvline(0, color=QUIET, lw=1)
        axes.set_yticks(range(len(rows)), [label for label, _, _ in reversed(rows)])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color=GRID, lw=0.8)
        axes.set_axisbelow(True)
        names = f"lower on {arm.title.lower()}  ←   →  higher on {arm.title.lower()}"
        axes.set_xlabel(f"Difference in standard deviations of the change\n{names}")

    words = "; ".join(
        f"{label} {number(mean_of(effect))} ({number(interval(effect)[0])} to "
        f"{number(interval(effect)[1])})"
        for label, _, effect in rows
    )
    return draw(
        "forest",
        "All endpoints on one scale",
        f"True effect in standard deviations of change, with 95% interval: {words}.",
        "Dot and thick line: the true effect and its 95% interval. Thin line: where the result of "
        "a single trial would lie. Lower is better"
        + (", except where a star stands." if up else "."),
        (8.6, 0.36 * len(rows) + 1.3),
        paint,
    )


def doubt_figure(summary: dict[str, Any]) -> Figure:
    """What the model is least sure of."""
    rows = summary["least_sure"][:8]

    def paint(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for y, one in enumerate(reversed(rows)):
            axes.barh(
                y, one["share"], color=ACTIVE[0] if one["beyond_chance"] else "#c8d0d8", height=0.62
            )
            axes.text(one["share"], y, f"\u2002{percent(one['share'])}", va="center")
            # Line by line: a browser's letters have other widths than those it was laid out with.
            lines = _wrapped(one["note"])
            for place, line in enumerate(lines):
                up = y + 0.36 * ((len(lines) - 1) / 2 - place)
                axes.text(
                    -0.01, up, line, transform=axes.get_yaxis_transform(), ha="right", va="center"
                )
        axes.set_yticks(range(len(rows)), [""] * len(rows))
        axes.tick_params(axis="y", length=0)
        axes.set_xticks([])
        axes.set_xlim(0, 1.12 * max((one["share"] for one in rows), default=1.0) or 1.0)
        axes.spines[["left", "bottom"]].set_visible(False)

    words = "; ".join(f"{one['note']} {percent(one['share'])}" for one in rows)
    return draw(
        "doubt",
        "What the model is least sure of",
        f"Share of the rank variance of the true effect by uncertain parameter: {words}.",
        "Share of the spread of the true effect that one uncertain quantity explains by itself. "
        "Grey bars are within what chance alone would give.",
        (8.6, 0.42 * max(len(rows), 1) + 0.4),
        paint,
    )


def route_figure(summary: dict[str, Any]) -> Figure:
    """What is lost of the effect when one route between gut and skin is closed."""
    rows = routes(summary)

    def paint(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for y, (_, share) in enumerate(reversed(rows)):
            axes.barh(y, share, color=CONTROL if y == 0 else ACTIVE[0], height=0.58)
            axes.text(max(share, 0.0), y, f"\u2002{percent(share)}", va="center")
        axes.set_yticks(range(len(rows)), [words for words, _ in reversed(rows)])
        axes.tick_params(axis="y", length=0)
        axes.axvline(0, color=QUIET, lw=1)
        axes.set_xticks([])
        lowest, highest = min(share for _, share in rows), max(share for _, share in rows)
        axes.set_xlim(min(0.0, 1.1 * lowest), 1.15 * max(highest, 0.1))
        axes.spines[["left", "bottom"]].set_visible(False)

    words = "; ".join(f"{name} {percent(share)}" for name, share in rows)
    return draw(
        "routes",
        "Which route carries the effect",
        f"Share of the true effect that is lost when a route is closed: {words}.",
        "Share of the true effect that is lost when a route is closed from enrolment on. Routes "
        "overlap, so the shares need not add to 100%.",
        (8.6, 0.42 * len(rows) + 0.4),
        paint,
    )


def patients_figure(dataset: xr.Dataset, analysis: Analysis, design: TrialDesign) -> Figure:
    """A few patients: what was measured and what was true."""
    endpoint = analysis.endpoints[analysis.primary]
    data = dataset.sel(endpoint=analysis.primary).isel(replicate=0)
    weeks = dataset["visit"].values.astype(float)
    arms = [design.active[0], design.control]

    def paint(canvas: Canvas) -> None:
        grid = canvas.subplots(2, 4, sharex=True, sharey=True)
        for row, arm in zip(grid, arms, strict=True):
            colour = colours(design)[arm.name]
            row[0].set_ylabel(endpoint.label)
            for i, axes in enumerate(row):
                if i >= arm.n:
                    axes.set_visible(False)
                    continue
                one = data.sel(arm=arm.name).isel(patient=i)
                axes.plot(weeks, one["latent"].sel(given=arm.name), color=colour, lw=2.2)
                axes.plot(weeks, one["measured"], "o", mfc="none", mec=INK, ms=6)
                axes.set_title(f"{arm.title}, patient {i + 1}")
                axes.grid(axis="y", color=GRID, lw=0.8)
                axes.set_xticks(weeks)
        grid[0][0].set_ylim(bottom=0)
        canvas.supxlabel("Week", fontsize=10.5)

    return draw(
        "patients",
        "A few patients: measured and true",
        f"Eight patients of the first repetition; {endpoint.label} as measured (circles) scatters "
        "about the true course (line).",
        "Circles: what the trial recorded. Line: the same patient's true score. A circle that is "
        "missing is a patient who left.",
        (8.6, 4.4),
        paint,
    )


def axis_figure(model: Model, change: Change) -> Figure:
    """The whole axis in one patient, before and after the first arm's intervention."""
    from gutskin.report.axis import axis_picture

    svg = axis_picture(model, change).strip()
    return Figure(
        "axis",
        "The whole axis, before and after",
        re.findall(r"<desc[^>]*>(.*?)</desc>", svg, flags=re.S)[0],
        "Drawn from the tables of the model: places from gut lumen to skin surface, all mechanisms "
        "with sign and evidence. Thickness, halo and colour are those of one patient on the first "
        "arm's intervention, without the daily noise and the extra care of a trial.",
        re.sub(r' xmlns="[^"]*"', "", svg, count=1),
    )


def _wrapped(text: str, width: int = 46) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width, max_lines=2, placeholder=" …")
