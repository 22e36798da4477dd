"""The same patients in many worlds: drawn of a population, at rest and on days after birth.

Who is drawn is the same in all worlds of a panel (common random numbers): what differs between two
of them is what the worlds do, and not who was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from gutskin.engine import Schedule, Trajectories, simulate
from gutskin.model.model import Model
from gutskin.population.draw import draw_patients
from gutskin.population.populations import DAYS_PER_YEAR, find_population
from gutskin.population.steady_state import run_to_steady_state
from gutskin.population.streams import patient_keys

NEWBORN = "birth_vaginal"  # column of species.tsv in which whoever is followed from birth begins
RTOL = 1e-2
AGE = "age_years"  # read of patients, beside states, rules and parameters

Table = np.ndarray  # [quantity, patient]
FollowedOn = tuple[float, Callable[[Table], np.ndarray]]


def panel_parameters(
    model: Model,
    population: str,
    worlds: Mapping[str, np.ndarray],
    panel: int,
    patients: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """The patients of a population in every world, world after world: id -> Array [patient].

    Parameters
    ----------
    worlds : id -> Array [world], every number that a world sets
    panel : names the patients, the same in all these worlds
    patients : in each world
    """
    count = len(next(iter(worlds.values())))
    keys = np.tile(patient_keys(panel, population, patients), (count, 1))
    centres = {
        **model.values("evidence"),
        **{name: np.repeat(value, patients) for name, value in worlds.items()},
    }
    drawn = draw_patients(
        model, find_population(population, model.biology), keys, seed, centres=centres
    ).parameters
    return {
        name: np.broadcast_to(np.asarray(value, float), len(keys)) for name, value in drawn.items()
    }


def read_quantities(
    courses: Trajectories, parameters: Mapping[str, np.ndarray], names: Sequence[str]
) -> np.ndarray:
    """States, rules, parameters of patients and their age: Array [time, name, patient]."""
    computed = tuple(name for name in names if name != AGE and name not in parameters)
    if len(computed) == len(names):
        return courses.quantities(computed)
    times = np.asarray(courses.times)
    table = np.empty((len(times), len(names), courses.states.shape[-1]))
    if computed:
        table[:, [names.index(name) for name in computed]] = courses.quantities(computed)
    for place, name in enumerate(names):
        if name == AGE:
            table[:, place] = (parameters["age_at_start"] + times[:, None]) / DAYS_PER_YEAR
        elif name not in computed:
            table[:, place] = parameters[name]
    return table


def at_rest(
    model: Model, parameters: Mapping[str, np.ndarray], names: Sequence[str], rtol: float = RTOL
) -> Table:
    """The quantities of patients in their stationary state; NaN of who failed."""
    count = len(parameters["age_at_start"])
    courses = run_to_steady_state(
        model, parameters, count, rtol=rtol, precision="single", varying=model.input_ids,
        refuse=False,
    )  # fmt: skip
    return np.where(courses.failed, np.nan, read_quantities(courses, parameters, names)[-1])


def from_birth(
    model: Model,
    parameters: Mapping[str, np.ndarray],
    days: Sequence[float],
    names: Sequence[str],
    followed_on: FollowedOn | None = None,
    rtol: float = RTOL,
) -> dict[float, Table]:
    """The quantities of newborns on days after birth; NaN of who failed.

    Parameters
    ----------
    days : increasing
    followed_on : a day, and who of its quantities [quantity, patient] is followed beyond it
        [patient]; without it all are

    Returns
    -------
    dict day -> Array [quantity, patient]
        NaN of those who are not followed so long
    """
    count = len(parameters["age_at_start"])
    last = days[-1] if followed_on is None else followed_on[0]
    early, late = [day for day in days if day <= last], [day for day in days if day > last]
    start = np.repeat(model.initial(NEWBORN)[:, None], count, axis=1)
    newborn = {**parameters, "age_at_start": np.zeros(count)}
    courses = _newborns(model, newborn, start, [0.0, *early], rtol)
    found = _by_day(courses, newborn, early, names)
    if followed_on is None or not late:
        return found
    found |= {day: np.full((len(names), count), np.nan) for day in late}
    who = np.flatnonzero(followed_on[1](found[last]) & ~courses.failed)
    if len(who):
        own = {name: value[who] for name, value in newborn.items()}
        later = _newborns(model, own, courses.end[:, who], [last, *late], rtol)
        for day, table in _by_day(later, own, late, names).items():
            found[day][:, who] = table
    return found


def _newborns(
    model: Model,
    parameters: Mapping[str, np.ndarray],
    start: np.ndarray,
    times: Sequence[float],
    rtol: float,
) -> Trajectories:
    return simulate(
        model, parameters, start, Schedule(), times, rtol=rtol, precision="single",
        varying=model.input_ids,
    )  # fmt: skip


def _by_day(
    courses: Trajectories,
    parameters: Mapping[str, np.ndarray],
    days: Sequence[float],
    names: Sequence[str],
) -> dict[float, Table]:
    """What courses show after their first time, day by day; NaN of who failed."""
    table = read_quantities(courses, parameters, names)[1:]
    return {day: np.where(courses.failed, np.nan, table[place]) for place, day in enumerate(days)}
