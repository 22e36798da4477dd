"""An emulator: what every target comes to as a polynomial of the unknowns, with its own error.

First every target is a sum over all unknowns, of which most say nothing about it: each coefficient
has a prior width of its own, found from the data (automatic relevance determination). Then the
unknowns that bend the targets most get squares and products. What is left over is measured on
worlds that were left out, five times a fifth; it holds what the patients of a trial, its conduct
and its strains add, and what a polynomial cannot follow. How surely the coefficients themselves are
known goes into the error too.

References: MacKay1992 (relevance determination).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

FOLDS = 5
ROUNDS = 12  # of relevance determination
FEWEST = 40  # worlds that show a target: below that it is not emulated
MOST = 80  # features that are looked at closely: those that go with a target most
BENDING = 16  # unknowns that get squares and products
GONE = 1e8  # precision above which a coefficient is nothing, over that of the noise
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
    """

    constant: np.ndarray
    slopes: np.ndarray
    bending: np.ndarray
    curves: np.ndarray
    residual: np.ndarray
    of_coefficients: np.ndarray
    explained: np.ndarray

    def at(self, points: np.ndarray) -> np.ndarray:
        """Every target in some worlds [target, world].

        Parameters
        ----------
        points : Array [world, unknown]
        """
        return (
            self.constant[:, None] + self.slopes @ points.T
            + self.curves @ curved(points[:, self.bending]).T
        )  # fmt: skip

    def of_targets(self, kept: np.ndarray) -> Emulator:
        """That of some targets.

        Parameters
        ----------
        kept : Array [target] (bool)
        """
        picked = {
            name: getattr(self, name)[kept]
            for name in ("constant", "slopes", "curves", "residual", "of_coefficients", "explained")
        }
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


def fit_emulator(points: np.ndarray, values: np.ndarray, noise: np.ndarray) -> Emulator:
    """Fit every target.

    Parameters
    ----------
    points : Array [world, unknown] (sd from the value)
    values : Array [target, world]; NaN where a world does not show it
    noise : Array [target], variance that few simulated patients leave
    """
    seen = np.isfinite(values)
    enough = seen.sum(axis=1) >= FEWEST
    targets, unknowns = len(values), points.shape[1]
    linear = np.zeros((targets, unknowns + 1))
    for i in np.flatnonzero(enough):
        linear[i] = relevance(points[seen[i]], values[i, seen[i]], noise[i])[0]
    scale = np.sqrt(np.where(enough, np.nanvar(np.where(seen, values, 0.0), axis=1), 1.0)) + FLOOR
    weight = ((linear[:, 1:] / scale[:, None]) ** 2).sum(axis=0)
    bending = np.sort(np.argsort(-weight)[: min(BENDING, unknowns)])
    whole = np.concatenate([points, curved(points[:, bending])], axis=1)
    constant, residual = np.zeros(targets), np.full(targets, np.inf)
    coefficients, explained = np.zeros((targets, whole.shape[1])), np.full(targets, np.nan)
    of_coefficients = np.zeros(targets)
    for i in np.flatnonzero(enough):
        own, y = whole[seen[i]], values[i, seen[i]]
        errors = {
            width: left_out(own[:, :width], y, noise[i])
            for width in (0, unknowns, whole.shape[1])
        }  # fmt: skip
        width = min(errors, key=lambda one: errors[one])
        fitted, known = relevance(own[:, :width], y, noise[i])
        constant[i], coefficients[i, :width] = fitted[0], fitted[1:]
        residual[i], of_coefficients[i] = errors[width], known * errors[width] / len(y)
        between = y.var() - noise[i]
        left = max(errors[width] - noise[i], 0.0)
        explained[i] = 1.0 - left / between if between > FLOOR else np.nan
    return Emulator(
        constant, coefficients[:, :unknowns], bending, coefficients[:, unknowns:], residual,
        of_coefficients, explained,
    )  # fmt: skip


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
        factor = cho_factor(gram / noise + np.diag(precision), lower=True)
        spread = np.diag(cho_solve(factor, np.eye(len(kept))))
        found = cho_solve(factor, moment[kept]) / noise
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
    whole = np.zeros(x.shape[1] + 1)
    whole[kept + 1] = found
    whole[0] = mean - float(middle[kept] @ found)
    return whole, determined


def left_out(features: np.ndarray, y: np.ndarray, least: float = 0.0) -> float:
    """The mean squared error in worlds that a fit did not see."""
    fold = np.arange(len(y)) % FOLDS
    total = 0.0
    for one in range(FOLDS):
        train = fold != one
        fitted, _ = relevance(features[train], y[train], least)
        total += float(((y[~train] - fitted[0] - features[~train] @ fitted[1:]) ** 2).sum())
    return total / len(y)
