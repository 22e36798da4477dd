"""By how much the records of those who are there show more than what is true of all who began."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.crossover import crossover
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


def beyond_within(recorded: Pair, true: Pair) -> Array:
    """What errors, who has left and what is carried over add to a comparison within patients [...].

    The true effect is that of the first period. A wash-out that is too short leaves some of it in
    the second, which the comparison halves with the first: the same patients under both sequences
    show how much.

    Parameters
    ----------
    recorded : of who has the active treatment first and of the others, at the ends of both periods,
        each Array [..., patient, period], on the tested scale; NaN of who is not there
    true : of both, what would be so under either sequence, each Array [..., patient, given, period]
        with the one that begins with the active treatment first

    Examples
    --------
    >>> all_see = np.array([[[4.0, 6.0], [8.0, 4.0]]] * 3)  # 2 of 4 points fewer are left
    >>> float(beyond_within((all_see[:, 0], all_see[:, 1]), (all_see, all_see)))
    1.0
    """
    own = [each[..., number, :] for number, each in enumerate(true)]
    here = [np.isfinite(values.sum(axis=-1)) for values in recorded]
    of_body = [
        np.where(seen[..., None], values, np.nan) for seen, values in zip(here, own, strict=True)
    ]
    errors = crossover(*recorded).treatment.value - crossover(*of_body).treatment.value
    gains = [each[..., 0, :] - each[..., 1, :] for each in true]
    both = [(gain[..., 0] - gain[..., 1]) / 2 for gain in gains]
    some = [
        patient_mean(np.where(seen, gain, np.nan)) for seen, gain in zip(here, both, strict=True)
    ]
    first = patient_mean(np.concatenate([gain[..., 0] for gain in gains], axis=-1))
    return errors + (some[0] + some[1]) / 2 - first
