"""The conduct of a trial: find patients, enrol them, follow each under every arm, measure.

A replicate is one whole trial in one world (a draw of what nobody knows). Its patients are drawn,
brought to their stationary state, live some months in noise, and enrol when their *measured* score
admits them. From that day on each is followed under every arm with the same noise, so the true
effect is a paired difference; the trial sees only the course of the arm he was assigned to.

Replicates know nothing of each other, so a study is conducted in parts: some replicates each,
always the same ones, whoever computes them and in whatever order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.engine import run_chunks
from gutskin.engine.parallel import Run, cores
from gutskin.engine.timeline import LANES
from gutskin.trials import attendance, follow, routes, screening, subgroups, taking_part
from gutskin.trials.candidate_keys import count_found, how_many_more, next_candidates
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import Endpoint
from gutskin.trials.enrolled import first_of_each
from gutskin.trials.event_times import times_a_response
from gutskin.trials.failures import Failure, refuse
from gutskin.trials.left_out import LeftOut
from gutskin.trials.outcome_arrays import seated, with_outcomes
from gutskin.trials.randomisation import randomised
from gutskin.trials.refused import hardly_anyone
from gutskin.trials.sites import site_of
from gutskin.trials.study import Study
from gutskin.trials.taking_part import TakingPart
from gutskin.trials.tried import tried_of
from gutskin.trials.uncertain_draws import uncertain_draws
from gutskin.trials.variance_parts import own_of_trials

if TYPE_CHECKING:
    import xarray as xr

CHUNK = 2048  # patients in one piece of work, at most
WORTHWHILE = 256  # patients from which another thread is worth a piece of its own
DRAWN = 10  # replicates whose weekly courses are kept as mean and spread
RARE = 50  # candidates for one admitted from which rounds are small
ENOUGH = 400  # candidates for one admitted before a trial is called impossible

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class ReplicateBatch:
    """Some replicates of a trial, conducted.

    Parameters
    ----------
    data : `measured` and `latent` of these replicates, as in docs/architecture.md
    routes : route, "" for none -> Array [replicate], true effect with the route closed; of those
        among the first replicates only
    weekly : the sums of true values by week, of those among the first replicates
    failures : candidates and patients whose course could not be computed, left out
    watched : how many candidates were watched in the screening window for so many who were
        admitted; nobody in a trial from birth
    people : who takes part, where that was asked
    """

    data: xr.Dataset
    routes: Mapping[str, np.ndarray]
    weekly: follow.Weekly | None
    failures: tuple[Failure, ...]
    watched: tuple[int, int] = (0, 0)
    people: TakingPart | None = None


def conduct_batch(
    study: Study,
    replicates: int,
    work: WorkCounter,
    run: Run = run_chunks,
    *,
    explained: bool = True,
) -> ReplicateBatch:
    """Conduct the replicates of a study.

    Parameters
    ----------
    replicates : how many, from the study's first on
    run : spreads pieces of work over the cores
    explained : follow the first of them once more for routes and weekly courses
    """
    enrolled, results = _followed(study, replicates, work, run)
    failures = [*enrolled.failures, *(lost for one in results for lost in one.failures)]
    some = enrolled[enrolled.keys[:, 0] < (routes.REPLICATES if explained else 0)]
    closed = routes.without(study, some, run, pieces) if len(some) else {}
    some = enrolled[enrolled.keys[:, 0] < (DRAWN if explained else 0)]
    weekly = None
    if len(some):
        courses = run(lambda piece: follow.follow(study, piece, weekly=True), pieces(some))
        weekly = follow.Weekly.of(courses)
    data = _data(study, replicates, enrolled, results)
    people = taking_part.of_batch(study, replicates, enrolled, results)
    return ReplicateBatch(data, closed, weekly, tuple(failures), enrolled.watched, people)


def record_batch(
    study: Study, replicates: int, work: WorkCounter, run: Run = run_chunks
) -> tuple[xr.Dataset, tuple[Failure, ...]]:
    """The same without what only explains it: routes and weekly courses are not computed.

    Parameters
    ----------
    replicates, run : as of `conduct_batch`
    """
    enrolled, results = _followed(study, replicates, work, run)
    lost = (*enrolled.failures, *(lost for one in results for lost in one.failures))
    return _data(study, replicates, enrolled, results), lost


def _followed(
    study: Study, replicates: int, work: WorkCounter, run: Run
) -> tuple[screening.Enrolled, list[follow.FollowUp]]:
    """Everybody who takes part, and what became of him."""
    enrolled = enrol(study, replicates, work, run)
    results = run(
        lambda piece: work.count(follow.follow(study, piece), followed=True), pieces(enrolled)
    )
    return enrolled, results


class WorkCounter:
    """How much is done, in patients: settled, screened, followed under each arm.

    Newborns neither settle nor are screened (`settled` is false): of them only the last counts.
    """

    def __init__(
        self, progress: Progress | None, patients: int, arms: int, *, settled: bool = True
    ) -> None:
        self.progress, self.arms, self.before = progress, arms, 4 if settled else 0
        self.done, self.total = 0, self.of(patients)
        self.lock = Lock()

    def of(self, patients: int) -> int:
        """The work that so many patients make, about."""
        return (self.before + self.arms) * patients

    def count(self, result: Any, followed: bool = False) -> Any:
        """Add a finished piece; gives it back."""
        self.add(len(result) * (self.arms if followed else 1))
        return result

    def add(self, amount: int) -> None:
        """Tell of more work done; several threads may call it."""
        with self.lock:
            self.done += amount
            self.total = max(self.total, self.done)
            if self.progress is not None:
                self.progress(self.done, self.total)


def enrol(
    study: Study, replicates: int, work: WorkCounter, run: Run = run_chunks
) -> screening.Enrolled:
    """Screen candidates in order until every arm of every replicate is full.

    How many are asked at a time changes nobody who is admitted.
    """
    arms = study.design.arms
    if study.design.from_birth:
        everyone = next_candidates(
            arms, np.zeros((replicates, len(arms)), int),
            np.tile([arm.n for arm in arms], (replicates, 1)), study.first,
        )  # fmt: skip
        newborn = screening.born(study, everyone)
        seated = first_of_each([newborn], arms, replicates, study.first)
        return randomised(study, seated)
    wanted = np.tile([arm.n for arm in arms], (replicates, 1))
    asked = np.zeros_like(wanted)
    found: list[screening.Enrolled] = []
    failures: list[Failure] = []
    left: list[LeftOut] = []
    have, keys = np.zeros_like(wanted), np.empty((0, 3), np.uint32)
    share, watched = 0.4, 0
    while (missing := wanted - have).max() > 0:
        if asked.sum() > ENOUGH * max(1, have.sum()):
            raise hardly_anyone(study, keys, (int(asked.sum()), int(have.sum())), left)
        if asked.sum() > RARE * have.sum():  # no more than before, to see soon that it is in vain
            share = max(share, missing.sum() / max(ENOUGH, asked.sum()))
        more = how_many_more(missing, share)
        keys = next_candidates(arms, asked, more, study.first)
        asked += more
        tried = run(lambda piece: tried_of(study, piece, work.count), pieces(keys))
        watched += sum(one.watched for one in tried)
        failures += [lost for one in tried for lost in one.unsettled]
        failures += [lost for one in tried for lost in one.admitted.failures]
        left += [one.unseen for one in tried]
        left += [one.admitted.left_out for one in tried]
        refuse(failures, max(int(wanted.sum()), int(asked.sum())))
        admitted = [one.admitted for one in tried]
        share = max(0.05, sum(len(one) for one in admitted) / max(1, len(keys)))
        found += admitted
        have = count_found(arms, found, study.first, replicates)
    seated = first_of_each(found, arms, replicates, study.first)
    return replace(
        randomised(study, seated),
        failures=tuple(failures),
        watched=(watched, int(have.sum())),
        left_out=LeftOut.joined(left).until(seated.keys),
    )


def pieces(patients: Any) -> list[Any]:
    """Patients in pieces of work of one size, whole vectors of lanes but for the last.

    Each has some cost of its own, so there are few of them; but every core gets one.
    """
    some = len(patients)
    many = max(-(-some // CHUNK), min(cores(), some // WORTHWHILE), 1)
    size = max(1, -(-some // (many * LANES))) * LANES
    return [patients[i : i + size] for i in range(0, some, size)]


def _data(
    study: Study,
    replicates: int,
    enrolled: screening.Enrolled,
    results: Sequence[follow.FollowUp],
) -> xr.Dataset:
    """Who sits where: `measured` and `latent` of these replicates."""
    design = study.design
    largest = max(arm.n for arm in design.arms)
    measured = np.concatenate([one.measured for one in results], axis=2)
    latent = np.concatenate([one.latent for one in results], axis=3)
    seat = (
        enrolled.keys[:, 0].astype(int) - study.first, follow.arm_of(study, enrolled), enrolled.seat
    )  # fmt: skip
    shape = (replicates, len(design.arms), largest)
    ends, visits = len(study.endpoints), len(design.visits.weeks)
    table = np.full((ends, visits, *shape), np.nan)
    table[(slice(None), slice(None), *seat)] = measured
    paired = np.full((ends, len(design.arms), visits, *shape), np.nan)
    paired[(slice(None), slice(None), slice(None), *seat)] = latent
    belongs = np.zeros((len(design.subgroups), *shape), bool)
    belongs[(slice(None), *seat)] = subgroups.members(study, enrolled, measured[:, 0])
    stratum = None
    if enrolled.stratum is not None and design.strata > 1:
        stratum = np.full(shape, -1)
        stratum[seat] = enrolled.stratum
    site = None
    if design.sites:
        site = np.full(shape, -1)
        site[seat] = site_of(design, study.seed, enrolled.keys)
    data = labelled(
        design,
        study.endpoints,
        np.moveaxis(table, 1, -1),
        np.moveaxis(paired, (1, 2), (-2, -1)),
        study.first,
        belongs,
        stratum,
        site,
    )
    if times_a_response(design, study.endpoints):
        came = np.concatenate([one.came for one in results if one.came is not None], axis=1)
        data = attendance.with_attendance(data, came, shape, seat)
    asked = [one.outcomes for one in results if one.outcomes is not None]
    return data if not asked else with_outcomes(data, design, seated(asked, shape, seat))


def labelled(
    design: TrialDesign,
    endpoints: Sequence[Endpoint],
    measured: np.ndarray,
    latent: np.ndarray,
    first: int,
    member: np.ndarray | None = None,
    stratum: np.ndarray | None = None,
    site: np.ndarray | None = None,
) -> xr.Dataset:
    """The values of some replicates with their names.

    Parameters
    ----------
    measured : Array [endpoint, replicate, arm, patient, visit]
    latent : Array [endpoint, replicate, arm, patient, given, visit]
    first : number of the first replicate
    member : Array [subgroup, replicate, arm, patient] (bool), where the trial has subgroups
    stratum, site : Array [replicate, arm, patient] (int), where it has them; -1 of nobody
    """
    import xarray as xr

    arms = [arm.name for arm in design.arms]
    found = xr.Dataset(
        {
            "measured": (("endpoint", "replicate", "arm", "patient", "visit"), measured),
            "latent": (("endpoint", "replicate", "arm", "patient", "given", "visit"), latent),
        },
        coords={
            "endpoint": [one.name for one in endpoints],
            "label": ("endpoint", [one.label for one in endpoints]),
            "unit": ("endpoint", [one.unit for one in endpoints]),
            "log": ("endpoint", [one.log for one in endpoints]),
            "scale": ("endpoint", [one.scale for one in endpoints]),
            "lower_is_better": ("endpoint", [one.lower_is_better for one in endpoints]),
            "replicate": first + np.arange(measured.shape[1]),
            "arm": arms,
            "given": arms,
            "visit": ("visit", list(design.visits.weeks), {"units": "week"}),
        },
    )
    for name, numbers in (("stratum", stratum), ("site", site)):
        if numbers is not None:
            found = found.assign({name: (("replicate", "arm", "patient"), numbers)})
    if not design.subgroups or member is None:
        return found
    names = [one.name for one in design.subgroups]
    belongs = (("subgroup", "replicate", "arm", "patient"), member)
    return found.assign(member=belongs).assign_coords(subgroup=names)


def with_shared(
    data: xr.Dataset,
    study: Study,
    effects: Mapping[str, np.ndarray],
    weekly: Sequence[follow.Weekly],
) -> xr.Dataset:
    """A trial's values with what all its replicates share: worlds, routes, weekly courses.

    Parameters
    ----------
    study : all replicates
    effects : route -> Array [replicate], of the first replicates; none where nothing is explained
    weekly : sums of the first replicates, in their order; likewise
    """
    uncertain = uncertain_draws(study)
    if effects:
        data = data.assign(
            effect_without=(("route", "followed"), np.stack([*effects.values()]))
        ).assign_coords(route=list(effects))
    if weekly:
        days, course = follow.mean_courses(weekly)
        data = data.assign(
            course=(("statistic", "endpoint", "given", "day"), course)
        ).assign_coords(
            day=("day", days, {"units": "day"}), statistic=list(follow.STATISTICS)
        )  # fmt: skip
    return data.assign(
        world=(
            ("replicate", "uncertain"),
            np.stack([drawn for drawn, _ in uncertain.values()], axis=1),
        ),
        **own_of_trials(study),
    ).assign_coords(
        uncertain=list(uncertain),
        note=("uncertain", [note for _, note in uncertain.values()]),
    ).assign_attrs(
        trial=study.design.name,
        stance=study.stance,
        seed=study.seed,
        model_version=study.model.version,
        model_hash=study.model.content_hash,
    )  # fmt: skip
