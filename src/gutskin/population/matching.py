"""Weights of virtual patients with which a population meets its targets, by maximum entropy.

Of all weights with which every target lies in its range, those are taken that differ least from
equal ones (Kullback and Leibler). They belong to the patients of one world: each world has its own,
and counts as much as any other, however far its patients had to be weighed. Where that would cost
too many patients, targets are let go softly, and stay missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gutskin.model.rows import Row
from gutskin.population.target_statistics import SHARES, standard_ranks, statistic
from gutskin.population.targets import (
    Moment,
    Quantities,
    other_of,
    versus_of,
    who_counts,
)

INSIDE = 0.05  # share of a range by which weights aim inside its ends
LEAST_EFFECTIVE = 0.3  # share of the patients that weights must leave
SOFTNESS = (1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
ROUNDS = 8  # in which ranks are those of weighted patients


@dataclass(frozen=True, eq=False)
class Matched:
    """Weights of the patients of one world.

    Parameters
    ----------
    weights : Array [patient], of mean 1
    effective : how many equally weighted patients they are worth, as a share (Kish)
    """

    weights: np.ndarray
    effective: float


def can_be_matched(row: Row) -> bool:
    """Whether weights of patients at rest can move a row.

    One of a day after birth cannot, nor one that compares the patients with themselves otherwise
    than by means.
    """
    if row.text("at_day") or row.text("population") in ("", "-") or row.text("given").count("@"):
        return False
    own = row.text("versus") and versus_of(row)[0] == row.text("population")
    return not own or row.text("statistic") == "mean"


def match_patients(rows: Sequence[Row], seen: Mapping[Moment, Quantities]) -> Matched:
    """The weights with which patients of one population at rest meet rows.

    Parameters
    ----------
    rows : that can be matched, of one population, one at least
    seen : population and day -> quantity -> Array [patient]
    """
    own = seen[rows[0].text("population"), None]
    patients = len(next(iter(own.values())))
    weights = np.ones(patients)
    for softness in SOFTNESS:
        weights = _weights(rows, seen, patients, softness)
        if effective_share(weights) >= LEAST_EFFECTIVE:
            break
    return Matched(weights, effective_share(weights))


def effective_share(weights: np.ndarray) -> float:
    """Kish's effective number of weighted patients over their number.

    >>> effective_share(np.array([1.0, 1.0, 0.0, 0.0]))
    0.5
    """
    return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))


def _weights(
    rows: Sequence[Row], seen: Mapping[Moment, Quantities], patients: int, softness: float
) -> np.ndarray:
    """Ranks are those of weighted patients, so they are taken anew until weights stay."""
    weights = np.ones(patients)
    for _ in range(ROUNDS):
        wanted = [one for row in rows for one in _wanted(row, seen, weights)]
        new = entropy_weights(np.array(wanted), softness) if wanted else weights
        moved, weights = float(np.abs(new - weights).max()), new
        if moved < 1e-3 or not any(other_of(row) for row in rows):
            break
    return weights


def entropy_weights(wanted: np.ndarray, softness: float) -> np.ndarray:
    """Weights of mean 1 with which no mean is below 0, as near to equal ones as may be.

    w_i ~ exp(sum_j a_j f_ji) with a_j >= 0, the minimum of log mean exp(a f) + softness |a|^2 / 2.

    Parameters
    ----------
    wanted : Array [wish, patient], f; each is taken in units of its own root mean square
    softness : 0 asks for all wishes, if there are such weights; above it they may be missed by
        `softness` times a_j

    Returns
    -------
    Array [patient]
    """
    from scipy.optimize import minimize

    size = np.sqrt((wanted**2).mean(axis=1, keepdims=True))
    scaled = wanted / np.where(size > 0, size, 1.0)
    count = scaled.shape[1]

    def dual(a: np.ndarray) -> tuple[float, np.ndarray]:
        exponent = a @ scaled
        total = np.logaddexp.reduce(exponent)
        share = np.exp(exponent - total)
        value = total - np.log(count) + softness * float(a @ a) / 2
        return value, scaled @ share + softness * a

    found = minimize(
        dual, np.zeros(len(scaled)), jac=True, method="L-BFGS-B",
        bounds=[(0.0, None)] * len(scaled), options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-7},
    ).x  # fmt: skip
    exponent = found @ scaled
    return count * np.exp(exponent - np.logaddexp.reduce(exponent))


def _wanted(row: Row, seen: Mapping[Moment, Quantities], weights: np.ndarray) -> list[np.ndarray]:
    """What must have a mean above 0 for a row to lie in its range: below its end, above it."""
    low, high = row.number("low"), row.number("high")
    inside = INSIDE * (high - low)
    low, high = low + inside, high - inside
    chosen = who_counts(row, seen)
    words = row.text("statistic")
    own = seen[row.text("population"), None]
    values = own[row.text("quantity")]
    if other_of(row):
        product = np.zeros(len(values))
        product[chosen] = standard_ranks(values[chosen], weights[chosen]) * standard_ranks(
            own[other_of(row)][chosen], weights[chosen]
        )
        return [chosen * (product - low), chosen * (high - product)]
    if row.text("versus") and versus_of(row)[0] == row.text("population"):
        low, high = (_beside_own(row, own, end) for end in (low, high))
    elif row.text("versus"):
        low, high = (_beside_others(row, seen, end) for end in (low, high))
    if words == "median":
        return [chosen * ((values >= low) - 0.5), chosen * ((values <= high) - 0.5)]
    if words == "geometric_mean":
        values, low, high = np.log(values), np.log(low), np.log(high)
    name, _, bound = words.partition(":")
    if name in SHARES:
        values = (values > float(bound)) if name == "share_above" else (values < float(bound))
    return [chosen * (values - low), chosen * (high - values)]


def _beside_own(row: Row, own: Quantities, end: float) -> np.ndarray:
    """The end of a range for each patient, of a mean that is held beside another of his own."""
    other = own[versus_of(row)[1]]
    return end * other if row.text("operation") == "ratio" else end + other


def _beside_others(row: Row, seen: Mapping[Moment, Quantities], end: float) -> float:
    """The end of a range, of a statistic that is held beside that of other people."""
    population, quantity = versus_of(row)
    reference = statistic(row.text("statistic"), seen[population, None][quantity])
    if reference is None:  # `check_row` refuses such rows
        raise ValueError(row.id)
    return end * reference if row.text("operation") == "ratio" else end + reference


def rows_to_match(rows: Sequence[Row]) -> list[Row]:
    """Those of some rows that weights of patients can move."""
    return [row for row in rows if can_be_matched(row)]
