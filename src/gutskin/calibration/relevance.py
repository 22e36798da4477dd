"""Which of many features say something of a value: automatic relevance determination.

References: MacKay1992 (variances under which the data are likeliest), MacKay1994 (relevance
determination).
"""

from __future__ import annotations

import numpy as np

FOLDS = 5
ROUNDS = 12
MOST, EACH = 200, 4  # features looked at closely, those that go with a value most; worlds of each
GONE = 1e8  # precision above which a coefficient is nothing, over that of the noise
NOTABLE = 9.0  # a coefficient stays whose square is so many of its variances
FLOOR = 1e-9


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
    out = y - mean
    moment = features.T @ out
    squares = np.einsum("wf,wf->f", features, features) - len(y) * middle**2
    size = np.sqrt(np.maximum(squares, 0.0)) + FLOOR
    kept = np.sort(np.argsort(-np.abs(moment) / size)[: min(MOST, len(y) // EACH)])
    x = features[:, kept] - middle[kept]
    gram = x.T @ x
    variance = float(out.var()) + FLOOR
    noise, precision = max(0.3 * variance, least), np.full(len(kept), 3.0 * len(kept) / variance)
    found, determined = np.zeros(0), 0.0
    own = np.arange(len(kept))  # of x
    for _ in range(ROUNDS):
        covariance = np.linalg.inv(gram / noise + np.diag(precision))
        spread = np.diag(covariance)
        found = covariance @ moment[kept] / noise
        known = np.clip(1.0 - precision * spread, 1e-12, 1.0)
        determined = float(known.sum())
        left = float(((out - x[:, own] @ found) ** 2).sum())
        noise = max(left / max(len(out) - determined, 1.0), least, 1e-6 * variance)
        precision = known / np.maximum(found**2, FLOOR * variance)
        stay = precision < GONE / variance
        if not stay.any():
            found, kept = found[:0], kept[:0]
            break
        kept, own, precision, found = kept[stay], own[stay], precision[stay], found[stay]
        gram = gram[np.ix_(stay, stay)]
    if len(kept):
        spread = np.diag(np.linalg.inv(gram / noise + np.diag(precision)))
        stay = found**2 >= NOTABLE * spread
        determined = float(np.clip(1.0 - precision * spread, 0.0, 1.0)[stay].sum())
        kept, found = kept[stay], found[stay]
    whole = np.zeros(features.shape[1] + 1)
    whole[kept + 1] = found
    whole[0] = mean - float(middle[kept] @ found)
    return whole, determined


def left_out(
    features: np.ndarray, y: np.ndarray, least: float = 0.0, on_log: bool = False,
    counted: np.ndarray | None = None,
) -> float:  # fmt: skip
    """The mean squared error in worlds that a fit did not see.

    Parameters
    ----------
    features, y : Array [world, feature], Array [world], without what a panel has of its own
    on_log : whether y is a logarithm; the error is that of the values
    counted : Array [world] (bool), those whose error counts; all if not given
    """
    fold = np.arange(len(y)) % FOLDS
    counted = np.ones(len(y), bool) if counted is None else counted
    total = 0.0
    for one in range(FOLDS):
        train = fold != one
        fitted, _ = relevance(features[train], y[train], least)
        said = fitted[0] + features[~train] @ fitted[1:]
        miss = np.exp(y[~train]) - np.exp(said) if on_log else y[~train] - said
        total += float((miss**2).sum(where=counted[~train]))
    return total / int(counted.sum())
