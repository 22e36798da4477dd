"""The conduct of a trial: find patients, enrol them, follow each under every arm, measure.

A replicate is one whole trial in one world (a draw of what nobody knows). Its patients are drawn,
brought to their stationary state, live some months in noise, and enrol when their *measured* score
admits them. From that day on each is followed under every arm with the same noise, so the true
effect is a paired difference; the trial sees only the course of the arm he was assigned to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from gutskin.model.compiled import Model
from gutskin.population.draw import draw_worlds, uncertain_parameters
from gutskin.population.strains import strain_parameters
from gutskin.population.streams import name_number
from gutskin.simulate import run_chunks
from gutskin.trials import follow, routes, screening
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import Endpoint, endpoints_of
from gutskin.trials.interventions import traits_of

CHUNK = 256  # patients in one piece of work
DRAWN = 10  # replicates whose weekly courses are kept as mean and spread
ENOUGH = 400  # candidates for one admitted before a trial is called impossible

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Study:
    """A trial ready to be conducted: what every patient of it shares."""

    design: TrialDesign
    model: Model
    seed: int
    stance: str
    endpoints: tuple[Endpoint, ...]
    worlds: Mapping[str, np.ndarray]
    traits: Mapping[str, Mapping[str, np.ndarray]]

    def numbers(self) -> dict[str, float]:
        """The values of conduct.tsv."""
        return {row.id: row.number("value") for row in self.model.tables.conduct.values()}

    def centres(self, replicates: np.ndarray) -> dict[str, Any]:
        """What the patients of these replicates spread around: id -> value or Array [patient]."""
        values: dict[str, Any] = dict(self.model.values(self.stance))
        for name, drawn in self.worlds.items():
            values[name] = drawn[replicates]
        for name in strain_parameters(self.model):  # arrays in every arm: one compiled function
            values[name] = np.full(len(replicates), values[name])
        return values


def prepare(design: TrialDesign, model: Model, replicates: int, seed: int, stance: str) -> Study:
    """Draw the worlds of a study and give its strains their places."""
    numbers = np.arange(replicates)
    worlds = draw_worlds(model, numbers, seed, stance)
    traits = {
        arm.name: traits_of(model, arm.interventions, numbers, seed, stance) for arm in design.arms
    }
    endpoints = endpoints_of(model, design.analysis.endpoints)
    return Study(design, model, seed, stance, endpoints, worlds, traits)


def conduct(
    design: TrialDesign,
    model: Model,
    replicates: int,
    seed: int = 1,
    stance: str = "evidence",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Conduct a trial many times.

    Parameters
    ----------
    design : the trial
    replicates : how often it is repeated, each time in another world with other patients
    seed : of all draws
    stance : "evidence" or "article"
    progress : called with (work done, work in all)

    Returns
    -------
    xarray.Dataset
        As described in docs/architecture.md: `measured`, `latent`, `world`, `course`.

    Raises
    ------
    InputError
        If nobody of the population can be enrolled.
    SimulationFailed
        If the course of a patient could not be computed.
    """
    study = prepare(design, model, replicates, seed, stance)
    work = Work(progress, sum(arm.n for arm in design.arms) * replicates, len(design.arms))
    enrolled = enrol(study, replicates, work)
    results = run_chunks(
        lambda piece: work.count(follow.follow(study, piece), followed=True), pieces(enrolled)
    )
    names, lost = routes.lost_without(study, enrolled, run_chunks, pieces)
    some = enrolled[enrolled.keys[:, 0] < DRAWN]
    weekly = run_chunks(lambda piece: follow.follow(study, piece, weekly=True), pieces(some))
    data = _dataset(study, replicates, enrolled, results, weekly)
    return data.assign(lost_without=("route", lost)).assign_coords(route=names)


class Work:
    """How much is done, in patients: settled, screened, followed under each arm."""

    def __init__(self, progress: Progress | None, patients: int, arms: int) -> None:
        self.progress, self.arms = progress, arms
        self.done, self.total = 0, (4 + arms) * patients

    def count(self, result: Any, followed: bool = False) -> Any:
        """Add a finished piece; gives it back."""
        self.done += len(result) * (self.arms if followed else 1)
        self.total = max(self.total, self.done)
        if self.progress is not None:
            self.progress(self.done, self.total)
        return result


def enrol(study: Study, replicates: int, work: Work) -> screening.Enrolled:
    """Screen candidates in order until every arm of every replicate is full."""
    arms = study.design.arms
    wanted = np.tile([arm.n for arm in arms], (replicates, 1))
    asked = np.zeros_like(wanted)
    found: list[screening.Enrolled] = []
    have = np.zeros_like(wanted)
    share = 0.5
    while (missing := wanted - have).max() > 0:
        if asked.sum() > ENOUGH * max(1, have.sum()):
            raise screening.nobody(study)
        more = np.where(missing > 0, np.ceil(missing / share).astype(int), 0)
        keys = _candidates(arms, asked, more)
        asked += more
        settled = screening.joined(
            run_chunks(lambda piece: work.count(screening.settle(study, piece)), pieces(keys))
        )
        screened = run_chunks(
            lambda piece: work.count(screening.screen(study, piece)), pieces(settled)
        )
        admitted = [one.admitted() for one in screened]
        share = max(0.05, sum(len(one) for one in admitted) / max(1, len(keys)))
        found += admitted
        have = _count(arms, found, replicates)
    return screening.first_of_each(found, arms, replicates)


