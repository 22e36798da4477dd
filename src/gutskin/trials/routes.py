"""How much of the effect each route between gut and skin carries.

From the day of enrolment on, all mechanisms of a route are switched off in every arm, for some of
the replicates; what is lost of the paired true effect is that route's share. Routes overlap, so
the shares need not add to one. The gains behind them are priors: so are the shares.
In the same way `switched` halves or doubles a single mechanism.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gutskin.engine.parallel import Run
from gutskin.engine.trajectories import SimulationFailed
from gutskin.media import of_all
from gutskin.model.model import Model
from gutskin.trials import follow, screening
from gutskin.trials.scales import log
from gutskin.trials.study import Study

ROUTES = ("cells", "metabolites", "mediators", "barriers")
REPLICATES = 10

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
    log_ratio : Array [replicate], the effect on logarithms, where these are tested
    """

    effect: np.ndarray
    control: np.ndarray
    log_ratio: np.ndarray | None = None

    @property
    def tested(self) -> np.ndarray:
        """The effect on the scale that is tested [replicate]."""
        return self.effect if self.log_ratio is None else self.log_ratio


def without(
    study: Study, enrolled: screening.Enrolled, run: Run, pieces: Pieces
) -> dict[str, np.ndarray]:
    """The primary endpoint's true effect with each route closed, on the scale that is tested.

    Parameters
    ----------
    enrolled : patients, who are followed again; all of a replicate
    run, pieces : how work is cut and spread over the cores

    Returns
    -------
    dict route -> Array [replicate]
        "" with every route open; NaN where a patient's course could not be computed
    """
    effects = {}
    for name in ("", *ROUTES, "all"):
        off = dict.fromkeys(switches_of(study.model, name), 0.0) if name else {}
        try:
            effects[name] = switched(study, enrolled, run, pieces, off).tested
        except SimulationFailed:
            effects[name] = np.full(len(np.unique(enrolled.keys[:, 0])), np.nan)
    return effects


def together(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The effects of several parts of a study, whose replicates follow each other."""
    some = [part for part in parts if part]
    names = some[0] if some else ()
    return {name: np.concatenate([part[name] for part in some]) for name in names}


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

    Raises
    ------
    SimulationFailed
        If the course of a patient could not be computed.
    """
    design = study.design
    results = run(lambda piece: follow.follow(study, piece, values), pieces(enrolled))
    failures = [lost for one in results for lost in one.failures]
    if failures:
        raise SimulationFailed(
            f"The courses of {of_all(len(failures), len(enrolled), 'patient')} could not be "
            f"computed with these switches. {failures[0]}"
        )
    latent = np.concatenate([one.latent for one in results], axis=3)
    names = [arm.name for arm in design.arms]
    primary = [one.name for one in study.endpoints].index(design.analysis.primary)
    last = latent[primary, :, design.analysed]
    control = last[names.index(design.control.name)]
    treated = last[names.index(design.active[0].name)]
    replicate = enrolled.keys[:, 0].astype(int) - int(enrolled.keys[:, 0].min())
    change = treated - control
    asked = np.isfinite(change)  # of a questionnaire those of its ages
    effect, usual = (_means(of, asked, replicate) for of in (change, control))
    if not study.endpoints[primary].log:
        return LastVisit(effect, usual)
    on_logs = log(treated) - log(control)
    return LastVisit(effect, usual, _means(on_logs, np.isfinite(on_logs), replicate))


def _means(values: np.ndarray, asked: np.ndarray, replicate: np.ndarray) -> np.ndarray:
    """The mean over the patients of each replicate who are asked [replicate]."""
    with np.errstate(invalid="ignore"):
        total = np.bincount(replicate, np.where(asked, values, 0.0))
        return total / np.bincount(replicate, asked)
