"""Multiple comparisons with the best: which of several candidates may be the best of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def possibly_best(
    values: ArrayLike, repeated: ArrayLike, margin: float = 0.0, alpha: float = 0.05
) -> NDArray[np.bool_]:
    r"""Candidates that cannot be told from the best.

    Parameters
    ----------
    values : Array [candidate], the larger the better
    repeated : Array [repetition, candidate], the same in bootstrap samples, each drawn for all
        candidates together
    margin : difference below which nobody cares (the indifference zone)
    alpha : chance at most that the best is not among them

    Returns
    -------
    Array [candidate] (bool)

    Notes
    -----
    Candidate k is out if some other is better by more than the margin and the error of their
    difference: :math:`(\hat\theta_j - \hat\theta_k - m) / s_{jk} > c_k`. :math:`s_{jk}` is the
    standard deviation of the difference over repetitions and :math:`c_k` the upper quantile of
    the largest of these differences about their own values, in units of :math:`s_{jk}`: the
    simultaneous bound of Hsu (1984, Annals of Statistics 12:1136), with a bootstrap in place of
    normal errors that are independent.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> shared = rng.normal(size=(400, 1))
    >>> possibly_best([0.5, 0.49, 0.2], [0.5, 0.49, 0.2] + shared + rng.normal(0, 0.02, (400, 3)))
    array([ True,  True, False])
    """
    values, repeated = np.asarray(values, float), np.asarray(repeated, float)
    found = np.ones(len(values), bool)
    for k in range(len(values)):
        better = values - values[k]
        off = repeated - repeated[:, [k]] - better
        error = off.std(axis=0, ddof=1)
        known = error > 1e-12
        with np.errstate(invalid="ignore", divide="ignore"):
            largest = np.where(known, off / error, -np.inf).max(axis=1)
            ahead = np.where(known, (better - margin) / error, np.where(better > margin, np.inf, 0))
        bound = np.quantile(largest, 1 - alpha) if known.any() else 0.0
        found[k] = not (ahead > max(bound, 0.0)).any()
    return found
