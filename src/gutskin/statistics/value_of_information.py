"""The value of information: what a decision gains if something unknown were known before it.

Benefits of all options are known in draws of what nobody knows. What a decision would expect if
one unknown (or what a study shows of it) were known is its regression on that number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
DEGREE = 5  # of the polynomials, at most


@dataclass(frozen=True)
class Information:
    """What knowing something is worth, in the unit of the benefit.

    Parameters
    ----------
    value : by how much the expected benefit of the best decision rises
    error : its Monte-Carlo error, from so many draws
    changes : share of draws in which another option than now would be taken
    """

    value: float
    error: float
    changes: float


def perfect_information(benefit: ArrayLike) -> Information:
    """If everything were known.

    Parameters
    ----------
    benefit : Array [draw, option]

    Examples
    --------
    >>> perfect_information([[0.0, 1.0], [0.0, -1.0]]).value
    0.5
    """
    return _gain(np.asarray(benefit, float), np.asarray(benefit, float))


def partial_information(benefit: ArrayLike, known: ArrayLike) -> Information:
    r"""If one number were known.

    Parameters
    ----------
    benefit : Array [draw, option]
    known : Array [draw], the unknown itself, or what a study would show of it

    Notes
    -----
    :math:`E_x[\max_d E(b_d | x)] - \max_d E(b_d)`, with the inner mean from regression over the
    draws: of an unknown the expected value of partial perfect information (Strong, Oakley and
    Brennan 2014, Medical Decision Making 34:311), of the result of a simulated study that of sample
    information (Strong and others 2015, Medical Decision Making 35:570).
    """
    benefit = np.asarray(benefit, float)
    return _gain(regressed(benefit, known), benefit)


def regressed(benefit: ArrayLike, known: ArrayLike) -> Array:
    """What is to be expected of each option, given a number, Array [draw, option].

    Notes
    -----
    Polynomials of the normal scores of the number's ranks, up to the fifth degree; of each option
    the degree that foretells best what is left out (leave one out), so that of a number that tells
    nothing it is often none.
    """
    return _fitted(np.asarray(benefit, float)[None], _basis(np.asarray(known, float)))[0]


def by_chance(
    benefit: ArrayLike, known: ArrayLike, rng: np.random.Generator, times: int = 100
) -> float:
    """What the most telling of several numbers seems to be worth where none tells anything.

    Parameters
    ----------
    known : Array [draw, number]
    times : how often the draws of the benefit are shuffled

    Returns
    -------
    float, exceeded by chance once in twenty
    """
    benefit, known = np.asarray(benefit, float), np.asarray(known, float)
    shuffled = np.stack([rng.permutation(benefit) for _ in range(times)])
    now = benefit.mean(axis=0).max()
    largest = np.zeros(times)
    for number in known.T:
        fitted = _fitted(shuffled, _basis(number))
        largest = np.maximum(largest, fitted.max(axis=2).mean(axis=1) - now)
    return float(np.quantile(largest, 0.95))


def _gain(expected: Array, benefit: Array) -> Information:
    """What deciding by expectations gains over deciding now."""
    now = int(benefit.mean(axis=0).argmax())
    draws = expected.max(axis=1) - expected[:, now]
    # As the options are equal on average to those of the fit, this is the mean of each draw's gain.
    error = draws.std(ddof=1) / np.sqrt(len(draws)) if len(draws) > 1 else np.nan
    return Information(float(draws.mean()), float(error), float((draws > 0).mean()))


def _basis(known: Array) -> Array:
    """Orthonormal columns of the degrees 0 to 5, Array [draw, degree]; fewer of few values."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    z = ndtri((rankdata(known) - 0.5) / len(known))
    degrees = min(DEGREE, len(np.unique(known)) - 1, max(len(known) // 10, 1))
    q, _ = np.linalg.qr(np.vander(z, degrees + 1, increasing=True))
    return q


def _fitted(benefit: Array, basis: Array) -> Array:
    """Fits of the degree that foretells best, Array [set, draw, option]."""
    coefficients = np.einsum("nk,snd->skd", basis, benefit)
    best: Array | None = None
    least: Array | None = None
    fit = np.zeros_like(benefit)
    for degree in range(basis.shape[1]):
        fit = fit + basis[None, :, degree, None] * coefficients[:, None, degree, :]
        free = 1 - np.square(basis[:, : degree + 1]).sum(axis=1)
        left = np.square((benefit - fit) / np.maximum(free, 1e-9)[None, :, None]).mean(axis=1)
        if best is None or least is None:
            best, least = fit, left
        else:
            better = left < least
            best = np.where(better[:, None, :], fit, best)
            least = np.minimum(left, least)
    assert best is not None
    return best
