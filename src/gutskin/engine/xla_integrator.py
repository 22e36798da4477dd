"""The integrator in JAX, which XLA compiles: for graphics cards, and to check the kernel against.

Every patient has a step size and a time of its own, and all of a group step together, so that each
operation runs over the whole group. A group is taken through a block of segments at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from gutskin.engine import rkc, xla
from gutskin.engine import step_size_controller as controller
from gutskin.engine.batch import Batch, GroupResult, LoopState
from gutskin.engine.hoist import HoistedRightHandSide
from gutskin.engine.timeline import (
    BLOCK,
    EventIntervals,
    ParameterLayout,
    SmoothSegments,
    block_of_segments,
    group_of,
    ramped_inputs,
)
from gutskin.engine.vector_ir import Precision

xla.set_up()

Floats = NDArray[np.float64]


def group_by_xla(
    precision: Precision, batch: Batch, states: Floats, together: int, first: int
) -> GroupResult:
    """Follow the group of patients that begins with this one, block by block."""
    model, timeline, inputs = batch.model, batch.timeline, batch.inputs
    lanes = group_of(first, batch.start.shape[1], together)
    own = batch.own(lanes, model.parameter_ids)
    schedule = batch.schedule.for_patients(lanes)
    layout = ParameterLayout.of(model.parameter_ids, own, inputs)
    fixed = fixed_of(layout, model.parameter_ids, own, together)
    ramped = ramped_inputs(schedule, inputs)
    carry = LoopState.at(np.ascontiguousarray(batch.start[:, lanes]))
    outputs = states[..., first : first + together]
    for begin in range(0, len(timeline.starts), BLOCK):
        segments, intervals = block_of_segments(
            schedule, timeline, inputs, own, model.state_ids, begin, together
        )
        numbers = _in(precision, (carry, segments, intervals, fixed, batch.control))
        carry, found = _advance(model.rhs, layout, batch.stages, ramped, *numbers)
        put_outputs(outputs, timeline.output_indices(begin, intervals), found)
    return batch.finished(carry, schedule, outputs, lanes, together)


def fixed_of(
    layout: ParameterLayout, ids: Sequence[str], own: Mapping[str, Floats], lanes: int
) -> tuple[Floats, Floats]:
    """The parameters that stay: shared ones [parameter], and [parameter, lane]."""
    shared = np.array([own[name] for name in layout.named(ids, "shared")])
    single = [own[name] for name in layout.named(ids, "own")]
    return shared, np.reshape(single, (len(single), lanes))


def put_outputs(outputs: Floats, output_at: NDArray[np.intp], found: Any) -> None:
    """Put the states at the start of each interval, [..., interval, state, lane], in place."""
    wanted = output_at >= 0
    outputs[..., output_at[wanted], :, :] = np.asarray(found)[..., wanted, :, :]


def _in[Tree](precision: Precision, numbers: Tree) -> Tree:
    """A tree of numbers with every float in this precision."""
    if precision == "double":
        return numbers

    def narrow(number: Any) -> Any:
        return np.asarray(number, np.float32) if np.asarray(number).dtype.kind == "f" else number

    return jax.tree.map(narrow, numbers)


def advance(
    rhs: Callable[..., Any],
    layout: ParameterLayout,
    stages: int,
    ramped: tuple[int, ...],
    carry: LoopState,
    segments: SmoothSegments,
    intervals: EventIntervals,
    fixed: tuple[jax.Array, jax.Array],
    control: tuple[jax.Array, ...],
) -> tuple[LoopState, jax.Array]:
    """Take all lanes through a block; also the state at each interval's start, after its pulses."""
    values = layout.parameters(*fixed, segments.left[0][jnp.array(layout.order, int)])
    parts = HoistedRightHandSide(rhs, carry.h, carry.y, values, layout.places("moved"))
    constant = jax.lax.optimization_barrier(parts.constant(values))

    def derivative(t: jax.Array, y: jax.Array, inputs: Sequence[jax.Array]) -> jax.Array:
        return parts.derivative(constant, t, y, [inputs[number] for number in layout.order])

    def through(carry: LoopState, interval: EventIntervals) -> tuple[LoopState, jax.Array]:
        carry = carry._replace(y=carry.y.at[interval.pulsed].add(interval.add))
        outputs = jnp.where(jnp.isnan(carry.failed_at), carry.y, jnp.nan)
        return _through_interval(
            derivative, stages, ramped, carry, segments, interval, control
        ), outputs

    return jax.lax.scan(through, carry, intervals)


_advance = jax.jit(advance, static_argnums=(0, 1, 2, 3), compiler_options=xla.OPTIONS)


class _IntervalState(NamedTuple):
    """Where the lanes are inside an interval."""

    segment: Any  # [lane]
    elapsed: Any  # [lane] (days) since the start of its segment
    tried: Any  # steps tried in this interval
    restart: Any  # the derivative at the start is not known yet
    carry: LoopState

    @classmethod
    def at_start(cls, interval: EventIntervals, carry: LoopState) -> _IntervalState:
        return cls(
            segment=jnp.full(carry.h.shape, interval.first),
            elapsed=jnp.zeros_like(carry.h),
            tried=jnp.zeros((), jnp.int64),
            restart=interval.restart,
            carry=carry,
        )


