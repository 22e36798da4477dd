"""Multiple comparisons with the best: which of several candidates may be the best of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AgainstBest:
    """How far candidates are from the best of all, whichever that is [candidate].

    Parameters
    ----------
    possible : Array (bool), who cannot be told from it: of whom `least` is within the margin
    least, most : Array, by how much each is less than it, at least and at most; the chance that
        one of these ends is passed is `alpha`
    """

    possible: NDArray[np.bool_]
    least: Array
    most: Array


def against_best(
    values: ArrayLike, repeated: ArrayLike, margin: float = 0.0, alpha: float = 0.05
) -> AgainstBest:
    r"""Compare each candidate with the best.

    Parameters
    ----------
    values : Array [candidate], the larger the better
    repeated : Array [repetition, candidate], the same in bootstrap samples, each drawn for all
        candidates together
    margin : difference below which nobody cares (the indifference zone)
    alpha : chance at most that the best is not among those that may be

    Notes
    -----
    Candidate k is out if some other is better by more than the margin and the error of their
    difference: :math:`\max_j (\hat\theta_j - \hat\theta_k - c_k s_{jk}) > m`. :math:`s_{jk}` is
    the standard deviation of the difference over repetitions and :math:`c_k` the upper quantile of
    the largest of these differences about their own values, in units of :math:`s_{jk}`: the
    simultaneous bound of Hsu (1984, Annals of Statistics 12:1136), with a bootstrap in place of
    normal errors that are independent. That bound is the least by which k is behind. The most is
    :math:`\max_b (\hat\theta_b - \hat\theta_k + c_b s_{bk})` over all b that may be the best: one
    of them is, and is better than the others by no more than its own bounds.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> shared = rng.normal(size=(400, 1))
    >>> values = np.array([0.5, 0.49, 0.2])
    >>> found = against_best(values, values + shared + rng.normal(0, 0.02, (400, 3)))
    >>> found.possible, found.least.round(1) + 0.0, found.most.round(1)
    (array([ True,  True, False]), array([0. , 0. , 0.2]), array([0.1, 0.1, 0.4]))
    """
    values, repeated = np.asarray(values, float), np.asarray(repeated, float)
    least, most = np.zeros((2, len(values)))
    possible = np.ones(len(values), bool)
    for k in range(len(values)):
        better = values - values[k]
        error, bound = _bound(repeated - repeated[:, [k]] - better, alpha)
        least[k] = (better - bound * error).max()
        possible[k] = least[k] <= margin
        if possible[k]:
            most = np.maximum(most, bound * error - better)
    return AgainstBest(possible, least, most)


def _bound(off: Array, alpha: float) -> tuple[Array, float]:
    """The errors of differences from one candidate, and how many of them the largest may be off.

    Parameters
    ----------
    off : Array [repetition, candidate], differences about their own values
    """
    error = off.std(axis=0, ddof=1)
    known = error > 1e-12
    if not known.any():
        return np.zeros_like(error), 0.0
    largest = (off[:, known] / error[known]).max(axis=1)
    return np.where(known, error, 0.0), max(float(np.quantile(largest, 1 - alpha)), 0.0)
