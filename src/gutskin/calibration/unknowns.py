"""What nobody knows: every number with a declared width, and worlds drawn of all of them.

A world is a point of standard normal numbers, one for each unknown: how many standard deviations
of its own width it lies from its value. What was fitted together (`joint_draws.tsv`) is one more
coordinate, which set of it holds; the references are what the model itself comes to in that world.

How trials are conducted is unknown too. Of the width of such a number one part is common to all
trials and can be learnt, the other is each trial's own: a world holds the common part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gutskin.model.joint_draws import jointly_drawn, read_joint_draws
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.population.draw import COMMON_CONDUCT, conduct_rows, joint_values, spread_at
from gutskin.population.populations import find_population
from gutskin.population.references import middle_patient, read_references
from gutskin.population.steady_state import run_to_steady_state

ROLES = ("prior", "assumed", "fitted")
MEDIAN, CONDUCT = "median", "conduct"  # roles of what is no parameter
MEDIANS = "medians.tsv"
ROUNDS, CLOSE, RTOL = 8, 2e-3, 1e-4  # of references: rounds, relative change, tolerance


@dataclass(frozen=True)
class Unknown:
    """One number with a width: a parameter, the factor on a population's median, or conduct."""

    id: str
    role: str
    row: Row


def read_unknowns(model: Model) -> tuple[Unknown, ...]:
    """All numbers that a world draws, in the order of the tables."""
    together = frozenset(jointly_drawn(model.biology))
    found = [
        Unknown(row.id, row.text("role"), row)
        for row in model.tables.parameters.values()
        if row.text("role") in ROLES
        and row.text("distribution") != "fixed"
        and row.id not in together
    ]
    medians = model.biology.table(MEDIANS, ("id", "distribution", "low", "high")).values()
    return (
        *found,
        *(Unknown(row.id, MEDIAN, row) for row in medians),
        *(Unknown(row.id, CONDUCT, row) for row in conduct_rows(model).values()),
    )


def conduct_of(unknowns: tuple[Unknown, ...]) -> np.ndarray:
    """Which of them are conduct [unknown] (bool)."""
    return np.array([one.role == CONDUCT for one in unknowns])


def conducted_points(unknowns: tuple[Unknown, ...], points: np.ndarray, seed: int) -> np.ndarray:
    """Worlds as they are run [world, unknown]: to the common part of conduct comes a trial's own.

    Parameters
    ----------
    points : Array [world, unknown], with the common part
    """
    rng, own = np.random.default_rng([seed, 5]), conduct_of(unknowns)
    fresh = rng.standard_normal((len(points), int(own.sum())))
    run = points.copy()
    run[:, own] = np.sqrt(COMMON_CONDUCT) * points[:, own] + np.sqrt(1 - COMMON_CONDUCT) * fresh
    return run


def prior_points(
    unknowns: tuple[Unknown, ...], worlds: range, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Worlds of the prior: points [world, unknown], and a number in 0 to 1 for the joint sets.

    World number 7 is the same however many are drawn.
    """
    points = np.empty((len(worlds), len(unknowns)))
    sets = np.empty(len(worlds))
    for place, world in enumerate(worlds):
        rng = np.random.default_rng([seed, world])
        points[place] = rng.standard_normal(len(unknowns))
        sets[place] = rng.random()
    return points, sets


def values_of_worlds(
    model: Model, unknowns: tuple[Unknown, ...], points: np.ndarray, sets: np.ndarray
) -> dict[str, np.ndarray]:
    """Every number of these worlds: id -> Array [world].

    Parameters
    ----------
    points : Array [world, unknown] (sd from the value)
    sets : Array [world], which of the jointly fitted sets holds, 0 to 1
    """
    centres = model.values("evidence")
    found: dict[str, np.ndarray] = {}
    for place, one in enumerate(unknowns):
        found[one.id] = spread_at(one.row, _centre(one, centres), points[:, place])
    rows = model.tables.parameters
    for one in read_joint_draws(model.biology):
        count = one.draws.shape[1]
        found |= joint_values(one, np.minimum((sets * count).astype(int), count - 1), centres, rows)
    return found | references_of_worlds(model, found)


def _centre(one: Unknown, centres: Mapping[str, float]) -> float:
    if one.role == MEDIAN:
        return 1.0
    return one.row.number("value") if one.role == CONDUCT else centres[one.id]


def references_of_worlds(model: Model, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the references come to in each world: id -> Array [world]."""
    rows = read_references(model.biology)
    worlds = len(next(iter(values.values())))
    found = {
        name: np.asarray(values.get(name, np.full(worlds, model.values("evidence")[name])))
        for name in rows
    }
    for population in dict.fromkeys(row.text("population") for row in rows.values()):
        own = [row for row in rows.values() if row.text("population") == population]
        names = tuple(row.text("quantity") for row in own)
        middle = middle_patient(model, find_population(population, model.biology))
        middle = {name: np.full(worlds, value) for name, value in middle.items()}
        for name in values:
            if name in model.parameter_ids:
                middle[name] = np.asarray(values[name])
        for _ in range(ROUNDS):
            courses = run_to_steady_state(
                model, middle | found, worlds, start="healthy_adult", rtol=RTOL, refuse=False,
                varying=model.input_ids,
            )  # fmt: skip
            seen = courses.quantities(names)[-1]
            apart = 0.0
            for row, value in zip(own, seen, strict=True):
                sound = np.isfinite(value) & (value > 0) & ~courses.failed
                new = np.where(sound, value, found[row.id])
                apart = max(apart, float(np.abs(new / found[row.id] - 1.0).max()))
                found[row.id] = new
            if apart < CLOSE:
                break
    return found


__all__ = [
    "Unknown", "conduct_of", "conducted_points", "prior_points", "read_unknowns",
    "references_of_worlds", "values_of_worlds",
]  # fmt: skip
