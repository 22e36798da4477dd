"""What the analysis of a trial is adjusted for: the factors by which patients were randomised.

Regressions take them as main effects, whatever the randomisation crossed: with the combinations of
many factors little would be left to compare. Tests within strata know combinations alone, and take
as many of the factors as leave some patients in each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.design import TrialDesign
    from gutskin.trials.design_parts import Stratum

Array = NDArray[np.float64]
LEAST_IN_STRATUM = 10  # patients of both arms, on average, of a test within strata


@dataclass(frozen=True, eq=False)
class Adjustment:
    """Groups of the patients of two arms, active ones first.

    Parameters
    ----------
    factors : Array [..., patient, factor] (int), the group of each patient by each factor
    stratum : Array [..., patient] (int), the stratum of each patient in tests within strata
    """

    factors: NDArray[np.int_]
    stratum: NDArray[np.int_]

    @property
    def columns(self) -> Array:
        """Main effects: 1 of who is in a group, 0 of others, but for the first of each factor.

        Array [..., patient, column].
        """
        found = [
            one[..., None] == np.arange(1, one.max(initial=0) + 1)
            for one in np.moveaxis(self.factors, -1, 0)
        ]
        return np.concatenate(found, axis=-1).astype(float)

    def where_events_are(self, events: Array) -> NDArray[np.bool_]:
        """Who belongs to no group without an event [..., patient] (bool).

        A group without any says nothing of a ratio of rates or hazards: its own rate is as small
        as can be, in both arms.

        Parameters
        ----------
        events : Array [..., patient], NaN of who is missing
        """
        some = np.nan_to_num(events) > 0
        inside = np.ones(some.shape, bool)
        for own in np.moveaxis(self.factors, -1, 0):
            for group in range(int(own.max(initial=0)) + 1):
                here = own == group
                inside &= ~here | (some & here).any(axis=-1, keepdims=True)
        return inside


def within_strata(design: TrialDesign, patients: int) -> tuple[Stratum, ...]:
    """The factors whose combinations are the strata of a test within strata.

    Of the trial's factors, in the file's order, those that leave ten patients a stratum on average.

    Parameters
    ----------
    patients : of both arms
    """
    asked = design.randomisation
    strata, taken = 1, []
    for one in () if asked is None or not asked.adjust else asked.strata:
        groups = one.groups(len(design.sites))
        if strata * groups * LEAST_IN_STRATUM <= patients:
            strata *= groups
            taken.append(one)
    return tuple(taken)


def adjustment_of(
    stratum: NDArray[np.int_], design: TrialDesign, arms: Sequence[str]
) -> Adjustment | None:
    """What two arms of a trial are adjusted for; None if for nothing.

    Parameters
    ----------
    stratum : Array [..., patient] (int), combination of groups, of active, then control patients;
        -1 of nobody
    arms : names of both
    """
    asked = design.randomisation
    if asked is None or design.adjusted_strata == 1:
        return None
    counts = [one.groups(len(design.sites)) for one in asked.strata]
    factors = np.stack(np.unravel_index(np.maximum(stratum, 0), counts), axis=-1)
    taken = within_strata(design, sum(arm.n for arm in design.arms if arm.name in arms))
    crossed = np.zeros(stratum.shape, int)
    for place, one in enumerate(asked.strata):
        if one in taken:
            crossed = crossed * counts[place] + factors[..., place]
    return Adjustment(factors, crossed)


def adjustment_in(
    dataset: xr.Dataset, design: TrialDesign, arms: tuple[str, str]
) -> Adjustment | None:
    """What two arms are adjusted for, each field [replicate, patient, ...]; None if for nothing.

    Parameters
    ----------
    dataset : `stratum` of some replicates
    arms : names of the active arm and of the control
    """
    if design.adjusted_strata == 1:
        return None
    numbers = dataset["stratum"].transpose("arm", "replicate", "patient")
    both = np.concatenate([numbers.sel(arm=one).values for one in arms], axis=-1)
    return adjustment_of(both, design, arms)
