"""What the page shows: drawn bodies, strains, what can be given, and what is read off.

All numbers come from the tables and from the package's own draws; the page's code only picks among
them. Bodies and worlds are those of a trial: body i lives in world i. Rows that are the same
under both stances, or in both populations, are kept once.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib.metadata import metadata
from typing import Any

import numpy as np

from gutskin.model.drugs import PLACES
from gutskin.model.evidence import load_evidence
from gutskin.model.model import Model
from gutskin.model.tables import STANCES
from gutskin.page.absence import absences_of
from gutskin.page.axis_map import map_of
from gutskin.page.dutch import dutch_of
from gutskin.page.equations import equations_of
from gutskin.page.given import (
    antibodies_of,
    creams_of,
    tablets_of,
    weight_score,
    weights_by_age,
)
from gutskin.page.kinds import kinds_of
from gutskin.page.statements import statements_of
from gutskin.page.trial_form import trial_form_of
from gutskin.population.doses import HELD, SCALE, Probiotic, dose_schedule
from gutskin.population.draw import DAYS_PER_YEAR, draw_patients, draw_worlds
from gutskin.population.populations import filaggrin, find_population
from gutskin.population.strains import drawn_traits
from gutskin.population.streams import patient_keys

BODIES = 104  # whole vectors of eight
SEED = 1
ARM = "page"
POPULATIONS = ("ad_child", "ad_adult")
# what the chart can show, in the order of its tabs: an endpoint or a quantity -> decimals
READ = {
    "scorad": 1, "itch": 2, "tewl": 1, "s_aureus_log10_lesional": 2, "skin_th2_lesional": 2,
    "treg_share_cd4": 2, "faecal_butyrate": 1, "total_ige": 1,
}  # fmt: skip
NOTICED = "OI0081"  # the difference in SCORAD that matters to a patient
FIRST_PLACE = "_strain_1"
LASTING = (
    "washing", "pollen", "allergen", "fibre", "antibiotic", "emollient", "topical_steroid",
    "bleach_bath", "inulin", "protein",
)  # fmt: skip


class Pool:
    """Rows of numbers, one for each body, each kept once."""

    def __init__(self) -> None:
        self.places: dict[bytes, int] = {}

    def place(self, row: np.ndarray) -> int:
        """Where a row stands."""
        return self.places.setdefault(np.asarray(row, np.float32).tobytes(), len(self.places))

    def described(self, values: Mapping[str, Any], usual: Mapping[str, float]) -> dict[str, Any]:
        """What differs from the usual: id -> a number, or [place of its row]."""
        found: dict[str, Any] = {}
        for name, value in values.items():
            row = np.broadcast_to(np.asarray(value, float), BODIES)
            if np.ptp(row) > 0:
                found[name] = [self.place(row)]
            elif float(row[0]) != usual.get(name):
                found[name] = float(row[0])
        return found

    def packed(self) -> str:
        """All rows as text, [byte, row, body]: numbers of 32 bits, alike bytes side by side."""
        numbers = np.frombuffer(b"".join(self.places), np.uint8).reshape(-1, 4)
        return base64.b64encode(numbers.T.tobytes()).decode()


def scene_of(model: Model) -> dict[str, Any]:
    """Everything that the first screen needs beside the compiled model, ready for JSON."""
    pool = Pool()
    without = absences_of(model)
    scene = {
        "bodies": BODIES,
        "people": {name: _people(model, name, pool) for name in POPULATIONS},
        "filaggrin": _genotypes(model),
        "strains": {name: _strain(model, name, pool) for name in model.tables.strains},
        "mixtures": mixtures(model),
        "per_cfu": _level_of_probiotic(model),
        "lasting": {kind: [*HELD[kind], SCALE.get(kind, 1.0)] for kind in LASTING},
        "antibiotics": {
            name.removeprefix("antibiotic_"): name
            for name in model.input_ids
            if name.startswith("antibiotic_")
        },
        "biologic": antibodies_of(model, np.arange(BODIES), SEED, pool),
        "together": PLACES,  # antibodies
        "tablet": tablets_of(model.biology),
        "cream": creams_of(model.biology),
        "weights": weights_by_age(model.biology),
        "read": _read(model),
        "noticed": _noticed(model),
        "about": {
            "version": model.version,
            "licence": metadata("gutskin")["License-Expression"],
            "draws": model.biology.draws,
        },
        "map": map_of(model),
        "statements": statements_of(model, _read(model)),
        "trial": trial_form_of(model.biology),
        "mechanisms": {
            row.id: [
                row.text("switch"),
                row.text("grade"),
                row.text("statement"),
                list(row.items("evidence")),
                list(row.items("counter_evidence")),
                equations_of(model, row),
                without.get(row.id, []),
            ]
            for row in model.tables.mechanisms.values()
        },
    }
    return {**scene, "dutch": dutch_of(scene), "rows": pool.packed()}


def _people(model: Model, name: str, pool: Pool) -> dict[str, Any]:
    """A population's bodies under each stance, and its ages."""
    population = find_population(name, model.biology)
    ages = population.covariates["age_years"].at(np.array([0.0, 1.0]))
    keys = patient_keys(0, ARM, BODIES)
    keys[:, 0] = np.arange(BODIES)  # each in a world of his own
    found: dict[str, Any] = {"ages": ages.tolist()}
    kinds: dict[str, dict[str, dict[str, Any]]] = {}
    for stance in STANCES:
        worlds = draw_worlds(model, np.arange(BODIES), SEED, stance)
        centres = {**model.values(stance), **worlds}
        drawn = draw_patients(model, population, keys, SEED, centres=centres)
        found[stance] = pool.described(drawn.parameters, model.values(stance))
        for trait, some in kinds_of(model, population, drawn.parameters).items():
            for kind, values in some.items():
                told = kinds.setdefault(trait, {}).setdefault(kind, {})
                told[stance] = pool.described(values, {})
        kg, days = (np.asarray(drawn.parameters[one]) for one in ("body_weight", "age_at_start"))
        heavy = weight_score(kg, np.asarray(days / DAYS_PER_YEAR), model.biology)
        found["weight"] = pool.place(np.broadcast_to(heavy, BODIES))  # the same under both
    found["kinds"] = kinds
    return found


