"""What a visit hears of the time since the last one: whether a child was worse in between.

Cohorts from birth count who has *had* eczema and ask the parents about the months between visits.
Eczema of infants comes and goes, so that a cohort that saw children at three visits alone would
count half of those that seven visits find. Here parents are asked about as often as cohorts see
children: every quarter of the first year and every half year after it. A trial that sees them more
often finds a few more, as a real one does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gutskin.trials.endpoints import Endpoint

QUARTER, HALF_YEAR, YEAR = 13.0, 26.0, 52.0  # weeks
DAYS_PER_WEEK = 7.0


def weeks_asked(until: float) -> tuple[float, ...]:
    """The weeks of which parents tell how the child was, from birth on.

    Parameters
    ----------
    until : last week that counts

    Examples
    --------
    >>> weeks_asked(104.0)
    (0.0, 13.0, 26.0, 39.0, 52.0, 78.0, 104.0)
    """
    first = np.arange(0.0, YEAR, QUARTER)
    later = np.arange(YEAR, max(until, YEAR) + 1.0, HALF_YEAR)
    return tuple(float(week) for week in (*first, *later) if week <= until)


def days_looked(days: np.ndarray, endpoints: Sequence[Endpoint], *, from_birth: bool) -> np.ndarray:
    """The days on which bodies are read: those of the trial, and those that parents tell of.

    Parameters
    ----------
    days : Array [day], of the trial
    endpoints : of the trial; only who has ever had something is asked about
    """
    if not from_birth or not any(one.ever for one in endpoints):
        return days
    asked = DAYS_PER_WEEK * np.array(weeks_asked(days[-1] / DAYS_PER_WEEK))
    return np.union1d(days, asked)


def told(
    endpoints: Sequence[Endpoint], true: np.ndarray, looked: np.ndarray, days: np.ndarray
) -> np.ndarray:
    """True values of the days of a trial: of who is asked about, the worst since the day before.

    Parameters
    ----------
    true : Array [endpoint, looked, patient]
    looked, days : Array [looked], Array [day]; the days are among those looked at, the last too

    Returns
    -------
    Array [endpoint, day, patient]
    """
    at = np.searchsorted(looked, days)
    found = true[:, at]
    since = np.concatenate([[0], at[:-1] + 1])
    for place, one in enumerate(endpoints):
        if one.ever:
            found[place] = np.maximum.reduceat(true[place], since, axis=0)
    return found
