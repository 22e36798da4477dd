"""The histogram of a trial that was repeated: what each repetition reports, and what is true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gutskin.report.canvas import INK, WARN
from gutskin.report.shown_effect import ShownEffect, axis_of_effect
from gutskin.report.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

BINS = (8, 45)  # at least and at most


@dataclass(frozen=True, eq=False)
class Repetitions:
    """What the repetitions of a trial found of one active arm, in the quantity that is told.

    Parameters
    ----------
    parts : what a result would be called -> which repetitions [replicate] (bool), their colour
    effect : what they report, and what is true
    matters : the smallest difference that matters to a patient, signed; None if not known
    title : of the horizontal axis, narrow or not
    """

    parts: Mapping[str, tuple[np.ndarray, str]]
    effect: ShownEffect
    matters: float | None
    title: Callable[[bool], str]

    def paint(self, canvas: Canvas, narrow: bool) -> None:
        """The histogram, with the true effects beneath it."""
        axes, its = canvas.subplots(), self.effect
        seen = its.reported[np.isfinite(its.reported)]
        edges = np.histogram_bin_edges(seen, bins=int(np.clip(len(seen) / 4, *BINS)))
        tallest = max(np.histogram(seen, edges)[0].max(), 1)
        axes.hist(
            [its.on_axis(its.reported[use]) for use, _ in self.parts.values()],
            its.on_axis(edges).tolist(),
            stacked=True, color=[shade for _, shade in self.parts.values()],
            label=list(self.parts), lw=0,
        )  # fmt: skip
        y, (low, high) = -0.11 * tallest, its.ends(its.true)
        if np.isfinite(low):
            axes.plot(
                [low, high], [y, y], color=INK, lw=3, solid_capstyle="butt",
                clip_on=False, label="true effect in 95% of worlds",
            )  # fmt: skip
        mean = its.mean(its.true)
        axes.plot([mean], [y], "o", color=INK, ms=7, clip_on=False)
        held = [*its.on_axis(edges[[0, -1]]).tolist(), low, high, mean]
        axis_of_effect(axes, held, on_ratio=its.ratio)
        if self.matters is not None:
            self._mark_what_matters(axes, self.matters, 1.09 * tallest, narrow)
        axes.set_ylim(-0.2 * tallest, 1.16 * tallest)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(self.title(narrow))
        canvas.legend(loc="outside lower left", ncols=1 if narrow else 2)

    @staticmethod
    def _mark_what_matters(axes: Axes, at: float, height: float, narrow: bool) -> None:
        axes.axvline(at, color=WARN, lw=1.2, ls=(0, (4, 3)))
        says = ("{}: matters\nto a patient" if narrow else "{}: matters to a patient").format(
            number(at)
        )
        side = -1 if at < 0 else 1
        axes.annotate(
            says, (at, height), (6 * side, 0), textcoords="offset points", color=WARN,
            ha="right" if side < 0 else "left", va="center",
        )  # fmt: skip
