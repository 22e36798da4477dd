"""An emulator: what every target comes to as a polynomial of the unknowns, with its own error.

First every target is a sum over all unknowns, of which most say nothing about it: each coefficient
has a prior width of its own, found from the data (automatic relevance determination), and only
those stay that are three times their own error: of 500 numbers most say nothing, and what chance
gives them foretells worse and opens directions that nothing informs. Then the unknowns that move or
bend a target most get squares and products, each target its own. Then come directions: the sums
that move certain targets are coordinates themselves, with polynomials to the fourth degree and
products, since a threshold that many unknowns push together is bent along their sum. Of these three
a target takes as much as foretells best. What is left over is measured on worlds that were left
out, five times a fifth; it holds what the patients of a trial and its strains add, and what a
polynomial cannot follow. Once worlds were drawn by an emulator, theirs alone counts: how far off a
polynomial is where no target is met says nothing of where all are.
How surely the coefficients themselves are known goes into the error too.
A target that is always above zero is a polynomial of its logarithm where that leaves less. Where
worlds share a panel of patients, what the panel has of its own is taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gutskin.calibration.polynomial import HERMITE, coordinates, curved, terms_of
from gutskin.calibration.relevance import FLOOR, left_out, relevance, within

FEWEST = 40  # worlds that show a target: below that it is not emulated
BENDING = 24  # unknowns that get squares and products in a target
DEGREES = (2, 3, 4)  # of directions


@dataclass(frozen=True, eq=False)
class Emulator:
    """Targets as polynomials.

    Parameters
    ----------
    constant : Array [target]
    slopes : Array [target, unknown]
    directions : Array [direction, unknown], of length 1: coordinates beside the unknowns
    terms : Array [feature, 4], what `curved` gives: a coordinate and its degree, twice
    curves : Array [target, feature]
    residual : Array [target], variance of what is left over in worlds left out
    of_coefficients : Array [target], variance that the coefficients leave in the middle of worlds
    explained : Array [target], share of the variance between worlds that is explained, of worlds
        left out and without what few patients add; NaN of a target that hardly any world shows
    logs : Array [target] (bool), whether the polynomial is that of the logarithm
    """

    constant: np.ndarray
    slopes: np.ndarray
    directions: np.ndarray
    terms: np.ndarray
    curves: np.ndarray
    residual: np.ndarray
    of_coefficients: np.ndarray
    explained: np.ndarray
    logs: np.ndarray

    def at(self, points: np.ndarray) -> np.ndarray:
        """Every target in some worlds [target, world].

        Parameters
        ----------
        points : Array [world, unknown]
        """
        found = (
            self.constant[:, None] + self.slopes @ points.T
            + self.curves @ curved(coordinates(points, self.directions), self.terms).T
        )  # fmt: skip
        found[self.logs] = np.exp(found[self.logs])
        return found

    def with_common(self, places: np.ndarray, share: float) -> tuple[Emulator, np.ndarray]:
        """The same of the part of some unknowns that all trials have in common.

        Gives the emulator, and the variance that the other part adds to each target [target].

        Parameters
        ----------
        places : Array [unknown] (bool), none of them bending
        share : of their variance that is common
        """
        slopes = self.slopes.copy()
        own = (1.0 - share) * (slopes[:, places] ** 2).sum(axis=1)
        slopes[:, places] *= np.sqrt(share)
        size = np.where(self.logs, np.exp(self.constant), 1.0)
        return replace(self, slopes=slopes), own * size**2

    def of_targets(self, kept: np.ndarray) -> Emulator:
        """That of some targets.

        Parameters
        ----------
        kept : Array [target] (bool)
        """
        picked = {
            name: getattr(self, name)[kept]
            for name in (
                "constant", "slopes", "curves", "residual", "of_coefficients", "explained", "logs"
            )
        }  # fmt: skip
        return Emulator(directions=self.directions, terms=self.terms, **picked)

    @property
    def active(self) -> np.ndarray:
        """The unknowns that move any target [place]."""
        moved = np.abs(self.slopes).max(axis=0) > 0
        bent = np.zeros(len(moved) + len(self.directions), bool)
        bent[self.terms[np.abs(self.curves).max(axis=0) > 0][:, [0, 2]]] = True
        moved |= bent[: len(moved)]
        moved |= (self.directions[bent[len(moved) :]] != 0).any(axis=0)
        return np.flatnonzero(moved)


def fit_emulator(
    points: np.ndarray,
    values: np.ndarray,
    noise: np.ndarray,
    panels: np.ndarray | None = None,
    straight: np.ndarray | None = None,
    leading: np.ndarray | None = None,
    counted: np.ndarray | None = None,
) -> Emulator:
    """Fit every target.

    Parameters
    ----------
    points : Array [world, unknown] (sd from the value)
    values : Array [target, world]; NaN where a world does not show it
    noise : Array [target], variance that few simulated patients leave
    panels : Array [target, world], which panel of patients a target was read of; one if not given
    straight : Array [unknown] (bool), those that are not to bend
    leading : Array [target] (bool), those whose sums are directions of all; none if not given
    counted : Array [world] (bool), those in which what is left over is measured; all if not given,
        and for a target that too few of them show
    """
    seen = np.isfinite(values)
    if panels is None:
        panels = np.zeros(values.shape, int)
    if counted is None:
        counted = np.ones(len(points), bool)
    may_bend = np.ones(points.shape[1], bool) if straight is None else ~straight
    enough = seen.sum(axis=1) >= FEWEST

    def shown(i: int) -> _Shown:  # anew each time: all of them together are gigabytes
        own = seen[i]
        some = counted[own] if (seen[i] & counted).sum() >= FEWEST else np.ones(own.sum(), bool)
        return _Shown.of(points[own], values[i, own], noise[i], panels[i, own], some)

    leads = enough & (False if leading is None else leading)
    sums = [shown(i).straight_fit[0][1:] * may_bend for i in np.flatnonzero(leads).tolist()]
    directions = np.array([one / np.sqrt((one**2).sum()) for one in sums if one.any()])
    directions = directions.reshape(-1, points.shape[1])
    found = [
        _fitted(shown(i), directions, may_bend) if enough[i] else _nothing(points.shape[1])
        for i in range(len(values))
    ]
    terms, curves = _together(found)
    return Emulator(
        np.array([one.constant for one in found]), np.stack([one.slopes for one in found]),
        directions, terms, curves,
        *(np.array([getattr(one, name) for one in found])
          for name in ("residual", "of_coefficients", "explained", "on_log")),
    )  # fmt: skip


def _together(found: Sequence[_Fit]) -> tuple[np.ndarray, np.ndarray]:
    """The terms of all targets, and their coefficients [target, feature]."""
    kept = [one.terms[one.curves != 0] for one in found]
    terms = np.unique(np.concatenate(kept), axis=0)
    curves = np.zeros((len(found), len(terms)))
    place = {tuple(term): feature for feature, term in enumerate(terms.tolist())}
    for own, one in zip(curves, found, strict=True):
        for term, size in zip(one.terms.tolist(), one.curves, strict=True):
            if size:
                own[place[tuple(term)]] = size
    return terms, curves


@dataclass(frozen=True, eq=False)
class _Shown:
    """The worlds that show a target, without what their panels have of their own.

    Parameters
    ----------
    points, y : as they were drawn and shown
    straight : Array [world, unknown]
    given : by whether it is the logarithm, Array [world]
    noise : the same, the variance that few simulated patients leave
    counted : Array [world] (bool), those in which what is left over is measured
    """

    points: np.ndarray
    y: np.ndarray
    panel: np.ndarray
    counted: np.ndarray
    straight: np.ndarray
    given: dict[bool, np.ndarray]
    noise: dict[bool, float]

    @classmethod
    def of(
        cls, points: np.ndarray, y: np.ndarray, noise: float, panel: np.ndarray,
        counted: np.ndarray,
    ) -> _Shown:  # fmt: skip
        """Those of a target."""
        given = {False: within(y, panel)}
        if y.min() > 0:
            given[True] = within(np.log(y), panel)
        noises = {way: noise / y.mean() ** 2 if way else noise for way in given}
        return cls(points, y, panel, counted, within(points, panel), given, noises)

    @cached_property
    def errors(self) -> dict[bool, float]:
        """What a sum over all unknowns misses, by whether it is of the logarithm."""
        return {
            way: left_out(self.straight, self.given[way], self.noise[way], way, self.counted)
            for way in self.given
        }

    @property
    def on_log(self) -> bool:
        """Whether the logarithm is foretold better."""
        return min(self.errors, key=lambda way: self.errors[way])

    @cached_property
    def straight_fit(self) -> tuple[np.ndarray, float]:
        """That sum, as `relevance` gives it."""
        return relevance(self.straight, self.given[self.on_log], self.noise[self.on_log])


@dataclass(frozen=True, eq=False)
class _Fit:
    """One target, as `Emulator` has them, with terms of its own."""

    constant: float
    slopes: np.ndarray
    terms: np.ndarray
    curves: np.ndarray
    residual: float
    of_coefficients: float
    explained: float
    on_log: bool


def _nothing(unknowns: int) -> _Fit:
    none = np.zeros((0, 4), int)
    return _Fit(0.0, np.zeros(unknowns), none, np.zeros(0), np.inf, 0.0, np.nan, False)


def _fitted(shown: _Shown, directions: np.ndarray, may_bend: np.ndarray) -> _Fit:
    """One target as the polynomial that foretells worlds left out best."""
    y, panel, unknowns = shown.y, shown.panel, shown.points.shape[1]
    on_log, noise = shown.on_log, shown.noise
    own_terms = _bending(shown, may_bend)
    terms = np.concatenate([own_terms, _of_directions(unknowns, len(directions))])
    bent = curved(coordinates(shown.points, directions), terms)
    whole = np.concatenate([shown.straight, within(bent, panel)], axis=1)
    of_widths = {
        0: left_out(whole[:, :0], shown.given[False], noise[False], False, shown.counted),
        unknowns: shown.errors[on_log],
    }
    for width in sorted({unknowns + len(own_terms), unknowns + len(terms)}):
        of_widths[width] = left_out(
            whole[:, :width], shown.given[on_log], noise[on_log], on_log, shown.counted
        )
    width = min(of_widths, key=lambda one: of_widths[one])
    on_log, error = on_log and width > 0, of_widths[width]
    own, known = relevance(whole[:, :width], shown.given[on_log], noise[on_log])
    coefficients = np.zeros(whole.shape[1])
    coefficients[:width] = own[1:]
    slopes, curves = coefficients[:unknowns], coefficients[unknowns:]
    said = own[0] + shown.points @ slopes + bent @ curves
    shift = np.log(y.mean() / np.exp(said).mean()) if on_log else 0.0
    miss = y - (np.exp(said + shift) if on_log else said)
    of_panels = [miss[panel == one].mean() for one in np.unique(panel)]
    bias = np.var(of_panels, ddof=1) / len(of_panels) if len(of_panels) > 1 else 0.0
    between = shown.given[False][shown.counted].var() - noise[False]
    explained = 1.0 - max(error - noise[False], 0.0) / between if between > FLOOR else np.nan
    of_coefficients = known * error / len(y) + float(bias)
    return _Fit(
        float(own[0] + shift), slopes, terms, curves, error, of_coefficients, explained, on_log
    )


def _bending(shown: _Shown, may_bend: np.ndarray) -> np.ndarray:
    """Terms of the unknowns that move a target most, or whose squares go with what is left."""
    own, _ = shown.straight_fit
    points = shown.straight
    left = shown.given[shown.on_log] - own[0] - points @ own[1:]
    squares = HERMITE[2](points)
    bent = (squares - squares.mean(axis=0)).T @ left / len(left)
    weight = np.where(may_bend, own[1:] ** 2 + bent**2, -1.0)
    return terms_of(np.sort(np.argsort(-weight)[: min(BENDING, int(may_bend.sum()))]))


def _of_directions(unknowns: int, directions: int) -> np.ndarray:
    """Terms of directions, which stand behind the unknowns."""
    return terms_of(unknowns + np.arange(directions), DEGREES)
