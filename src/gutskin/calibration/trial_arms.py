"""Arms of trials in many worlds: what each would print, and the chance that is in it.

Each world is a replicate of the trial; its strains and patients are drawn as in any replicate, so
that what they do to a printed number stays in the spread around what worlds explain. How it is
conducted belongs to the world.
So many candidates are asked in every world, and the first of the admitted followed under every arm.
A world that admits hardly anybody shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gutskin.calibration.sampling_error import FEWEST, WITH_NOISE, Readings, jackknife
from gutskin.calibration.targets import Target
from gutskin.engine import run_chunks
from gutskin.model.model import Model
from gutskin.population.own_strains import model_with_strains
from gutskin.population.streams import name_number
from gutskin.trials import run_in, screening
from gutskin.trials.conduct import pieces
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.enrolled import first_of_each, joined
from gutskin.trials.failures import Failure
from gutskin.trials.follow import follow
from gutskin.trials.published import PublishedNumber, printed_of
from gutskin.trials.study import Study, prepare

ASKED = 4  # candidates for each patient who is followed


@dataclass(frozen=True, eq=False)
class ArmsOfTrial:
    """What was written down of every patient in every arm.

    Parameters
    ----------
    design : the trial, with the arms that targets ask for
    values : Array [arm, endpoint, visit, world, seat]; NaN of empty seats and after dropout
    lost : Array [world], patients who could not be computed
    """

    design: TrialDesign
    values: np.ndarray
    lost: np.ndarray

    def pair(self, number: PublishedNumber, arm: str) -> np.ndarray:
        """An endpoint at the first visit and at its own [2, world, seat]."""
        endpoint = [*self.design.analysis.endpoints].index(number.endpoint)
        visits = self.design.visits.weeks
        place = [one.name for one in self.design.arms].index(arm)
        own = self.values[place, endpoint]
        return np.stack([own[0], own[[*visits].index(number.week)]])


def trials_in_worlds(
    model: Model,
    targets: Sequence[Target],
    worlds: Mapping[str, np.ndarray],
    first: int,
    patients: int,
    seed: int,
) -> Readings:
    """What each target comes to in each world.

    Parameters
    ----------
    worlds : id -> Array [world], every number that a world sets
    first : number of the first world, which names its patients
    patients : followed in each trial of each world
    """
    count = len(next(iter(worlds.values())))
    values, noise, chance = (np.full((len(targets), count), np.nan) for _ in range(3))
    lost = np.zeros(count)
    for name in dict.fromkeys(one.trial for one in targets):
        places = [i for i, one in enumerate(targets) if one.trial == name]
        numbers = [one.number for i in places if (one := targets[i]).number is not None]
        arms = conducted(model, name, numbers, worlds, first, patients, seed)
        lost += arms.lost
        for i, number in zip(places, numbers, strict=True):
            values[i], noise[i], chance[i] = _printed(arms, number, targets[i].on_log)
    return Readings(values, noise, chance, lost)


def conducted(
    model: Model,
    name: str,
    numbers: Sequence[PublishedNumber],
    worlds: Mapping[str, np.ndarray],
    first: int,
    patients: int,
    seed: int,
) -> ArmsOfTrial:
    """One trial in each world, every patient under every arm that is asked for."""
    design = _only(load_trial(name, model.biology), numbers)
    return followed_in_worlds(study_of(design, model, worlds, first, seed), patients)


def study_of(
    design: TrialDesign, model: Model, worlds: Mapping[str, np.ndarray], first: int, seed: int
) -> Study:
    """The trial in these worlds, with the conduct that they have.

    Parameters
    ----------
    worlds : id -> Array [world], every number that a world sets
    first : number of the first world, which names its patients
    """
    count = len(next(iter(worlds.values())))
    study = prepare(
        design, model_with_strains(model, design.strains), count, seed, "evidence", first
    )
    conduct = {name: value for name, value in worlds.items() if name in study.conduct}
    bodies = {name: value for name, value in worlds.items() if name not in study.conduct}
    return replace(study, worlds={**study.worlds, **bodies}, conduct={**study.conduct, **conduct})


def followed_in_worlds(study: Study, patients: int) -> ArmsOfTrial:
    """What is written down of so many patients in each world under every arm."""
    design, first = study.design, study.first
    count = len(next(iter(study.worlds.values())))
    enrolled, failures = _enrolled(study, count, patients)
    shape = (len(design.arms), len(study.endpoints), len(design.visits.weeks), count, patients)
    values = np.full(shape, np.nan)
    if len(enrolled):
        followed = run_chunks(lambda some: follow(study, some, in_every_arm=True), pieces(enrolled))
        written = [some.under_each for some in followed if some.under_each is not None]
        world = enrolled.keys[:, 0].astype(int) - first
        values[..., world, enrolled.seat] = np.concatenate(written, axis=3)
        failures += [lost for some in followed for lost in some.failures]
    lost = np.bincount([one.replicate - first for one in failures], minlength=count)
    return ArmsOfTrial(design, values, lost)


def _only(design: TrialDesign, numbers: Sequence[PublishedNumber]) -> TrialDesign:
    """The trial with the arms and visits that are asked for, and their endpoints beside its own.

    Where a visit may send patients another way, all of them are held until the last that is asked.
    """
    named = {name for one in numbers for name in (one.arm, one.against)}
    arms = tuple(one for one in design.arms if one.name in named or one.control)
    wanted = {0.0, *(one.week for one in numbers)}
    conduct = design.conduct
    decide = conduct.rescue or conduct.leave_if_no_better or conduct.leave_if_worse
    weeks = tuple(
        week for week in design.visits.weeks
        if week in wanted or (decide and week <= max(wanted))
    )  # fmt: skip
    endpoints = tuple(
        dict.fromkeys((*design.analysis.endpoints, *(one.endpoint for one in numbers)))
    )
    return design.model_copy(
        update={
            "arms": arms,
            "visits": design.visits.model_copy(update={"weeks": weeks}),
            "analysis": design.analysis.model_copy(update={"endpoints": endpoints}),
            "subgroups": (),
        }
    )


def _enrolled(study: Study, worlds: int, patients: int) -> tuple[screening.Enrolled, list[Failure]]:
    """The first of the admitted in each world, of so many who are asked; who was lost before."""
    if study.design.from_birth:
        keys = _keys(study, worlds, patients)
        return replace(screening.born(study, keys), seat=keys[:, 2].astype(int)), []
    keys = _keys(study, worlds, ASKED * patients)
    settled = run_chunks(lambda piece: screening.settle(study, piece), pieces(keys))
    screened = run_chunks(
        lambda piece: run_in.through(study, screening.screen(study, piece)),
        pieces(joined(settled)),
    )
    admitted = [one.admitted() for one in screened]
    arm = study.design.arms[0].model_copy(update={"n": patients})
    failures = [lost for one in screened for lost in one.failures]
    return first_of_each(admitted, [arm], worlds, study.first), failures


def _keys(study: Study, worlds: int, candidates: int) -> np.ndarray:
    """Of so many in each world [patient, 3]."""
    keys = np.empty((worlds * candidates, 3), np.uint32)
    keys[:, 0] = study.first + np.repeat(np.arange(worlds), candidates)
    keys[:, 1] = name_number(study.design.arms[0].name)
    keys[:, 2] = np.tile(np.arange(candidates), worlds)
    return keys


def _printed(
    arms: ArmsOfTrial, number: PublishedNumber, on_log: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A number in each world, the variance of few patients, and that of the real trial's [world].

    The simulated patients are the same in both arms, those of the trial are not.
    """
    sizes = _sizes(arms.design, number)
    pairs = {arm: arms.pair(number, arm) for arm in sizes}
    read = _reader(number, on_log)
    count = next(iter(pairs.values())).shape[1]
    values = read(pairs)
    noise, chance = np.full(count, np.nan), np.full(count, np.nan)
    for world in range(min(count, WITH_NOISE)):
        own = {arm: pair[:, world : world + 1] for arm, pair in pairs.items()}
        seats = np.flatnonzero(
            np.all([np.isfinite(pair).all(axis=(0, 1)) for pair in own.values()], axis=0)
        )
        if len(seats) < FEWEST:
            values[world] = np.nan
            continue
        noise[world] = jackknife(_without(own, [*own], seats, read))
        chance[world] = sum(
            jackknife(_without(own, [arm], seats, read)) * len(seats) / size
            for arm, size in sizes.items()
        )
    seen = np.min([np.isfinite(pair).all(axis=0).sum(axis=-1) for pair in pairs.values()], axis=0)
    return np.where(seen < FEWEST, np.nan, values), noise, chance


