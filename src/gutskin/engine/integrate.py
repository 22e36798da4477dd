"""Trajectories of a batch of patients: what each body does under a schedule.

Every patient has a step size and a time of its own. Jumps and kinks of the inputs cut the time line
into segments; a step ends exactly where a segment ends, and no jump hides inside the right-hand
side. Patients are computed in groups of a fixed size, so that a patient's course does not depend on
its neighbours, not even in the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from numpy.typing import ArrayLike

from gutskin.engine import processor, xla
from gutskin.engine.batch import Batch, Floats, GroupResult, LoopState, checked_batch
from gutskin.engine.parallel import cores, run_chunks
from gutskin.engine.schedule import Schedule
from gutskin.engine.step_size_controller import STAGES
from gutskin.engine.timeline import block_of_segments, group_of, ramped_inputs
from gutskin.engine.trajectories import SimulatedModel, Trajectories
from gutskin.engine.vector_ir import Precision, lanes_of
from gutskin.engine.xla_integrator import group_by_xla

xla.set_up()


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
    stages: int = STAGES,
    precision: Precision = "double",
    varying: Sequence[str] = (),
    lanes: int | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Trajectories:
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
    stages : of a step; more bear longer ones where stability bounds them, as in who settles
    precision : "double", or "single" for 32-bit numbers inside: about twice as fast, for a
        tolerance from 1e-4 on; what is returned is 64-bit
    varying : ids that other schedules of the same study move: naming them lets all share one
        compiled function on a graphics card; the results stay the same within rounding
    lanes : patients of one piece of work, by default as many as suit the device: up to 1024 on a
        processor
    workers : threads, one per core by default, each with one piece at a time
    progress : called with (pieces done, pieces in all)

    Raises
    ------
    InputError
        An unknown id, a wrong shape or a number that is not finite.
    """
    batch = checked_batch(
        model, parameters, start, schedule, times, rtol, atol, h_max, stages, precision, varying
    )
    compute, together = _on_device(batch, precision, lanes, workers)
    firsts = range(0, batch.start.shape[1], together)
    states = batch.allocate_outputs(len(firsts) * together)
    groups = run_chunks(partial(compute, batch, states, together), firsts, workers, progress)
    return batch.courses(states, groups)


def _on_device(
    batch: Batch, precision: Precision, lanes: int | None, workers: int | None
) -> tuple[Callable[[Batch, Floats, int, int], GroupResult], int]:
    """What follows a group of patients on this device, and how many it follows together."""
    patients = batch.start.shape[1]
    if not xla.on_cpu():
        return partial(group_by_xla, precision), lanes or xla.lanes_for(patients)
    together = processor.chunk_lanes(
        patients, workers or cores(), precision, lanes or processor.LANES
    )
    kernel = processor.kernel_of(batch.model, precision, batch.individual)
    return partial(_group_on_cpu, kernel), together


def _group_on_cpu(
    kernel: processor.Kernel, batch: Batch, states: Floats, together: int, first: int
) -> GroupResult:
    """Follow the chunk of patients that begins with this one, with the kernel.

    Their states go into `states` [time, state, lane].
    """
    model, timeline = batch.model, batch.timeline
    # What the schedule does not move is in its place already, as everybody's own or as shared.
    inputs = batch.schedule.parameters
    lanes = group_of(first, batch.start.shape[1], together)
    own, schedule = batch.own(lanes, inputs), batch.schedule.for_patients(lanes)
    # A slice is copied once, into the kernel's numbers.
    whole = first + together <= batch.start.shape[1]
    chosen = slice(first, first + together) if whole else lanes
    single = (batch.single[0], batch.single[1][:, chosen])
    start, control = batch.start[:, chosen], batch.control
    chunk = processor.Chunk(kernel, start, batch.shared, single, control, batch.stages)
    places = [model.parameter_ids.index(name) for name in inputs]
    ramped = ramped_inputs(schedule, inputs)
    outputs = states[..., first : first + together]
    for begin, size in timeline.blocks(processor.BLOCK):
        segments, intervals = block_of_segments(
            schedule, timeline, inputs, own, model.state_ids, begin, together, size
        )
        output_at = timeline.output_indices(begin, intervals)
        chunk.advance(segments, intervals, places, ramped, outputs, output_at)
    carry = LoopState(**{name: chunk.arrays[name] for name in LoopState._fields})
    return batch.finished(carry, schedule, outputs, lanes, lanes_of(kernel.precision))
