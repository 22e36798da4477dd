"""An effect as figures show it, replicate by replicate, in the quantity that is told.

Of what is tested on logarithms that is the ratio of geometric means, on a logarithmic axis with no
effect at 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gutskin.report.canvas import QUIET
from gutskin.report.points import POINTS, SHARE
from gutskin.report.rounding import decimals, of_ratio
from gutskin.report.told_effect import RATIO, TIMES
from gutskin.report.words import number, units
from gutskin.trials.certainty import error_of_mean, interval, mean_of
from gutskin.trials.distributions import ratio

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gutskin.trials.analysis import EndpointAnalysis

Array = NDArray[np.float64]
STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)  # of a logarithmic axis, in every power of ten
FEWEST_TICKS, MOST_TICKS = 3, 7
ROOM = 0.04  # of an axis, beside what is furthest out


@dataclass(frozen=True, eq=False)
class ShownEffect:
    """What trials report of one active arm, and what is true.

    Parameters
    ----------
    reported, true : Array [replicate], differences in the unit that is told; logarithms of a ratio
    unit : of a difference, as a reader says it
    ratio : whether it is a ratio of geometric means
    """

    reported: Array
    true: Array
    unit: str
    ratio: bool

    @property
    def none(self) -> float:
        """Where no effect stands on the axis."""
        return 1.0 if self.ratio else 0.0

    @property
    def what(self) -> str:
        """The quantity, as the title of an axis begins."""
        return RATIO.capitalize() if self.ratio else "Difference"

    def on_axis(self, values: Array) -> Array:
        """Values as they stand on the axis."""
        return np.exp(values) if self.ratio else values

    def mean(self, values: Array) -> float:
        """Their mean on the axis: of ratios the geometric one."""
        return ratio(values, "")["mean"] if self.ratio else mean_of(values)

    def ends(self, values: Array) -> tuple[float, float]:
        """The interval of 95% on the axis; NaN of too few."""
        low, high = interval(values)
        return (math.exp(low), math.exp(high)) if self.ratio else (low, high)

    def told(self, values: Array) -> tuple[str, str, str]:
        """Mean and ends in figures, with as many decimals as they deserve."""
        mean, ends = self.mean(values), self.ends(values)
        if self.ratio:
            low, high = ends if math.isfinite(ends[0]) else (mean, mean)
            digits = of_ratio(mean, low, high) if math.isfinite(mean) else 0
        else:
            digits = decimals([mean], [error_of_mean(values)], [ends])
        first, low, high = (number(one, "", digits) for one in (mean, *ends))
        return f"{TIMES if self.ratio and math.isfinite(mean) else ''}{first}", low, high

    def sentence(self, values: Array) -> str:
        """Mean and ends of an axis' values in one breath, as `alt` says them."""
        mean, low, high = self.told(values)
        ends = f" ({low} to {high})" if math.isfinite(self.ends(values)[0]) else ""
        return f"{mean}{' ' if self.unit else ''}{self.unit}{ends}"


def shown_effect(endpoint: EndpointAnalysis, arm: str) -> ShownEffect:
    """The effect of an active arm on an endpoint, as a figure shows it."""
    its = endpoint.comparisons[arm]
    if endpoint.log and np.isfinite(its.tested_effect).any():
        return ShownEffect(its.tested_difference, its.tested_effect, "", True)
    per, told = as_told(endpoint)
    return ShownEffect(per * its.difference, per * its.true_effect, told, False)


def as_told(endpoint: EndpointAnalysis) -> tuple[float, str]:
    """By what values are multiplied for a figure, and the unit of a difference of them."""
    return (100.0, POINTS) if endpoint.unit == SHARE else (1.0, units(endpoint.unit))


def axis_of_effect(axes: Axes, values: Sequence[float], *, on_ratio: bool) -> None:
    """The line of no effect, and the horizontal axis of ratios: logarithmic, with plain numbers.

    Parameters
    ----------
    values : what the axis has to hold
    """
    axes.axvline(1.0 if on_ratio else 0.0, color=QUIET, lw=1)
    if not on_ratio:
        return
    seen = np.log([*(one for one in values if math.isfinite(one)), 1.0])
    room = ROOM * max(float(np.ptp(seen)), 0.1)
    low, high = (float(np.exp(one)) for one in (seen.min() - room, seen.max() + room))
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = ratio_ticks(low, high)
    axes.set_xticks(ticks, [f"{one:g}" for one in ticks])
    axes.set_xticks([], minor=True)


def ratio_ticks(low: float, high: float) -> list[float]:
    """Round ratios between two, about evenly on a logarithmic axis; 1 is among them if it can be.

    Examples
    --------
    >>> ratio_ticks(0.1, 1.2), ratio_ticks(0.93, 1.04)
    ([0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0], [0.94, 0.96, 0.98, 1.0, 1.02, 1.04])
    """
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    for steps in (STEPS, (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        found = [step * 10.0**power for power in powers for step in steps]
        kept = [round(one, 9) for one in found if low <= one <= high]
        if len(kept) <= MOST_TICKS:
            break
    if len(kept) >= FEWEST_TICKS:
        return kept
    width = high - low
    each = min(
        (step * 10.0**power for power in range(-6, 3) for step in (1.0, 2.0, 5.0)),
        key=lambda one: (width / one > MOST_TICKS, one),
    )
    first = math.ceil(low / each)
    return [round(place * each, 9) for place in range(first, math.floor(high / each) + 1)]