def _without(
    pairs: Mapping[str, np.ndarray],
    arms: Sequence[str],
    seats: np.ndarray,
    read: Callable[[Mapping[str, np.ndarray]], np.ndarray],
) -> np.ndarray:
    """The number with each patient left out of some arms [patient]."""
    copies = {arm: np.repeat(pair, len(seats), axis=1) for arm, pair in pairs.items()}
    for arm in arms:
        copies[arm][:, np.arange(len(seats)), seats] = np.nan
    return read(copies)


def _reader(
    number: PublishedNumber, on_log: bool
) -> Callable[[Mapping[str, np.ndarray]], np.ndarray]:
    """The number of each of several trials [trial] from pairs [2, trial, patient] by arm."""

    def read(pairs: Mapping[str, np.ndarray]) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            found = printed_of(number, pairs)
            return np.log(found) if on_log else found

    return read


def _sizes(design: TrialDesign, number: PublishedNumber) -> dict[str, int]:
    """How many patients of each arm the trial counted."""
    sizes = {}
    for name in (number.arm, number.against):
        if not name:
            continue
        told = [
            row.n for row in design.published.values
            if (row.endpoint, row.arm) == (number.endpoint, name) and row.n
        ]  # fmt: skip
        sizes[name] = told[-1] if told else next(one.n for one in design.arms if one.name == name)
    return sizes
