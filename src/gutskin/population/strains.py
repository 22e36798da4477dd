"""Strains of a product in the body: the traits that are drawn for each.

Their places are told in `gutskin.population.strain_places`. The traits of a strain come from
strains.tsv, or from its species, genus or class where nothing is known of it
(`gutskin.model.strain_knowledge`); what is uncertain of them is drawn once per world. What a
strain says to the body (its axes) varies on four levels at once: product, class, species, strain.
Each level has a random stream by its own name, so that two strains of a species share a part of
what is not known of them, in whatever product they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from gutskin.media import plain
from gutskin.model.rows import Row
from gutskin.model.strain_knowledge import AXIS, groups_of, knowledge
from gutskin.population.draw import WIDTH
from gutskin.population.strain_places import BIFID, Places, Strain, in_places
from gutskin.population.streams import draw
from gutskin.population.trial_spread import shifts_of_trial

if TYPE_CHECKING:
    from gutskin.model.model import Model

CFU_PER_GCFU = 1e9
Normals = Mapping[str, np.ndarray]  # stream -> Array [replicate]
Move = Callable[[Normals, Normals, np.ndarray, int], Normals]  # numbers, shares, keys, seed
SHARED = ("product", "class", "species", "strain")  # levels of variance, conduct.tsv `share_*`
BY_LEVEL = "levels"  # of a trait that varies on all of them; the others vary by strain alone


def cfu(dose: float) -> str:
    """A dose as products are labelled.

    >>> cfu(4e9), cfu(1e10), cfu(2.5e9)
    ('4e9', '1e10', '2.5e9')
    """
    return plain(dose, 2)


@cache
def place_parameters(model: Model) -> tuple[str, ...]:
    """Ids of the parameters that whoever is in a place sets: traits of strains, of drugs."""
    rows = model.tables.parameters.values()
    return tuple(row.id for row in rows if row.text("role") == "trial")


def drawn_traits(
    model: Model,
    places: Places,
    products: Iterable[Iterable[str]],
    replicates: np.ndarray,
    seed: int,
    stance: str,
    move: Move | None = None,
    *,
    trial: int | None = None,
) -> dict[str, np.ndarray]:
    """The traits of the strains in their places, one draw per replicate (world).

    Parameters
    ----------
    products : the strains of each product; a strain belongs to the first that names it
    move : what own trials make of the standard normal numbers; without it they are the prior's
    trial : seed of what is peculiar to one trial of each product (`trial_spread`); none without

    Returns
    -------
    dict parameter id -> Array [replicate]
    """
    keys = np.asarray(replicates, np.uint32)[:, None]
    product_of: dict[str, str] = {}
    for product in products:
        for strain in product:
            product_of.setdefault(strain, product_name(product))
    shares = drawn_shares(model, keys, seed)
    names = {
        name: None
        for strain, _ in places
        for trait in model.tables.strain_traits
        for name in streams_of(model, strain, product_of[strain], trait).values()
    }
    z = dict(zip(names, draw(seed, list(names), keys)[:, :, 0], strict=True))
    if move is not None:
        z |= move(z, shares, keys, seed)
    values: dict[Strain, Mapping[str, np.ndarray]] = {}
    for strain, viable in places:
        own = {
            trait: combined(streams_of(model, strain, product_of[strain], trait), z, shares)
            for trait in model.tables.strain_traits
        }
        shown = strain_values(model, strain, viable, stance, own)
        if trial is not None:
            shifts = shifts_of_trial(model, product_of[strain], keys, seed, trial)
            shown |= {name: shown[name] + shift for name, shift in shifts.items()}
        values[strain, viable] = shown
    return in_places(places, values, model.tables)


def product_name(strains: Iterable[str]) -> str:
    """What a product is called in the random streams."""
    return "+".join(sorted(set(strains)))


def streams_of(model: Model, strain: str, product: str, trait: str) -> dict[str, str]:
    """The streams of a trait of a strain: level -> name; of one level if it varies by strain."""
    groups = {**groups_of(model.tables.strains[strain]), "product": product, "strain": strain}
    varies = model.tables.strain_traits[trait].text("varies")
    levels = SHARED if varies == BY_LEVEL else ("strain",)
    return {level: f"{level}/{groups[level]}/{trait}" for level in levels}


def combined(
    streams: Mapping[str, str], z: Mapping[str, np.ndarray], shares: Mapping[str, np.ndarray]
) -> np.ndarray:
    """The standard normal number of a trait: that of its levels, each with its share."""
    if len(streams) == 1:
        return z[next(iter(streams.values()))]
    return np.sum([np.sqrt(shares[level]) * z[name] for level, name in streams.items()], axis=0)


def prior_traits(model: Model, places: Places, stance: str) -> dict[str, float]:
    """The traits of the strains in their places before any own trial: the centre of each.

    Returns
    -------
    dict parameter id -> value
    """
    values = prior_values(model, places, stance)
    return {name: float(one) for name, one in in_places(places, values, model.tables).items()}


def prior_values(
    model: Model, strains: Iterable[Strain], stance: str
) -> dict[Strain, dict[str, float]]:
    """The traits of each strain before any own trial, by parameter without its place."""
    z = dict.fromkeys(model.tables.strain_traits, np.zeros(1))
    return {
        (strain, viable): centre_of(strain_values(model, strain, viable, stance, z))
        for strain, viable in strains
    }


def centre_of(values: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The traits of a strain of which one draw was taken, as numbers."""
    return {name: float(value[0]) for name, value in values.items()}


