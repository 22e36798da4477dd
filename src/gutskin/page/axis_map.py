"""The axis as the page draws it: a few places of the body, and every mechanism between two of them.

Which state stands in which place is layout; what a mechanism joins, its sign, grade and route, and
where its flux is read, come from the tables. A state that no place names goes to the first place of
its fragment, so that a biology of one's own has its map too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gutskin.errors import InputError, Problem
from gutskin.evidence.fluxes import moved_by
from gutskin.model.graph import places
from gutskin.model.model import Model
from gutskin.report.axis_chart import bare_name


@dataclass(frozen=True)
class Spot:
    """A place of the map.

    Parameters
    ----------
    id : its words are `map_ID`
    shows : the state or rule whose level it shows; nothing for what is outside the body
    names : states, rules and inputs in it, without `ln_` and site: whole ids or their beginnings
    """

    id: str
    shows: str
    names: tuple[str, ...]


def _spots(text: str) -> tuple[Spot, ...]:
    found = []
    for line in text.strip().splitlines():
        name, shows, names = (part.strip() for part in line.split("|"))
        found.append(Spot(name, shows, tuple(names.split())))
    return tuple(found)


# bands of the body from top to bottom, and what stands in each from left to right
BANDS: tuple[tuple[str, tuple[tuple[Spot, ...], ...]], ...] = (
    ("eaten", (_spots("""
        food |  | diet dose_inulin breast_milk dose_butyrate age environment maternal food_eaten
        drugs |  | antibiotic topical_steroid drug reservoir emollient
        strains | strain_signal | dose dose_strain gut_strain strain pbmc
    """),)),
    ("gut", (_spots("""
        flora | gut_diversity | gut transit
        acids | gut_butyrate | gut_butyrate gut_acetate gut_propionate gut_lactate absorption
        indoles | gut_indole | gut_indole gut_ila gut_ipa gut_phenol gut_riboflavin gut_bile_acid
    """), _spots("""
        wall | gut_tight_junction | gut_tight_junction gut_mucus bacterial_contact gut_iga
        gut_fire | gut_inflammation | gut_inflammation gut_effector gut_mast gut_dendritic
        gut_treg | gut_treg | gut_treg
    """))),
    ("blood", (_spots("""
        carried | plasma_butyrate | plasma
        blood_fire | blood_inflammation | blood_inflammation blood_bacterial_products blood_th1
        tolerance | blood_treg | blood_treg blood_tolerance oral_tolerance tolerance_imprint
    """), _spots("""
        th2 | blood_th2 | blood type2
        ige | blood_ige | blood_ige blood_plasma_cells sensitisation
    """))),
    ("skin", (_spots("""
        drive | skin_th2_lesional | drive skin_th2 skin_th1 skin_th17 skin_th22 skin_trm skin_ox40l
        skin_fire | skin_inflammation | skin il4 il13
        skin_treg | skin_treg | skin_treg
    """), _spots("""
        barrier | skin_barrier_lesional | skin_barrier skin_filaggrin skin_lipid skin_ph \
            skin_buffer skin_junction skin_lamellae penetration skin_entry openness
        itch | skin_itch | skin_itch scratch airway
        scorad | scorad | scorad skin_lesion sign
    """), _spots("""
        aureus | s_aureus_log10_lesional | s_aureus agr skin_phage
        residents | commensal_lesional | commensal cons other skin_malassezia skin_peptides \
            skin_applied_cons
        met |  | allergen pollen washing
    """),)),
)  # fmt: skip
# fragment -> the spot of what no spot names
ELSEWHERE = {
    "gut_lumen": "flora", "gut_strains": "strains", "gut_mucosa": "wall", "circulation": "th2",
    "treatments": "drugs", "skin_immune": "skin_fire", "skin_site_immune": "drive",
    "epidermis": "barrier", "skin_surface": "residents", "itch": "itch", "scores": "scorad",
    "airway": "itch",
}  # fmt: skip


def map_of(model: Model) -> dict[str, Any]:
    """Places, mechanisms between them, and what the flux of each is read from, ready for JSON.

    Raises
    ------
    InputError
        If a place shows what the model does not have.
    """
    spots = [spot for _, rows in BANDS for row in rows for spot in row]
    known = {*model.state_ids, *model.assigned_ids}
    lost = [spot.shows for spot in spots if spot.shows and spot.shows not in known]
    if lost:
        what = f"the map of the page shows {', '.join(lost)}, which the model does not have."
        raise InputError(Problem(what, __file__, None, "Name another quantity in BANDS."))
    spot_of = {name: spot.id for spot in spots for name in spot.names}
    fragments = places(model)

    def found(name: str) -> str:
        bare = bare_name(name)
        begun = [one for one in spot_of if bare == one or bare.startswith(one + "_")]
        if begun:
            return spot_of[max(begun, key=len)]
        held = [fragments[one] for one in fragments if bare_name(one).startswith(bare)]
        return ELSEWHERE.get(held[0], "met") if held else "met"

    return {
        "bands": [
            [name, [[[spot.id, spot.shows] for spot in row] for row in rows]]
            for name, rows in BANDS
        ],
        "arrows": {
            row.id: [
                found(row.text("from")),
                found(row.text("to")),
                row.text("sign"),
                *map(list, moved_by(model, row)),
            ]
            for row in model.tables.mechanisms.values()
        },
        "changes": {one.id: dict(one.changes) for one in model.equations.values() if one.reaction},
    }
