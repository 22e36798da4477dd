"""Polynomials of worlds: products of two Hermite polynomials of unknowns and of directions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

HERMITE: dict[int, Callable[[np.ndarray], np.ndarray]] = {  # of variance 1
    1: lambda x: x,
    2: lambda x: (x**2 - 1.0) / math.sqrt(2.0),
    3: lambda x: (x**3 - 3.0 * x) / math.sqrt(6.0),
    4: lambda x: (x**4 - 6.0 * x**2 + 3.0) / math.sqrt(24.0),
}


def coordinates(points: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Unknowns and directions of worlds [world, coordinate]."""
    return np.concatenate([points, points @ directions.T], axis=1)


def terms_of(places: np.ndarray, degrees: tuple[int, ...] = (2,)) -> np.ndarray:
    """Powers and products of some coordinates [feature, 4].

    >>> terms_of(np.array([4, 7])).tolist()
    [[4, 2, 4, 0], [7, 2, 7, 0], [4, 1, 7, 1]]
    """
    first, second = np.triu_indices(len(places), 1)
    one = np.ones_like(first)
    powers = [
        np.stack([places, np.full_like(places, degree), places, np.zeros_like(places)], axis=1)
        for degree in degrees
    ]
    products = np.stack([places[first], one, places[second], one], axis=1)
    return np.concatenate([*powers, products])


def curved(points: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """Products of two polynomials of Hermite, of mean 0 and variance 1 over the prior.

    Parameters
    ----------
    points : Array [world, coordinate]
    terms : Array [feature, 4], a coordinate and a degree from 0 to 4, twice

    Returns
    -------
    Array [world, feature]

    >>> curved(np.array([[1.0, 2.0]]), terms_of(np.arange(2))).round(3).tolist()
    [[0.0, 2.121, 2.0]]
    """
    found = np.ones((len(points), len(terms)))
    for place in (0, 2):
        degrees = terms[:, place + 1]
        for degree in np.unique(degrees[degrees > 0]):
            own = degrees == degree
            found[:, own] *= HERMITE[int(degree)](points[:, terms[own, place]])
    return found
