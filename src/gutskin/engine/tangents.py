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
from functools import cached_property, partial
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.engine import integrate, processor, xla
from gutskin.engine.courses import Courses, SimulatedModel
from gutskin.engine.integrate import Carry, advance, fixed_of
from gutskin.engine.kernel_tangents import Tiles
from gutskin.engine.parallel import cores, run_chunks
from gutskin.engine.schedule import Schedule
from gutskin.engine.timeline import BLOCK, LANES, Layout, bending_of, block_from, group_of
from gutskin.engine.vector_ir import lanes_of
from gutskin.errors import InputError, Problem, nearest

Floats = NDArray[np.float64]

PIECE = 256  # patients of one piece of work on a processor


class Moves(Protocol):
    """Derivatives of the states of a batch of courses, however they lie in memory."""

    def at(self, number: int) -> NDArray[np.floating]:
        """All at a requested time, [parameter, state, patient]."""
        ...

    def along(self, number: int, slopes: Floats) -> Floats:
        """What quantities with these slopes, [name, state, patient], move at a time.

        Returns
        -------
        Array [parameter, name, patient]
        """
        ...


@dataclass(frozen=True, eq=False)
class Sensitivities:
    """Derivatives of a batch of courses.

    Parameters
    ----------
    by : ids of the parameters
    courses : the courses themselves, equal within rounding to those of `simulate`
    moves : what a state changes per unit of a parameter
    """

    by: tuple[str, ...]
    courses: Courses
    moves: Moves = field(repr=False)

    @cached_property
    def states(self) -> NDArray[np.floating]:
        """What every state changes per unit of a parameter, [parameter, time, state, patient].

        Of 32-bit numbers on a processor; no numbers for a patient that failed.
        """
        times = range(len(self.courses.times))
        found = np.stack([self.moves.at(number) for number in times], axis=1)
        if self.courses.failed.any():
            found[:, np.isnan(self.courses.states)] = np.nan
        return found

    def quantities(self, names: Sequence[str]) -> Floats:
        """Derivatives of states or assigned quantities, [parameter, time, name, patient].

        Raises
        ------
        InputError
            For an id that is neither; names the nearest.
        """
        courses = self.courses
        by_state, by_parameter = courses.gradients(names, self.by)
        found = np.empty((len(self.by), len(courses.times), len(names), by_state.shape[-1]))
        for number, time in enumerate(courses.times):
            moved = np.array([_unscheduled(courses.schedule, name, time) for name in self.by])
            itself = np.moveaxis(by_parameter[number], 1, 0) * moved[:, None, None]
            found[:, number] = self.moves.along(number, by_state[number]) + itself
        return found


@dataclass(frozen=True, eq=False)
class _Tiled:
    """Derivatives as the kernel leaves them.

    Parameters
    ----------
    found : Array [time, group, ...] as `tiles` say
    """

    tiles: Tiles
    found: NDArray[np.float32]
    parameters: int
    patients: int

    def at(self, number: int) -> NDArray[np.float32]:
        """As `Moves`."""
        return self.tiles.whole(self.found[number], self.parameters)[..., : self.patients]

    def along(self, number: int, slopes: Floats) -> Floats:
        """As `Moves`; only states on which a quantity depends are looked at."""
        used = np.flatnonzero(slopes.any(axis=(0, 2)))
        moves = self.tiles.whole(self.found[number][:, :, :, used], self.parameters)
        return np.einsum("nsp,bsp->bnp", slopes[:, used], moves[..., : self.patients])


@dataclass(frozen=True, eq=False)
class _Plain:
    """Derivatives as JAX leaves them, [parameter, time, state, lane]."""

    found: Floats
    patients: int

    def at(self, number: int) -> Floats:
        """As `Moves`."""
        return self.found[:, number, :, : self.patients]

    def along(self, number: int, slopes: Floats) -> Floats:
        """As `Moves`."""
        return np.einsum("nsp,bsp->bnp", slopes, self.at(number))


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
        differences). The smallest effect may be off by more of itself: by 5e-5, 1e-3 and 0.08

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
    patients, own = plan.start.shape[1], xla.on_a_processor()
    together = (
        processor.chunk_lanes(patients, workers or cores(), "double", PIECE) if own else LANES
    )
    firsts = range(0, patients, together)
    seen = plan.room(len(firsts) * together)
    moved: Moves
    if own:
        begun = [int(state) for state in np.flatnonzero(moves.any(axis=(0, 2)))]
        kernel = processor.kernel_of(model, "double", plan.individual, by, begun)
        tiles = Tiles.of(len(by))
        found = processor.aligned((len(seen), *tiles.shape(*seen.shape[1:])), np.float32)
        moved = _Tiled(tiles, found, len(by), patients)
        compute = partial(
            _follow_on_a_processor, kernel, plan, tuple(by), moves, seen, found, together
        )
    else:
        found = np.empty((len(by), *seen.shape))
        moved = _Plain(found, patients)
        compute = partial(_follow_by_xla, plan, tuple(by), moves, seen, found)
    courses = plan.courses(seen, run_chunks(compute, firsts, workers, progress))
    return Sensitivities(tuple(by), courses, moved)


def _follow_on_a_processor(
    kernel: processor.Kernel,
    plan: integrate.Plan,
    by: tuple[str, ...],
    moves: Floats,
    states: Floats,
    found: NDArray[np.float32],
    together: int,
    first: int,
) -> integrate.GroupResult:
    """Some patients; what is found goes into the states [time, state, lane] and derivatives.

    The derivatives lie as `Tiles` says, [time, group, ...].
    """
    model, timeline, inputs = plan.model, plan.timeline, plan.inputs
    lanes = group_of(first, plan.start.shape[1], together)
    own, schedule = plan.own(lanes, inputs), plan.schedule.for_patients(lanes)
    single = (plan.single[0], plan.single[1][:, lanes])
    chunk = processor.Chunk(
        kernel, plan.start[:, lanes], plan.shared, single, plan.control, moves[:, :, lanes]
    )
    places = [model.parameter_ids.index(name) for name in inputs]
    bending = bending_of(schedule, inputs)
    seen, group = states[..., first : first + together], first // lanes_of("double")
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
        follow = processor.Derivatives(seeds, found, group)
        chunk.advance(segments, legs, places, bending, seen, timeline.seen_at(begin, legs), follow)
    found[-1, group : group + chunk.groups] = chunk.arrays["moves"]
    carry = Carry(**{name: chunk.arrays[name] for name in Carry._fields})
    return plan.finished(carry, schedule, seen, lanes, lanes_of("double"))


def _follow_by_xla(
    plan: integrate.Plan,
    by: tuple[str, ...],
    moves: Floats,
    states: Floats,
    found: Floats,
    first: int,
) -> integrate.GroupResult:
    """One group of patients; what is found goes into the states [time, state, lane] and theirs.

    The derivatives are [parameter, time, state, lane].
    """
    model, timeline, inputs = plan.model, plan.timeline, plan.inputs
    lanes = group_of(first, plan.start.shape[1])
    own = plan.own(lanes, model.parameter_ids)
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
    seen_by[:, -1] = np.asarray(y_by)
    return plan.finished(carry, schedule, seen, lanes, LANES)


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
