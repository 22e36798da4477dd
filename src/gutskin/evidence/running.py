"""The arms of an experiment, simulated: the same people, each in his world, in every arm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gutskin.engine import Hold, Schedule, Trajectories, simulate
from gutskin.errors import InputError, Problem
from gutskin.evidence.experiment_parts import FEWEST, SETTLED, Arm, Change, Check, Experiment
from gutskin.media import agreeing, of_all
from gutskin.model.model import Model
from gutskin.population.bounds import refuse_unsound
from gutskin.population.disease_activity import natural_course
from gutskin.population.doses import dose_schedule
from gutskin.population.draw import DAYS_PER_YEAR, draw_patients, draw_worlds
from gutskin.population.drugs import placed_drugs
from gutskin.population.mother import products_of, strains_of
from gutskin.population.own_strains import model_with_strains
from gutskin.population.populations import find_population
from gutskin.population.steady_state import run_to_steady_state
from gutskin.population.strain_places import places_for
from gutskin.population.strain_posterior import strain_traits
from gutskin.population.strains import place_parameters
from gutskin.population.streams import Keys, name_number

NEWBORN = "birth_"
ROUGH, NOISY, RTOL, EXACT = 1e-2, 1e-2, 1e-3, 1e-6  # to settle; in noise, as a trial; calm; exact
CANDIDATES = 8  # drawn in a world for each one wanted, where the settled score decides
WEEK = 7.0
COARSEST = 24  # steps at least between the ends of a read of a stretch
FINEST = 200  # points at most between the ends of a read


@dataclass(frozen=True)
class Setting:
    """What all experiments of a run share.

    Parameters
    ----------
    own : parameters that some experiment moves: arrays everywhere, so that one compiled function
        serves all
    seen : quantities that some check reads; all are read together, for the same reason
    """

    model: Model
    stance: str
    seed: int
    own: tuple[str, ...]
    seen: tuple[str, ...]


def setting_for(
    experiments: Iterable[tuple[Experiment, Mapping[str, Arm]]],
    model: Model,
    stance: str,
    seed: int,
) -> Setting:
    """The setting in which these experiments run."""
    own: set[str] = set(place_parameters(model))
    seen = {"scorad"}
    for one, arms in experiments:
        seen |= {quantity for check in one.checks for quantity, _ in check.reads}
        own |= {name for side in one.sides.values() for name in side}
        own |= {one.gain.id} if one.gain else set()
        for arm in arms.values():
            own |= {*arm.always, *arm.changed}
            own |= {switch_of(model, name) for name in (*arm.off, *arm.off_always)}
    return Setting(model, stance, seed, tuple(sorted(own)), tuple(sorted(seen)))


def switch_of(model: Model, mechanism: str) -> str:
    """The parameter that switches a mechanism."""
    return model.tables.mechanisms[mechanism].text("switch")


@dataclass(frozen=True, eq=False)
class Seen:
    """What is read from an arm.

    Parameters
    ----------
    times : Array [time] (days)
    names : of the quantities
    values : Array [time, name, patient], each in its own unit
    """

    model: Model
    times: np.ndarray
    names: tuple[str, ...]
    values: np.ndarray

    def quantity(self, name: str) -> np.ndarray:
        """One quantity [time, patient]."""
        return self.values[:, self.names.index(name)]


def _seen(setting: Setting, courses: Trajectories) -> Seen:
    values = courses.quantities(setting.seen)
    refuse_unsound(
        setting.model, courses, dict(zip(setting.seen, values.swapaxes(0, 1), strict=True))
    )
    return Seen(setting.model, courses.times, setting.seen, values)


@dataclass(frozen=True, eq=False)
class Group:
    """The patients of an experiment.

    Parameters
    ----------
    keys : Array [patient, 3] (world, group, index)
    world : Array [patient], number of the unit each belongs to, from 0
    """

    keys: Keys
    world: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)

    def chosen(self, which: np.ndarray) -> Group:
        """Some of them; worlds without anybody left are closed up."""
        return Group(self.keys[which], np.unique(self.world[which], return_inverse=True)[1])

    def averaged(self, values: np.ndarray) -> np.ndarray:
        """Means over the patients of each world [world]."""
        return np.bincount(self.world, values) / np.bincount(self.world)

    def summed(self, values: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sums over those patients of each world whom `which` [patient] names, and their number."""
        total = np.bincount(self.world, np.where(which, values, 0.0))
        return total, np.bincount(self.world, which.astype(float))


