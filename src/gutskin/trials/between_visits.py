"""What a visit hears of the time since the last one: whether a child was worse in between.

Cohorts from birth count who has *had* eczema and ask the parents about the months between visits.
Eczema of infants comes and goes, so that a cohort that saw children at three visits alone would
count half of those that seven visits find. Here parents tell of every month of the first year and
of every two months after it (`asked_first_year`, `asked_later` of conduct.tsv). A trial that sees
children more often finds a few more, as a real one does. How readily skin is called eczema differs
between cohorts (`diagnosis_level`): a factor on the score that the cut-off is held against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gutskin.trials.endpoints import Endpoint

YEAR = 364.0  # days


def days_asked(until: float, numbers: Mapping[str, Any]) -> tuple[float, ...]:
    """The days of which parents tell how the child was, from birth on.

    Parameters
    ----------
    until : last day that counts
    numbers : of conduct.tsv

    Examples
    --------
    >>> days_asked(728.0, {"asked_first_year": 91.0, "asked_later": 182.0})
    (0.0, 91.0, 182.0, 273.0, 364.0, 546.0, 728.0)
    """
    first = np.arange(0.0, YEAR, numbers["asked_first_year"])
    later = np.arange(YEAR, max(until, YEAR) + 1.0, numbers["asked_later"])
    return tuple(float(day) for day in (*first, *later) if day <= until)


def days_looked(
    days: np.ndarray, endpoints: Sequence[Endpoint], numbers: Mapping[str, Any], *, from_birth: bool
) -> np.ndarray:
    """The days on which bodies are read: those of the trial, and those that parents tell of.

    Parameters
    ----------
    days : Array [day], of the trial
    endpoints : of the trial; only who has ever had something is asked about
    numbers : of conduct.tsv
    """
    if not from_birth or not any(one.ever for one in endpoints):
        return days
    return np.union1d(days, days_asked(days[-1], numbers))


def told(
    endpoints: Sequence[Endpoint],
    true: np.ndarray,
    looked: np.ndarray,
    days: np.ndarray,
    level: ArrayLike = 1.0,
) -> np.ndarray:
    """True values of the days of a trial: of who is asked about, the worst since the day before.

    What counts as having had something is the trial's own: such values are taken at its level.

    Parameters
    ----------
    true : Array [endpoint, looked, patient]
    looked, days : Array [looked], Array [day]; the days are among those looked at, the last too
    level : `diagnosis_level` of the trial, a number or Array [patient]

    Returns
    -------
    Array [endpoint, day, patient]
    """
    at = np.searchsorted(looked, days)
    found = true[:, at]
    since = np.concatenate([[0], at[:-1] + 1])
    for place, one in enumerate(endpoints):
        if one.ever:
            found[place] = np.maximum.reduceat(true[place], since, axis=0) * np.asarray(level)
    return found
