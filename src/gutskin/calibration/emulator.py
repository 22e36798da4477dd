"""An emulator: what every target comes to as a polynomial of the unknowns, with its own error.

First every target is a sum over all unknowns, of which most say nothing about it: each coefficient
has a prior width of its own, found from the data (automatic relevance determination), and only
those stay that are three times their own error: of 500 numbers most say nothing, and what chance
gives them foretells worse and opens directions that nothing informs. Then the unknowns that bend
the targets most get squares and products. What is left over is measured on worlds that were left
out, five times a fifth; it holds what the patients of a trial and its strains add, and what a
polynomial cannot follow. How surely the coefficients themselves are known goes into the error too.
A target that is always above zero is a polynomial of its logarithm where that leaves less. Where
worlds share a panel of patients, what the panel has of its own is taken off.

References: MacKay1992 (relevance determination).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

FOLDS = 5
ROUNDS = 12  # of relevance determination
FEWEST = 40  # worlds that show a target: below that it is not emulated
MOST = 80  # features that are looked at closely: those that go with a target most
BENDING = 16  # unknowns that get squares and products
GONE = 1e8  # precision above which a coefficient is nothing, over that of the noise
NOTABLE = 9.0  # a coefficient stays whose square is so many of its variances
FLOOR = 1e-9


@dataclass(frozen=True, eq=False)
class Emulator:
    """Targets as polynomials.

    Parameters
    ----------
    constant : Array [target]
    slopes : Array [target, unknown]
    bending : Array [place], the unknowns that have squares and products
    curves : Array [target, feature], of the features that `curved` gives
    residual : Array [target], variance of what is left over in worlds left out
    of_coefficients : Array [target], variance that the coefficients leave in the middle of worlds
    explained : Array [target], share of the variance between worlds that is explained, of worlds
        left out and without what few patients add; NaN of a target that hardly any world shows
    logs : Array [target] (bool), whether the polynomial is that of the logarithm
    """

    constant: np.ndarray
    slopes: np.ndarray
    bending: np.ndarray
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
            + self.curves @ curved(points[:, self.bending]).T
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
        return Emulator(bending=self.bending, **picked)

    @property
    def active(self) -> np.ndarray:
        """The unknowns that move any target [place]."""
        moved = np.abs(self.slopes).max(axis=0) > 0
        moved[self.bending] = True
        return np.flatnonzero(moved)


def curved(points: np.ndarray) -> np.ndarray:
    """Squares and products of unknowns, of mean 0 and variance 1 over the prior [world, feature].

    >>> curved(np.array([[1.0, 2.0]])).round(3).tolist()
    [[0.0, 2.121, 2.0]]
    """
    count = points.shape[1]
    first, second = np.triu_indices(count, 1)
    squares = (points**2 - 1.0) / np.sqrt(2.0)
    return np.concatenate([squares, points[:, first] * points[:, second]], axis=1)


def fit_emulator(
    points: np.ndarray,
    values: np.ndarray,
    noise: np.ndarray,
    panels: np.ndarray | None = None,
    straight: np.ndarray | None = None,
) -> Emulator:
    """Fit every target.

    Parameters
    ----------
    points : Array [world, unknown] (sd from the value)
    values : Array [target, world]; NaN where a world does not show it
    noise : Array [target], variance that few simulated patients leave
    panels : Array [target, world], which panel of patients a target was read of; one if not given
    straight : Array [unknown] (bool), those that are not to bend
    """
    seen = np.isfinite(values)
    enough = seen.sum(axis=1) >= FEWEST
    targets, unknowns = len(values), points.shape[1]
    if panels is None:
        panels = np.zeros(values.shape, int)
    linear = np.zeros((targets, unknowns))
    for i in np.flatnonzero(enough):
        x, y = (within(one, panels[i, seen[i]]) for one in (points[seen[i]], values[i, seen[i]]))
        linear[i] = relevance(x, y, noise[i])[0][1:] / (y.std() + FLOOR)
    weight = (linear**2).sum(axis=0)
    if straight is not None:
        weight[straight] = -1.0
    bending = np.sort(np.argsort(-weight)[: min(BENDING, int((weight >= 0).sum()))])
    whole = np.concatenate([points, curved(points[:, bending])], axis=1)
    found = [
        _fitted(whole[seen[i]], values[i, seen[i]], noise[i], panels[i, seen[i]], unknowns)
        if enough[i] else _nothing(whole.shape[1])
        for i in range(targets)
    ]  # fmt: skip
    coefficients = np.array([one.coefficients for one in found])
    return Emulator(
        coefficients[:, 0], coefficients[:, 1 : unknowns + 1], bending,
        coefficients[:, unknowns + 1 :],
        *(np.array([getattr(one, name) for one in found])
          for name in ("residual", "of_coefficients", "explained", "on_log")),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Fit:
    """One target: coefficients with the constant first, and as `Emulator` has them."""

    coefficients: np.ndarray
    residual: float
    of_coefficients: float
    explained: float
    on_log: bool


def _nothing(features: int) -> _Fit:
    return _Fit(np.zeros(features + 1), np.inf, 0.0, np.nan, False)


def _fitted(
    features: np.ndarray, y: np.ndarray, noise: float, panel: np.ndarray, unknowns: int
) -> _Fit:
    """One target as the polynomial that foretells worlds left out best."""
    straight = features[:, :unknowns]
    ways = (False, True) if y.min() > 0 else (False,)
    of_ways = {way: left_out(straight, y, noise, panel, way) for way in ways}
    on_log = min(of_ways, key=lambda way: of_ways[way])
    of_widths = {
        0: left_out(features[:, :0], y, noise, panel),
        unknowns: of_ways[on_log],
        features.shape[1]: left_out(features, y, noise, panel, on_log),
    }
    width = min(of_widths, key=lambda one: of_widths[one])
    on_log, least = on_log and width > 0, of_widths[width]
    size = y.mean() if on_log else 1.0
    x = within(features[:, :width], panel)
    given = within(np.log(y) if on_log else y, panel)
    own, known = relevance(x, given, noise / size**2)
    coefficients = np.zeros(features.shape[1] + 1)
    coefficients[: width + 1] = own
    said = own[0] + features[:, :width] @ own[1:]
    if on_log:
        coefficients[0] += np.log(y.mean() / np.exp(said).mean())
    miss = y - (np.exp(said + coefficients[0] - own[0]) if on_log else said)
    of_panels = [miss[panel == one].mean() for one in np.unique(panel)]
    bias = np.var(of_panels, ddof=1) / len(of_panels) if len(of_panels) > 1 else 0.0
    between = within(y, panel).var() - noise
    explained = 1.0 - max(least - noise, 0.0) / between if between > FLOOR else np.nan
    return _Fit(coefficients, least, known * least / len(y) + float(bias), explained, on_log)


def within(table: np.ndarray, panel: np.ndarray) -> np.ndarray:
    """A table [world, ...] without what the worlds of a panel have in common, around its mean.

    >>> within(np.array([1.0, 3.0, 11.0, 13.0]), np.array([0, 0, 1, 1])).tolist()
    [6.0, 8.0, 6.0, 8.0]
    """
    found, mean = table - 0.0, table.mean(axis=0)
    panels = np.unique(panel)
    for one in panels if len(panels) > 1 else ():
        some = panel == one
        found[some] += mean - table[some].mean(axis=0)
    return found


def relevance(features: np.ndarray, y: np.ndarray, least: float = 0.0) -> tuple[np.ndarray, float]:
    """Coefficients, the constant first, and how many the data determine.

    Of the features that go with the values most, each coefficient is normal around 0 with a
    variance of its own; variances and the noise are those under which the data are likeliest.

    Parameters
    ----------
    features : Array [world, feature]
    y : Array [world]
    least : the variance that is noise at least
    """
    if not features.shape[1]:
        return np.array([y.mean()]), 1.0
    middle, mean = features.mean(axis=0), float(y.mean())
    x, out = features - middle, y - mean
    moment = x.T @ out
    size = np.sqrt((x**2).sum(axis=0)) + FLOOR
    kept = np.sort(np.argsort(-np.abs(moment) / size)[:MOST])
    gram = x[:, kept].T @ x[:, kept]
    variance = float(out.var()) + FLOOR
    noise, precision = max(0.3 * variance, least), np.full(len(kept), 3.0 * len(kept) / variance)
    found, determined = np.zeros(0), 0.0
    for _ in range(ROUNDS):
        covariance = np.linalg.inv(gram / noise + np.diag(precision))
        spread = np.diag(covariance)
        found = covariance @ moment[kept] / noise
        known = np.clip(1.0 - precision * spread, 1e-12, 1.0)
        determined = float(known.sum())
        left = float(((out - x[:, kept] @ found) ** 2).sum())
        noise = max(left / max(len(out) - determined, 1.0), least, 1e-6 * variance)
        precision = known / np.maximum(found**2, FLOOR * variance)
        stay = precision < GONE / variance
        if not stay.any():
            found, kept = found[:0], kept[:0]
            break
        kept, precision, found = kept[stay], precision[stay], found[stay]
        gram = gram[np.ix_(stay, stay)]
    if len(kept):
        spread = np.diag(np.linalg.inv(gram / noise + np.diag(precision)))
        stay = found**2 >= NOTABLE * spread
        determined = float(np.clip(1.0 - precision * spread, 0.0, 1.0)[stay].sum())
        kept, found = kept[stay], found[stay]
    whole = np.zeros(x.shape[1] + 1)
    whole[kept + 1] = found
    whole[0] = mean - float(middle[kept] @ found)
    return whole, determined


def left_out(
    features: np.ndarray,
    y: np.ndarray,
    least: float = 0.0,
    panel: np.ndarray | None = None,
    on_log: bool = False,
) -> float:
    """The mean squared error in worlds that a fit did not see.

    Parameters
    ----------
    panel : Array [world]; what a panel has of its own is no error
    on_log : whether the logarithm is fitted; the error is that of the values
    """
    panel = np.zeros(len(y), int) if panel is None else panel
    x, given = within(features, panel), within(np.log(y) if on_log else y, panel)
    size = y.mean() if on_log else 1.0
    fold = np.arange(len(y)) % FOLDS
    total = 0.0
    for one in range(FOLDS):
        train = fold != one
        fitted, _ = relevance(x[train], given[train], least / size**2)
        said = fitted[0] + x[~train] @ fitted[1:]
        miss = np.exp(given[~train]) - np.exp(said) if on_log else given[~train] - said
        total += float((miss**2).sum())
    return total / len(y)
