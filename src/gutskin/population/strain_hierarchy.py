"""What trials of a strain say about it, and about its relatives: a normal update in a hierarchy.

What a strain says to the body on one axis is

    x = mean + sd * sum over levels of sqrt(share of the level) * u(level)

with a standard normal `u` for its product, class, species and the strain itself; strains share the
`u` of a level that they have in common. A trial of a product reports `y`, normal around the effect
that the model computes for it, with its own standard error, the spread between trials of one
product, and what is not known of the body. With `G` the slope of the effect in every `x`, `P` the
prior covariance of the `x` and `R` the variance of `y`,

    x | y = mean + P G' (G P G' + R)^-1 (y - effect(x*) + G (x* - mean))

The effect saturates, so `G` is the straight line that fits it best over the posterior itself, found
by going round (iterated posterior linearisation): slope and height are those of a regression over
the spread that is left, and what the line misses is added to `R`. Where the effect is a straight
line this is the conjugate update itself.
A draw from the posterior is a draw from the prior, moved by the same matrix (Matheron's rule): the
named streams stay what they are, and a strain without trials or relatives in trials is not touched.

References: docs/strains.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

from gutskin.population.draw import WIDTH

STEPS, ENOUGH = 60, 1e-6  # rounds at most; change of the posterior that ends them
NODES = 21  # of a Gauss-Hermite sum
LEVELS: tuple[str, ...] = ("product", "class", "species", "strain")


@cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of means over a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


@dataclass(frozen=True, eq=False)
class Curve:
    """An effect along one axis, monotone where its points are; straight beyond their ends.

    Parameters
    ----------
    points, values : Array [point], points increasing
    """

    points: np.ndarray
    values: np.ndarray

    @cached_property
    def _smooth(self) -> Any:
        from scipy.interpolate import PchipInterpolator

        return PchipInterpolator(self.points, self.values)

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """The slopes beyond the first and the last point."""
        steps = np.diff(self.values) / np.diff(self.points)
        return float(steps[0]), float(steps[-1])

    def at(self, x: Any) -> np.ndarray:
        """The effect at values of the axis [value]."""
        given = np.asarray(x, float)
        inside = np.clip(given, self.points[0], self.points[-1])
        beyond = given - inside
        return self._smooth(inside) + beyond * np.where(beyond < 0, *self._ends)

    def line(self, mean: float, sd: float) -> tuple[float, float, float]:
        """The straight line that fits best over a normal spread of the axis.

        Returns
        -------
        its height at the mean, its slope, and the variance of what it misses
        """
        nodes, weights = _nodes()
        sd = max(sd, ENOUGH)
        values = self.at(mean + sd * nodes)
        height = float(weights @ values)
        slope = float(weights @ (values * nodes)) / sd
        missed = float(weights @ (values - height) ** 2) - (slope * sd) ** 2
        return height, slope, max(missed, 0.0)


@dataclass(frozen=True, eq=False)
class Link:
    """What the model says a product does in a trial, given what its strains say.

    Parameters
    ----------
    weights : Array [member], the part of each strain in what the product says; they sum to 1
    curves : axis -> effect where all strains of the product say the same on it, and on the others
        what `centres` say
    centres : axis -> value
    spread : sd over worlds of the effect of the centre, as a share of its mean: what is not known
        of the body
    """

    weights: np.ndarray
    curves: Mapping[str, Curve]
    centres: Mapping[str, float]
    spread: float = 0.0

    def effect(self, said: Mapping[str, np.ndarray]) -> float:
        """The effect where each strain says on each axis `said` [member].

        What axes add is added up; each saturates by itself.
        """
        found = float(self.curves[self.axis].at(self.centres[self.axis]))
        for axis, curve in self.curves.items():
            found += float(curve.at(self.weights @ said[axis]) - curve.at(self.centres[axis]))
        return found

    @property
    def axis(self) -> str:
        """The axis of which a trial of the product speaks, the first of the curves.

        Treatment speaks of regulation, prevention of the imprint; what the other axes may add is
        part of the error, and they are not moved.
        """
        return next(iter(self.curves))

    @cached_property
    def reach(self) -> tuple[float, float]:
        """The least and the greatest effect that was computed, whatever its strains say.

        On every axis over the points of its curve; what the axes add is added up.
        """
        least = greatest = float(self.curves[self.axis].at(self.centres[self.axis]))
        for axis, curve in self.curves.items():
            off = curve.values - float(curve.at(self.centres[axis]))
            least, greatest = least + float(off.min()), greatest + float(off.max())
        return least, greatest


@dataclass(frozen=True)
class Voice:
    """What one strain says on one axis before any trial.

    Parameters
    ----------
    mean, sd : of the prior
    streams : level -> name of the standard normal number that it has there
    """

    mean: float
    sd: float
    streams: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Tried:
    """A trial of a product.

    Parameters
    ----------
    name : its own, of its streams
    estimate, se : what it reports
    tau : spread between trials of one product (sd, in the unit of the estimate)
    voices : axis -> the voice of every strain of the product
    """

    name: str
    estimate: float
    se: float
    tau: float
    link: Link
    voices: Mapping[str, Sequence[Voice]]

    @property
    def bounds(self) -> tuple[float, float]:
        """What a trial of the product may report: as far as it reaches, and 95% of luck beyond."""
        least, greatest = self.link.reach
        luck = float(np.hypot(self.se, self.tau)) * WIDTH / 2
        return least - luck, greatest + luck

    @property
    def taken(self) -> float:
        """The report as the update takes it: what lies beyond the bounds is at them.

        The curves are known no further, and are not drawn out in silence.
        """
        least, greatest = self.bounds
        return min(max(self.estimate, least), greatest)


@dataclass(frozen=True, eq=False)
class Posterior:
    """Strains given trials.

    Parameters
    ----------
    names, levels : of the standard normal numbers that the trials bear on, in one order
    rows : Array [trial, number], the slope of each trial's effect in each number at a share of 1
    residuals : Array [trial], report less the effect of the prior mean, along the slope
    variances : Array [trial], of the report around the effect, without the spread between trials
    taus : Array [trial]
    """

    tried: tuple[Tried, ...]
    names: tuple[str, ...]
    levels: tuple[str, ...]
    rows: np.ndarray
    residuals: np.ndarray
    variances: np.ndarray
    taus: np.ndarray
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def _row(self) -> np.ndarray:
        return self.rows * np.sqrt([self.shares[level] for level in self.levels])

    @cached_property
    def gain(self) -> np.ndarray:
        """What each trial moves each number by, a unit of its residual [number, trial]."""
        a = self._row
        return a.T @ np.linalg.inv(a @ a.T + np.diag(self.variances + self.taus**2))

    def moments(self, voices: Sequence[Voice]) -> tuple[np.ndarray, np.ndarray]:
        """Mean [voice] and covariance [voice, voice] of voices given the trials."""
        c = self._loadings(voices)
        mean = np.array([one.mean for one in voices]) + c @ self.gain @ self.residuals
        own = _own_covariance(voices, self.shares)
        return mean, own - c @ self.gain @ self._row @ c.T

    def left(self, load: Mapping[str, float]) -> dict[str, float]:
        """What is left of the variance of a sum of numbers, by number; together all of it.

        Parameters
        ----------
        load : name of a number -> its part in the sum; a number that no trial bears on is as it was
        """
        place = {name: number for number, name in enumerate(self.names)}
        own = np.array([load.get(name, 0.0) for name in place])
        kept = own * (own - self.gain @ (self._row @ own))
        return {
            name: float(kept[place[name]]) if name in place else part**2
            for name, part in load.items()
        }

    def _loadings(self, voices: Sequence[Voice]) -> np.ndarray:
        found = np.zeros((len(voices), len(self.names)))
        place = {name: number for number, name in enumerate(self.names)}
        for i, voice in enumerate(voices):
            for level, name in voice.streams.items():
                if name in place:
                    found[i, place[name]] = voice.sd * np.sqrt(self.shares[level])
        return found

    def moved(
        self, z: np.ndarray, shares: Mapping[str, np.ndarray], noise: np.ndarray, taus: np.ndarray
    ) -> np.ndarray:
        """Draws of the prior as draws of the posterior.

        Parameters
        ----------
        z : Array [number, replicate], standard normal, in the order of `names`
        shares : level -> Array [replicate]
        noise : Array [trial, replicate], standard normal
        taus : Array [trial, replicate]

        Returns
        -------
        Array [number, replicate]
        """
        part = np.stack([np.broadcast_to(shares[level], z.shape[1:]) for level in self.levels])
        a = self.rows[None] * np.sqrt(part).T[:, None, :]  # [replicate, trial, number]
        variance = self.variances[:, None] + taus**2
        told = np.einsum("rtn,nr->tr", a, z) + np.sqrt(variance) * noise
        inner = a @ a.swapaxes(1, 2) + np.eye(len(self.tried)) * variance.T[:, :, None]
        solved = np.linalg.solve(inner, (self.residuals[:, None] - told).T[:, :, None])
        return z + (a.swapaxes(1, 2) @ solved)[:, :, 0].T


def posterior_of(tried: Sequence[Tried], shares: Mapping[str, float]) -> Posterior:
    """Strains given these trials.

    Parameters
    ----------
    shares : level -> its share of the variance between strains

    Returns
    -------
    Posterior
        linear at the mode
    """
    pairs = [(axis, voice) for one in tried for axis in one.voices for voice in one.voices[axis]]
    names = {name: level for _, voice in pairs for level, name in voice.streams.items()}
    order, levels = tuple(names), tuple(names.values())
    scale = np.sqrt([shares[level] for level in levels])
    taus = np.array([one.tau for one in tried])
    mean, covariance, first = np.zeros(len(order)), np.eye(len(order)), True
    rows = residuals = variances = np.zeros(0)
    for _ in range(STEPS):
        found = [_line(one, order, scale, mean, covariance) for one in tried]
        rows, residuals, variances = (np.array(part) for part in zip(*found, strict=True))
        a = rows * scale
        gain = a.T @ np.linalg.inv(a @ a.T + np.diag(variances + taus**2))
        new, left = gain @ residuals, np.eye(len(order)) - gain @ a
        moved = max(np.abs(new - mean).max(), np.abs(left - covariance).max())
        part = 1.0 if first else 0.6  # shorter steps do not swing
        mean, covariance = mean + part * (new - mean), covariance + part * (left - covariance)
        first = False
        if moved <= ENOUGH:
            break
    return Posterior(tuple(tried), order, levels, rows, residuals, variances, taus, dict(shares))


def _line(
    one: Tried, order: Sequence[str], scale: np.ndarray, mean: np.ndarray, covariance: np.ndarray
) -> tuple[np.ndarray, float, float]:
    """A trial as a straight line over what is held possible.

    Parameters
    ----------
    scale : Array [number], root of each number's share
    mean, covariance : of the numbers

    Returns
    -------
    its slope in each number at a share of 1, the report less the line where all are 0, the variance
    of the report around the line
    """
    place = {name: number for number, name in enumerate(order)}
    link, row = one.link, np.zeros(len(order))
    height = float(link.curves[link.axis].at(link.centres[link.axis]))
    missed = 0.0
    for axis, curve in link.curves.items():
        load, index = np.zeros(len(order)), 0.0
        for weight, voice in zip(link.weights, one.voices[axis], strict=True):
            index += weight * voice.mean
            for name in voice.streams.values():
                load[place[name]] += weight * voice.sd
        own = load * scale
        spread = float(np.sqrt(max(own @ covariance @ own, 0.0)))
        middle, slope, left = curve.line(index + float(own @ mean), spread)
        height += middle - float(curve.at(link.centres[axis]))
        missed += left
        if axis == link.axis:
            row += slope * load
        else:
            missed += (slope * spread) ** 2
    variance = one.se**2 + (link.spread * height) ** 2 + missed
    return row, one.taken - height + float((row * scale) @ mean), variance


def _own_covariance(voices: Sequence[Voice], shares: Mapping[str, float]) -> np.ndarray:
    """Prior covariance [voice, voice]: what they have in common, level by level."""
    found = np.zeros((len(voices), len(voices)))
    for i, one in enumerate(voices):
        for j, other in enumerate(voices):
            same = (lv for lv, name in one.streams.items() if other.streams.get(lv) == name)
            found[i, j] = one.sd * other.sd * sum(shares[level] for level in same)
    return found