def run_arms(
    one: Experiment,
    arms: Mapping[str, Arm],
    setting: Setting,
    extra: Mapping[str, float],
    times: Sequence[float],
) -> tuple[Group, dict[str, Seen]]:
    """Every arm of an experiment, followed from day 0.

    Parameters
    ----------
    extra : parameters with another value in all arms, from before the start
    times : days at which the courses are wanted

    Returns
    -------
    the patients, and what is read from each arm

    Raises
    ------
    InputError
        If too few of the population have the score that the experiment asks for.
    SimulationFailed
        If a course could not be computed, or left its bounds.
    """
    group = _everyone(one)
    settled: dict[str, np.ndarray] = {}
    first = next(iter(arms.values()))
    if one.scorad is not None:
        parameters = _parameters(one, first, setting, group, extra)
        courses = _settle(setting, parameters, len(group))
        score = _seen(setting, courses).quantity("scorad")[-1]
        which = _in_range(one, group, score)
        group = group.chosen(which)
        settled[_before(first)] = courses.states[-1][:, which]
    followed: dict[str, Seen] = {}
    for name, arm in arms.items():
        parameters = _parameters(one, arm, setting, group, extra)
        if _before(arm) not in settled:
            settled[_before(arm)] = _start(arm, setting, parameters, len(group))
        start = settled[_before(arm)]
        courses = _follow(one, arm, setting, parameters, start, group, times)
        followed[name] = _seen(setting, courses)
    return group, followed


def _everyone(one: Experiment) -> Group:
    count = one.patients * (CANDIDATES if one.scorad else 1)
    worlds, index = np.divmod(np.arange(one.worlds * count), count)
    keys = np.empty((len(worlds), 3), np.uint32)
    keys[:, 0], keys[:, 1], keys[:, 2] = worlds, name_number("experiment"), index
    return Group(keys, worlds)


def _in_range(one: Experiment, group: Group, score: np.ndarray) -> np.ndarray:
    """The first of each world whose score the experiment asks for, as indices."""
    assert one.scorad is not None
    low, high = one.scorad
    fits = (score >= low) & (score <= high)
    which = [
        np.flatnonzero(fits & (group.world == world))[: one.patients] for world in range(one.worlds)
    ]
    full = [found for found in which if len(found) == one.patients]
    if len(full) < min(FEWEST, one.worlds) * 0.99:
        message = f"only {of_all(len(full), one.worlds, 'world')} "
        message += agreeing(len(full), "has", "have")
        message += f" enough patients with SCORAD {low:g} to {high:g}."
        raise InputError(Problem(message, remedy="Widen `scorad`, or take another population."))
    return np.concatenate(full)


def _before(arm: Arm) -> str:
    """What decides how an arm starts, as text."""
    parts = (arm.population, arm.start, arm.age_years, arm.always, arm.off_always)
    return repr(parts)


def _parameters(
    one: Experiment, arm: Arm, setting: Setting, group: Group, extra: Mapping[str, float]
) -> dict[str, Any]:
    """The patients' parameters before day 0."""
    model, count = setting.model, len(group)
    worlds = group.keys[:, 0].astype(int)
    centres: dict[str, Any] = dict(model.values(setting.stance))
    if not one.one_body:
        drawn = draw_worlds(model, np.arange(worlds.max() + 1), setting.seed, setting.stance)
        centres |= {name: values[worlds] for name, values in drawn.items()}
    assert arm.population is not None
    people = group.keys
    if one.same_people:
        people = people.copy()
        people[:, 0] = 0
    drawn_patients = draw_patients(
        model, find_population(arm.population, model.biology), people, setting.seed,
        centres=centres, age_years=arm.age_years,
    )  # fmt: skip
    parameters: dict[str, Any] = dict(drawn_patients.parameters)
    if arm.start.startswith(NEWBORN):
        parameters["age_at_start"] = np.zeros(count)
    parameters |= extra
    for name in setting.own:
        parameters[name] = np.broadcast_to(np.asarray(parameters[name], float), count)
    _change(parameters, arm.always)
    for mechanism in arm.off_always:
        parameters[switch_of(model, mechanism)] = np.zeros(count)
    its = model_with_strains(model, one.strains)
    places = places_for(strains_of(arm.doses), its.tables)
    traits = strain_traits(
        its, places, products_of(arm.doses), np.arange(worlds.max() + 1),
        setting.seed, setting.stance,
    )  # fmt: skip
    traits |= placed_drugs(model, arm.doses, np.arange(worlds.max() + 1), setting.seed)
    set_by_arm = {*extra, *arm.always}
    parameters |= {name: drawn[worlds] for name, drawn in traits.items() if name not in set_by_arm}
    return parameters


