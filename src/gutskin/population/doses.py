"""What one patient is given or meets: the kinds of `[[doses]]`, and what each moves.

Days count from the start of the simulation; `start_day` is included, `end_day` is not, and
without `end_day` it lasts for good.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import ConfigDict

from gutskin.engine import Hold, Pulse
from gutskin.model.antibiotics import USUAL, input_of
from gutskin.model.drugs import drugs
from gutskin.model.rows import Row
from gutskin.model.topicals import topicals
from gutskin.population import prescribed
from gutskin.population.calendar import DoseCalendar, Exposure, Injection, MothersProduct
from gutskin.population.drugs import (
    cream_exposures,
    drug_doses,
    drug_of,
    drug_places,
    one_level,
    share_given,
)
from gutskin.population.mother import mothers_holds
from gutskin.population.prescribed import by_kind
from gutskin.population.strain_places import Places, leads_of
from gutskin.population.strains import CFU_PER_GCFU
from gutskin.toml_file import NotNegative, Part, Positive, Share

if TYPE_CHECKING:
    from gutskin.model.model import Model

NONE: Mapping[str, Row] = MappingProxyType({})
MINUTES_PER_DAY = 1440.0
G_PER_MOL_HEXOSE = 162.0  # of a hexose unit inside a chain
G_PER_MOL_OF_TWO = 171.0  # of a hexose unit in a sugar of two
MMOL_PER_MOL = 1000.0
DAYS_PER_WEEK = 7.0


class Lasting(Part):
    """Something that lasts from `start_day` (included) to `end_day` (excluded)."""

    start_day: NotNegative
    end_day: NotNegative = math.inf


class Times(Lasting):
    """When a dose lasts, whatever else is right or wrong with it."""

    model_config = ConfigDict(extra="ignore")


class Probiotic(prescribed.Probiotic, Lasting):
    cfu_per_day: NotNegative


class MaternalProbiotic(prescribed.MaternalProbiotic, Lasting):
    cfu_per_day: NotNegative


class Antibiotic(prescribed.Antibiotic, Lasting):
    """A course by mouth of `name` (see antibiotics.tsv); `level` is the share of a full dose."""

    level: Share = 1.0


class Fibre(prescribed.Fibre, Lasting): ...


class Inulin(prescribed.Inulin, Lasting): ...


class Lactulose(prescribed.Lactulose, Lasting): ...


class Emollient(prescribed.Emollient, Lasting): ...


class TopicalSteroid(prescribed.TopicalSteroid, Lasting): ...


class BleachBath(prescribed.BleachBath, Lasting): ...


class Washing(prescribed.Washing, Lasting): ...


class Wash(Part):
    """A single wash with soap at `day`, of `minutes` minutes, beside the habitual washing."""

    kind: Literal["wash"]
    day: NotNegative
    minutes: Positive = 10.0


class Pollen(prescribed.Pollen, Lasting): ...


class Allergen(prescribed.Allergen, Lasting): ...


class Protein(prescribed.Protein, Lasting): ...


class FoodOnSkin(prescribed.FoodOnSkin, Lasting): ...


class FoodEarly(prescribed.FoodEarly, Lasting): ...


class EliminationDiet(prescribed.EliminationDiet, Lasting): ...


class ConsTransplant(prescribed.ConsTransplant, Lasting): ...


class WallDamage(Lasting):
    """Damage to the gut wall (a drug, an infection); `level` adds to the opening of junctions."""

    kind: Literal["wall_damage"]
    level: NotNegative


class Topical(prescribed.Cream, Lasting): ...


class Drug(prescribed.Drug, Lasting): ...


class Dupilumab(prescribed.Dupilumab, Lasting):
    """IL-4 receptor block: `loading_mg` once, then `dose_mg` every `every_days` days."""

    every_days: Positive


AnyDose = (
    Probiotic | MaternalProbiotic | Antibiotic | Fibre | Inulin | Lactulose | Emollient
    | TopicalSteroid | BleachBath | Washing | Wash | Pollen | Allergen | Protein | FoodOnSkin
    | FoodEarly | EliminationDiet | ConsTransplant | WallDamage | Topical | Drug | Dupilumab
)  # fmt: skip
KINDS: dict[str, type[Part]] = by_kind(AnyDose)
# kind -> the input that it holds (of an antibiotic: of the usual one), the key that says how much
HELD = {
    "antibiotic": (input_of(USUAL), "level"),
    "fibre": ("diet_fibre", "factor"),
    "inulin": ("dose_inulin", "g_per_day"),
    "lactulose": ("dose_lactulose", "g_per_day"),
    "emollient": ("emollient", "level"),
    "topical_steroid": ("topical_steroid", "level"),
    "bleach_bath": ("bleach_bath", "level"),
    "washing": ("washing", "washes_per_day"),
    "pollen": ("pollen", "level"),
    "allergen": ("allergen_skin", "level"),
    "protein": ("diet_protein", "factor"),
    "food_on_skin": ("food_on_skin", "level"),
    "food_early": ("food_early", "level"),
    "elimination_diet": ("food_avoided", "level"),
    "cons_transplant": ("cons_transplant", "level"),
    "wall_damage": ("wall_damage", "level"),
}
MULTIPLES = ("fibre", "protein", "food_on_skin", "allergen")  # of what a patient has anyway
SCALE = {
    "inulin": MMOL_PER_MOL / G_PER_MOL_HEXOSE,
    "lactulose": MMOL_PER_MOL / G_PER_MOL_OF_TWO,
}


def held_by(dose: Any) -> str:
    """The input that a dose of one of the kinds of `HELD` moves.

    >>> held_by(Antibiotic(kind="antibiotic", name="amoxicillin", start_day=0))
    'antibiotic_amoxicillin'
    """
    return input_of(dose.name) if dose.kind == "antibiotic" else HELD[dose.kind][0]


def calendar_of(
    doses: Iterable[Any], days: float, table: Mapping[str, Row], creams: Mapping[str, Row] = NONE
) -> DoseCalendar:
    """What a person is given in the first `days` days; single washes are moments of washing.

    Parameters
    ----------
    table, creams : the rows of drugs.tsv, of topicals.tsv
    """
    doses = list(doses)
    exposures: list[Exposure] = []
    injections: list[Injection] = []
    mother: list[MothersProduct] = []
    places = drug_places(doses, table)
    for number, one in enumerate(doses):
        if isinstance(one, MaternalProbiotic):
            mother.append(mothers_product(number, one, one.start_day, one.end_day))
        elif isinstance(one, Probiotic):
            level = one.cfu_per_day / CFU_PER_GCFU / len(one.strains)
            exposures += [
                Exposure(number, one.kind, "", (key, one.viable), one.start_day, one.end_day, level)
                for key in one.strains
            ]
        elif (drug := drug_of(one)) is not None:
            times = (one.start_day, one.end_day, days)
            for found in drug_doses(number, one, table[drug], places.get(drug), *times):
                (injections if isinstance(found, Injection) else exposures).append(found)  # type: ignore[arg-type]
        elif isinstance(one, Topical):
            exposures += cream_exposures(number, one, creams[one.name], one.start_day, one.end_day)
        elif not isinstance(one, Wash):
            level = getattr(one, HELD[one.kind][1]) * SCALE.get(one.kind, 1.0)
            exposures.append(
                Exposure(number, one.kind, held_by(one), None, one.start_day, one.end_day, level)
            )
    return DoseCalendar(tuple(exposures), tuple(injections), tuple(mother))


def mothers_product(number: int, one: Any, start: float, end: float) -> MothersProduct:
    """A mother's product of a file, which she takes while nursing from `start` to `end` (days)."""
    return MothersProduct(
        number,
        tuple((key, one.viable) for key in one.strains),
        one.cfu_per_day / CFU_PER_GCFU,
        one.weeks_before_birth * DAYS_PER_WEEK,
        start,
        end if one.while_nursing else start,
    )


