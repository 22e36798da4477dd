"""The chart of the axis: what stands where, and every mechanism as an arrow between two chips.

Where a state stands follows from ROWS, or else from the fragment that holds it, so a new row of
the tables is in the picture without a change here. Arrows, signs, grades and routes are those of
mechanisms.tsv. Nothing here has a size or a number of the biology.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gutskin.errors import InputError, Problem

if TYPE_CHECKING:
    from gutskin.model.rows import Row

SITES = ("lesional", "nonlesional")


@dataclass(frozen=True)
class Chip:
    """A state, or several that are told together.

    Parameters
    ----------
    names : states, rules and inputs that it stands for, without `ln_` and site: whole ids or their
        beginnings, the longest of all chips counts
    shows : quantities whose change colours it; by default its states
    """

    label: str
    names: tuple[str, ...]
    shows: tuple[str, ...] = ()


def _chips(text: str) -> tuple[Chip, ...]:
    """One chip a line: label | names | what it shows."""
    chips = []
    for line in text.strip().splitlines():
        label, names, shows = (part.strip() for part in f"{line}||".split("|")[:3])
        chips.append(Chip(label, tuple(names.split()), tuple(shows.split())))
    return tuple(chips)


# rows from top to bottom: (place, chips); two places in one row stand side by side
ROWS: tuple[tuple[tuple[str, tuple[Chip, ...]], ...], ...] = (
    (("eaten", _chips("""
        breast milk | breast_milk
        butyrate given | dose_butyrate
        antibiotic | antibiotic
        surroundings | environment
        food | diet dose_inulin
        mother's strains | maternal_strain_signal | maternal_strain_signal
        blood cells in a dish | pbmc_il10 | pbmc_il10
        probiotic strains taken | dose dose_strain
        age | age
    """)),),
    (("lumen", _chips("""
        guilds share food | gut_biomass | gut_biomass
    """)),),
    (("lumen", _chips("""
        Bacteroides | gut_bacteroides
        bifidobacteria | gut_bifidobacteria
        lactate users | gut_lactate_users
        richness | gut_richness | gut_diversity
        butyrate producers | gut_butyrate_producers
        Enterobacteriaceae | gut_enterobacteria
        dosed strains | gut_strain | gut_strain_1
    """)),),
    (("lumen", _chips("""
        riboflavin | gut_riboflavin
        indoles | gut_indole gut_ila gut_ipa
        phenols | gut_phenol | gut_phenol
        lactate | gut_lactate
        butyrate | gut_butyrate
        acetate, propionate | gut_acetate gut_propionate | gut_acetate
        bile acids | gut_bile_acid
        absorption | absorption_maturity | absorption_maturity
        strain signal | strain_signal strain_type1 strain_type17 strain_seal | strain_signal
        transit | transit_rate | transit_rate
    """)),),
    (("wall", _chips("""
        mucus | gut_mucus
        effector cells | gut_effector
        dendritic cells | gut_dendritic
        IgA | gut_iga
        bacterial contact | bacterial_contact | bacterial_contact
        Treg | gut_treg
        inflammation | gut_inflammation
        tight junctions | gut_tight_junction
        mast cells | gut_mast
    """)),),
    (("blood", _chips("""
        riboflavin | plasma_riboflavin | plasma_riboflavin
        indoles | plasma_indole | plasma_indole
        fatty acids | plasma_butyrate plasma_acetate plasma_propionate | plasma_acetate
        Treg | blood_treg
        tolerance | blood_tolerance
        tolerance by mouth | oral_tolerance food_eaten | oral_tolerance
        early imprint | tolerance_imprint
        inflammation | blood_inflammation
        bacterial products | blood_bacterial_products
    """)),),
    (("blood", _chips("""
        eosinophils | blood_eosinophils
        Th2 | blood_th2
        IgE | blood_ige blood_plasma_cells | blood_ige
        Th2 memory | blood_th2_memory
        sensitisation | sensitisation sensitisation_food sensitisation_aero | sensitisation_food
        drugs | drug drug_1_depot drug_1_central drug_1_peripheral \
            drug_2_depot drug_2_central drug_2_peripheral
        Th1 | blood_th1
    """)),),
    (("immune", _chips("""
        T-cell drive | drive | drive
        Th1, Th17, Th22 | skin_th17 skin_th1 skin_th22 | skin_th1 skin_th17 skin_th22
        Treg | skin_treg
        inflammation | skin_inflammation | skin_inflammation
        Th2 | skin_th2 type2 skin_il31 | skin_th2
        mast cells | skin_mast
        OX40L | skin_ox40l
        TSLP | skin_tslp
        alarmins | skin_alarm | skin_alarm
    """)),),
    (
        ("epidermis", _chips("""
            allergen entry | penetration skin_entry | penetration
            tight junctions | skin_junction
            pH | skin_ph skin_buffer | skin_ph
            filaggrin | skin_filaggrin
            lipids | skin_lipid
            barrier | skin_barrier openness | skin_barrier
            lipid sheets | skin_lamellae
        """)),
        ("itch", _chips("""
            scratching | scratch | scratch
            itch | skin_itch
        """)),
    ),
    (
        ("surface", _chips("""
            Malassezia | skin_malassezia
            phages | skin_phage
            toxins | agr | agr
            S. aureus | s_aureus
            residents, CoNS | commensal cons other | commensal
            peptides | skin_peptides
        """)),
        ("itch", _chips("""
            dryness | sign_dryness | sign_dryness
            lesion | skin_lesion
            SCORAD | scorad | scorad
        """)),
    ),
    (("met", _chips("""
        allergen | allergen
        creams, baths | topical_steroid topical_ahr bleach_bath | topical_steroid
        applied CoNS | skin_applied_cons cons_transplant
        pollen | pollen
        soap | washing
        emollient | emollient
        nasal inflammation | airway_inflammation
    """)),),
)  # fmt: skip
# place -> its name, what stands beneath it, its ground
PLACES = {
    "eaten": ("Outside", "what is eaten", "none"),
    "lumen": ("Gut lumen", "flora and what it makes", "#fbf1e3"),
    "wall": ("Gut wall", "barrier and immune cells", "#f7e4cd"),
    "blood": ("Blood and lymph", "the only way between gut and skin", "#f6e3e3"),
    "immune": ("Skin immunity", "T cells and what they say", "#f8e6ee"),
    "epidermis": ("Epidermis", "the skin barrier", "#fdeff4"),
    "surface": ("Skin surface", "flora and acid mantle", "#fef6f9"),
    "itch": ("Itch and score", "what a patient feels and a doctor sees", "#f0ecf8"),
    "met": ("Outside", "what skin and nose meet", "none"),
}
# fragment -> the row for what has no chip of its own
FRAGMENTS = {
    "gut_lumen": 3, "gut_strains": 3, "gut_mucosa": 4, "circulation": 5, "treatments": 6,
    "skin_immune": 7, "skin_site_immune": 7, "epidermis": 8, "skin_surface": 9, "itch": 9,
    "scores": 9, "airway": 10,
}  # fmt: skip
OUTSIDE = 10
# what the equations pass on without a mechanism of its own: from, sign, to
LINKS = (
    ("gut_biomass", "+", "gut_bifidobacteria"),
    ("gut_biomass", "+", "gut_bacteroides"),
    ("gut_biomass", "+", "gut_butyrate_producers"),
    ("gut_biomass", "+", "gut_lactate_users"),
    ("gut_biomass", "+", "gut_enterobacteria"),
    ("gut_bifidobacteria", "+", "gut_acetate"),
    ("gut_bifidobacteria", "+", "gut_lactate"),
    ("gut_butyrate_producers", "+", "gut_butyrate"),
    ("gut_lactate_users", "+", "gut_butyrate"),
    ("gut_enterobacteria", "+", "bacterial_contact"),
    ("gut_tight_junction", "-", "bacterial_contact"),
    ("gut_mast", "-", "gut_tight_junction"),
    ("gut_dendritic", "+", "gut_iga"),
    ("gut_dendritic", "+", "gut_effector"),
    ("gut_effector", "+", "gut_inflammation"),
    ("skin_tslp", "+", "skin_alarm"),
    ("skin_tslp", "+", "skin_ox40l"),
    ("scratch", "+", "skin_alarm"),
    ("drive", "+", "skin_th2"),
    ("skin_th2", "+", "skin_inflammation"),
    ("skin_th17", "+", "skin_inflammation"),
    ("skin_filaggrin", "+", "skin_barrier"),
    ("skin_lipid", "+", "skin_barrier"),
    ("skin_barrier", "-", "penetration"),
    ("penetration", "+", "drive"),
    ("skin_filaggrin", "-", "sign_dryness"),
    ("skin_lesion", "+", "scorad"),
    ("sign_dryness", "+", "scorad"),
    ("skin_itch", "+", "scorad"),
)
# route -> colour, what it stands for
# route -> colour, what it stands for
ROUTES = {
    "cells": ("#2b8a3e", "immune cells trained in gut or skin travel"),
    "metabolites": ("#d9480f", "fatty acids, indoles, riboflavin in blood"),
    "mediators": ("#c2185b", "the inflammation of one is felt by the other"),
    "barriers": ("#1864ab", "a leaky wall lets bacterial products into blood"),
}
OTHER = {"treatment": ("#6741d9", "treatment"), "": ("#56646f", "within one organ")}
SIGNS = {"+": "promotes", "-": "restrains", "+-": "either, by strain or dose"}
GRADES = {
    "A": "human experiment or consistent meta-analysis",
    "B": "human observation or small trial",
    "C": "animal, laboratory, or human data that disagree",
}


@dataclass(frozen=True)
class Arrow:
    """A mechanism as it is drawn, between two chips."""

    id: str
    statement: str
    start: str
    end: str
    sign: str
    route: str
    grade: str


class Chart:
    """Chips in rows and arrows between them, before anything has a size."""

    def __init__(
        self,
        mechanisms: Mapping[str, Row],
        states: Mapping[str, Row],
        fragments: Mapping[str, str],
    ) -> None:
        self.rows = [[(name, [*chips]) for name, chips in row] for row in ROWS]
        self._states, self._fragments = states, fragments
        self._of = {
            name: chip.label + f"@{r}"
            for r, row in enumerate(ROWS)
            for _, chips in row
            for chip in chips
            for name in chip.names
        }
        self.chips = {
            f"{chip.label}@{r}": chip
            for r, row in enumerate(ROWS)
            for _, chips in row
            for chip in chips
        }
        for state in states:
            self.chip_of(state)
        self.arrows = [self._arrow(row) for row in mechanisms.values()]
        drawn = {(one.start, one.end) for one in self.arrows}
        ends = [(self.chip_of(a), sign, self.chip_of(b)) for a, sign, b in LINKS]
        self.links = [one for one in ends if (one[0], one[2]) not in drawn]

    def _arrow(self, row: Row) -> Arrow:
        sign, grade = row.text("sign"), row.text("grade")
        for cell, known in ((sign, SIGNS), (grade, GRADES)):
            if cell not in known:
                what = f"{row.id}: {cell!r} cannot be drawn."
                raise InputError(Problem(what, row.file, row.line, f"Known: {', '.join(known)}."))
        start, end = self.chip_of(row.text("from")), self.chip_of(row.text("to"))
        route = row.text("route")
        return Arrow(row.id, row.text("statement"), start, end, sign, route, grade)

    def chip_of(self, name: str) -> str:
        """The chip of a name of mechanisms.tsv or of a state; a new one if there is none."""
        bare = bare_name(name)
        begun = [one for one in self._of if bare == one or bare.startswith(one + "_")]
        if begun:
            return self._of[max(begun, key=len)]
        holders = [
            self._fragments[one] for one in self._fragments if bare_name(one).startswith(bare)
        ]
        r = FRAGMENTS.get(holders[0], OUTSIDE) if holders else OUTSIDE
        row = self._states.get(name)
        label = (row.text("name") if row else bare.replace("_", " ")).split(",")[0]
        chip = Chip(label, (bare,))
        key = f"{label}@{r}"
        self.rows[r][0][1].append(chip)
        self.chips[key] = chip
        self._of[bare] = key
        return key

    def typical(self, name: str) -> float:
        """The size of a state that counts as much; 0 for a rule, of which none is known."""
        return self._states[name].number("typical") if name in self._states else 0.0

    def members(self, key: str) -> list[str]:
        """The states of a chip."""
        return [state for state in self._states if self.chip_of(state) == key]

    def shown(self, key: str, known: Mapping[str, object]) -> list[str]:
        """The quantities that colour a chip, a site at a time."""
        found: list[str] = []
        for name in self.chips[key].shows or [bare_name(one) for one in self.members(key)]:
            ids = [
                name,
                f"ln_{name}",
                *(f"{start}{name}_{site}" for site in SITES for start in ("", "ln_")),
            ]
            found += [one for one in ids if one in known and one not in found]
        return found


def bare_name(name: str) -> str:
    """A name without `ln_` and without its site.

    >>> bare_name("ln_s_aureus_lesional"), bare_name("agr")
    ('s_aureus', 'agr')
    """
    return re.sub(rf"^ln_|_({'|'.join(SITES)})$", "", name)
