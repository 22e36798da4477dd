"""How much of the effect each route between gut and skin carries.

From the day of enrolment on, all mechanisms of a route are switched off in every arm, for some of
the replicates; what is lost of the paired true effect is that route's share. Routes overlap, so
the shares need not add to one. The gains behind them are priors: so are the shares.
In the same way `switched` halves or doubles a single mechanism.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.model.compiled import Model
from gutskin.trials import follow, screening

if TYPE_CHECKING:
    from gutskin.trials.conduct import Study

ROUTES = ("cells", "metabolites", "mediators", "barriers")
REPLICATES = 10

Run = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]
Pieces = Callable[[Any], list[Any]]


def switches_of(model: Model, route: str) -> tuple[str, ...]:
    """The switches of all mechanisms of a route; of every route for "all"."""
    wanted = ROUTES if route == "all" else (route,)
    rows = model.tables.mechanisms.values()
    return tuple(row.text("switch") for row in rows if row.text("route") in wanted)


@dataclass(frozen=True, eq=False)
class LastVisit:
    """The primary endpoint at the last visit, free of noise, averaged over a replicate's patients.

    Parameters
    ----------
    effect : Array [replicate], first active arm minus control, the same patients under both
    control : Array [replicate], everybody under the control
    """

    effect: np.ndarray
    control: np.ndarray


def lost_without(
    study: Study, enrolled: screening.Enrolled, run: Run, pieces: Pieces
) -> tuple[list[str], np.ndarray]:
    """Share of the primary endpoint's true effect that is lost without each route.

    Parameters
    ----------
    enrolled : the patients of a study; those of the first replicates are followed again
    run, pieces : how work is cut and spread over the cores

    Returns
    -------
    names : the routes, and "all"
    lost : Array [route]; NaN where there is no effect to lose
    """
    some = enrolled[enrolled.keys[:, 0] < REPLICATES]
    full = switched(study, some, run, pieces, {}).effect
    names = [*ROUTES, "all"]
    lost = np.full(len(names), np.nan)
    size = float(full @ full)
    for place, name in enumerate(names):
        if size > 0:
            off = dict.fromkeys(switches_of(study.model, name), 0.0)
            left = switched(study, some, run, pieces, off).effect
            lost[place] = 1 - float(left @ full) / size
    return names, lost


def switched(
    study: Study,
    enrolled: screening.Enrolled,
    run: Run,
    pieces: Pieces,
    values: Mapping[str, float],
) -> LastVisit:
    """Follow enrolled patients with switches at other values from enrolment on, in every arm.

    Parameters
    ----------
    run, pieces : how work is cut and spread over the cores
    values : switch -> value; 0 is off, 0.5 halves and 2 doubles what the switch multiplies
    """
    design = study.design
    results = run(lambda piece: follow.follow(study, piece, values), pieces(enrolled))
    latent = np.concatenate([one.latent for one in results], axis=3)
    names = [arm.name for arm in design.arms]
    primary = [one.name for one in study.endpoints].index(design.analysis.primary)
    last = latent[primary, :, -1]
    control = last[names.index(design.control.name)]
    change = last[names.index(design.active[0].name)] - control
    replicate = enrolled.keys[:, 0].astype(int)
    patients = np.bincount(replicate)
    return LastVisit(
        np.bincount(replicate, change) / patients, np.bincount(replicate, control) / patients
    )
