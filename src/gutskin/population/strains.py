"""Strains of a product in the body: the place that each takes, and its traits.

Six places take the strains of a product (`gut_strain_1` to `_6`). The traits of a strain come from
strains.tsv; what is uncertain of them is drawn once per world. The signed factors of the strains
of one product share most of their spread, so that a mixture spreads like a product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from gutskin.errors import InputError, Problem
from gutskin.population.draw import WIDTH
from gutskin.population.streams import draw

if TYPE_CHECKING:
    from gutskin.model.model import Model

PLACES = 6
CFU_PER_GCFU = 1e9
Places = Mapping[tuple[str, bool], int]


def places_for(strains: Iterable[tuple[str, bool]]) -> dict[tuple[str, bool], int]:
    """The place (1 to 6) of every strain, living or killed.

    Parameters
    ----------
    strains : (id, viable); one that comes again keeps its place

    Raises
    ------
    InputError
        For more than six strains.
    """
    places: dict[tuple[str, bool], int] = {}
    for strain in strains:
        places.setdefault(strain, len(places) + 1)
    if len(places) > PLACES:
        raise InputError(
            Problem(
                f"the arms name {len(places)} strains; the model has places for {PLACES}.",
                remedy="Take strains out or split the trial.",
            )
        )
    return places


def strain_parameters(model: Model) -> tuple[str, ...]:
    """Ids of the parameters that hold the traits of the strains in the six places."""
    rows = model.tables.parameters.values()
    return tuple(row.id for row in rows if row.text("role") == "trial")


def strain_traits(
    model: Model,
    places: Places,
    products: Iterable[Iterable[str]],
    replicates: np.ndarray,
    seed: int,
    stance: str,
) -> dict[str, np.ndarray]:
    """The traits of the strains in their places, one draw per replicate (world).

    Parameters
    ----------
    products : the strains of each product; a strain belongs to the first that names it

    Returns
    -------
    dict parameter id -> Array [replicate]
    """
    if not places:
        return {}
    keys = np.asarray(replicates, np.uint32)[:, None]
    product_of: dict[str, str] = {}
    for product in products:
        members = sorted(set(product))
        for strain in members:
            product_of.setdefault(strain, "+".join(members))
    rho = model.tables.conduct["rho_strain_factor"].number("value")
    traits: dict[str, np.ndarray] = {}
    for (strain, viable), place in places.items():
        names = [f"strain/{strain}/{trait}" for trait in ("survival", "leave", "factor")]
        names.append(f"product/{product_of[strain]}/factor")
        z_survival, z_leave, z_factor, shared = draw(seed, names, keys)[:, :, 0]
        together = np.sqrt(rho) * shared + np.sqrt(1 - rho) * z_factor
        z = np.stack([z_survival, z_leave, together])
        traits |= _traits(model, strain, viable, place, stance, z)
    return traits


def central_traits(model: Model, places: Places, stance: str) -> dict[str, float]:
    """The traits of the strains in their places where nothing is drawn: the centre of each.

    Returns
    -------
    dict parameter id -> value
    """
    traits: dict[str, float] = {}
    for (strain, viable), place in places.items():
        found = _traits(model, strain, viable, place, stance, np.zeros((3, 1)))
        traits |= {name: float(value[0]) for name, value in found.items()}
    return traits


def _traits(
    model: Model, strain: str, viable: bool, place: int, stance: str, z: np.ndarray
) -> dict[str, np.ndarray]:
    """One strain's traits at standard normal `z` [survival, leaving, factor; replicate]."""
    from scipy.special import expit, logit

    row = model.tables.strains[strain]
    ratio = row.number("washout_high") / row.number("washout_low")
    centre = row.number("factor_mean")
    if stance == "article":
        centre = row.number("factor_article", centre)
    ones = np.ones(z.shape[1])
    low, high = logit(row.number("survival_low")), logit(row.number("survival_high"))
    survival = expit(logit(row.number("survival")) + z[0] * (high - low) / WIDTH)
    leave = row.number("washout_per_day") * np.exp(z[1] * np.log(ratio) / WIDTH)
    return {
        f"survival_strain_{place}": survival,
        f"k_leave_strain_{place}": leave,
        f"factor_strain_{place}": centre + row.number("factor_sd") * z[2],
        f"viable_strain_{place}": ones * viable,
        f"bifid_strain_{place}": ones * (row.text("genus_class") == "bifidobacteria"),
    }
