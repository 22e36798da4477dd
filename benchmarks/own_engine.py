"""Our engine on the study: what compiling costs, whole courses, the right-hand side alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from job import Job, Row, row_of
from study import SETTLED, Study, study_of, timed

from gutskin.engine import xla
from gutskin.engine.timeline import LANES

TURNS = 15  # of what is measured in turns


def _followed(job: Job, study: Study, rtol: float, workers: int, precision: Any):
    """Trajectories of all patients of a study."""
    from gutskin.engine import simulate

    return simulate(
        study.model, study.parameters, study.start, study.schedules[job.schedule], study.times,
        rtol=rtol, varying=study.inputs, workers=workers, precision=precision,
    ).raise_if_failed()  # fmt: skip


def compilation(job: Job) -> Iterator[Row]:
    """What the first call costs more than the second, in a process that has called nothing yet.

    The first such process compiles and fills a cache on disk, the next ones read it.
    """
    few = study_of(1, job.days)
    for precision in job.precisions:
        seen = Path(job.folder) / f"compiled-{precision}"
        cached = seen.exists()
        seen.touch()
        first, second = (timed(partial(_followed, job, few, 1e-2, 1, precision), 1)[0]
                         for _ in range(2))  # fmt: skip
        spent = first - second
        yield {"precision": precision, "cached": cached,
               "compile_s": spent[0], "compile_processor_s": spent[1]}  # fmt: skip


def gutskin(job: Job) -> Iterator[Row]:
    """Our engine: every batch, precision, tolerance and number of workers."""
    whole, once = job.study(), partial(_followed, job)
    for precision in job.precisions:
        once(whole.first(1), 1e-2, 1, precision)
        for patients in job.patients:
            study = whole.first(patients)
            for workers in job.workers:
                for rtol in job.rtols:
                    repeats = job.repeats if patients <= SETTLED else 1
                    seconds, courses = timed(
                        partial(once, study, rtol, workers, precision), repeats
                    )
                    yield row_of(
                        job, study, rtol, seconds, courses.states,
                        patients=patients, workers=workers, precision=precision,
                        evaluations=courses.evaluations,
                        steps=int(courses.steps.sum()),
                    )  # fmt: skip


def right_hand_side(job: Job) -> Iterator[Row]:
    """The pure cost of our right-hand side: a thousand evaluations for 128 patients, no method.

    Once as XLA compiles it, once as the kernel of the processor does. And in turns, so that all
    meet the same moods of the machine, what an evaluation costs within `simulate`, everything
    counted, and in place: what a run costs more in which each is made twice.
    """
    import jax
    import jax.numpy as jnp

    from gutskin.engine.hoist import HoistedRightHandSide
    from gutskin.engine.timeline import ParameterLayout

    whole, rtol = job.study().first(job.patients[0]), job.rtols[0]
    study = whole.first(LANES)
    model, calls = study.model, 1000
    own = {name: np.asarray(study.parameters.get(name, value), float)
           for name, value in model.values().items()}  # fmt: skip
    layout = ParameterLayout.of(model.parameter_ids, own, study.inputs)
    shared = np.array([own[name] for name in layout.named(model.parameter_ids, "shared")])
    single = np.array([own[name] for name in layout.named(model.parameter_ids, "own")])
    moved = np.array([np.broadcast_to(own[study.inputs[n]], LANES) for n in layout.order])
    for precision, kind in (("double", np.float64), ("single", np.float32)):
        given = [np.asarray(a, kind) for a in (shared, single, moved, study.start)]

        @partial(jax.jit, compiler_options=xla.OPTIONS)
        def evaluate(shared: Any, single: Any, moved: Any, y: Any):
            values = layout.parameters(shared, single, moved)
            t = jnp.zeros_like(y[0])
            parts = HoistedRightHandSide(model.rhs, t, y, values, layout.places("moved"))
            constant = jax.lax.optimization_barrier(parts.constant(values))

            def again(number: Any, rates: Any) -> Any:
                state, _ = jax.lax.optimization_barrier((y, rates))
                return parts.derivative(constant, t + number, state, list(moved))

            return jax.lax.fori_loop(0, calls, again, y)

        pure = partial(lambda f, a: f(*a).block_until_ready(), evaluate, given)
        repeat, lanes = _in_the_kernel(study, precision, calls)
        simulated = partial(_followed, job, whole, rtol, 1, precision)
        twice = partial(_evaluated_twice, whole, precision, simulated)
        share = LANES / simulated().evaluations
        twice()
        spent = []
        for _ in range(TURNS):
            ours, more = (timed(run, 1)[0][1] * share for run in (simulated, twice))
            floors = [timed(one, 5)[0][1] / calls for one in (pure, repeat)]
            spent.append((ours, more - ours, floors[0], floors[1] * LANES / lanes))
        ours, in_place, by_xla, in_kernel = 1e6 * np.array(spent).T
        yield {
            "patients": whole.patients, "computed": whole.patients, "workers": 1,
            "precision": precision, "rtol": rtol,
            "us_per_evaluation": by_xla.min(), "us_in_the_kernel": in_kernel.min(),
            "us_in_simulate": np.median(ours), "us_in_place": np.median(in_place),
            "times_xla": np.median(ours / by_xla), "times_kernel": np.median(ours / in_kernel),
        }  # fmt: skip


@cache
def _doubled(model: Any, own: tuple[str, ...], precision: str) -> Any:
    """The kernel with every evaluation made twice."""
    from gutskin.engine import kernel, processor
    from gutskin.engine.machine import Compiled

    module = kernel.kernel_module(processor.traced_of(model, precision, own), evaluations=2)
    compiled = Compiled(lambda: module, [str(module)])
    ours = processor.kernel_of(model, precision, own)
    return replace(ours, advance=compiled.function("advance"), compiled=compiled)


def _evaluated_twice(study: Study, precision: str, simulated: Callable[[], Any]) -> Any:
    """A run with that kernel."""
    from gutskin.engine import processor

    own = tuple(name for name, value in study.parameters.items() if np.ndim(value))
    doubled = _doubled(study.model, own, precision)
    with patch.object(processor, "kernel_of", lambda *_: doubled):
        return simulated()


def _in_the_kernel(study: Study, precision: str, calls: int) -> tuple[Callable[[], Any], int]:
    """Evaluates as often in the technique of the kernel, for so many patients."""
    from gutskin.engine import kernel_frame, kernel_rhs, processor
    from gutskin.engine.machine import Compiled

    model, lanes = study.model, processor.lanes_of(precision)
    own = [name for name, value in study.parameters.items() if np.ndim(value)]
    traced = processor.traced_of(model, precision, own)
    module = kernel_rhs.evaluation_module(traced)
    compiled = Compiled(lambda: module, [str(module)])
    repeat = compiled.function("repeat", 6)
    memory = kernel_frame.MemoryLayout(traced)
    rows = processor.aligned((memory.rows, lanes), processor.of_precision(precision))
    first, rows[:] = memory.first, 0.0
    rows[first["y"] :][: len(model.state_ids)] = study.start[:, :lanes]
    for place, name in enumerate(model.parameter_ids):
        value = np.asarray(study.parameters.get(name, model.values()[name]))
        rows[first["p"] + place] = value[:lanes] if value.ndim else value
    count = np.array([calls])
    where = [rows[first[name] :].ctypes.data for name in ("p", "rows", "time", "y", "slope")]
    kept = (compiled, rows, count)  # its code and its memory live as long as what calls it
    return partial(lambda _: repeat(count.ctypes.data, *where), kept), lanes
