"""The picture of a strain or a mixture: what it says to the body, how it passes, what carries it.

Drawn as wide as a phone, so that its letters have the size of print on paper and on a small screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.media import lines
from gutskin.report.canvas import ACTIVE, CONTROL, GRID, INK, QUIET, WARN, new_canvas, svg_of
from gutskin.report.figures import NARROW, WIDE, Figure, draw
from gutskin.report.words import ROUTES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from gutskin.evidence.strain_card import StrainCard
    from gutskin.evidence.strain_prevention import Prevented
    from gutskin.evidence.strain_routes import Carried
    from gutskin.population.strain_known import KnownTrait

OF_IT, NEAR, ANY = ACTIVE[0], ACTIVE[1], CONTROL  # known of the strain, of its kin, of any strain
LETTERS = {False: 84, True: 44}  # of a title, on a line of a wide and of a narrow picture
LINE = 11.5  # points from a line of text to the next
SIZE = INK  # how large an effect is; no colour that says from where something is known
SHARES = ("survival", "milk_use", "cell_wall_share")  # traits that are shares: how it passes
SHORT = {
    "survival": "reaches the colon", "milk_use": "grows on milk sugar",
    "cell_wall_share": "kept by killed cells",
}  # fmt: skip
ROW, HEAD, TALL = 0.34, 1.15, 0.42  # inches of a line, around a panel's lines, of two-line names


def colour_of(one: KnownTrait) -> str:
    """The colour that says from where a trait is known."""
    if one.level == "measured" or one.now != one.before:
        return OF_IT
    return ANY if one.level == "prior" else NEAR


def strain_picture(card: StrainCard, carried: Carried | None) -> str:
    """The picture as an SVG document; with what follows in newborns if the card has it."""
    with new_canvas((NARROW, _height(card, carried)), "strain") as canvas:
        _paint(canvas, card, carried, narrow=True)
        return svg_of(canvas)


def strain_figure(card: StrainCard, carried: Carried | None, name: str = "strain") -> Figure:
    """The picture for a page."""
    height = _height(card, carried)
    return draw(
        name, f"What is in it: {card.title}", alt(card, carried),
        " ".join(_caption(card, carried)),
        (max(4.2, 0.62 * height), height),
        lambda canvas, narrow: _paint(canvas, card, carried, narrow=narrow),
    )  # fmt: skip


def _caption(card: StrainCard, carried: Carried | None) -> Iterator[str]:
    yield "Each line is a trait with its 95% interval; the colour says from where it is known."
    if carried is not None:
        yield (
            "What carries the effect: SCORAD points lost with an axis silent or a route closed, in "
            "children over 3 years on 4e9 CFU a day for 12 weeks, at the centre of all that is "
            "unknown."
        )
    if card.prevention is not None:
        yield (
            "In newborns: the risk of eczema in the first year on the product over that without "
            "it, with 95% of worlds, by who takes it and from when."
        )


def alt(card: StrainCard, carried: Carried | None) -> str:
    """What the picture shows, in words."""
    parts = []
    for member in card.members:
        said = ", ".join(
            f"{one.label} {one.now.value:.1f} ({one.now.low:.1f} to {one.now.high:.1f})"
            for one in member.traits if one.is_axis
        )  # fmt: skip
        parts.append(f"{member.label}: {said}.")
    if carried is not None:
        most = max(carried.axes, key=lambda name: abs(carried.axes[name]))
        parts.append(
            f"The effect at the centre is {carried.effect:+.1f} points of SCORAD; most of it is "
            f"carried by {most}."
        )
    if card.prevention is not None:
        said = ", ".join(f"{one.says} {one.eczema.mean:.2f}" for one in card.prevention.regimens)
        parts.append(f"Risk ratio of eczema by 12 months: {said}.")
    return " ".join(parts)


def _height(card: StrainCard, carried: Carried | None) -> float:
    """Inches of the picture where its panels stand under each other."""
    lines = len(_axes(card)) + len(SHARES) + (0 if carried is None else len(_bars(card, carried)))
    born = 0.0 if card.prevention is None else HEAD + TALL * len(card.prevention.regimens)
    return 3 * HEAD + ROW * lines * (1 + 0.1 * (len(card.members) - 1)) + born


def _axes(card: StrainCard) -> list[KnownTrait]:
    return [one for one in card.members[0].traits if one.is_axis]


def _paint(canvas: Canvas, card: StrainCard, carried: Carried | None, *, narrow: bool) -> None:
    bars = [] if carried is None else _bars(card, carried)
    born = [] if card.prevention is None else list(card.prevention.regimens)
    counts = [len(_axes(card)), len(SHARES)]
    right = [one for one in (len(bars), TALL / ROW * len(born)) if one]
    if narrow:
        heights = [one + 1.2 for one in (*counts, *right)]
        panels: Any = canvas.subplots(len(heights), 1, height_ratios=heights)
    else:
        grid = canvas.add_gridspec(1, 2 if right else 1)
        sides = [(0, counts), *([(1, right)] if right else [])]
        panels = []
        for column, some in sides:
            part = grid[0, column].subgridspec(len(some), 1, height_ratios=[n + 1.2 for n in some])
            panels += [canvas.add_subplot(part[row, 0]) for row in range(len(some))]
    names = [one.id for one in _axes(card)]
    _panel(panels[0], card, names, "What it says (class effect = 1)")
    panels[0].axvline(0, color=QUIET, linewidth=0.8)
    _panel(panels[1], card, list(SHARES), "How it passes and what it lives on (%)", per=100.0)
    panels[1].set_xlim(-2, 102)
    if carried is not None and bars:
        _carriers(panels[2], carried, bars)
    if born:
        _prevented(panels[-1], born)
    _legend(canvas, card, narrow=narrow)


def _panel(ax: Axes, card: StrainCard, names: list[str], title: str, per: float = 1.0) -> None:
    """Lines of traits with their intervals; strains of a mixture lie closely above each other."""
    ax.set_title(title, fontsize=10)
    count = len(card.members)
    labels = []
    for row, name in enumerate(names):
        for place, member in enumerate(card.members):
            one = next((trait for trait in member.traits if trait.id == name), None)
            if one is None:
                continue
            if place == 0:
                labels.append(SHORT.get(name, one.label))
            y = row + (place - (count - 1) / 2) * 0.7 / max(count, 1)
            colour = colour_of(one)
            ends = np.array([one.now.low, one.now.high]) * per
            ax.plot(ends, [y, y], color=colour, linewidth=2.4 if count == 1 else 1.4,
                    solid_capstyle="round")  # fmt: skip
            face = colour if colour == OF_IT else "white"
            ax.plot([one.now.value * per], [y], "o", color=colour, markerfacecolor=face,
                    markersize=6.5 if count == 1 else 4)  # fmt: skip
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _bars(card: StrainCard, carried: Carried) -> list[tuple[str, float, str]]:
    """What carries the effect: label, points, colour; axes first."""
    labels = {one.id: one.label for one in _axes(card)}
    said = [(labels[name], points, SIZE) for name, points in carried.axes.items()]
    routes = {
        "cells": "immune cells", "metabolites": "metabolites", "mediators": "mediators",
        "barriers": "leaky barriers",
    }  # fmt: skip
    by = [("", 0.0, QUIET)] + [(routes.get(name, ROUTES.get(name, name)), points, QUIET)
          for name, points in carried.routes.items()]  # fmt: skip
    return [*said, *by]


def _carriers(ax: Axes, carried: Carried, bars: list[tuple[str, float, str]]) -> None:
    ax.set_title(f"What carries its effect of {_signed(carried.effect)} points", fontsize=10)
    for row, (_, points, colour) in enumerate(bars):
        ax.barh(row, points, color=colour if points <= 0 else WARN, height=0.6)
    ends = [0.0, *(points for _, points, _ in bars)]
    span = max(ends) - min(ends) or 1.0
    for row, (label, points, _) in enumerate(bars):
        if not label:
            ax.axhline(row, color=GRID, linewidth=0.8)
            continue
        ax.annotate(_signed(points), (points, row), color=INK,
                    xytext=(-4 if points < 0 else 4, 0), textcoords="offset points",
                    ha="right" if points < 0 else "left", va="center", fontsize=9)  # fmt: skip
    ax.set_xlim(min(ends) - 0.22 * span, max(ends) + 0.22 * span)
    ax.axvline(0, color=QUIET, linewidth=0.8)
    ax.set_yticks(range(len(bars)), [label for label, _, _ in bars])
    ax.set_ylim(len(bars) - 0.4, -0.6)
    ax.set_xlabel("points of SCORAD lost without it")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _name(ax: Axes, row: float, shown: list[str]) -> None:
    """Name a row line by line: a browser's letters have other widths than ours."""
    for place, text in enumerate(shown):
        down = LINE * (place - (len(shown) - 1) / 2)
        ax.annotate(text, (0, row), xycoords=ax.get_yaxis_transform(), xytext=(-5, -down),
                    textcoords="offset points", ha="right", va="center", fontsize=9.5)  # fmt: skip


