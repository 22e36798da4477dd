"""Times to an event that visits show: who has it when, and curves of who is still without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.kaplan_meier import kaplan_meier
from gutskin.trials.attendance import of_who_came
from gutskin.trials.certainty import error_of_mean, interval, mean_of
from gutskin.trials.chosen_method import method_of
from gutskin.trials.methods import TIMED
from gutskin.trials.second_part import counted_from, of_who_go_on

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.design import TrialDesign
    from gutskin.trials.endpoints import Endpoint

Array = NDArray[np.float64]


def first_events(values: Array, weeks: Sequence[float]) -> tuple[Array, Array]:
    """Weeks to the first visit with the event, or to the last seen; whether it was the event.

    Parameters
    ----------
    values : Array [..., visit], 1 where it is seen, NaN where nothing is known: at visits to which
        he did not come (see `attendance.of_who_came`)

    Returns
    -------
    two arrays [...]; the time is NaN of who had it at entry or was never seen again
    """
    at = np.asarray(weeks, float)
    has, seen = values > 0.5, np.isfinite(values)
    happened = has[..., 1:].any(axis=-1)
    first = at[1 + np.argmax(has[..., 1:], axis=-1)]
    last = np.where(seen, at, -np.inf).max(axis=-1)
    time = np.where(happened, first, last)
    there = seen[..., 0] & ~has[..., 0] & (time > 0)
    return np.where(there, time, np.nan), happened.astype(float)


def times_of(values: Array, design: TrialDesign) -> tuple[Array, Array]:
    """Weeks to the event in the part of a trial in which arms are compared; see `first_events`.

    Parameters
    ----------
    values : Array [..., visit], of all visits until that of the analysis
    """
    weeks = _weeks(design)
    since = [week - weeks[0] for week in weeks]
    return first_events(values[..., counted_from(design) :], since)


def timed_endpoints(design: TrialDesign, endpoints: Sequence[Endpoint]) -> tuple[str, ...]:
    """The endpoints whose times are compared: those analysed by log-rank or Cox."""
    if design.crossover is not None or design.single_arm:
        return ()
    return tuple(
        one.name for one in endpoints if method_of(design.analysis, one.name, one.scale) in TIMED
    )


def times_a_response(design: TrialDesign, endpoints: Sequence[Endpoint]) -> bool:
    """Whether times to a response are compared, of which a record does not say who has left.

    Parameters
    ----------
    endpoints : of the design
    """
    timed = timed_endpoints(design, endpoints)
    return any(one.response for one in endpoints if one.name in timed)


def event_free(dataset: xr.Dataset, design: TrialDesign, endpoints: Sequence[Endpoint]) -> Array:
    """The share without the event after Kaplan and Meier, Array [timed, arm, visit, replicate].

    Visits are those from which on times are counted.

    Parameters
    ----------
    dataset : `measured` of some replicates, and `came` where times to a response are compared
    endpoints : of the design
    """
    weeks = _weeks(design)
    names = timed_endpoints(design, endpoints)
    shape = (len(names), len(design.arms), len(weeks), dataset.sizes["replicate"])
    found = np.full(shape, np.nan)
    measured = dataset["measured"]
    if names:
        measured = of_who_came(of_who_go_on(measured, design), dataset)
    for place, name in enumerate(names):
        record = measured.sel(endpoint=name).isel(visit=slice(design.analysed + 1))
        values = record.transpose("arm", "replicate", "patient", "visit").values
        time, event = times_of(values, design)
        curve = kaplan_meier(time, event)
        some = np.isfinite(time).any(axis=-1)
        for number, week in enumerate(weeks):
            found[place, :, number] = np.where(some, curve.at(week - weeks[0])[0], np.nan)
    return found


def _weeks(design: TrialDesign) -> tuple[float, ...]:
    """The visits from which on times are counted, until that of the analysis."""
    return design.visits.weeks[counted_from(design) : design.analysed + 1]


def summarised(
    design: TrialDesign, names: Sequence[str], found: Array
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Endpoint -> arm -> the share without the event at each visit that counts, as plain values.

    Parameters
    ----------
    names : of the endpoints whose times are compared
    found : Array [timed, arm, visit, replicate], of `event_free`
    """
    weeks = _weeks(design)
    return {
        name: {
            arm.name: [
                {"week": week, **_told(found[place, number, visit])}
                for visit, week in enumerate(weeks)
            ]
            for number, arm in enumerate(design.arms)
        }
        for place, name in enumerate(names)
    }


def _told(draws: Array) -> dict[str, Any]:
    seen = draws[np.isfinite(draws)]
    low, high = interval(draws)
    return {
        "mean": mean_of(seen) if len(seen) else float("nan"),
        "ci95_low": low,
        "ci95_high": high,
        "over": "trials",
        "monte_carlo_error": error_of_mean(draws),
    }
