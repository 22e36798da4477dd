"""Figures of shares: what trials differ by, what is least sure, and which route carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gutskin.report.canvas import ACTIVE, CONTROL, INK, QUIET
from gutskin.report.figures import Figure, draw, name_rows, row_height
from gutskin.report.variance_shares import FIGURE_NAMES, what_varies
from gutskin.report.words import between, percent, route_share, routes
from gutskin.trials.route_shares import can_be_told

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

MOST = 8


def doubt_figure(summary: dict[str, Any]) -> Figure:
    """What the model is least sure of."""
    rows = summary["least_sure"][:MOST]
    names = [one["note"] for one in rows]

    def paint(canvas: Canvas, narrow: bool) -> None:
        axes = canvas.subplots()
        for y, one in enumerate(reversed(rows)):
            colour = ACTIVE[0] if one["beyond_chance"] else "#c8d0d8"
            axes.barh(y, one["share"], color=colour, height=0.28 if narrow else 0.62)
            ends = between(one["share_ci95_low"], one["share_ci95_high"])
            axes.text(one["share"], y, f"\u2002{percent(one['share'])} ({ends})", va="center")
        name_rows(axes, names, narrow)
        axes.set_xticks([])
        room = 2.0 if narrow else 1.45
        axes.set_xlim(0, room * max((one["share"] for one in rows), default=1.0) or 1.0)
        axes.spines[["bottom"]].set_visible(False)

    words = "; ".join(
        f"{one['note']} {percent(one['share'])} "
        f"({between(one['share_ci95_low'], one['share_ci95_high'])})"
        for one in rows
    )
    return draw(
        "doubt",
        "What the model is least sure of",
        f"Share of the rank variance of the true effect by uncertain parameter: {words}.",
        "Share of the spread of the true effect that one uncertain quantity explains by itself, "
        "with its 95% confidence interval from so many repetitions. "
        "Grey bars are within what chance alone would give.",
        [row_height(names, narrow) * max(len(rows), 1) + 0.4 for narrow in (False, True)],
        paint,
    )


def variance_figure(summary: dict[str, Any]) -> Figure:
    """What trials of this size differ by."""
    shares = summary["variance_shares"]
    names = list(FIGURE_NAMES.values())
    rows = [(shares[kind]["share"], *shares[kind]["ci95"]) for kind in FIGURE_NAMES]

    def paint(canvas: Canvas, narrow: bool) -> None:
        axes = canvas.subplots()
        for y, (share, low, high) in enumerate(reversed(rows)):
            axes.barh(y, share, color=ACTIVE[0], height=0.28 if narrow else 0.58)
            axes.plot([low, high], [y, y], color=INK, lw=1.5)
            says = f"\u2002{percent(share)} ({between(low, high)})"
            axes.text(max(share, high), y, says, va="center")
        name_rows(axes, names, narrow)
        axes.set_xticks([])
        axes.set_xlim(0, (2.0 if narrow else 1.45) * max(high for *_, high in rows))
        axes.spines[["bottom"]].set_visible(False)

    words = "; ".join(
        f"{name} {percent(share)} ({between(*ends)})"
        for name, (share, *ends) in zip(names, rows, strict=True)
    )
    what = what_varies(summary)
    return draw(
        "variance",
        "What trials of this size differ by",
        f"Shares of the variance of {what} that trials report: {words}.",
        f"Shares of the variance of {what} that trials of this size report, with their 95% "
        "confidence intervals over worlds. Larger trials leave less to the first two.",
        [row_height(names, narrow) * len(rows) + 0.4 for narrow in (False, True)],
        paint,
    )


def route_figure(summary: dict[str, Any]) -> Figure:
    """What is lost of the effect when one route between gut and skin is closed."""
    rows = routes(summary)
    names = [name for name, *_ in rows]

    def paint(canvas: Canvas, narrow: bool) -> None:
        axes = canvas.subplots()
        for y, (_, share, low, high) in enumerate(reversed(rows)):
            says = f"\u2002{route_share(share, low, high)}"
            if not can_be_told(low, high):
                share = low = high = 0.0
            colour = CONTROL if y == 0 else ACTIVE[0]
            axes.barh(y, share, color=colour, height=0.28 if narrow else 0.58)
            axes.plot([low, high], [y, y], color=INK, lw=1.5)
            axes.text(max(share, high, 0.0), y, says, va="center")
        name_rows(axes, names, narrow)
        axes.axvline(0, color=QUIET, lw=1)
        axes.set_xticks([])
        told = [(low, high) for *_, low, high in rows if can_be_told(low, high)]
        lowest = min((low for low, _ in told), default=0.0)
        highest = max((high for _, high in told), default=1.0)
        axes.set_xlim(min(0.0, 1.1 * lowest), (1.7 if narrow else 1.35) * max(highest, 0.1))
        axes.spines[["bottom"]].set_visible(False)

    words = "; ".join(f"{name} {route_share(*share)}" for name, *share in rows)
    return draw(
        "routes",
        "Which route carries the effect",
        f"Share of the true effect that is lost when a route is closed: {words}.",
        "Share of the true effect that is lost when a route is closed from enrolment on, with its "
        "95% confidence interval. Routes overlap, so the shares need not add to 100%.",
        [row_height(names, narrow) * len(rows) + 0.4 for narrow in (False, True)],
        paint,
    )