@dataclass(frozen=True)
class DoseSchedule:
    """What doses come to in the model."""

    holds: tuple[Hold, ...]
    pulses: tuple[Pulse, ...]


def dose_schedule(
    doses: Iterable[Any], model: Model, places: Places, own: Mapping[str, Any], days: float
) -> DoseSchedule:
    """Holds and pulses of doses, for the first `days` days.

    Parameters
    ----------
    doses : of the kinds in `KINDS`, none at odds with another
    places : the place of every strain
    own : the patient's habitual level of each input, his age and weight; for his mother's product
        his parameters, and the traits of the strains in their places
    """
    doses, table = list(doses), drugs(model.biology)
    calendar = calendar_of(doses, days, table, topicals(model.biology))
    exposures, leads = one_level(calendar.exposures, table, own), leads_of(places)
    holds = [
        Hold(one.input, one.start, one.end, one.level)
        if one.strain is None
        else Hold(
            f"dose_strain_{leads[one.strain][0]}", one.start, one.end,
            one.level * leads[one.strain][1],
        )
        for one in exposures
        if one.strain is None or one.strain in leads
    ]  # fmt: skip
    holds += mothers_holds(calendar.mother, places, own, math.inf)
    given = [(one, one.amount * share_given(one, table, own)) for one in calendar.injections]
    pulses = tuple(Pulse(one.state, one.day, amount) for one, amount in given if np.any(amount))
    washes = [one for one in doses if isinstance(one, Wash)]
    return DoseSchedule(tuple(_with_washes(holds, washes, own["washing"])), pulses)


def _with_washes(holds: Sequence[Hold], washes: Sequence[Wash], own: float) -> list[Hold]:
    """The holds with single washes added: some minutes of washing at a rate that makes one wash.

    The skin meets soap through the equations alone, so its buffer empties but stays positive.
    """
    if not washes:
        return list(holds)
    others = [hold for hold in holds if hold.parameter != "washing"]
    steady = [hold for hold in holds if hold.parameter == "washing"]
    spans = [
        (one.day, one.day + one.minutes / MINUTES_PER_DAY, MINUTES_PER_DAY / one.minutes)
        for one in washes
    ]
    edges = {edge for start, end, _ in spans for edge in (start, end)}
    edges |= {edge for hold in steady for edge in (hold.start, hold.end)}
    for start, end in pairwise(sorted(edges)):
        held = [float(np.asarray(hold.value)) for hold in steady if hold.start <= start < hold.end]
        extra = [rate for first, last, rate in spans if first <= start < last]
        if held or extra:
            others.append(Hold("washing", start, end, (held or [own])[0] + sum(extra)))
    return others
