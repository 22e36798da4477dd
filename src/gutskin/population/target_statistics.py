"""Statistics by which patients are held beside people: means, shares, what goes with what.

Each is read of patients who count alike, or of weighted ones (`matching.py`).
"""

from __future__ import annotations

import numpy as np

CORRELATION = "correlation"
PLAIN = ("mean", "geometric_mean", "median")  # of a quantity, in its unit
SHARES = ("share_above", "share_below")
KNOWN = "mean, geometric_mean, median, share_above:NUMBER, share_below:NUMBER, correlation:QUANTITY"


def statistic(
    words: str,
    values: np.ndarray,
    others: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> float | None:
    """A statistic of patients; None for words that name none.

    Parameters
    ----------
    words : the name, with a number or a quantity behind a colon where it asks for one
    values : Array [patient]
    others : Array [patient], the other quantity of a correlation
    weights : Array [patient], above 0; without them all count alike

    Examples
    --------
    >>> statistic("share_above:1", np.array([0.0, 1.0, 2.0, 3.0]))
    0.5
    >>> statistic("mean", np.array([0.0, 1.0]), weights=np.array([1.0, 3.0]))
    0.75
    """
    name, _, bound = words.partition(":")
    if name in PLAIN and not bound:
        return _plain(name, values, weights)
    if name in SHARES and is_number(bound):
        counted = values > float(bound) if name == "share_above" else values < float(bound)
        return _mean(counted, weights)
    if name == CORRELATION and others is not None:
        return rank_correlation(values, others, weights)
    return None


def is_number(words: str) -> bool:
    """Whether words are one number."""
    try:
        return bool(np.isfinite(float(words)))
    except ValueError:
        return False


def _plain(name: str, values: np.ndarray, weights: np.ndarray | None) -> float:
    if name == "mean":
        return _mean(values, weights)
    if name == "geometric_mean":
        return float(np.exp(_mean(np.log(values), weights)))
    return float(np.median(values)) if weights is None else quantile(values, 0.5, weights)


def _mean(values: np.ndarray, weights: np.ndarray | None) -> float:
    return float(values.mean() if weights is None else np.average(values, weights=weights))


def quantile(values: np.ndarray, share: float, weights: np.ndarray | None = None) -> float:
    """The value below which a share of patients lies, between two of them on the straight line.

    >>> quantile(np.array([1.0, 2.0, 3.0]), 0.5, np.array([1.0, 1.0, 2.0]))
    2.3333333333333335
    """
    own = np.ones(len(values)) if weights is None else weights
    order = np.argsort(values, kind="stable")
    below = np.cumsum(own[order]) - own[order] / 2
    return float(np.interp(share * own.sum(), below, values[order]))


def rank_correlation(one: np.ndarray, two: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Spearman's; 0 where all patients are the same."""
    if weights is None:
        from scipy.stats import rankdata

        a, b = (rankdata(values) - (len(values) + 1) / 2 for values in (one, two))
        return float(a @ b / max(np.sqrt((a @ a) * (b @ b)), 1.0))
    a, b = (standard_ranks(values, weights) for values in (one, two))
    return float(np.average(a * b, weights=weights))


def standard_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Ranks of weighted patients, of mean 0 and variance 1 [patient]; equal values share theirs.

    A patient's rank is the weight below him and half of what is at his value. 0 where all patients
    are the same.
    """
    _, place = np.unique(values, return_inverse=True)
    own = np.bincount(place, weights)
    ranks = (np.cumsum(own) - own / 2)[place]
    ranks = ranks - np.average(ranks, weights=weights)
    spread = np.sqrt(np.average(ranks**2, weights=weights))
    return ranks / spread if spread > 0 else ranks
