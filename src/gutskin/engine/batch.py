"""A batch of patients and what is done to them, checked and complete before it is computed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.engine import processor
from gutskin.engine.schedule import Schedule
from gutskin.engine.step_size_controller import FLOOR, INITIAL_STEP, MIN_RTOL, MOST_STAGES
from gutskin.engine.timeline import Timeline
from gutskin.engine.trajectories import SimulatedModel, Trajectories
from gutskin.engine.vector_ir import Precision
from gutskin.errors import InputError, Problem, nearest

Floats = NDArray[np.float64]


class LoopState(NamedTuple):
    """What goes on from one segment to the next."""

    y: Any  # [state, lane]
    f: Any  # [state, lane]
    h: Any  # [lane] (days)
    h_kink: Any  # [lane] (days), the step that fitted at the start of the latest segment
    steps: Any  # [lane]
    evaluations: Any  # evaluations of the right-hand side
    failed_at: Any  # [lane] (days)

    @staticmethod
    def at(y: Floats) -> LoopState:
        """Where a group sets out from, before its first step."""
        zeros = np.zeros(y.shape[1])
        return LoopState(
            y, np.zeros_like(y), zeros + INITIAL_STEP, zeros + np.inf, zeros.astype(np.int64),
            np.int64(0), zeros * np.nan,
        )  # fmt: skip


class GroupResult(NamedTuple):
    """What became of one group of patients; arrays as in `Trajectories`."""

    end: Floats
    steps: NDArray[np.int64]
    evaluations: int
    failed_at: Floats


@dataclass(frozen=True, eq=False)
class Batch:
    """A batch of patients and what is done to them, checked and complete.

    Parameters
    ----------
    values : id -> number or Array [patient], every parameter of the model
    start : Array [state, patient]
    timeline : of the schedule and the requested times
    inputs : ids of the parameters that this schedule, or another of the same study, moves
    control : tolerated relative error, absolute ones [state], longest step (days)
    stages : of a step
    """

    model: SimulatedModel
    values: Mapping[str, Floats]
    start: Floats
    schedule: Schedule
    timeline: Timeline
    inputs: tuple[str, ...]
    control: tuple[float, Floats, float]
    stages: int

    @cached_property
    def individual(self) -> frozenset[str]:
        """Ids of the parameters that are not the same for all patients at every moment.

        One that follows a straight line is not: each patient has his own times within a segment.
        """
        held = {hold.parameter for hold in self.schedule.holds if np.ndim(hold.value)}
        ramped = {course.parameter for course in self.schedule.courses}
        return frozenset(
            {name for name, value in self.values.items() if value.ndim} | held | ramped
        )

    def own(self, lanes: NDArray[np.intp], ids: Sequence[str]) -> dict[str, Floats]:
        """Parameters of some of the patients: id -> number or Array [lane]."""
        values = {name: self.values[name] for name in ids}
        return {name: value[lanes] if value.ndim else value for name, value in values.items()}

    @cached_property
    def shared(self) -> Floats:
        """Array [parameter], those that are the same for all patients; 0 for the others."""
        return np.array([0.0 if value.ndim else value for value in self.values.values()])

    @cached_property
    def single(self) -> tuple[list[int], Floats]:
        """Places of the parameters that are not, and their values, [single, patient]."""
        rows = {place: one for place, one in enumerate(self.values.values()) if one.ndim}
        return list(rows), np.reshape([*rows.values()], (len(rows), self.start.shape[1]))

    def allocate_outputs(self, lanes: int) -> Floats:
        """Array [time, state, lane] for the states, with lanes that fill up the last group."""
        return processor.aligned((len(self.timeline.times), len(self.start), lanes))

    def finished(
        self,
        carry: LoopState,
        schedule: Schedule,
        outputs: Floats,
        lanes: NDArray[np.intp],
        evaluated: int,
    ) -> GroupResult:
        """What became of the patients in `lanes`, from the last carry and their schedule.

        Their states at the last time go into `outputs` [time, state, lane]. In each call of the
        right-hand side so many were `evaluated` together.
        """
        failed_at = np.asarray(carry.failed_at, float)
        end, lost = np.asarray(carry.y, float), ~np.isnan(failed_at)
        if lost.any():
            end = np.where(lost, np.nan, end)
        outputs[-1] = end
        for pulse in schedule.pulses:
            if pulse.time == self.timeline.times[-1]:
                outputs[-1, self.model.state_ids.index(pulse.state)] += pulse.add
        patients = slice(0, int(np.searchsorted(lanes, lanes[-1])) + 1)
        return GroupResult(
            end[:, patients],
            np.asarray(carry.steps)[patients],
            int(np.sum(carry.evaluations)) * evaluated,
            failed_at[patients],
        )

    def courses(self, states: Floats, groups: Sequence[GroupResult]) -> Trajectories:
        """The groups together, whose states [time, state, lane] are there."""
        return Trajectories(
            times=self.timeline.times,
            states=states[..., : self.start.shape[1]],
            end=np.concatenate([group.end for group in groups], axis=1),
            steps=np.concatenate([group.steps for group in groups]),
            evaluations=sum(group.evaluations for group in groups),
            failed=np.concatenate([np.isfinite(group.failed_at) for group in groups]),
            failed_at=np.concatenate([group.failed_at for group in groups]),
            model=self.model,
            schedule=self.schedule,
            parameters=self.values,
            inputs=self.inputs,
        )


def checked_batch(
    model: SimulatedModel,
    parameters: Mapping[str, ArrayLike],
    start: ArrayLike,
    schedule: Schedule,
    times: ArrayLike,
    rtol: float,
    atol: ArrayLike | None,
    h_max: float | None,
    stages: int,
    precision: Precision,
    varying: Sequence[str],
) -> Batch:
    """What `simulate` is given, checked and complete."""
    start = np.asarray(start, float)
    start = start[:, None] if start.ndim == 1 else start
    times = np.atleast_1d(np.asarray(times, float))
    _check(model, parameters, start, schedule, times, (rtol, MIN_RTOL[precision]), varying, stages)
    known = model.values("evidence")
    values = {name: np.asarray(parameters.get(name, known[name]), float)
              for name in model.parameter_ids}  # fmt: skip
    scales = np.asarray(model.scales, float)
    tolerances = rtol * FLOOR * scales if atol is None else np.asarray(atol, float)
    inputs = tuple(sorted({*schedule.parameters, *varying}))
    longest = np.inf if h_max is None else h_max
    control = (rtol, tolerances, longest)
    timeline = Timeline.of(schedule, times)
    return Batch(model, values, start, schedule, timeline, inputs, control, stages)


def _finite(value: Floats) -> bool:
    """Whether all numbers are finite; a sum tells it of most arrays in one go."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(value.sum()) or np.isfinite(value).all())


