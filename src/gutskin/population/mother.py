"""The product that a mother takes, before birth and while she nurses: what her child meets of it.

Her strains live and speak in her gut as a child's do in his (gut_strains.ant), at rest and without
milk sugar: a strain of which d arrive a day is c = survival d / washout strong, and is heard as

    v = c w ((1 - f) / (km + C) + f / (km + K))

with w the voice of a cell (a killed one keeps that of its wall), C all her cells, K those heard at
the own places of its kind and f the share of these (`km_strain`, `f_own_place`). The sum of the
voices is the signal, and each strain has its share of it, so that signal times imprint is what the
same equation makes of a child's own strains. Before birth her strains have had `before` days to
grow to c (1 - exp(-washout before)): a week is as good as ten. How much of the signal the child
meets is told by `f_prenatal_signal` and `f_milk_signal`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gutskin.engine import Hold
from gutskin.population.calendar import MothersProduct
from gutskin.population.strain_places import PLACES, Places

KINDS = ("probiotic", "maternal_probiotic")  # of doses that are strains
WHILE_NURSING, BEFORE_BIRTH = "maternal_strain_signal", "prenatal_strain_signal"
INPUTS = (BEFORE_BIRTH, WHILE_NURSING, *(f"mother_strain_{n}" for n in range(1, PLACES + 1)))


def mothers_inputs(
    product: MothersProduct, places: Places, parameters: Mapping[str, Any], adherence: float = 1.0
) -> dict[str, np.ndarray]:
    """The inputs that stand for a mother's product.

    Parameters
    ----------
    places : the place of every strain, of hers too; strains that share one stand in it together
    parameters : traits of the strains in their places, `km_strain`, `f_own_place`: numbers or
        Arrays [patient]
    adherence : share of the doses that she takes

    Returns
    -------
    dict input -> Array [patient]
        The signal while she nurses, that of the last weeks before birth, and the share of each
        place in them (1)
    """
    parts = Counter(places[one] for one in product.strains)
    own = [*parts]

    def trait(name: str) -> np.ndarray:
        values = [np.asarray(parameters[f"{name}_{place}"], float) for place in own]
        return np.stack(np.broadcast_arrays(*values))

    each = product.gcfu_per_day * adherence / len(product.strains)
    arrives = each * (trait("survival_strain").T * np.array([*parts.values()])).T
    leaves, bifid = trait("k_leave_strain"), trait("bifid_strain")
    wall = trait("cell_wall_strain")
    loud = wall + (1 - wall) * trait("viable_strain")
    km, kind = (np.asarray(parameters[name], float) for name in ("km_strain", "f_own_place"))
    cells = arrives / leaves
    voices = _voices(cells, loud, bifid, km, kind)
    total = voices.sum(axis=0)
    born = _voices(cells * -np.expm1(-leaves * product.before), loud, bifid, km, kind).sum(axis=0)
    shares = np.where(total > 0, voices / np.where(total > 0, total, 1.0), 1 / len(own))
    return {
        WHILE_NURSING: total,
        BEFORE_BIRTH: born,
        **{f"mother_strain_{place}": share for place, share in zip(own, shares, strict=True)},
    }


def _voices(
    cells: np.ndarray, loud: np.ndarray, bifid: np.ndarray, km: np.ndarray, own_place: np.ndarray
) -> np.ndarray:
    """How each strain is heard [strain, patient], of `cells` (GCFU) [strain, patient]."""
    heard = cells * loud
    crowd = (1 - own_place) / (km + cells.sum(axis=0))
    hear_bifid = crowd + own_place / (km + (heard * bifid).sum(axis=0))
    hear_lactic = crowd + own_place / (km + (heard * (1 - bifid)).sum(axis=0))
    return heard * (bifid * hear_bifid + (1 - bifid) * hear_lactic)


def mothers_holds(
    products: Sequence[MothersProduct],
    places: Places,
    parameters: Mapping[str, Any],
    last: float,
    adherence: float = 1.0,
) -> tuple[Hold, ...]:
    """A mother's product as holds: what was before birth is the child's from day 0 to `last`."""
    holds: list[Hold] = []
    for one in products:
        for name, value in mothers_inputs(one, places, parameters, adherence).items():
            if name == WHILE_NURSING:
                holds += [Hold(name, one.start, one.end, value)] * (one.end > one.start)
            else:
                holds.append(Hold(name, 0.0, last, value))
    return tuple(holds)


def products_of(doses: Iterable[Any]) -> list[tuple[str, ...]]:
    """The strains of each product among doses, the child's and his mother's."""
    return [one.strains for one in doses if one.kind in KINDS]


def strains_of(doses: Iterable[Any]) -> dict[tuple[str, bool], tuple[int, ...]]:
    """Every strain of these products once, in the order of the file, and the products that hold it.

    Returns
    -------
    dict (id, whether it lives) -> numbers of the doses
    """
    found: dict[tuple[str, bool], tuple[int, ...]] = {}
    for number, one in enumerate(doses):
        for key in (one.strains or ()) if one.kind in KINDS else ():
            found[key, one.viable] = (*found.get((key, one.viable), ()), number)
    return found
