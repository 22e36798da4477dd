"""How many patients are simulated in each world to foretell trials of any size.

Power takes the effect and the scatter of a world from those who were simulated in it, and takes out
what the luck of few adds (see `effect_sizes`). So the error of its curves is that of how many
worlds there are, and many worlds of few patients say more than few of many.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gutskin.arguments import whole_number
from gutskin.errors import InputError, Problem
from gutskin.trials.methods import SCORES
from gutskin.trials.power_curves import MOST

if TYPE_CHECKING:
    from gutskin.model.names import Vocabulary
    from gutskin.trials.design import TrialDesign

ENOUGH = 40_000  # patients of all worlds, beyond which arms are simulated smaller
LEAST = 8  # of the smallest arm, at which both numbers of a world are still known


def check_patients(patients: object) -> int | None:
    """How many the smallest arm is to have; None where nothing was asked.

    Raises
    ------
    InputError
        For what is no whole number from 2 to a million.
    """
    if patients is None:
        return None
    try:
        found = whole_number("patients", patients)
    except InputError:
        found = 0
    if 2 <= found <= MOST:
        return found
    what = f"patients: {str(patients)[:40]} can be no number of patients of an arm."
    raise InputError(Problem(what, remedy=f"Write a whole number from 2 to {MOST}, such as 8."))


def simulated(
    design: TrialDesign, worlds: int, names: Vocabulary, patients: int | None = None
) -> TrialDesign:
    """The trial as it is simulated in each world: itself, or with smaller arms in its ratio.

    Parameters
    ----------
    names : of its endpoints
    patients : of the smallest arm; without it those of the trial, or as many fewer as there are
        more worlds than `ENOUGH` patients fill, but `LEAST`. An event needs all of them: among
        few it may happen to nobody. So does a trial in strata or in sites.
    """
    smallest = min(arm.n for arm in design.arms)
    if patients is not None:
        share = patients / smallest
    elif _as_it_is(design, names):
        share = 1.0
    else:
        whole = worlds * sum(arm.n for arm in design.arms)
        share = max(ENOUGH / whole, LEAST / smallest)
        share = min(1.0, share)
    if share == 1.0:
        return design
    arms = tuple(
        arm.model_copy(update={"n": max(2, math.ceil(round(arm.n * share, 9)))})
        for arm in design.arms
    )
    return design.model_copy(update={"arms": arms})


def _as_it_is(design: TrialDesign, names: Vocabulary) -> bool:
    """Whether fewer patients in a world would say less of it than can be taken out again."""
    scale = names.tables.endpoints[design.analysis.primary].text("scale")
    return (
        scale not in SCORES or design.from_birth or design.strata > 1 or bool(design.sites)
    )  # fmt: skip