def _step_within(h: jax.Array, remaining: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The step that is tried in what remains of a segment [lane] (days); whether it ends it."""
    last = h >= remaining * controller.END
    # Two equal steps rather than a long one and a tiny one.
    halved = jnp.where(2.0 * h > remaining, 0.5 * remaining, h)
    return jnp.where(last, remaining, halved), last


def _rates(
    derivative: Callable[[jax.Array, jax.Array, Sequence[jax.Array]], jax.Array],
    start: jax.Array,
    held: Sequence[jax.Array],
    ramped: tuple[int, ...],
    lines: Sequence[tuple[jax.Array, jax.Array]],
) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """The derivative in a segment by the time since its start: inputs are held or ramp."""

    def rates(since: jax.Array, y: jax.Array) -> jax.Array:
        inputs = list(held)
        for number, (left, slope) in zip(ramped, lines, strict=True):
            inputs[number] = left + slope * since
        return derivative(start + since, y, inputs)

    return rates


def _next_step(
    carry: LoopState,
    h: jax.Array,
    size: jax.Array,
    active: jax.Array,
    ended: jax.Array,
    first: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """How long the next step is, and the first one of the next segment; which lanes are lost.

    Parameters
    ----------
    h : Array [lane] (days), the step that was tried
    size : Array [lane], its error in units of the tolerance
    active, ended, first : Array [lane] (bool)
        it was tried at all; it ended its segment; it began it
    """
    taken = active & (size <= 1.0)
    factor = controller.SAFETY * jnp.maximum(size, 1e-12) ** (-1.0 / 3.0)
    proposed = h * jnp.clip(factor, controller.MIN_FACTOR, controller.MAX_FACTOR)
    # A step cut short by the segment's end says little about the next one's size.
    grown = jnp.maximum(proposed, jnp.minimum(carry.h, controller.MAX_FACTOR * h))
    h_next = jnp.where(active, jnp.where(taken, grown, proposed), carry.h)
    # A kink excites the fast states; the step that fitted after the last one fits after this.
    h_kink = jnp.where(taken & first, proposed, carry.h_kink)
    lost = active & ~taken & (h_next < controller.MIN_STEP)
    return jnp.where(ended, jnp.minimum(h_next, h_kink), h_next), h_kink, lost


def _through_interval(
    derivative: Callable[[jax.Array, jax.Array, Sequence[jax.Array]], jax.Array],
    stages: int,
    ramped: tuple[int, ...],
    carry: LoopState,
    segments: SmoothSegments,
    interval: EventIntervals,
    control: tuple[jax.Array, ...],
) -> LoopState:
    """Step every lane from the start of an interval to its end."""
    rtol, atol, longest = control
    lane = jnp.arange(carry.h.shape[0])
    # What does not ramp jumps at the start of an interval or not at all.
    held = segments.left[interval.first]

    def going(loop: _IntervalState) -> jax.Array:
        return (loop.segment < interval.after) & jnp.isnan(loop.carry.failed_at)

    def unfinished(loop: _IntervalState) -> jax.Array:
        return jnp.any(going(loop))

    def attempt(loop: _IntervalState) -> _IntervalState:
        segment, elapsed, tried, restart, carry = loop
        y, f = carry.y, carry.f
        active = going(loop) & ~restart
        now = jnp.minimum(segment, interval.after - 1)
        start, length = segments.start[now], segments.length[now]
        lines = [(segments.left[now, number, lane], segments.slope[now, ramp, lane])
                 for ramp, number in enumerate(ramped)]  # fmt: skip
        lines = jax.lax.optimization_barrier(lines)
        tried_h, last = _step_within(carry.h, length - elapsed)
        h = jnp.where(active, tried_h, 0.0)
        count = jnp.where(restart, 1, stages)
        rates = _rates(derivative, start, held, ramped, lines)
        y_new, f_new = rkc.step(rates, stages, elapsed, y, f, h, count)
        size = rkc.error_norm(y, f, y_new, f_new, h, rtol, atol)
        size = jnp.where(jnp.isfinite(size), size, controller.NAN_ERROR)
        taken = active & (size <= 1.0)
        ended = taken & last
        h_next, h_kink, too_short = _next_step(carry, h, size, active, ended, elapsed == 0.0)
        lost = too_short | (active & (tried >= controller.MAX_STEPS))
        return _IntervalState(
            segment=segment + ended,
            elapsed=jnp.where(ended, 0.0, jnp.where(taken, elapsed + h, elapsed)),
            tried=tried + 1,
            restart=jnp.zeros_like(restart),
            carry=LoopState(
                y=jnp.where(taken, y_new, y),
                f=jnp.where(taken | restart, f_new, f),
                # After a segment of next to no length the step must be able to grow again.
                h=jnp.minimum(jnp.maximum(h_next, controller.MIN_STEP), longest),
                h_kink=h_kink,
                steps=carry.steps + active,
                evaluations=carry.evaluations + count,
                failed_at=jnp.where(lost, start + elapsed, carry.failed_at),
            ),
        )

    begin = _IntervalState.at_start(interval, carry)
    return jax.lax.while_loop(unfinished, attempt, begin).carry