def _change(values: dict[str, Any], changes: Mapping[str, Change]) -> None:
    """Put in what an arm changes."""
    for name, change in changes.items():
        values[name] = changed(np.asarray(values[name], float), change)


def changed(value: np.ndarray, change: Change) -> np.ndarray:
    """A value after a change of the file.

    >>> float(changed(np.array(2.0), "x1.5")), float(changed(np.array(2.0), "-0.5"))
    (3.0, 1.5)
    """
    if isinstance(change, str):
        number = float(change[1:])
        if change[0] == "x":
            return value * number
        return value + (number if change[0] == "+" else -number)
    return np.full_like(value, change)


def _settle(setting: Setting, parameters: Mapping[str, Any], count: int) -> Trajectories:
    return run_to_steady_state(
        setting.model, parameters, count, rtol=ROUGH, precision="single",
        varying=setting.model.input_ids, workers=1,
    )  # fmt: skip


def _start(arm: Arm, setting: Setting, parameters: Mapping[str, Any], count: int) -> np.ndarray:
    """The state of the patients before day 0, [state, patient]."""
    if arm.start == SETTLED:
        return _settle(setting, parameters, count).states[-1]
    return np.repeat(setting.model.initial(arm.start)[:, None], count, axis=1)


def _follow(
    one: Experiment,
    arm: Arm,
    setting: Setting,
    parameters: dict[str, Any],
    start: np.ndarray,
    group: Group,
    times: Sequence[float],
) -> Trajectories:
    model, count = setting.model, len(group)
    parameters = dict(parameters)
    _change(parameters, arm.changed)
    for mechanism in arm.off:
        parameters[switch_of(model, mechanism)] = np.zeros(count)
    start = start.copy()
    for name, change in arm.state.items():
        place = model.state_ids.index(name)
        start[place] = changed(start[place], change)
    habit = {name: float(np.mean(parameters[name])) for name in setting.model.input_ids}
    tables = model_with_strains(model, one.strains).tables
    places = places_for(strains_of(arm.doses), tables)
    what = dose_schedule(arm.doses, model, places, {**parameters, **habit}, one.days)
    holds = [
        *what.holds,
        *(Hold(held.parameter, held.start_day, held.end_day, held.value) for held in arm.holds),
    ]
    courses = []
    if arm.noise:
        numbers = {row.id: row.number("value") for row in model.tables.conduct.values()}
        age = np.asarray(parameters["age_at_start"]) / DAYS_PER_YEAR
        courses += natural_course(numbers, group.keys, setting.seed, age, 0.0, one.days + 1.0)
    schedule = Schedule(tuple(holds), what.pulses, tuple(courses))
    return simulate(
        model, parameters, start, schedule, times,
        rtol=EXACT if one.exact else NOISY if arm.noise else RTOL,
        h_max=0.05 if one.exact else None,
        precision="double" if one.exact else "single",
        varying=setting.model.input_ids, workers=1,
    )  # fmt: skip


def times_of(one: Experiment, checks: Iterable[Check], daily: bool = False) -> list[float]:
    """The days at which an experiment must be looked at, from 0 to its last."""
    days = {0.0, float(one.days)}
    for read in (read for check in checks for _, read in check.reads):
        named = read.days()
        days |= set(named)
        if read.kind in ("mean", "max", "min", "area"):
            a, b = named
            steps = min(FINEST, max(COARSEST, int(np.ceil(b - a))))
            days |= set(np.linspace(a, b, steps + 1).tolist())
        elif read.kind == "ever_above":
            days |= set(np.arange(named[0], named[1] + 1e-9, WEEK).tolist())
        elif read.kind == "highest_on":
            days |= set(np.arange(named[0], named[1] + 1e-9).tolist())
        elif read.kind == "return_to":
            days |= set(np.linspace(named[0], one.days, FINEST + 1).tolist())
    if daily:
        days |= set(np.linspace(0.0, one.days, min(FINEST, max(28, int(one.days))) + 1).tolist())
    return sorted(days)
