"""Who goes on into the second part of a trial, and so is in what is told at its end.

A randomised withdrawal chooses those who responded to its first part. Whoever did not, or has left
before, has no value at its end that is missing: nothing is imputed for him, nothing of him is
carried forward, and he is no failure of the second part. Its arms part where it begins, so flares
and times to an event count from there, as trials of this design count them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.design import TrialDesign

Array = NDArray[np.float64]


def counted_from(design: TrialDesign) -> int:
    """The number of the visit from which flares and times to an event are counted.

    That at which a second part begins, where arms are compared in it; else the first.
    """
    if (chosen := design.responders) is None:
        return 0
    decided = design.visits.weeks.index(chosen.at_week)
    return decided if decided < design.analysed else 0


def counted_anew(design: TrialDesign) -> tuple[int, ...]:
    """The numbers of the visits from which flares are counted anew: of a crossover in each period.

    What came in the first period is none of what the second treatment brings.
    """
    if design.crossover is None:
        return (counted_from(design),)
    return tuple(design.visits.weeks.index(first) for first, _ in design.crossover.periods)


def goes_on(design: TrialDesign, arm: str, rule: Array) -> NDArray[np.bool_]:
    """Who is in the part of the trial at whose end arms are compared [...].

    Parameters
    ----------
    arm : its name
    rule : Array [..., visit], records of the endpoint that says who responds
    """
    chosen, begins = design.responders, counted_from(design)
    if chosen is None or not begins or (chosen.arms and arm not in chosen.arms):
        return np.ones(rule.shape[:-1], bool)
    return rule[..., begins] > 0.5


def of_who_go_on(record: xr.DataArray, design: TrialDesign) -> xr.DataArray:
    """Records in which nothing is known of who does not go on, at no visit.

    Parameters
    ----------
    record : DataArray [endpoint, arm, replicate, patient, visit], of all visits
    """
    if (chosen := design.responders) is None:
        return record
    record = record.transpose("endpoint", "arm", "replicate", "patient", "visit")
    rule = record.sel(endpoint=chosen.rule).values
    names = [str(name) for name in record["arm"].values]
    there = np.stack([goes_on(design, name, one) for name, one in zip(names, rule, strict=True)])
    return record.copy(data=np.where(there[None, ..., None], record.values, np.nan))