def _check(
    model: SimulatedModel,
    parameters: Mapping[str, ArrayLike],
    start: Floats,
    schedule: Schedule,
    times: Floats,
    rtol: tuple[float, float],
    varying: Sequence[str],
    stages: int,
) -> None:
    patients = start.shape[1] if start.ndim == 2 else 0
    problems = [
        *_problems_with_start(model, start),
        *_problems_with_control(times, rtol, stages),
        *_problems_with_parameters(model, parameters, patients),
        *(_unknown(model, name) for name in varying if name not in model.parameter_ids),
        *schedule.problems_with(model.state_ids, model.parameter_ids, patients),
    ]
    if problems:
        raise InputError(problems)


def _unknown(model: SimulatedModel, name: str) -> Problem:
    return Problem(
        f"The model has no parameter {name!r}.", remedy=nearest(name, model.parameter_ids)
    )


def _problems_with_start(model: SimulatedModel, start: Floats) -> Iterator[Problem]:
    if start.ndim != 2 or start.shape[0] != len(model.state_ids) or not start.shape[1]:
        yield Problem(
            f"The start has shape {start.shape}.",
            remedy=f"Give [state, patient] with {len(model.state_ids)} states.",
        )
    elif not np.isfinite(start).all():
        state, patient = np.argwhere(~np.isfinite(start))[0]
        yield Problem(
            f"The start of {model.state_ids[state]!r} in patient {patient} is "
            f"{start[state, patient]}.",
            remedy="Give finite numbers.",
        )


def _problems_with_control(
    times: Floats, rtol: tuple[float, float], stages: int
) -> Iterator[Problem]:
    if times.ndim != 1 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        yield Problem("The times do not increase.", remedy="Give increasing days.")
    if not 3 <= stages <= MOST_STAGES:
        remedy = f"Give a whole number from 3 to {MOST_STAGES}."
        yield Problem(f"A step of {stages} stages is none.", remedy=remedy)
    if not rtol[1] <= rtol[0] <= 0.1:
        yield Problem(f"rtol is {rtol[0]}.", remedy=f"Give one from {rtol[1]:g} to 0.1.")


def _sound(known: frozenset[str], parameters: Mapping[str, ArrayLike], patients: int) -> bool:
    """Whether all are numbers, or arrays of as many as there are patients, and finite.

    Said in one go of what most batches are; of anything else `_problems_with_parameters` asks.
    """
    if not known.issuperset(parameters):
        return False
    total, many = 0.0, []
    for value in parameters.values():
        if isinstance(value, float):
            total += value
        elif isinstance(value, np.ndarray) and value.dtype == float and value.shape == (patients,):
            many.append(value)
        else:
            return False
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(total) and all(math.isfinite(np.add.reduce(one)) for one in many)


def _problems_with_parameters(
    model: SimulatedModel, parameters: Mapping[str, ArrayLike], patients: int
) -> Iterator[Problem]:
    known = frozenset(model.parameter_ids)
    if _sound(known, parameters, patients):
        return
    for name, value in parameters.items():
        if isinstance(value, float) and math.isfinite(value) and name in known:
            continue  # most are such, and there are hundreds
        shape = np.shape(value)
        if name not in known:
            yield _unknown(model, name)
        elif shape not in ((), (patients,)):
            yield Problem(
                f"Parameter {name!r} has shape {shape} in a batch of {patients}.",
                remedy="Give one number, or one per patient.",
            )
        elif not _finite(np.asarray(value, float)):
            yield Problem(f"Parameter {name!r} is not finite.", remedy="Give finite numbers.")
