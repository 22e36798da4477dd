"""What the page can give of the tables: drugs at their usual doses, creams, antibiotics.

A drug carries whom each of its doses is for (age and weight), what is given and how often, and what
it sets in each place that an antibody may take. The page's code picks the dose of each body by the
rule of `gutskin.population.drugs`, and writes the drug into a patient file by its name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from gutskin.model.biology import Biology
from gutskin.model.drugs import (
    JAK,
    PLACES,
    Tier,
    drugs,
    is_oral,
    read_ids,
    state_of,
    targets_of,
    tiers_of,
    unread_targets,
)
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.model.tables import STANCES
from gutskin.model.topicals import AS_NEEDED, DAILY, TWICE_WEEKLY, inputs_of, topicals
from gutskin.population.body_weight import COLUMNS, TABLE
from gutskin.population.calendar import in_days
from gutskin.population.doses import Drug
from gutskin.population.drugs import DAYS_PER_WEEK, ORAL_INPUT, occupancy, placed_drugs

Floats = np.ndarray[Any, Any]
BLOCKED = {
    "il4ra": "IL-4Rα", "il13": "IL-13", "il31r": "IL-31R", "il22": "IL-22", "il17": "IL-17",
    "il5": "IL-5", "tslp": "TSLP", "il33": "IL-33", "ox40": "OX40", "ige": "IgE", "jak1": "JAK1",
}  # fmt: skip


class Described(Protocol):
    """Where rows of numbers are kept, one for each body (`scene.Pool`)."""

    def described(self, values: Mapping[str, Any], usual: Mapping[str, float]) -> dict[str, Any]:
        """What differs from the usual: id -> a number, or [place of its row]."""
        ...


def antibodies_of(model: Model, worlds: Floats, seed: int, pool: Described) -> dict[str, Any]:
    """The antibodies that have a usual dose and a target in the model, by id, ready for JSON.

    Parameters
    ----------
    worlds : Array [body], the world of each
    """
    values = [model.values(stance) for stance in STANCES]
    usual = {
        name: one for name, one in values[0].items() if all(other[name] == one for other in values)
    }
    found = {}
    for name, row in _given(model.biology).items():
        if not is_oral(row):
            sets = [_placed(model, name, place, worlds, seed) for place in range(1, PLACES + 1)]
            places = [
                [state_of(row, place), pool.described(values, usual)]
                for place, values in enumerate(sets, start=1)
            ]
            reaches = row.number("bioavailability")
            found[name] = {**_about(row), "reaches": reaches, "places": places}
    return found


def tablets_of(biology: Biology) -> dict[str, Any]:
    """The tablets that have a usual dose, by id, ready for JSON."""
    return {
        name: {
            **_about(row),
            "input": ORAL_INPUT,
            "occupies": [row.number(JAK), row.number("ec50")],  # share at most, dose of half (mg)
        }
        for name, row in _given(biology).items()
        if is_oral(row)
    }


def creams_of(biology: Biology) -> dict[str, Any]:
    """The creams that move something in the model: what, for each way to use them."""
    found = {}
    for name, row in topicals(biology).items():
        uses = [DAILY, *(use for use in (TWICE_WEEKLY, AS_NEEDED) if row.number(use, 0.0))]
        inputs = {use: inputs_of(row, use) for use in uses}
        if all(one in read_ids(biology) for some in inputs.values() for one in some):
            found[name] = {"label": row.text("label"), "uses": inputs}
    return found


def weights_by_age(biology: Biology) -> dict[str, list[float]]:
    """Body weight by age: ages (years), logarithm of the median (of kg), spread, each a list."""
    rows = biology.table(TABLE, COLUMNS).values()
    known = sorted([row.number(name) for name in COLUMNS[1:]] for row in rows)
    ages, median, spread = (list(column) for column in zip(*known, strict=True))
    return {"ages": ages, "ln_kg": np.log(median).tolist(), "sd": spread}


def weight_score(kg: Floats, age_years: Floats, biology: Biology) -> Floats:
    """How heavy people are for their age, in spreads from the median, Array [body].

    Parameters
    ----------
    kg, age_years : Array [body]
    """
    table = weights_by_age(biology)
    centre, spread = (np.interp(age_years, table["ages"], table[key]) for key in ("ln_kg", "sd"))
    return (np.log(kg) - centre) / spread


def _given(biology: Biology) -> dict[str, Row]:
    """The drugs that a patient file can name without an amount."""
    return {
        name: row
        for name, row in drugs(biology).items()
        if tiers_of(row) and len(unread_targets(row, biology)) < len(targets_of(row))
    }


def _about(row: Row) -> dict[str, Any]:
    blocks = [BLOCKED[name] for name in targets_of(row) if name in BLOCKED]
    return {
        "label": row.text("label"),
        "blocks": ", ".join(blocks),
        "tiers": [_tier(one, row) for one in tiers_of(row)],
    }


def _tier(tier: Tier, row: Row) -> dict[str, Any]:
    """A dose and whom it is for; the ends of open ranges are null."""
    found: dict[str, Any] = {
        "age": [tier.age_low, _or_null(tier.age_high)],
        "kg": [tier.kg_low, _or_null(tier.kg_high)],
        "dose": tier.dose,
    }
    if is_oral(row):
        return found | {"level": occupancy(row, tier.dose)}
    every = in_days(tier.weeks, DAYS_PER_WEEK)
    return found | {"first": tier.loading, "firsts": tier.loadings, "every": every}


def _or_null(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _placed(model: Model, name: str, place: int, worlds: Floats, seed: int) -> dict[str, Floats]:
    """What an antibody sets in a place, in every world."""
    others = [one for one, row in _given(model.biology).items() if not is_oral(row) and one != name]
    doses = [Drug(kind="drug", name=one, start_day=0.0) for one in (*others[: place - 1], name)]
    found = placed_drugs(model, doses, worlds, seed)
    return {key: value for key, value in found.items() if key.endswith(f"_{place}")}
