"""A literature simulated: the same trials in many worlds, as each would report them.

Replicate r of every trial lives in world r, so that a literature has one biology and every trial in
it people, raters and products of its own. Each trial is compared by the analysis of covariance, as
its own statistician would; beside it stands what is true in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gutskin.evidence.recorded_trials import read_records
from gutskin.population.streams import seed_of
from gutskin.trials.ancova import ALPHA, ancova
from gutskin.trials.published import PublishedNumber, headline, published_error

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.model.model import Model
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.processes import Processes

Array = NDArray[np.float64]
FEWEST_TRIALS = 3  # for a pool with a prediction interval


@dataclass(frozen=True, eq=False)
class TrialReports:
    """What one trial would report in each world, and what it did report.

    Parameters
    ----------
    number : the difference that was published
    effect, error, p : Array [replicate], difference (points), its standard error, two-sided p
    better : Array [replicate] (bool), whether the difference is in favour
    true : Array [replicate], the true difference
    found_error : standard error of what was published; that of simulated trials where none was
    derived : whether it is that of simulated trials
    found_p : as published, or by both
    """

    design: TrialDesign
    number: PublishedNumber
    effect: Array
    error: Array
    p: Array
    better: NDArray[np.bool_]
    true: Array
    found_error: float
    derived: bool
    found_p: float

    @property
    def significant(self) -> NDArray[np.bool_]:
        """Whether each would report p < 0.05 in favour [replicate]."""
        return (self.p < ALPHA) & self.better

    @property
    def found_significant(self) -> bool:
        """Whether the real trial reported it (differences below nothing are in favour)."""
        return self.found_p < ALPHA and self.number.value < 0


def why_not_pooled(design: TrialDesign) -> str:
    """Why a trial is no part of a literature; empty if it is.

    Trials of one score are pooled in its points: here SCORAD, in which most are published.
    """
    number = headline(design)[0]
    if number is None:
        return "no difference between its arms was published"
    if number.measure != "difference" or number.endpoint != "scorad":
        return f"published is the {number.measure.replace('_', ' ')} of {number.endpoint}"
    return ""


def report_trial(
    design: TrialDesign,
    model: Model,
    replicates: int,
    seed: int = 1,
    stance: str = "evidence",
    progress: Callable[[int, int], None] | None = None,
    processes: Processes | None = None,
) -> TrialReports:
    """Simulate one trial of a literature.

    Parameters
    ----------
    design : one that can be pooled, see `why_not_pooled`
    replicates : worlds
    processes : that are there already, for several trials
    """
    number = headline(design)[0]
    assert number is not None
    effect, error, p, true = read_records(
        design, model, replicates, seed, stance, lambda data: _reported(data, number), progress,
        seed_of(seed, design.name), processes,
    )  # fmt: skip
    known = published_error(number)
    spread = known or float(np.nanmean(error))
    return TrialReports(
        design, number, effect, error, p, effect < 0, true, spread, known is None,
        _published_p(number, spread),
    )  # fmt: skip


def _reported(data: xr.Dataset, number: PublishedNumber) -> Array:
    """Difference, standard error, p and true effect, Array [4, replicate]."""
    record = data["measured"].sel(endpoint=number.endpoint)
    record = record.transpose("arm", "replicate", "patient", "visit")
    pairs = [
        (of.isel(visit=0).values, of.sel(visit=number.week).values)
        for of in (record.sel(arm=arm) for arm in (number.arm, number.against))
    ]
    fit = ancova(pairs[0], pairs[1])
    latent = data["latent"].sel(endpoint=number.endpoint, visit=number.week)
    latent = latent.sel(arm=[number.arm, number.against])
    gap = latent.sel(given=number.arm) - latent.sel(given=number.against)
    true = gap.mean(("arm", "patient")).values
    return np.stack([fit.difference, fit.standard_error, fit.p, true])


def _published_p(number: PublishedNumber, error: float) -> float:
    """The p-value of what was published: as printed, else that of its size over its error."""
    from scipy.special import ndtr

    if number.p is not None:
        return number.p
    return float(2 * ndtr(-abs(number.value) / error))


def literature_of(reports: Sequence[TrialReports], name: str) -> Array:
    """One field of all trials, Array [replicate, trial]."""
    return np.stack([getattr(one, name) for one in reports], axis=1)
