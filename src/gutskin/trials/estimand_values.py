"""What an estimand takes for the outcome of a patient, and what an estimator makes of his record.

`outcome` has whole courses before it; `handled` only what a trial recorded. Both read the
strategies of ICH E9(R1) alike: after an event with the strategy `composite` he has failed, with
`while on treatment` the last value before it stands, with `hypothetical` what would have been
without it is asked (an estimator leaves the values after it out), with `treatment policy` it counts
like any other value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gutskin.statistics.missing_values import carried_forward
from gutskin.trials.estimand_parts import EVENTS, Strategies

if TYPE_CHECKING:
    from gutskin.trials.endpoints import Endpoint
    from gutskin.trials.record import EventVisits


def failure(endpoint: Endpoint, first: np.ndarray) -> np.ndarray:
    """The value of who has failed: of a share the bad one, of a score that of the first visit.

    Parameters
    ----------
    first : Array [...], values at the first visit
    """
    if endpoint.cutoff is None:
        return first
    return np.full_like(first, float(endpoint.lower_is_better))


def outcome(
    values: np.ndarray,
    visits: EventVisits,
    strategies: Strategies,
    endpoint: Endpoint,
    at: int,
) -> np.ndarray:
    """The outcome of each patient [patient] at a visit.

    Parameters
    ----------
    values : Array [visit, patient], of a course in which the events happen whose strategy is
        `treatment policy`, and no others
    visits : after which visit each event falls upon whom
    at : number of the visit
    """
    lasts = np.full(values.shape[1], float(at))
    for kind in strategies.those("while on treatment"):
        lasts = np.minimum(lasts, getattr(visits, kind))
    failed = np.zeros(values.shape[1], bool)
    for kind in strategies.those("composite"):
        failed |= getattr(visits, kind) < lasts
    own = values[lasts.astype(int), np.arange(values.shape[1])]
    return np.where(failed, failure(endpoint, values[0]), own)


def handled(
    observed: np.ndarray, events: Mapping[str, np.ndarray], strategies: Strategies,
    endpoint: Endpoint,
) -> np.ndarray:  # fmt: skip
    """The record as an estimator takes it, Array [..., visit].

    Parameters
    ----------
    observed : Array [..., visit], NaN where nothing was written down
    events : kind -> Array [...], after which visit it fell; infinity if never
    """
    number = np.arange(observed.shape[-1])

    def earliest(*asked: str) -> np.ndarray:
        times = [events[kind] for kind in EVENTS if getattr(strategies, kind) in asked]
        return np.min([np.full(observed.shape[:-1], np.inf), *times], axis=0)[..., None]

    ends, out = earliest("while on treatment"), earliest("hypothetical")
    failed = earliest("composite")
    failed = np.where(failed < ends, failed, np.inf)
    before = np.where(number > ends, np.nan, observed)
    values = np.where(number > ends, carried_forward(before), observed)
    values = np.where(number > failed, failure(endpoint, observed[..., :1]), values)
    return np.where((number > out) & (out < np.minimum(ends, failed)), np.nan, values)
