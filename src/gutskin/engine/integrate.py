"""Courses of a batch of patients: what each body does under a schedule.

Every patient has a step size and a time of its own, and all of them step together, so that each
operation runs over the whole batch. Jumps and bends of the inputs cut the time line into segments;
a step ends exactly where a segment ends, and no jump hides inside the right-hand side. Patients
are computed in groups of a fixed size, so that a patient's course does not depend on its
neighbours, not even in the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.engine import processor, rkc, xla
from gutskin.engine.control import (
    END,
    FIRST_STEP,
    FLOOR,
    LEAST_FACTOR,
    LEAST_RTOL,
    MOST_FACTOR,
    MOST_STEPS,
    NO_NUMBER,
    SAFETY,
    SMALLEST_STEP,
    STAGES,
)
from gutskin.engine.courses import Courses, SimulatedModel
from gutskin.engine.hoist import Parts
from gutskin.engine.parallel import cores, run_chunks
from gutskin.engine.schedule import Schedule
from gutskin.engine.timeline import (
    BLOCK,
    Layout,
    Legs,
    Segments,
    Timeline,
    bending_of,
    block_from,
    group_of,
)
from gutskin.engine.vector_ir import Precision, lanes_of
from gutskin.errors import InputError, Problem, nearest

xla.set_up()

Floats = NDArray[np.float64]


def simulate(
    model: SimulatedModel,
    parameters: Mapping[str, ArrayLike],
    start: ArrayLike,
    schedule: Schedule,
    times: ArrayLike,
    *,
    rtol: float = 1e-3,
    atol: ArrayLike | None = None,
    h_max: float | None = None,
    precision: Precision = "double",
    varying: Sequence[str] = (),
    lanes: int | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Courses:
    """Follow a batch of patients through a schedule.

    What is scheduled before the first or after the last time is left out; a pulse at the first
    time is given.

    Parameters
    ----------
    model : the compiled model
    parameters : id -> number or Array [patient]; missing ids take the evidence value
    start : Array [state, patient], or [state] for one patient, before any pulse at the first time
    schedule : what is done to the patients
    times : Array [time] (days), increasing; the states are given at these
    rtol : tolerated error of a step, relative to the state's size plus a tenth of its typical
        size
    atol : Array [state], tolerated absolute error, instead of that of the tenth
    h_max : longest step (days); by default the accuracy alone decides
    precision : "double", or "single" for 32-bit numbers inside: about twice as fast, for a
        tolerance from 1e-4 on; what is returned is 64-bit
    varying : ids that other schedules of the same study move: naming them lets all share one
        compiled function on a graphics card; the results stay the same within rounding
    lanes : patients of one piece of work, by default as many as suit the device: up to 1024 on a
        processor
    workers : threads, one per core by default, each with one piece at a time
    progress : called with (pieces done, pieces in all)

    Returns
    -------
    Courses

    Raises
    ------
    InputError
        An unknown id, a wrong shape or a number that is not finite.
    """
    plan = prepared(
        model, parameters, start, schedule, times, rtol, atol, h_max, precision, varying
    )
    patients = plan.start.shape[1]
    if xla.on_a_processor():
        lanes = processor.chunk_lanes(
            patients, workers or cores(), precision, lanes or processor.LANES
        )
        kernel = processor.kernel_of(plan.model, precision, plan.individual)
        compute = partial(_group_on_a_processor, kernel)
    else:
        lanes = lanes or xla.lanes_for(patients)
        compute = partial(_group_by_xla, precision)
    firsts = range(0, patients, lanes)
    states = plan.room(len(firsts) * lanes)
    groups = run_chunks(partial(compute, plan, states, lanes), firsts, workers, progress)
    return plan.courses(states, groups)


def prepared(
    model: SimulatedModel,
    parameters: Mapping[str, ArrayLike],
    start: ArrayLike,
    schedule: Schedule,
    times: ArrayLike,
    rtol: float,
    atol: ArrayLike | None,
    h_max: float | None,
    precision: Precision,
    varying: Sequence[str],
) -> Plan:
    """What `simulate` is given, checked and complete."""
    start = np.asarray(start, float)
    start = start[:, None] if start.ndim == 1 else start
    times = np.atleast_1d(np.asarray(times, float))
    _check(model, parameters, start, schedule, times, (rtol, LEAST_RTOL[precision]), varying)
    known = model.values("evidence")
    values = {name: np.asarray(parameters.get(name, known[name]), float)
              for name in model.parameter_ids}  # fmt: skip
    scales = np.asarray(model.scales, float)
    tolerances = rtol * FLOOR * scales if atol is None else np.asarray(atol, float)
    inputs = tuple(sorted({*schedule.parameters, *varying}))
    longest = np.inf if h_max is None else h_max
    control = (rtol, tolerances, longest)
    timeline = Timeline.of(schedule, times)
    return Plan(model, values, start, schedule, timeline, inputs, control)


def _check(
    model: SimulatedModel,
    parameters: Mapping[str, ArrayLike],
    start: Floats,
    schedule: Schedule,
    times: Floats,
    rtol: tuple[float, float],
    varying: Sequence[str],
) -> None:
    patients = start.shape[1] if start.ndim == 2 else 0
    problems: list[Problem] = []
    if start.ndim != 2 or start.shape[0] != len(model.state_ids) or patients == 0:
        problems.append(
            Problem(
                f"The start has shape {start.shape}.",
                remedy=f"Give [state, patient] with {len(model.state_ids)} states.",
            )
        )
    elif not np.isfinite(start).all():
        state, patient = np.argwhere(~np.isfinite(start))[0]
        problems.append(
            Problem(
                f"The start of {model.state_ids[state]!r} in patient {patient} is "
                f"{start[state, patient]}.",
                remedy="Give finite numbers.",
            )
        )
    if times.ndim != 1 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        problems.append(Problem("The times do not increase.", remedy="Give increasing days."))
    if not rtol[1] <= rtol[0] <= 0.1:
        remedy = f"Give one from {rtol[1]:g} to 0.1."
        problems.append(Problem(f"rtol is {rtol[0]}.", remedy=remedy))
    known = frozenset(model.parameter_ids)
    for name, value in parameters.items():
        if isinstance(value, float) and math.isfinite(value) and name in known:
            continue  # most are such, and there are hundreds
        shape = np.shape(value)
        if name not in known:
            problems.append(
                Problem(
                    f"The model has no parameter {name!r}.",
                    remedy=nearest(name, model.parameter_ids),
                )
            )
        elif shape not in ((), (patients,)):
            problems.append(
                Problem(
                    f"Parameter {name!r} has shape {shape} in a batch of {patients}.",
                    remedy="Give one number, or one per patient.",
                )
            )
        elif not np.isfinite(np.asarray(value, float)).all():
            problems.append(
                Problem(f"Parameter {name!r} is not finite.", remedy="Give finite numbers.")
            )
    problems += [
        Problem(f"The model has no parameter {name!r}.", remedy=nearest(name, model.parameter_ids))
        for name in varying
        if name not in model.parameter_ids
    ]
    problems += schedule.problems_with(model.state_ids, model.parameter_ids, patients)
    if problems:
        raise InputError(problems)


class Carry(NamedTuple):
    """What goes on from one segment to the next."""

    y: Any  # [state, lane]
    f: Any  # [state, lane]
    h: Any  # [lane] (days)
    h_bend: Any  # [lane] (days), the step that fitted at the start of the latest segment
    steps: Any  # [lane]
    calls: Any  # evaluations of the right-hand side
    failed_at: Any  # [lane] (days)

    @staticmethod
    def at(y: Floats) -> Carry:
        """Where a group sets out from, before its first step."""
        zeros = np.zeros(y.shape[1])
        return Carry(
            y, np.zeros_like(y), zeros + FIRST_STEP, zeros + np.inf, zeros.astype(np.int64),
            np.int64(0), zeros * np.nan,
        )  # fmt: skip


def fixed_of(
    layout: Layout, ids: Sequence[str], own: Mapping[str, Floats], lanes: int
) -> tuple[Floats, Floats]:
    """The parameters that stay: shared ones [parameter], and [parameter, lane]."""
    shared = np.array([own[name] for name in layout.named(ids, "shared")])
    single = [own[name] for name in layout.named(ids, "own")]
    return shared, np.reshape(single, (len(single), lanes))


class GroupResult(NamedTuple):
    """What became of one group of patients; arrays as in `Courses`."""

    end: Floats
    steps: NDArray[np.int64]
    evaluations: int
    failed_at: Floats


@dataclass(frozen=True, eq=False)
class Plan:
    """A batch of patients and what is done to them, checked and complete.

    Parameters
    ----------
    values : id -> number or Array [patient], every parameter of the model
    start : Array [state, patient]
    timeline : of the schedule and the requested times
    inputs : ids of the parameters that this schedule, or another of the same study, moves
    control : tolerated relative error, absolute ones [state], longest step (days)
    """

    model: SimulatedModel
    values: Mapping[str, Floats]
    start: Floats
    schedule: Schedule
    timeline: Timeline
    inputs: tuple[str, ...]
    control: tuple[float, Floats, float]

    @cached_property
    def individual(self) -> frozenset[str]:
        """Ids of the parameters that are not the same for all patients at every moment.

        One that follows a straight line is not: each patient has his own times within a segment.
        """
        held = {hold.parameter for hold in self.schedule.holds if np.ndim(hold.value)}
        bent = {course.parameter for course in self.schedule.courses}
        return frozenset({name for name, value in self.values.items() if value.ndim} | held | bent)

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

    def room(self, lanes: int) -> Floats:
        """Array [time, state, lane] for the states, with lanes that fill up the last group."""
        return processor.aligned((len(self.timeline.times), len(self.start), lanes))

    def finished(
        self,
        carry: Carry,
        schedule: Schedule,
        seen: Floats,
        lanes: NDArray[np.intp],
        evaluated: int,
    ) -> GroupResult:
        """What became of the patients in `lanes`, from the last carry and their schedule.

        Their states at the last time go into `seen` [time, state, lane]. In each call of the
        right-hand side so many were `evaluated` together.
        """
        failed_at = np.asarray(carry.failed_at, float)
        end, lost = np.asarray(carry.y, float), ~np.isnan(failed_at)
        if lost.any():
            end = np.where(lost, np.nan, end)
        seen[-1] = end
        for pulse in schedule.pulses:
            if pulse.time == self.timeline.times[-1]:
                seen[-1, self.model.state_ids.index(pulse.state)] += pulse.add
        patients = slice(0, int(np.searchsorted(lanes, lanes[-1])) + 1)
        return GroupResult(
            end[:, patients],
            np.asarray(carry.steps)[patients],
            int(np.sum(carry.calls)) * evaluated,
            failed_at[patients],
        )

    def courses(self, states: Floats, groups: Sequence[GroupResult]) -> Courses:
        """The groups together, whose states [time, state, lane] are there."""
        return Courses(
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


def _group_on_a_processor(
    kernel: processor.Kernel, plan: Plan, states: Floats, together: int, first: int
) -> GroupResult:
    """Follow the chunk of patients that begins with this one, with the kernel.

    Their states go into `states` [time, state, lane].
    """
    model, timeline, inputs = plan.model, plan.timeline, plan.inputs
    lanes = group_of(first, plan.start.shape[1], together)
    own, schedule = plan.own(lanes, inputs), plan.schedule.for_patients(lanes)
    single = (plan.single[0], plan.single[1][:, lanes])
    chunk = processor.Chunk(kernel, plan.start[:, lanes], plan.shared, single, plan.control)
    places = [model.parameter_ids.index(name) for name in inputs]
    bending = bending_of(schedule, inputs)
    seen = states[..., first : first + together]
    for begin, size in timeline.blocks(processor.BLOCK):
        segments, legs = block_from(
            schedule, timeline, inputs, own, model.state_ids, begin, together, size
        )
        seen_at = timeline.seen_at(begin, legs)
        chunk.advance(segments, legs, places, bending, seen, seen_at)
    carry = Carry(**{name: chunk.arrays[name] for name in Carry._fields})
    return plan.finished(carry, schedule, seen, lanes, lanes_of(kernel.precision))


def _group_by_xla(
    precision: Precision, plan: Plan, states: Floats, together: int, first: int
) -> GroupResult:
    """Follow the group of patients that begins with this one, block by block."""
    model, timeline, inputs = plan.model, plan.timeline, plan.inputs
    lanes = group_of(first, plan.start.shape[1], together)
    own = plan.own(lanes, model.parameter_ids)
    schedule = plan.schedule.for_patients(lanes)
    layout = Layout.of(model.parameter_ids, own, inputs)
    fixed = fixed_of(layout, model.parameter_ids, own, together)
    bending = bending_of(schedule, inputs)
    carry = Carry.at(np.ascontiguousarray(plan.start[:, lanes]))
    seen = states[..., first : first + together]
    for begin in range(0, len(timeline.starts), BLOCK):
        segments, legs = block_from(
            schedule, timeline, inputs, own, model.state_ids, begin, together
        )
        numbers = _in(precision, (carry, segments, legs, fixed, plan.control))
        carry, found = _advance(model.rhs, layout, STAGES, bending, *numbers)
        put_seen(seen, timeline.seen_at(begin, legs), found)
    return plan.finished(carry, schedule, seen, lanes, together)


def put_seen(seen: Floats, seen_at: NDArray[np.intp], found: Any) -> None:
    """Put what was found at the start of each leg, [..., leg, state, lane], where it is wanted."""
    wanted = seen_at >= 0
    seen[..., seen_at[wanted], :, :] = np.asarray(found)[..., wanted, :, :]


def _in[Tree](precision: Precision, numbers: Tree) -> Tree:
    """A tree of numbers with every float in this precision."""
    if precision == "double":
        return numbers

    def narrow(number: Any) -> Any:
        return np.asarray(number, np.float32) if np.asarray(number).dtype.kind == "f" else number

    return jax.tree.map(narrow, numbers)


def advance(
    rhs: Callable[..., Any],
    layout: Layout,
    stages: int,
    bending: tuple[int, ...],
    carry: Carry,
    segments: Segments,
    legs: Legs,
    fixed: tuple[jax.Array, jax.Array],
    control: tuple[jax.Array, ...],
) -> tuple[Carry, jax.Array]:
    """Take all lanes through a block; also the state at each leg's start, after its pulses."""
    values = layout.parameters(*fixed, segments.left[0][jnp.array(layout.order, int)])
    parts = Parts(rhs, carry.h, carry.y, values, layout.places("moved"))
    constant = jax.lax.optimization_barrier(parts.constant(values))

    def derivative(t: jax.Array, y: jax.Array, inputs: Sequence[jax.Array]) -> jax.Array:
        return parts.derivative(constant, t, y, [inputs[number] for number in layout.order])

    def through(carry: Carry, leg: Legs) -> tuple[Carry, jax.Array]:
        carry = carry._replace(y=carry.y.at[leg.pulsed].add(leg.add))
        seen = jnp.where(jnp.isnan(carry.failed_at), carry.y, jnp.nan)
        return _through_leg(derivative, stages, bending, carry, segments, leg, control), seen

    return jax.lax.scan(through, carry, legs)


