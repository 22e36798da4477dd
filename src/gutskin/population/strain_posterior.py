"""The traits of the strains of a product, given what own trials of them and of relatives found.

Trials are rows of strain_trials.tsv that update (`updates` is yes): those of a user's file.
Each becomes a report on what its strains say (`strain_hierarchy`), by the model's own effect at its
dose, duration and age (`strain_link`). Without such rows nothing is computed, and strains are drawn
from the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from gutskin.model.rows import Row
from gutskin.model.strain_knowledge import knowledge
from gutskin.population.strain_hierarchy import Posterior, Tried, Voice, posterior_of
from gutskin.population.strain_link import ECZEMA, Conditions, link_of
from gutskin.population.strain_places import Places, Strain, in_places
from gutskin.population.strain_traits import axes_of, find_strain
from gutskin.population.strains import (
    Normals,
    central_shares,
    centre_of,
    combined,
    drawn_traits,
    product_name,
    strain_values,
    streams_of,
)
from gutskin.population.streams import draw
from gutskin.population.trial_spread import spreads_between_trials

if TYPE_CHECKING:
    from gutskin.model.model import Model

TRIALS = "strain_trials.tsv"
Progress = Callable[[int, int], None]


def strain_traits(
    model: Model,
    places: Places,
    products: Iterable[Iterable[str]],
    replicates: np.ndarray,
    seed: int,
    stance: str,
    *,
    trial: int | None = None,
) -> dict[str, np.ndarray]:
    """The traits of the strains in their places, one draw per replicate (world).

    Parameters
    ----------
    products : the strains of each product; a strain belongs to the first that names it
    trial : seed of what is peculiar to one trial of each product (`trial_spread`); none without

    Returns
    -------
    dict parameter id -> Array [replicate]
    """
    if not places:
        return {}
    posterior = posterior_for(model)

    def move(z: Normals, shares: Normals, keys: np.ndarray, seed: int) -> Mapping[str, np.ndarray]:
        assert posterior is not None
        return _moved(model, posterior, z, shares, keys, seed)

    given = None if posterior is None else move
    return drawn_traits(model, places, products, replicates, seed, stance, given, trial=trial)


def central_traits(model: Model, places: Places, stance: str) -> dict[str, float]:
    """The traits of the strains in their places where nothing is drawn: the centre of each.

    Returns
    -------
    dict parameter id -> value
    """
    values = central_values(model, places, stance)
    return {name: float(one) for name, one in in_places(places, values, model.tables).items()}


def central_values(model: Model, places: Places, stance: str) -> dict[Strain, dict[str, float]]:
    """The traits of each strain of one product at their centre, by parameter without its place."""
    posterior = posterior_for(model) if places else None
    shares = {level: np.array([one]) for level, one in central_shares(model).items()}
    centre: dict[str, np.ndarray] = {}
    if posterior is not None:
        means = posterior.gain @ posterior.residuals
        centre = {name: np.array([one]) for name, one in zip(posterior.names, means, strict=True)}
    product = product_name(strain for strain, _ in places)
    values: dict[Strain, dict[str, float]] = {}
    for strain, viable in places:
        own = {}
        for trait in model.tables.strain_traits:
            streams = streams_of(model, strain, product, trait)
            z = {name: centre.get(name, np.zeros(1)) for name in streams.values()}
            own[trait] = combined(streams, z, shares)
        values[strain, viable] = centre_of(strain_values(model, strain, viable, stance, own))
    return values


def trials_of(model: Model) -> tuple[Row, ...]:
    """The trials that update strains."""
    rows = model.biology.table(TRIALS).values()
    return tuple(row for row in rows if row.text("updates") == "yes")


@lru_cache(maxsize=8)
def _posterior(model: Model) -> Posterior | None:
    rows = trials_of(model)
    if not rows:
        return None
    return posterior_of([tried_in(model, row) for row in rows], central_shares(model))


def posterior_for(model: Model, progress: Progress | None = None) -> Posterior | None:
    """What own trials say of the strains of a model; nothing if there are none.

    Parameters
    ----------
    progress : called while the effects of the trials' products are computed, which takes a while
        when they are not yet on disk
    """
    if progress is not None:
        for row in trials_of(model):
            link_of(model, conditions_of(row, model), progress)
    return _posterior(model)


def conditions_of(row: Row, model: Model) -> Conditions:
    """Under which a trial of strain_trials.tsv tried its product."""
    strains = tuple(
        find_strain(name, model.biology).id for name in (row.text("strain"), *row.items("with"))
    )

    def both(first: str, second: str) -> tuple[float, float] | None:
        return (row.number(first), row.number(second)) if row.text(first) else None

    return Conditions(
        strains, bool(int(row.text("viable") or 1)), row.number("cfu_per_day"),
        row.text("population"), row.text("endpoint"), row.number("weeks", 0.0),
        row.number("months", 0.0), row.text("given_to") or "child",
        both("youngest", "oldest"), both("scorad_low", "scorad_high"),
    )  # fmt: skip


def tried_in(model: Model, row: Row) -> Tried:
    """A trial of strain_trials.tsv as a report on what its strains say."""
    asked = conditions_of(row, model)
    product = product_name(asked.strains)
    voices = {
        axis.id: tuple(voice_of(model, strain, axis.id, product) for strain in asked.strains)
        for axis in axes_of(model.biology)
    }
    tau = model.tables.conduct[f"between_trials_{asked.endpoint}"].number("value")
    link = link_of(model, asked)
    return Tried(row.id, row.number("estimate"), row.number("se"), tau, link, voices)


def voice_of(model: Model, strain: str, axis: str, product: str) -> Voice:
    """What a strain of a product says on an axis before its trials."""
    mean, sd = knowledge(model.tables, strain, axis).numbers
    return Voice(mean, sd, streams_of(model, strain, product, axis))


def _moved(
    model: Model,
    posterior: Posterior,
    z: Normals,
    shares: Normals,
    keys: np.ndarray,
    seed: int,
) -> dict[str, np.ndarray]:
    """The numbers that trials bear on, moved; the spread between trials is drawn too."""
    missing = [name for name in posterior.names if name not in z]
    others = zip(missing, draw(seed, missing, keys)[:, :, 0], strict=True)
    drawn = {**z, **dict(others)}
    numbers = np.stack([drawn[name] for name in posterior.names])
    noise = draw(seed, [f"trial/{one.name}" for one in posterior.tried], keys)[:, :, 0]
    found = posterior.moved(numbers, shares, noise, _taus(model, posterior, keys, seed))
    return dict(zip(posterior.names, found, strict=True))


def _taus(model: Model, posterior: Posterior, keys: np.ndarray, seed: int) -> np.ndarray:
    """The spread between trials of one product in each world [trial, replicate]."""
    endpoints = {row.id: row.text("endpoint") for row in trials_of(model)}
    return np.stack([
        spreads_between_trials(model, endpoints[one.name], keys, seed) for one in posterior.tried
    ])  # fmt: skip


__all__ = [
    "ECZEMA",
    "central_traits",
    "central_values",
    "conditions_of",
    "posterior_for",
    "strain_traits",
    "trials_of",
    "tried_in",
    "voice_of",
]  # fmt: skip
