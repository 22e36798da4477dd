"""What trials say of a strain, shrunk: strains of a species and of a class resemble each other.

A strain's axis is a mean plus what its class, its species and it itself add, each normal with the
share of the variance that conduct.tsv gives to that level. A result of a trial or a pool is the
mean of its members plus an error. What follows for any strain, tried or not, is the conditional
normal distribution given all results together (a random-effects model with known variances).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

LEVELS = ("class", "species", "strain")


@dataclass(frozen=True)
class Result:
    """A measured axis.

    Parameters
    ----------
    members : the strains that were tried, each by its groups: level -> name
    estimate, error : mean over the members, and its standard error, in units of the axis
    """

    members: tuple[Mapping[str, str], ...]
    estimate: float
    error: float


def updated(
    strain: Mapping[str, str],
    results: Sequence[Result],
    mean: float,
    sd: float,
    shares: Mapping[str, float],
) -> tuple[float, float]:
    """Mean and sd of a strain's axis, given the results of it and its relatives.

    Parameters
    ----------
    strain : its groups, level -> name
    mean, sd : of the axis among all strains
    shares : of each of `LEVELS` in the variance, adding up to 1

    Examples
    --------
    >>> shares = {"class": 0.0, "species": 0.5, "strain": 0.5}
    >>> tried = {"class": "c", "species": "s", "strain": "a"}
    >>> found = Result((tried,), 3.0, 1.0)
    >>> updated(tried, [found], 1.0, 1.0, shares)  # half of the way, with half of the variance
    (2.0, 0.707...)
    >>> updated({**tried, "strain": "b"}, [found], 1.0, 1.0, shares)
    (1.5, 0.935...)
    """
    if not results:
        return mean, sd
    variance = sd**2
    between = np.array([[_common(one.members, two.members, shares) for two in results]
                        for one in results]) * variance  # fmt: skip
    between += np.diag([one.error**2 for one in results])
    to_own = np.array([_common((strain,), one.members, shares) for one in results]) * variance
    weights = np.linalg.solve(between, to_own)
    off = np.array([one.estimate - mean for one in results])
    left = variance - weights @ to_own
    return float(mean + weights @ off), float(np.sqrt(left))


def _common(
    some: Sequence[Mapping[str, str]],
    others: Sequence[Mapping[str, str]],
    shares: Mapping[str, float],
) -> float:
    """The covariance of the means of two groups of strains, as a share of the variance of one."""
    pairs = [
        sum(shares[level] for level in LEVELS if one[level] == other[level])
        for one in some
        for other in others
    ]
    return sum(pairs) / len(pairs)