_advance = jax.jit(advance, static_argnums=(0, 1, 2, 3), compiler_options=xla.OPTIONS)


class _Loop(NamedTuple):
    """Where the lanes are inside a leg."""

    segment: Any  # [lane]
    elapsed: Any  # [lane] (days) since the start of its segment
    tried: Any  # steps tried in this leg
    fresh: Any  # the derivative at the start is not known yet
    carry: Carry


def _through_leg(
    derivative: Callable[[jax.Array, jax.Array, Sequence[jax.Array]], jax.Array],
    stages: int,
    bending: tuple[int, ...],
    carry: Carry,
    segments: Segments,
    leg: Legs,
    control: tuple[jax.Array, ...],
) -> Carry:
    """Step every lane from the start of a leg to its end."""
    rtol, atol, longest = control
    lane = jnp.arange(carry.h.shape[0])
    held = segments.left[leg.first]  # what does not bend jumps at the start of a leg or not at all

    def going(loop: _Loop) -> jax.Array:
        return (loop.segment < leg.after) & jnp.isnan(loop.carry.failed_at)

    def unfinished(loop: _Loop) -> jax.Array:
        return jnp.any(going(loop))

    def attempt(loop: _Loop) -> _Loop:
        segment, elapsed, tried, fresh, carry = loop
        y, f = carry.y, carry.f
        active = going(loop) & ~fresh
        now = jnp.minimum(segment, leg.after - 1)
        start, length = segments.start[now], segments.length[now]
        lines = [(segments.left[now, number, lane], segments.slope[now, bend, lane])
                 for bend, number in enumerate(bending)]  # fmt: skip
        lines = jax.lax.optimization_barrier(lines)
        remaining = length - elapsed
        last = carry.h >= remaining * END
        # Two equal steps rather than a long one and a stump.
        halved = jnp.where(2.0 * carry.h > remaining, 0.5 * remaining, carry.h)
        h = jnp.where(active, jnp.where(last, remaining, halved), 0.0)
        count = jnp.where(fresh, 1, stages)

        def rates(since: jax.Array, y: jax.Array) -> jax.Array:
            inputs = list(held)
            for number, (left, slope) in zip(bending, lines, strict=True):
                inputs[number] = left + slope * since
            return derivative(start + since, y, inputs)

        y_new, f_new = rkc.step(rates, stages, elapsed, y, f, h, count)
        size = rkc.error_size(y, f, y_new, f_new, h, rtol, atol)
        size = jnp.where(jnp.isfinite(size), size, NO_NUMBER)
        taken = active & (size <= 1.0)
        factor = SAFETY * jnp.maximum(size, 1e-12) ** (-1.0 / 3.0)
        proposed = h * jnp.clip(factor, LEAST_FACTOR, MOST_FACTOR)
        # A step cut short by the segment's end says little about the next one's size.
        kept = jnp.maximum(proposed, jnp.minimum(carry.h, MOST_FACTOR * h))
        h_next = jnp.where(active, jnp.where(taken, kept, proposed), carry.h)
        # At a bend the fast states are shaken; what they bore at the last one they bear again.
        h_bend = jnp.where(taken & (elapsed == 0.0), proposed, carry.h_bend)
        lost = active & ~taken & (h_next < SMALLEST_STEP)
        lost |= active & (tried >= MOST_STEPS)
        ended = taken & last
        h_next = jnp.where(ended, jnp.minimum(h_next, h_bend), h_next)
        return _Loop(
            segment=segment + ended,
            elapsed=jnp.where(ended, 0.0, jnp.where(taken, elapsed + h, elapsed)),
            tried=tried + 1,
            fresh=jnp.zeros_like(fresh),
            carry=Carry(
                y=jnp.where(taken, y_new, y),
                f=jnp.where(taken | fresh, f_new, f),
                # After a segment of next to no length the step must be able to grow again.
                h=jnp.minimum(jnp.maximum(h_next, SMALLEST_STEP), longest),
                h_bend=h_bend,
                steps=carry.steps + active,
                calls=carry.calls + count,
                failed_at=jnp.where(lost, start + elapsed, carry.failed_at),
            ),
        )

    begin = _Loop(
        segment=jnp.full(carry.h.shape, leg.first),
        elapsed=jnp.zeros_like(carry.h),
        tried=jnp.zeros((), jnp.int64),
        fresh=leg.fresh,
        carry=carry,
    )
    return jax.lax.while_loop(unfinished, attempt, begin).carry
