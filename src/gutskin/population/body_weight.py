"""Body weight by age, from `body_weight.tsv`: what scales the kinetics and the dose of a drug."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gutskin.model.biology import Biology

TABLE = "body_weight.tsv"
COLUMNS = ("id", "age_years", "kg", "sd")
RARE = 3.0  # sd of weight at an age, beyond which hardly anybody lies

Floats = NDArray[np.float64]


def body_weight(age_years: Any, z: Any, biology: Biology) -> Floats:
    """The weight of people of an age (kg), log-normal about the median of their age.

    Between the ages of the table the logarithm of the median and the spread run straight; before
    the first and after the last they stay.

    Parameters
    ----------
    age_years : number or Array [patient]
    z : standard normal, number or Array [patient]; 0 is the median

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> body_weight([1.0, 40.0], 0.0, shipped_biology()).tolist()
    [9.3, 74.5]
    """
    ages, median, spread = _table(biology)
    age = np.asarray(age_years, float)
    centre = np.interp(age, ages, np.log(median))
    return np.round(np.exp(centre + np.interp(age, ages, spread) * np.asarray(z, float)), 9)


def usual_weights(youngest: float, oldest: float, biology: Biology) -> tuple[float, float]:
    """Between which weights nearly all people of some ages lie (kg).

    Parameters
    ----------
    youngest, oldest : (years)

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> [round(kg) for kg in usual_weights(6, 11, shipped_biology())]
    [13, 66]
    """
    low, high = body_weight(youngest, -RARE, biology), body_weight(oldest, RARE, biology)
    return float(low), float(high)


@cache
def _table(biology: Biology) -> tuple[Floats, Floats, Floats]:
    """Ages (years), medians (kg) and spreads, in the order of the ages."""
    rows = biology.table(TABLE, COLUMNS).values()
    found = np.array(sorted([row.number(name) for name in COLUMNS[1:]] for row in rows)).T
    return found[0], found[1], found[2]
