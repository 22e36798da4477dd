"""Endpoints: what is read from a body, and what a trial writes down.

`endpoints.tsv` names the model quantity behind each endpoint, its measurement error (additive, or
on the logarithm), the ends of its scale, and whether being treated at all lowers it (expectation,
for what the patient rates).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gutskin.model.compiled import Model
from gutskin.population.streams import Keys, draw

if TYPE_CHECKING:
    from gutskin.simulate import Courses

SUBJECTIVE = ("itch_score", "sleep_loss")  # the part of SCORAD that the patient rates


@dataclass(frozen=True)
class Endpoint:
    """One endpoint and its measurement."""

    name: str
    quantity: str
    unit: str
    label: str
    log: bool
    noise: float
    low: float
    high: float
    expectation: float
    lower_is_better: bool


def endpoints_of(model: Model, names: Sequence[str]) -> tuple[Endpoint, ...]:
    """The endpoints with these names, from endpoints.tsv."""
    rows = [model.tables.endpoints[name] for name in names]
    return tuple(
        Endpoint(
            row.id, row.text("quantity"), row.text("unit"), row.text("label"),
            row.text("scale") == "log", row.number("noise"), row.number("low", -np.inf),
            row.number("high", np.inf), row.number("expectation"),
            row.text("better") != "higher",
        )
        for row in rows
    )  # fmt: skip


def read(courses: Courses, assigned: np.ndarray, endpoints: Sequence[Endpoint]) -> np.ndarray:
    """True values of endpoints [endpoint, time, patient], states or assigned quantities.

    Parameters
    ----------
    assigned : Array [time, assigned, patient], the assigned quantities of the courses
    """
    model = courses.model
    values = [
        assigned[:, model.assigned_ids.index(one.quantity)]
        if one.quantity in model.assigned_ids
        else courses.states[:, model.state_ids.index(one.quantity)]
        for one in endpoints
    ]
    return np.stack(values)


def measurement_noise(
    endpoints: Sequence[Endpoint], keys: Keys, seed: int, visits: int
) -> np.ndarray:
    """Standard normal errors [endpoint, visit, patient], a stream for every endpoint."""
    z = draw(seed, [f"measure/{one.name}" for one in endpoints], keys, visits)
    return np.moveaxis(z, 2, 1)


def measured(
    endpoints: Sequence[Endpoint], true: np.ndarray, z: np.ndarray, relief: np.ndarray
) -> np.ndarray:
    """What a trial writes down.

    Parameters
    ----------
    true, z : Array [endpoint, visit, patient]
    relief : Array [endpoint, visit, patient], points by which expectation lowers the rating

    Returns
    -------
    Array [endpoint, visit, patient]
    """
    values = np.empty_like(true)
    for place, one in enumerate(endpoints):
        if one.log:
            values[place] = true[place] * np.exp(one.noise * z[place])
        else:
            values[place] = true[place] - relief[place] + one.noise * z[place]
        values[place] = np.clip(values[place], one.low, one.high)
    return values


def expected_relief(
    model: Model, assigned: np.ndarray, endpoints: Sequence[Endpoint], share: float
) -> np.ndarray:
    """Points [endpoint, time, patient] that expectation takes off what the patient rates.

    Parameters
    ----------
    assigned : Array [time, assigned, patient]
    share : of the subjective points, from the first visit after enrolment on
    """
    relief = np.zeros((len(endpoints), *assigned.shape[::2]))
    subjective = sum(assigned[:, model.assigned_ids.index(name)] for name in SUBJECTIVE)
    for place, one in enumerate(endpoints):
        if one.name == "scorad":
            relief[place] = share * subjective
        elif one.expectation:
            relief[place] = share * assigned[:, model.assigned_ids.index(one.quantity)]
    relief[:, 0] = 0.0
    return relief
