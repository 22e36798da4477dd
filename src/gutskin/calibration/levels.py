"""Levels in many worlds: people at rest and newborns, as `targets/levels.tsv` asks of them.

The same panel of patients is followed in all worlds of a batch (common random numbers): what
differs between two of them is what the worlds do, and not who was drawn. That worlds do other
things to other panels is the noise of a level: it is read of the two halves of the panel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from gutskin.calibration.sampling_error import FEWEST, Readings, sound
from gutskin.calibration.targets import Target
from gutskin.errors import InputError
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.population.panel import at_rest, from_birth, panel_parameters
from gutskin.population.targets import moments_of, quantities_of, value_of

Moment = tuple[str, float | None]


def levels_in_worlds(
    model: Model,
    targets: Sequence[Target],
    worlds: Mapping[str, np.ndarray],
    panel: int,
    patients: int,
    seed: int,
) -> Readings:
    """What each target comes to in each world.

    Parameters
    ----------
    worlds : id -> Array [world], every number that a world sets
    panel : names the patients, the same in all these worlds
    patients : of each population in each world
    """
    rows = [one.row for one in targets]
    count = len(next(iter(worlds.values())))
    names = quantities_of(rows)
    seen: dict[Moment, np.ndarray] = {}  # [quantity, world, patient]
    for population in dict.fromkeys(who for who, _ in moments_of(rows)):
        days = sorted(day for who, day in moments_of(rows) if who == population and day is not None)
        settled = (population, None) in moments_of(rows)
        parameters = panel_parameters(model, population, worlds, panel, patients, seed)
        for day, table in _followed(model, parameters, days, names, settled).items():
            seen[population, day] = table.reshape(len(names), count, patients)
    values, noise = (np.full((len(rows), count), np.nan) for _ in range(2))
    for place, row in enumerate(rows):
        own = {moment: seen[moment] for moment in moments_of([row])}
        read = _reader(row, model, names)
        for world in range(count):
            tables = {moment: table[:, world] for moment, table in own.items()}
            values[place, world] = read(sound(tables))
        noise[place] = noise_of_panel(own, read)
    return Readings(values, noise, np.zeros_like(values), np.zeros(count))


def noise_of_panel(
    seen: Mapping[Moment, np.ndarray], read: Callable[[Mapping[Moment, np.ndarray]], float]
) -> float:
    """The variance between worlds that comes of who is in the panel.

    Each half of the panel has a mean over the worlds of its own, which is none; what is left of the
    difference between the halves is four times the variance of their mean. NaN of a single world.

    Parameters
    ----------
    seen : moment -> Array [quantity, world, patient]
    """
    worlds = next(iter(seen.values())).shape[1]
    halves = np.array([
        [read(sound({at: table[:, world, half::2] for at, table in seen.items()}))
         for world in range(worlds)]
        for half in (0, 1)
    ])  # fmt: skip
    apart = halves[0] - halves[1]
    apart = apart[np.isfinite(apart)]
    return float(apart.var(ddof=1) / 4.0) if len(apart) > 1 else np.nan


def _reader(
    row: Row, model: Model, names: Sequence[str]
) -> Callable[[Mapping[Moment, np.ndarray]], float]:
    """The value of a row from the quantities [quantity, patient] at each moment."""

    def read(seen: Mapping[Moment, np.ndarray]) -> float:
        if any(table.shape[1] < FEWEST for table in seen.values()):
            return np.nan
        named = {moment: dict(zip(names, table, strict=True)) for moment, table in seen.items()}
        try:
            return value_of(row, model, named)
        except InputError:  # nobody of this world passes the filter
            return np.nan

    return read


def _followed(
    model: Model,
    parameters: dict[str, np.ndarray],
    days: Sequence[float],
    names: Sequence[str],
    settled: bool,
) -> dict[float | None, np.ndarray]:
    """The quantities [quantity, patient] at rest and on days after birth; NaN of who failed."""
    found: dict[float | None, np.ndarray] = {}
    if settled:
        found[None] = at_rest(model, parameters, names)
    return found | (from_birth(model, parameters, days, names) if days else {})