def central_shares(model: Model) -> dict[str, float]:
    """The share of each level in the variance between strains, at its centre; they sum to 1."""
    sizes = {level: model.tables.conduct[f"share_{level}"].number("value") for level in SHARED}
    return {level: size / sum(sizes.values()) for level, size in sizes.items()}


def drawn_shares(model: Model, keys: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """The share of each level in the variance between strains, level -> Array [replicate].

    The sizes of conduct.tsv are drawn within their widths and divided by their sum.
    """
    rows = [model.tables.conduct[f"share_{level}"] for level in SHARED]
    z = draw(seed, [f"share/{level}" for level in SHARED], keys)[:, :, 0]
    sizes = [
        row.number("value") * np.exp(one * np.log(row.number("high") / row.number("low")) / WIDTH)
        for row, one in zip(rows, z, strict=True)
    ]
    total = np.sum(sizes, axis=0)
    return {level: size / total for level, size in zip(SHARED, sizes, strict=True)}


def strain_values(
    model: Model, strain: str, viable: bool, stance: str, z: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """One strain's traits at standard normal `z` [replicate] of each.

    Returns
    -------
    dict parameter without its place -> Array [replicate]
    """
    row = model.tables.strains[strain]
    values: dict[str, np.ndarray] = {}
    for name, trait in model.tables.strain_traits.items():
        if not trait.text("parameter"):
            continue
        numbers = knowledge(model.tables, strain, name).numbers
        claimed = trait.text("column").replace("_mean", "_article")
        if stance == "article" and trait.text("scale") == AXIS and row.text(claimed):
            numbers = (row.number(claimed), *numbers[1:])
        values[trait.text("parameter")] = _spread(trait, numbers, z[name])
    ones = np.ones_like(next(iter(z.values())))
    values["viable_strain"] = ones * viable
    values["bifid_strain"] = ones * (row.text("genus_class") == BIFID)
    return values


def _spread(trait: Row, numbers: tuple[float, ...], z: np.ndarray) -> np.ndarray:
    """A trait at standard normal `z`; beside its value stand the ends of its 95% range, or its sd.

    Parameters
    ----------
    trait : a row of strain_traits.tsv, whose scale says how it is spread
    """
    from scipy.special import expit, logit, ndtr

    value, *beside = numbers
    scale = trait.text("scale")
    if scale == AXIS:
        return value + beside[0] * z
    if not beside:
        return np.full_like(z, value)
    low, high = beside
    if scale == "log":
        return value * np.exp(z * np.log(high / low) / WIDTH)
    if scale == "logit":
        return expit(logit(value) + z * (logit(high) - logit(low)) / WIDTH)
    part = 2 * ndtr(z) - 1  # evenly on either side of the value, which may be an end
    return value + part * np.where(part < 0, value - low, high - value)