def _prevented(ax: Axes, regimens: list[Prevented]) -> None:
    """Risk ratios of eczema in the first year, by who takes it and from when."""
    ax.set_title("Risk of eczema in the first year", fontsize=10)
    for row, one in enumerate(regimens):
        found = one.eczema
        colour = SIZE if found.mean <= 1 else WARN
        if found.ci95_low is not None and found.ci95_high is not None:
            ax.plot([found.ci95_low, found.ci95_high], [row, row], color=colour, linewidth=2.4,
                    solid_capstyle="round")  # fmt: skip
        ax.plot([found.mean], [row], "o", color=colour, markersize=6.5)
        ax.annotate(f"{found.mean:.2f}", (found.mean, row), xytext=(0, 6), fontsize=9, color=INK,
                    textcoords="offset points", ha="center")  # fmt: skip
        _name(ax, row, lines(one.says, 20, 3))
    ax.axvline(1, color=QUIET, linewidth=0.8)
    ax.set_yticks(range(len(regimens)), [""] * len(regimens))
    ax.set_ylim(len(regimens) - 0.4, -0.7)
    ax.set_xlabel("on it over without it")
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _signed(points: float) -> str:
    """Points with their sign, as print has it.

    >>> _signed(-1.26), _signed(0.01)
    ('−1.3', '0')
    """
    return f"{points:+.1f}".replace("-", "−") if abs(points) >= 0.05 else "0"


def _legend(canvas: Canvas, card: StrainCard, *, narrow: bool) -> None:
    """From where a trait is known, and the strains of a mixture from above."""
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], color=colour, marker="o", linewidth=2,
               markerfacecolor=colour if colour == OF_IT else "white", label=label)
        for colour, label in (
            (OF_IT, "of the strain"), (NEAR, "its species or class"), (ANY, "any strain")
        )
    ]  # fmt: skip
    several = len(card.members) > 1
    # matplotlib's own wrapping takes a `$` for mathematics
    title = "\n".join(lines(card.title, LETTERS[narrow]))
    canvas.suptitle(title, x=0.01, ha="left", fontsize=11.5, fontweight="bold")
    order = "each line a strain, in this order from above" if several else None
    canvas.legend(handles=marks, loc="outside lower center", ncols=3 if not narrow else 2,
                  fontsize=9, title=order, title_fontsize=9.5)  # fmt: skip


__all__ = ["WIDE", "alt", "strain_figure", "strain_picture"]