def _genotypes(model: Model) -> dict[str, dict[str, float]]:
    """The parameters that each genotype of filaggrin sets."""
    whole = {"wild_type": {"heterozygous": 0.0, "homozygous": 0.0}}
    whole["carrier"] = {"heterozygous": 1.0, "homozygous": 0.0}
    middle = np.array([0.5])
    return {
        kind: {k: float(v[0]) for k, v in filaggrin(shares, middle, model.biology).items()}
        for kind, shares in whole.items()
    }


def mixtures(model: Model) -> dict[str, list[str]]:
    """Products of several strains: name -> their ids."""
    products: dict[str, list[str]] = {}
    for row in model.tables.strains.values():
        if row.text("product") and row.text("viable_form") == "live":
            products.setdefault(row.text("product"), []).append(row.id)
    return {name: strains for name, strains in products.items() if len(strains) > 1}


def _strain(model: Model, name: str, pool: Pool) -> dict[str, Any]:
    """A strain: what it is called, and its traits in every world under each stance."""
    row = model.tables.strains[name]
    together = next((some for some in mixtures(model).values() if name in some), [name])
    viable = row.text("viable_form") == "live"
    found: dict[str, Any] = {
        "code": row.text("strain"), "species": row.text("species"), "viable": viable
    }  # fmt: skip
    for stance in STANCES:
        traits = drawn_traits(
            model, {(name, viable): 1}, [together], np.arange(BODIES), SEED, stance
        )
        bare = {one.removesuffix(FIRST_PLACE): value for one, value in traits.items()}
        usual = {
            one.removesuffix(FIRST_PLACE): value for one, value in model.values(stance).items()
        }
        found[stance] = pool.described(bare, usual)
    return found


def _level_of_probiotic(model: Model) -> float:
    """The level of `dose_strain_1` for one CFU a day."""
    strain = next(iter(model.tables.strains))
    dose = Probiotic(kind="probiotic", start_day=0.0, strains=(strain,), cfu_per_day=1e9)
    places = {(strain, True): 1}
    (hold,) = dose_schedule([dose], model, places, model.values(), 1.0).holds
    return float(np.asarray(hold.value)) / 1e9


def _read(model: Model) -> dict[str, dict[str, Any]]:
    """What the chart can show: its quantity, unit and decimals."""
    endpoints = model.tables.endpoints
    known = {*model.state_ids, *model.assigned_ids}
    found = {}
    for name, digits in READ.items():
        if name in endpoints:
            row = endpoints[name]
            quantity, unit = row.text("quantity"), row.text("unit")
        elif name in known:
            quantity, unit = name, model.unit(name)
        else:
            continue
        found[name] = {"quantity": quantity, "unit": unit, "digits": digits}
    return found


def _noticed(model: Model) -> float:
    """The least difference in SCORAD that matters to a patient (points)."""
    return float(load_evidence(model.biology)[NOTICED].fields["value"])