def pieces(patients: Any) -> list[Any]:
    """Patients in pieces of work."""
    return [patients[i : i + CHUNK] for i in range(0, len(patients), CHUNK)]


def _candidates(arms: Sequence[Any], asked: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Keys [patient, 3] of the next candidates of every arm of every replicate."""
    blocks = []
    for (replicate, place), count in np.ndenumerate(more):
        if count:
            block = np.empty((count, 3), np.uint32)
            block[:, 0], block[:, 1] = replicate, name_number(arms[place].name)
            block[:, 2] = asked[replicate, place] + np.arange(count)
            blocks.append(block)
    return np.concatenate(blocks)


def _count(arms: Sequence[Any], found: Sequence[screening.Enrolled], replicates: int) -> np.ndarray:
    keys = np.concatenate([np.empty((0, 3), np.uint32), *(one.keys for one in found)])
    return np.stack(
        [
            np.bincount(keys[keys[:, 1] == name_number(arm.name), 0], minlength=replicates)
            for arm in arms
        ],
        axis=1,
    )


def _dataset(
    study: Study,
    replicates: int,
    enrolled: screening.Enrolled,
    results: Sequence[follow.Followed],
    weekly: Sequence[follow.Followed],
) -> xr.Dataset:
    design, model = study.design, study.model
    arms = [arm.name for arm in design.arms]
    largest = max(arm.n for arm in design.arms)
    measured = np.concatenate([one.measured for one in results], axis=2)
    latent = np.concatenate([one.latent for one in results], axis=3)
    numbers = [name_number(name) for name in arms]
    arm_of = np.array([numbers.index(word) for word in enrolled.keys[:, 1]])
    seat = (enrolled.keys[:, 0].astype(int), arm_of, enrolled.seat)
    shape = (replicates, len(arms), largest)
    ends, visits = len(study.endpoints), len(design.visits.weeks)
    table = np.full((ends, visits, *shape), np.nan)
    table[(slice(None), slice(None), *seat)] = measured
    paired = np.full((ends, len(arms), visits, *shape), np.nan)
    paired[(slice(None), slice(None), slice(None), *seat)] = latent
    told = _told(study)
    days, course = follow.mean_courses(weekly)
    return xr.Dataset(
        {
            "measured": (
                ("endpoint", "replicate", "arm", "patient", "visit"),
                np.moveaxis(table, 1, -1),
            ),
            "latent": (
                ("endpoint", "replicate", "arm", "patient", "given", "visit"),
                np.moveaxis(paired, (1, 2), (-2, -1)),
            ),
            "world": (
                ("replicate", "uncertain"),
                np.stack([drawn for drawn, _ in told.values()], axis=1),
            ),
            "course": (("statistic", "endpoint", "given", "day"), course),
        },
        coords={
            "endpoint": [one.name for one in study.endpoints],
            "label": ("endpoint", [one.label for one in study.endpoints]),
            "unit": ("endpoint", [one.unit for one in study.endpoints]),
            "log": ("endpoint", [one.log for one in study.endpoints]),
            "lower_is_better": ("endpoint", [one.lower_is_better for one in study.endpoints]),
            "arm": arms,
            "given": arms,
            "visit": ("visit", list(design.visits.weeks), {"units": "week"}),
            "uncertain": list(told),
            "note": ("uncertain", [note for _, note in told.values()]),
            "day": ("day", days, {"units": "day"}),
            "statistic": list(follow.STATISTICS),
        },
        attrs={
            "trial": design.name,
            "stance": study.stance,
            "seed": study.seed,
            "model_version": model.version,
            "model_hash": model.content_hash,
        },
    )


STRAIN_TRAITS = {
    "factor_strain": "how these strains act on immunity, for better or worse: their signed factor",
    "survival_strain": "share of the swallowed cells that reaches the colon alive",
    "k_leave_strain": "how fast the strains wash out",
}


def _told(study: Study) -> dict[str, tuple[np.ndarray, str]]:
    """What differs between worlds: id -> draws [replicate] and what it is, in words.

    A trait of the strains of a product is told once, as their mean.
    """
    rows = study.model.tables.parameters
    told = {
        name: (study.worlds[name], rows[name].text("note"))
        for name in uncertain_parameters(study.model)
    }
    for arm, traits in study.traits.items():
        for trait, words in STRAIN_TRAITS.items():
            drawn = [values for name, values in traits.items() if name.startswith(trait)]
            if drawn:
                told[f"{trait}:{arm}"] = (np.mean(drawn, axis=0), words)
    return told
