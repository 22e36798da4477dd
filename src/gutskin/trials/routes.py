"""How much of the effect each route between gut and skin carries.

From the day of enrolment on, all mechanisms of a route are switched off in every arm, for some of
the replicates; what is lost of the paired true effect is that route's share. Routes overlap, so
the shares need not add to one. The gains behind them are priors: so are the shares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.model.compiled import Model
from gutskin.trials import follow, screening

if TYPE_CHECKING:
    from gutskin.trials.conduct import Study

ROUTES = ("cells", "metabolites", "mediators", "barriers")
REPLICATES = 10


def switches_of(model: Model, route: str) -> tuple[str, ...]:
    """The switches of all mechanisms of a route; of every route for "all"."""
    wanted = ROUTES if route == "all" else (route,)
    rows = model.tables.mechanisms.values()
    return tuple(row.text("switch") for row in rows if row.text("route") in wanted)


def lost_without(
    study: Study,
    enrolled: screening.Enrolled,
    run: Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]],
    pieces: Callable[[Any], list[Any]],
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
    full = _effects(study, some, run, pieces, ())
    names = [*ROUTES, "all"]
    lost = np.full(len(names), np.nan)
    size = float(full @ full)
    for place, name in enumerate(names):
        if size > 0:
            left = _effects(study, some, run, pieces, switches_of(study.model, name))
            lost[place] = 1 - float(left @ full) / size
    return names, lost


def _effects(
    study: Study, enrolled: screening.Enrolled, run: Any, pieces: Any, off: tuple[str, ...]
) -> np.ndarray:
    """The true effect on the primary endpoint at the last visit, [replicate]."""
    design = study.design
    results = run(lambda piece: follow.follow(study, piece, off), pieces(enrolled))
    latent = np.concatenate([one.latent for one in results], axis=3)
    names = [arm.name for arm in design.arms]
    primary = [one.name for one in study.endpoints].index(design.analysis.primary)
    last = latent[primary, :, -1]
    change = last[names.index(design.active[0].name)] - last[names.index(design.control.name)]
    replicate = enrolled.keys[:, 0].astype(int)
    return np.bincount(replicate, change) / np.bincount(replicate)
