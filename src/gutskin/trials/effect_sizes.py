"""The effect that a larger trial would be after, in every world, without the luck of a small one.

A replicate shows the true effect on the few patients who happened to enrol, and a scatter between
patients that is estimated from as few. Both are blurred: the effects of replicates differ more than
the effects of their worlds. What a trial of another size finds depends on the worlds alone, so the
blur is taken out before anything is extrapolated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gutskin.trials.analysis import Comparison
from gutskin.trials.ancova import Untested
from gutskin.trials.certainty import error_of_mean

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EffectSizes:
    """What decides on trials of any size, on the scale that is tested.

    Parameters
    ----------
    effect : Array [world], expected recorded difference, active minus control
    residual_sd : Array [world], between patients, after adjustment for the baseline
    luck : standard deviation of a replicate's effect about that of its world, which was taken out
    recorded : share by which records differ more (or less, below 1) than the true values
    recorded_error : its Monte-Carlo error
    adjusted : whether the baseline is a covariate
    error : Monte-Carlo error of the mean of `effect`, the luck of patients and that of `recorded`
        included
    seen : Array [world] (bool), whether anybody who was simulated has an effect there
    """

    effect: Array
    residual_sd: Array
    luck: float
    recorded: float
    recorded_error: float
    adjusted: bool
    error: float
    seen: NDArray[np.bool_]

    @property
    def best(self) -> float:
        """The best estimate: the mean over worlds."""
        return float(self.effect.mean())

    @property
    def typical_sd(self) -> float:
        """The residual standard deviation at the mean variance."""
        return float(np.sqrt(np.mean(np.square(self.residual_sd))))


def usable(comparison: Comparison) -> NDArray[np.bool_]:
    """The replicates with everything that effect sizes are made of [replicate]."""
    parts = (
        comparison.tested_effect,
        comparison.tested_effect_error,
        comparison.recorded_beyond,
        comparison.residual_sd,
    )
    return (
        np.all(np.isfinite(parts), axis=0)
        & (comparison.freedom >= 1)
        & (comparison.residual_sd > 0)
        & (comparison.untested != Untested.no_spread)
    )


def without_scatter(comparison: Comparison) -> NDArray[np.bool_]:
    """The replicates with people enough in whom nothing scatters [replicate].

    Nobody had the event, or everybody: such a world says that nothing is found in it.
    """
    alike = (comparison.untested == Untested.no_spread) | (comparison.residual_sd <= 0)
    return alike & (comparison.freedom >= 1)


def effect_sizes(comparison: Comparison, use: NDArray[np.bool_]) -> EffectSizes:
    r"""Effect and scatter in every world, from one replicate in each.

    Parameters
    ----------
    comparison : the comparison, replicate by replicate
    use : Array [replicate] (bool), which replicates; two at least

    Notes
    -----
    The effect of a replicate is :math:`d_r = \delta_r + e_r`, with the variance of :math:`e_r`
    known from its own patients. With :math:`T = \max(0, \operatorname{var} d - \overline{e^2})`,
    the effects are drawn towards their mean by the factor :math:`\sqrt{T / \operatorname{var} d}`,
    which gives them the mean and the variance of :math:`\delta` (Louis 1984). The full shrinkage
    :math:`T/(T + e^2)` would be the best guess of each world and make all of them together too
    narrow.

    The residual variance :math:`s_r^2` on :math:`\nu` degrees of freedom scatters by
    :math:`\psi'(\nu/2)` on the logarithm and lies off by :math:`\psi(\nu/2) - \log(\nu/2)`; what
    is left between worlds is kept in the same way (Smyth 2004).

    A trial tests records: expectation and the ends of a scale take something off a true difference.
    That share is the slope through the origin of what records show beyond true values, and counts
    as far as it is more than its own error. Few worlds with a large effect decide on it, so its
    error is the jackknife's.
    """
    effect, error = comparison.tested_effect[use], comparison.tested_effect_error[use]
    beyond = comparison.recorded_beyond[use]
    recorded, recorded_error = 1.0 + _recorded(beyond, effect), _error_of_slope(beyond, effect)
    of_share = recorded_error * float(effect.mean())
    effect, error = recorded * effect, recorded * error
    luck = float(np.sqrt(np.mean(np.square(error))))
    freedom = comparison.freedom[use]
    return EffectSizes(
        _drawn_in(effect, luck**2),
        _scatter(comparison.residual_sd[use], freedom),
        luck,
        recorded,
        recorded_error,
        bool(np.mean(comparison.adjusted[use]) > 0.5),
        math.hypot(error_of_mean(effect), of_share),
        effect != 0,
    )


def _recorded(beyond: Array, effect: Array) -> float:
    """The slope of `beyond` on `effect`, drawn to nothing by as much as it is not known."""
    size = float(effect @ effect)
    if size == 0:
        return 0.0
    slope = float(beyond @ effect) / size
    error = float(np.sum(np.square(effect * (beyond - slope * effect)))) / size**2
    return slope * max(0.0, 1 - error / slope**2) if slope else 0.0


def _error_of_slope(beyond: Array, effect: Array) -> float:
    """The standard error of the slope of `beyond` on `effect`, by the jackknife over worlds.

    Each world counts by how far it lies from the slope of the others; NaN where one has all.
    """
    size = float(effect @ effect)
    if size == 0:
        return 0.0
    weight = np.square(effect) / size
    off = beyond - effect * (float(beyond @ effect) / size)
    with np.errstate(invalid="ignore", divide="ignore"):
        alone = effect * off / (1 - weight)
    return float(np.sqrt(np.sum(np.square(alone)))) / size


def _drawn_in(values: Array, noise: float) -> Array:
    """Values with their mean, and their variance less that of the noise."""
    mean, variance = values.mean(), values.var(ddof=1)
    if not variance > noise:
        return np.full_like(values, mean)
    return mean + np.sqrt(1 - noise / variance) * (values - mean)


def _scatter(residual_sd: Array, freedom: Array) -> Array:
    """Residual standard deviations without the scatter of their estimates."""
    from scipy.special import digamma, polygamma

    logs = 2 * np.log(residual_sd) - digamma(freedom / 2) + np.log(freedom / 2)
    return np.exp(_drawn_in(logs, float(np.mean(polygamma(1, freedom / 2)))) / 2)
