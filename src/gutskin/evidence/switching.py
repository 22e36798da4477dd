"""What a mechanism does to a trial: its switch off, halved and doubled from enrolment on.

The same patients are followed under every value of the switch with the same noise, so that whatever
differs comes from the mechanism. They enrol with it on: what a life without it would have made of
them is another question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gutskin.engine import run_chunks
from gutskin.engine.trajectories import SimulationFailed
from gutskin.model.model import Model
from gutskin.trials import conduct, routes
from gutskin.trials.certainty import error_of_mean, interval
from gutskin.trials.design import TrialDesign
from gutskin.trials.study import prepare

TRIAL = "six-strain-children"  # the trial that the article leans on
AS_IT_IS = 1.0
VALUES = (0.0, 0.5, AS_IT_IS, 2.0)
NOTHING = 0.05  # of the primary endpoint's unit: what is less is not told apart from no change

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Amount:
    """A mean over replicates, the interval that holds 95% of worlds, and how well it is known.

    The interval is there from 39 replicates on, the Monte-Carlo error of the mean from two on.
    """

    mean: float
    ci95_low: float | None
    ci95_high: float | None
    monte_carlo_error: float | None = None

    @property
    def nothing(self) -> bool:
        """Whether it is too small to be told from no change, in nearly every replicate."""
        return max(abs(one or 0.0) for one in (self.ci95_low, self.mean, self.ci95_high)) < NOTHING


@dataclass(frozen=True)
class Switched:
    """A trial with one switch at one value.

    Parameters
    ----------
    effect : true effect on the primary endpoint at the last visit, the same patients on both arms
    effect_change : of it against the switch at 1
    control : the primary endpoint on the control at the last visit, everybody
    control_change : of it against the switch at 1
    failure : why it could not be computed; the amounts are then missing
    """

    value: float
    effect: Amount | None = None
    effect_change: Amount | None = None
    control: Amount | None = None
    control_change: Amount | None = None
    failure: str = ""


@dataclass(frozen=True)
class Consequence:
    """A trial under every value of a switch.

    Parameters
    ----------
    label, unit : of the primary endpoint
    week : of the last visit
    """

    trial: str
    title: str
    label: str
    unit: str
    week: float
    stance: str
    seed: int
    replicates: int
    patients: int
    switched: tuple[Switched, ...]

    @property
    def untouched(self) -> bool:
        """Whether no value of the switch changes the trial."""
        changes = (a for one in self.switched for a in (one.effect_change, one.control_change))
        failed = any(one.failure for one in self.switched)
        return not failed and all(change is None or change.nothing for change in changes)


def consequence(
    design: TrialDesign,
    model: Model,
    switch: str,
    replicates: int,
    seed: int = 1,
    stance: str = "evidence",
    progress: Progress | None = None,
) -> Consequence:
    """Conduct a trial with a switch at 0, 0.5, 1 and 2, from enrolment on, in every arm.

    Parameters
    ----------
    design : the trial; only its primary endpoint is read
    switch : parameter id
    replicates : how often the trial is repeated, each time in another world with other patients
    progress : called with (work done, work in all)

    Raises
    ------
    InputError
        If nobody of the population can be enrolled.
    """
    primary = design.analysis.primary
    analysis = design.analysis.model_copy(update={"endpoints": (primary,)})
    study = prepare(
        design.model_copy(update={"analysis": analysis}), model, replicates, seed, stance
    )
    arms = len(design.arms)
    patients = sum(arm.n for arm in design.arms) * replicates
    work = conduct.WorkCounter(progress, patients, arms)
    work.total += (len(VALUES) - 1) * arms * patients  # they are followed that many times more
    enrolled = conduct.enrol(study, replicates, work)

    def run(function: Callable[[Any], Any], pieces: Any) -> list[Any]:
        return run_chunks(lambda piece: work.count(function(piece), followed=True), pieces)

    found: dict[float, routes.LastVisit | str] = {}
    for value in VALUES:
        try:
            found[value] = routes.switched(study, enrolled, run, conduct.pieces, {switch: value})
        except SimulationFailed as failed:
            found[value] = str(failed)
    (end,) = study.endpoints
    base = found[AS_IT_IS]
    return Consequence(
        design.name,
        design.title,
        end.label,
        end.unit,
        float(design.visits.weeks[design.analysed]),
        stance,
        seed,
        replicates,
        patients,
        tuple(_switched(value, one, base) for value, one in found.items()),
    )


def _switched(value: float, one: routes.LastVisit | str, base: routes.LastVisit | str) -> Switched:
    if isinstance(one, str):
        return Switched(value, failure=one)
    if isinstance(base, str) or value == AS_IT_IS:
        return Switched(value, _amount(one.effect), None, _amount(one.control), None)
    return Switched(
        value,
        _amount(one.effect),
        _amount(one.effect - base.effect),
        _amount(one.control),
        _amount(one.control - base.control),
    )


def _amount(values: np.ndarray) -> Amount:
    low, high = (end if np.isfinite(end) else None for end in interval(values))
    error = error_of_mean(values)
    return Amount(float(values.mean()), low, high, error if np.isfinite(error) else None)
