"""How much every quantity of a course moves when a parameter does: derivatives, not differences.

The derivatives go through the integrator together with the states (forward mode), along the steps
that the states themselves take: the size of a step is not differentiated. On a graphics card what
is found is the derivative of the numbers that `simulate` gives; on a processor the equation of the
derivatives is solved along the same steps, to the same order (`kernel_tangents`). Both converge as
the courses do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.errors import InputError, Problem, nearest
from gutskin.simulate import integrate, processor, xla
from gutskin.simulate.courses import Courses, SimulatedModel
from gutskin.simulate.integrate import Carry, advance, bending_of, fixed_of
from gutskin.simulate.parallel import cores, run_chunks
from gutskin.simulate.schedule import Schedule
from gutskin.simulate.timeline import BLOCK, LANES, Layout, block_from, group_of
from gutskin.simulate.vector_ir import lanes_of

Floats = NDArray[np.float64]

PIECE = 256  # patients of one piece of work on a processor


@dataclass(frozen=True, eq=False)
class Sensitivities:
    """Derivatives of a batch of courses.

    Parameters
    ----------
    by : ids of the parameters
    courses : the courses themselves, equal within rounding to those of `simulate`
    states : Array [parameter, time, state, patient], what a state changes per unit of a parameter;
        of 32-bit numbers on a processor
    """

    by: tuple[str, ...]
    courses: Courses
    states: NDArray[np.floating] = field(repr=False)

    def quantities(self, names: Sequence[str]) -> Floats:
        """Derivatives of states or assigned quantities, [parameter, time, name, patient].

        Raises
        ------
        InputError
            For an id that is neither; names the nearest.
        """
        model, courses = self.courses.model, self.courses
        known = (*model.state_ids, *model.assigned_ids)
        if unknown := [name for name in names if name not in known]:
            raise InputError([
                Problem(f"The model has no quantity {name!r}.", remedy=nearest(name, known))
                for name in unknown
            ])  # fmt: skip
        places = tuple(known.index(name) for name in names)
        patients = courses.states.shape[2]
        moved = {
            name: np.reshape(
                courses.schedule.values(name, courses.times, courses.parameters[name]),
                (len(courses.times), -1),
            )
            for name in courses.inputs
        }
        found = np.empty((len(self.by), len(courses.times), len(names), patients))
        for number, time in enumerate(courses.times):
            values = np.array(
                [
                    np.broadcast_to(
                        moved[name][number] if name in moved else courses.parameters[name], patients
                    )
                    for name in model.parameter_ids
                ]
            )
            tangents = np.zeros((len(self.by), *values.shape))
            for row, name in enumerate(self.by):
                tangents[row, model.parameter_ids.index(name)] = _unscheduled(
                    courses.schedule, name, time
                )
            found[:, number] = _read(
                model.observe, places, time, courses.states[number], values,
                np.asarray(self.states[:, number], float), tangents,
            )  # fmt: skip
        return found


class _Tangents(NamedTuple):
    """Derivatives of what goes into a block; the first axis is the parameter."""

    y: Any  # [parameter, state, lane]
    f: Any  # [parameter, state, lane]
    left: Any  # [parameter, segment, input, lane]
    slope: Any  # [parameter, segment, input, lane]
    shared: Any  # [parameter, shared]
    own: Any  # [parameter, own, lane]


def sensitivities(
    model: SimulatedModel,
    parameters: Mapping[str, ArrayLike],
    start: ArrayLike,
    schedule: Schedule,
    times: ArrayLike,
    by: Sequence[str],
    *,
    start_by: ArrayLike | None = None,
    rtol: float = 1e-6,
    h_max: float | None = None,
    varying: Sequence[str] = (),
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sensitivities:
    """Follow a batch of patients, and how each of them would move with some parameters.

    An input that the schedule moves counts where nothing is scheduled; doses do not move with a
    parameter. On a processor a kernel is compiled for each set of parameters, on a graphics card
    one function serves any, as many at a time.

    Parameters
    ----------
    model, parameters, start, schedule, times, h_max, varying, workers, progress : as in `simulate`
    by : ids of the parameters; every patient's own value moves
    start_by : Array [parameter, state, patient], how the start moves with each; by default it
        stays where it is
    rtol : tolerated error of a step of the states. Derivatives need more than courses do. Times
        the parameter, as effects of a share of it, they are within 1e-5 of the largest effect at
        1e-6, 2e-4 at 1e-4 and 1e-3 at 1e-3 (SCORAD of eight children over 56 days, against finite
        differences). The smallest effect may be off by more of itself: by 4e-4, 0.008 and 0.12

    Returns
    -------
    Sensitivities

    Raises
    ------
    InputError
        As `simulate`, and for an id in `by` that is no parameter.
    """
    unknown = [name for name in by if name not in model.parameter_ids]
    if unknown or not by:
        raise InputError([
            Problem(f"The model has no parameter {name!r}.",
                    remedy=nearest(name, model.parameter_ids))
            for name in unknown
        ] or [Problem("No parameter is named.", remedy="Name at least one.")])  # fmt: skip
    plan = integrate.prepared(
        model, parameters, start, schedule, times, rtol, None, h_max, "double", varying
    )
    shape = (len(by), *plan.start.shape)
    moves = np.zeros(shape) if start_by is None else np.asarray(start_by, float)
    if moves.shape != shape:
        raise InputError(
            Problem(f"start_by has shape {moves.shape}.", remedy=f"Give {shape}: "
                    "[parameter, state, patient].")
        )  # fmt: skip
    chunks = partial(run_chunks, workers=workers, progress=progress)
    patients, seen = plan.start.shape[1], plan.room()
    if not xla.on_a_processor():
        firsts = range(0, patients, LANES)
        found = np.empty((len(by), *seen.shape))
        groups = chunks(partial(_follow_by_xla, plan, tuple(by), moves, seen, found), firsts)
        return Sensitivities(tuple(by), plan.courses(seen, groups), found)
    together = processor.chunk_lanes(patients, workers or cores(), "double", PIECE)
    firsts = range(0, patients, together)
    room = (len(plan.timeline.times), processor.directions_of(len(by)), len(model.state_ids))
    found = np.empty((*room, len(firsts) * together), np.float32)
    compute = partial(_follow_on_a_processor, plan, tuple(by), moves, seen, found, together)
    courses = plan.courses(seen, chunks(compute, firsts))
    states = np.moveaxis(found, 0, 1)[: len(by), ..., :patients]
    if courses.failed.any():  # a failed patient has no derivatives
        states[:, np.isnan(courses.states)] = np.nan
    return Sensitivities(tuple(by), courses, states)


def _follow_on_a_processor(
    plan: integrate.Plan,
    by: tuple[str, ...],
    moves: Floats,
    states: Floats,
    found: NDArray[np.float32],
    together: int,
    first: int,
) -> integrate.GroupResult:
    """Some patients; what is found goes into the states [time, state, patient] and derivatives.

    The derivatives have whole groups, [time, parameter, state, patient].
    """
    model, timeline, inputs = plan.model, plan.timeline, plan.inputs
    lanes = group_of(first, plan.start.shape[1], together)
    own, schedule = plan.own(lanes), plan.schedule.for_patients(lanes)
    kernel = processor.kernel_of(model, "double", plan.individual, by)
    chunk = processor.Chunk(
        kernel, plan.start[:, lanes], [own[name] for name in model.parameter_ids], plan.control,
        moves[:, :, lanes],
    )  # fmt: skip
    places = [model.parameter_ids.index(name) for name in inputs]
    bending = bending_of(schedule, inputs)
    mine = found[..., first : first + together]
    with integrate.whole_lanes(states, first, together) as seen:
        for begin, size in timeline.blocks(processor.BLOCK):
            segments, legs = block_from(
                schedule, timeline, inputs, own, model.state_ids, begin, together, size
            )
            # A parameter moves by itself, an input only where nothing is scheduled.
            days = segments.start[np.minimum(legs.first, size - 1)]
            seeds = np.array([
              [_unscheduled(schedule, name, day) if name in inputs else 1.0 for name in by]
              for day in days
          ])  # fmt: skip
            follow = processor.Following(seeds, mine)
            seen_at = timeline.seen_at(begin, legs)
            chunk.advance(segments, legs, places, bending, seen, seen_at, follow)
        mine[-1] = chunk.arrays["moves"]
        carry = Carry(**{name: chunk.arrays[name] for name in Carry._fields})
        return plan.finished(carry, seen, lanes, lanes_of("double"))


def _follow_by_xla(
    plan: integrate.Plan,
    by: tuple[str, ...],
    moves: Floats,
    states: Floats,
    found: Floats,
    first: int,
) -> integrate.GroupResult:
    """One group of patients; what is found goes into the states [time, state, patient] and theirs.

    The derivatives are [parameter, time, state, patient].
    """
    model, timeline, inputs = plan.model, plan.timeline, plan.inputs
    lanes = group_of(first, plan.start.shape[1])
    own = plan.own(lanes)
    raised = [own | {name: own[name] + 1.0} for name in by]
    schedule = plan.schedule.for_patients(lanes)
    layout = Layout.of(model.parameter_ids, own, inputs)
    fixed = fixed_of(layout, model.parameter_ids, own, LANES)
    units = [
        [np.asarray([float(name == one) for one in layout.named(model.parameter_ids, kind)])
         for name in by]
        for kind in ("shared", "own")
    ]  # fmt: skip
    shared, single = (np.array(rows) for rows in units)
    single = np.repeat(single[:, :, None], LANES, axis=2)
    carry = Carry.at(np.ascontiguousarray(plan.start[:, lanes]))
    y_by = np.ascontiguousarray(moves[:, :, lanes])
    f_by = np.zeros_like(y_by)
    seen, seen_by = (one[..., first : first + LANES] for one in (states, found))
    for begin in range(0, len(timeline.starts), BLOCK):
        segments, legs = block_from(schedule, timeline, inputs, own, model.state_ids, begin)
        # An input outside its schedule is its parameter, on its schedule it is not: linear.
        others = [
            block_from(schedule, timeline, inputs, one, model.state_ids, begin)[0] for one in raised
        ]
        left = np.array([other.left - segments.left for other in others])
        slope = np.array([other.slope - segments.slope for other in others])
        tangents = _Tangents(y_by, f_by, left, slope, shared, single)
        carry, here, (y_by, f_by, here_by) = _advance(
            model.rhs, layout, integrate.STAGES, bending_of(schedule, inputs),
            carry, segments, legs, fixed, plan.control, tangents,
        )  # fmt: skip
        seen_at = timeline.seen_at(begin, legs)
        integrate.put_seen(seen, seen_at, here)
        integrate.put_seen(seen_by, seen_at, here_by)
    seen_by[:, -1] = np.asarray(y_by)[..., : seen_by.shape[-1]]
    return plan.finished(carry, seen, lanes, LANES)


@partial(jax.jit, static_argnums=(0, 1, 2, 3), compiler_options=xla.OPTIONS)
def _advance(
    rhs: Callable[..., Any],
    layout: Layout,
    stages: int,
    bending: tuple[int, ...],
    carry: Carry,
    segments: Any,
    legs: Any,
    fixed: tuple[Any, Any],
    control: tuple[Any, ...],
    tangents: _Tangents,
) -> tuple[Carry, Any, tuple[Any, Any, Any]]:
    """As the plain integrator, with the derivatives of states and rates beside them."""

    def block(y: Any, f: Any, left: Any, slope: Any, shared: Any, own: Any) -> Any:
        after, seen = advance(
            rhs, layout, stages, bending, carry._replace(y=y, f=f),
            segments._replace(left=left, slope=slope), legs, (shared, own), control,
        )  # fmt: skip
        return (after.y, after.f, seen), after

    primals = (carry.y, carry.f, segments.left, segments.slope, *fixed)

    def push(tangent: _Tangents) -> Any:
        (_, _, seen), moved, after = jax.jvp(block, primals, tuple(tangent), has_aux=True)
        return (seen, after), moved

    (seen, after), moved = jax.vmap(push, out_axes=(None, 0))(tangents)
    return after, seen, moved


def _unscheduled(schedule: Schedule, name: str, time: float) -> float:
    """1 where an input has its parameter's value at a moment, 0 where the schedule moves it."""
    one, other = (np.ravel(schedule.values(name, [time], value))[0] for value in (0.0, 1.0))
    return float(other - one)


@partial(jax.jit, static_argnums=(0, 1))
def _read(
    observe: Callable[..., Any],
    places: tuple[int, ...],
    t: Any,
    y: Any,
    values: Any,
    y_by: Any,
    values_by: Any,
) -> Any:
    """Derivatives of quantities at one moment, [parameter, name, patient]."""

    def quantities(y: Any, values: Any) -> Any:
        # Picked one by one, so that what nobody asked for is not differentiated.
        everything = [*y, *observe(t, y, list(values))]
        return jnp.stack([everything[place] for place in places])

    def push(y_by: Any, values_by: Any) -> Any:
        return jax.jvp(quantities, (y, values), (y_by, values_by))[1]

    return jax.vmap(push)(y_by, values_by)
