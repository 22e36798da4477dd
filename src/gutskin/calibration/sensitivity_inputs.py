"""What varies between worlds of a trial: numbers of bodies and conduct, strains, drugs, doses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gutskin.calibration.unknowns import CONDUCT, Unknown
from gutskin.model.joint_draws import read_ensemble
from gutskin.model.model import Model
from gutskin.population.draw import conduct_rows, world_of_ensemble
from gutskin.population.mother import strains_of
from gutskin.population.strain_places import places_for, sharers_of
from gutskin.trials.study import Study

STRAINS = "strains and drugs as this trial meets them"
CONDUCTED, BODIES = "conduct of the trial", "bodies"


@dataclass(frozen=True, eq=False)
class Inputs:
    """What varies between worlds.

    Parameters
    ----------
    names, labels, parts : of each input
    values : Array [world, input], standard normal
    group : Array [world] (int), worlds of one group share their bodies
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    parts: tuple[str, ...]
    values: np.ndarray
    group: np.ndarray

    @property
    def unknowns(self) -> np.ndarray:
        """Those that are no strain's [input] (bool)."""
        return np.array([one != STRAINS for one in self.parts])


def strain_values(study: Study) -> dict[str, np.ndarray]:
    """What a world draws of strains, drugs and doses: label -> Array [world]."""
    found: dict[str, np.ndarray] = {}
    for arm in study.design.arms:
        places = places_for(strains_of(arm.interventions), study.model.tables)
        strains = {
            place: " + ".join(name for name, _ in group)
            for place, group in sharers_of(places).items()
        }
        for name, values in study.traits[arm.name].items():
            drawn = np.asarray(values, float)
            if drawn.ndim != 1:
                continue
            trait, is_strain, place = name.partition("_strain_")
            of = strains.get(int(place), place) if is_strain and place.isdigit() else arm.name
            found[f"{trait} of {of}"] = drawn
        for number, values in study.doses[arm.name].items():
            found[f"dose {number + 1} of {arm.name}"] = np.asarray(values, float)
    return found


def inputs_of_prior(
    unknowns: tuple[Unknown, ...], points: np.ndarray, of_strains: list[Mapping[str, np.ndarray]]
) -> Inputs:
    """Of worlds of the prior: each unknown by itself.

    Parameters
    ----------
    points : Array [world, unknown] (sd from the value)
    of_strains : of each batch of worlds, what `strain_values` gives
    """
    names = [one.id for one in unknowns]
    labels = [one.row.text("note") or one.id for one in unknowns]
    parts = [CONDUCTED if one.role == CONDUCT else BODIES for one in unknowns]
    return _with_strains(names, labels, parts, points, of_strains, np.arange(len(points)))


def inputs_of_posterior(model: Model, studies: Sequence[Study]) -> Inputs:
    """Of worlds of the posterior: all that the ensemble holds, and what each trial draws beside.

    Parameters
    ----------
    studies : batch after batch, each from its own first world on
    """
    rows, conduct = model.tables.parameters, conduct_rows(model)
    first = studies[0]
    bodies = [
        name for name in read_ensemble(model.biology).numbers.ids
        if name not in rows or rows[name].text("role") != "reference"
    ]  # fmt: skip
    names = [*bodies, *(one for one in conduct if one in first.conduct)]
    values = [
        np.concatenate([one.worlds[name] for one in studies]) if place < len(bodies)
        else np.concatenate([one.conduct[name] for one in studies])
        for place, name in enumerate(names)
    ]  # fmt: skip
    known = {**rows, **conduct}
    labels = [known[name].text("note") or name if name in known else name for name in names]
    parts = [BODIES if place < len(bodies) else CONDUCTED for place in range(len(names))]
    worlds = len(values[0])
    keys = np.arange(worlds, dtype=np.uint32)[:, None]
    group = world_of_ensemble(model, keys, first.seed)
    return _with_strains(
        names, labels, parts, np.column_stack([normal_scores(one) for one in values]),
        [strain_values(one) for one in studies], group,
    )  # fmt: skip


def normal_scores(values: np.ndarray) -> np.ndarray:
    """Values as standard normal numbers by their rank; equal ones stay so.

    >>> normal_scores(np.array([5.0, 2.0, 9.0])).round(2).tolist()
    [0.0, -0.97, 0.97]
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    return ndtri((rankdata(values) - 0.5) / len(values))


def _with_strains(
    names: Sequence[str], labels: Sequence[str], parts: Sequence[str], points: np.ndarray,
    of_strains: Sequence[Mapping[str, np.ndarray]], group: np.ndarray,
) -> Inputs:  # fmt: skip
    """The numbers of bodies and conduct, and behind them strains, drugs and doses."""
    strains = {
        name: np.concatenate([one[name] for one in of_strains]) for name in of_strains[0]
    }  # fmt: skip
    strains = _together({name: one for name, one in strains.items() if np.ptp(one) > 0})
    scores = [normal_scores(one) for one in strains.values()]
    return Inputs(
        (*names, *strains), (*labels, *strains), (*parts, *(STRAINS for _ in strains)),
        np.column_stack([points, *scores]), group,
    )  # fmt: skip


def _together(strains: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Traits of several strains as their mean, and what each has beside it."""
    kinds: dict[str, list[str]] = {}
    for name in strains:
        kinds.setdefault(name.partition(" of ")[0], []).append(name)
    found: dict[str, np.ndarray] = {}
    for kind, names in kinds.items():
        if len(names) == 1:
            found[names[0]] = strains[names[0]]
            continue
        mean = np.mean([strains[name] for name in names], axis=0)
        found[f"{kind}, mean of the strains"] = mean
        found |= {f"{name}, beside the mean": strains[name] - mean for name in names}
    return found
