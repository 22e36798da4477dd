"""Why a trial comes out as it does: which routes carry the effect, and in whom it is larger.

The effect is computed with every set of routes closed; Shapley's rule shares it among them. The
response of a patient is his own paired difference, free of noise. What tells patients apart is what
can be measured at enrolment; how far that goes is tried on worlds that were not fitted. A second
life of the same patients, with other days from enrolment on, says what no measurement of a person
could foretell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from gutskin.engine.parallel import Run, stream
from gutskin.engine.trajectories import SimulationFailed
from gutskin.evidence.response_traits import Trait, measured_traits, traits_of, with_every_score
from gutskin.trials import follow, routes
from gutskin.trials.batches import batches_of
from gutskin.trials.conduct import WorkCounter, enrol, pieces
from gutskin.trials.failures import Failure, refuse
from gutskin.trials.scales import log
from gutskin.trials.study import prepare

if TYPE_CHECKING:
    from gutskin.model.model import Model
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.screening import Enrolled
    from gutskin.trials.study import Study

SETS = 2 ** len(routes.ROUTES)


@dataclass(frozen=True, eq=False)
class Explained:
    """What is simulated to explain a trial.

    Parameters
    ----------
    design : the trial, with every score measured
    traits : of a patient, in the order of `known`
    worth : Array [set of open routes, replicate], effect on the primary endpoint; the sets as
        `gutskin.statistics.shapley` numbers them
    replicate : Array [patient], in whose world each lives
    response, other_life : Array [patient], of each the effect on himself, on the scale on which the
        endpoint is tested; in the trial, and with other days
    untreated : Array [patient], the value of each under the control, on that scale
    known : Array [patient, trait], NaN where nothing could be measured
    tested_worth : as `worth`, on the scale on which the endpoint is tested
    """

    design: TrialDesign
    traits: tuple[Trait, ...]
    worth: np.ndarray
    replicate: np.ndarray
    response: np.ndarray
    other_life: np.ndarray
    untreated: np.ndarray
    known: np.ndarray
    failures: tuple[Failure, ...] = ()
    tested_worth: np.ndarray = field(default_factory=lambda: np.empty((SETS, 0)))


def explain(
    design: TrialDesign,
    model: Model,
    replicates: int,
    seed: int = 1,
    stance: str = "evidence",
    shared: int = routes.REPLICATES,
    progress: Callable[[int, int], None] | None = None,
) -> Explained:
    """Simulate what explains a trial: its first active arm against the control.

    Parameters
    ----------
    replicates : worlds, each with all patients of the trial
    shared : of how many of them the effect is shared among routes

    Raises
    ------
    SimulationFailed
        If the courses of more than one patient in a thousand could not be computed.
    """
    asked = with_every_score(design, model)
    patients = sum(arm.n for arm in asked.arms)
    arms = len(asked.arms)
    work = WorkCounter(progress, patients * replicates, arms, settled=not asked.from_birth)
    work.total += arms * patients * (replicates + SETS * min(shared, replicates))
    found: dict[int, Explained] = {}
    lost: list[Failure] = []

    def computed(part: range, run: Run) -> Explained:
        study = prepare(asked, model, len(part), seed, stance, part.start)
        return _part(study, len(part), shared, work, run)

    for part, one in stream(computed, batches_of(asked, replicates)):
        found[part.start] = one
        lost += one.failures
        refuse(lost, patients * replicates)
    parts = [found[start] for start in sorted(found)]
    joined = {
        one.name: np.concatenate([getattr(part, one.name) for part in parts], axis=-1)
        for one in fields(Explained)
        if one.name in ("worth", "tested_worth", "replicate", "response", "other_life", "untreated")
    }
    return Explained(
        asked, parts[0].traits, **joined, known=np.concatenate([part.known for part in parts]),
        failures=tuple(lost),
    )  # fmt: skip


def _part(study: Study, replicates: int, shared: int, work: WorkCounter, run: Run) -> Explained:
    """Some replicates."""
    enrolled = enrol(study, replicates, work, run)
    arms = len(study.design.arms)
    own = run(
        lambda piece: work.count(follow.follow(study, piece), followed=True), pieces(enrolled)
    )
    again = replace(study, other_life=True)
    other = run(
        lambda piece: work.count(follow.follow(again, piece), followed=True), pieces(enrolled)
    )
    some = enrolled[enrolled.keys[:, 0] < shared]
    worth = np.empty((2, SETS, 0))
    if len(some):
        worth = np.stack([_worth(study, some, number, run) for number in range(SETS)], axis=1)
        work.add(arms * SETS * len(some))
    first = np.concatenate([one.measured[:, 0] for one in own], axis=-1)
    active, control = _ends(study, own)
    again_active, again_control = _ends(study, other)
    return Explained(
        study.design, traits_of(study.endpoints), worth[0], enrolled.keys[:, 0].astype(int),
        active - control, again_active - again_control, control,
        measured_traits(study, enrolled, first),
        (*enrolled.failures, *(lost for one in (*own, *other) for lost in one.failures)),
        worth[1],
    )  # fmt: skip


def _worth(study: Study, enrolled: Enrolled, number: int, run: Run) -> np.ndarray:
    """The effect with some routes open, in its unit and on the tested scale [2, replicate].

    NaN where a course could not be computed.
    """
    closed = [name for place, name in enumerate(routes.ROUTES) if not number >> place & 1]
    off = {switch: 0.0 for name in closed for switch in routes.switches_of(study.model, name)}
    try:
        last = routes.switched(study, enrolled, run, pieces, off)
    except SimulationFailed:
        return np.full((2, len(np.unique(enrolled.keys[:, 0]))), np.nan)
    return np.stack([last.effect, last.tested])


def _ends(study: Study, found: list[follow.FollowUp]) -> tuple[np.ndarray, np.ndarray]:
    """Each patient's true value at the visit of the analysis, treated and not [patient]."""
    design = study.design
    names = [one.name for one in study.endpoints]
    primary = names.index(design.analysis.primary)
    latent = np.concatenate([one.latent[primary, :, design.analysed] for one in found], axis=-1)
    on_scale = log(latent) if study.endpoints[primary].log else latent
    arms = [arm.name for arm in design.arms]
    active, control = (arms.index(one.name) for one in (design.active[0], design.control))
    return on_scale[active], on_scale[control]
