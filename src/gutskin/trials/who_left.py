"""By how much the records of those who are there show more than what is true of all who began."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gutskin.trials.ancova import ancova
from gutskin.trials.scales import patient_mean

Array = NDArray[np.float64]
Pair = tuple[Array, Array]


def beyond_the_truth(recorded: tuple[Pair, Pair], true: tuple[Array, Array]) -> Array:
    """What errors, expectation and who has left add to a difference between two arms [...].

    The first two are what is written down of those who are there less what is so of them. Who is
    there may have more of the effect than who has left, whatever is written down of him: that is
    the adjusted difference of what is true of them less that of everybody, and nothing where nobody
    has left. All rules that only leave people out have the same of the same people.

    Parameters
    ----------
    recorded : of the active arm and of the control, values at the first visit and at the last, each
        Array [..., patient], on the tested scale; NaN of who is not there
    true : of both, what was so at the last visit, each Array [..., patient]

    Examples
    --------
    >>> first, last = np.array([10.0, 10.0]), np.array([4.0, 8.0])
    >>> gone = np.array([4.0, np.nan])
    >>> float(beyond_the_truth(((first, gone), (first, last)), (last, last)))
    -2.0
    """
    errors, there = [], []
    for (first, last), own in zip(recorded, true, strict=True):
        seen = np.isfinite(first + last)
        errors.append(patient_mean(np.where(seen, last, np.nan) - own))
        there.append(np.where(seen, own, np.nan))
    some, everybody = (
        ancova((recorded[0][0], ends[0]), (recorded[1][0], ends[1])).difference
        for ends in (there, true)
    )
    return errors[0] - errors[1] + (some - everybody)
