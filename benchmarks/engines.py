"""One engine on the study, in a process of its own: `run(job)` gives its rows.

Each engine is a function of a `Job`; all of them integrate the same SBML. libRoadRunner and COPASI
read each child with his schedule as one document; CVODE, SciPy and diffrax take the right-hand side
that `sbmlode` writes from the model's SBML, compiled by JAX, and start anew where something jumps.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np
from study import EXACT, FLOOR, SETTLED, Study, errors, settled_starts, study_of, timed

from gutskin.engine import xla
from gutskin.engine.timeline import LANES

Row = dict[str, Any]

TURNS = 15  # of what is measured in turns


@dataclass(frozen=True)
class Job:
    """What one process is to measure.

    Parameters
    ----------
    engine : name of one of ENGINES
    folder : where `starts.npy` and the truth lie
    schedule : "doses" or "doses and daily life"
    patients : sizes of the batches
    rtols : relative tolerances
    computed : patients that an engine computes that takes them one by one
    """

    engine: str
    folder: str
    schedule: str = "doses"
    days: int = 56
    patients: tuple[int, ...] = (1000,)
    rtols: tuple[float, ...] = (1e-3,)
    workers: tuple[int, ...] = (1,)
    precisions: tuple[str, ...] = ("double",)
    computed: int = 8
    repeats: int = 3

    def study(self) -> Study:
        """The settled children."""
        starts = np.load(f"{self.folder}/starts.npy")
        return replace(study_of(starts.shape[1], self.days), start=starts)

    @property
    def truth_file(self) -> str:
        """Where libRoadRunner leaves what it finds at a tolerance that leaves nothing to see."""
        return f"{self.folder}/truth-{self.schedule.replace(' ', '-')}-{self.days}.npy"

    def truth(self) -> np.ndarray:
        """Array [time, state, patient] of the first children."""
        return np.load(self.truth_file)


def run(job: Job) -> list[Row]:
    """All rows of a job, with the most memory that its process held."""
    rows = list(ENGINES[job.engine](job))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    common = {"engine": job.engine, "schedule": job.schedule, "days": job.days, "memory_mb": peak}
    return [{**common, **row} for row in rows]


def row_of(job: Job, study: Study, rtol: float, seconds: np.ndarray, states: Any, **more: Any):
    """Times per patient and error of one run of the patients that were computed."""
    computed = states.shape[2]
    worst, rms = errors(study.model, states, job.truth())
    return {
        "rtol": rtol,
        "computed": computed,
        "ms_per_patient": 1e3 * seconds[0] / computed,
        "ms_processor": 1e3 * seconds[1] / computed,
        "worst": worst,
        "rms": rms,
        **more,
    }


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


class RoadRunner:
    """libRoadRunner with one loaded document for each patient.

    Its younger compiler without optimisation loads a document in a third of the time of the
    default one, and the code that it writes is as fast.

    Parameters
    ----------
    patients : numbers of the patients that it computes
    """

    def __init__(self, study: Study, schedule: str, patients: Any) -> None:
        import roadrunner

        config = roadrunner.Config
        config.setValue(config.LLVM_BACKEND, config.LLJIT)
        config.setValue(config.LLJIT_OPTIMIZATION_LEVEL, 0)
        self.study, self.runners, self.loading = study, [], []
        for patient in patients:
            text = study.document(patient, schedule)
            before = perf_counter()
            runner = roadrunner.RoadRunner(text)
            self.loading.append(perf_counter() - before)
            runner.timeCourseSelections = ["time", *study.model.state_ids]
            self.runners.append(runner)

    def run(self, rtol: float, repeats: int):
        """Seconds [clock, processor] of all its patients, and the states [time, state, patient]."""
        spent, found = np.zeros(2), []
        for runner in self.runners:
            seconds, result = timed(
                partial(runner.simulate, times=self.study.times),
                repeats,
                prepare=partial(self._reset, runner, rtol),
            )
            spent += seconds
            found.append(np.array(result)[:, 1:])
        return spent, np.stack(found, axis=-1)

    def _reset(self, runner: Any, rtol: float) -> None:
        model = self.study.model
        runner.resetToOrigin()
        runner.integrator.setValue("relative_tolerance", rtol)
        for state, scale in zip(model.state_ids, model.scales.tolist(), strict=True):
            runner.integrator.setIndividualTolerance(state, rtol * FLOOR * scale)


def libroadrunner(job: Job) -> Iterator[Row]:
    """The peer to beat, alone on one core; then one process per core, both at once.

    Its solution at a relative tolerance of 1e-10 is what all errors are measured against.
    """
    study = job.study()
    peer = RoadRunner(study, job.schedule, range(job.computed))
    loading = float(np.mean(peer.loading))
    np.save(job.truth_file, peer.run(EXACT, 1)[1])
    for rtol in job.rtols:
        seconds, states = peer.run(rtol, job.repeats)
        yield row_of(
            job, study, rtol, seconds, states, workers=1, precision="double", load_s=loading
        )
    for workers in set(job.workers) - {1}:
        context = get_context("spawn")
        gate = context.Barrier(workers)
        with context.Pool(workers, initializer=_open, initargs=(gate,)) as pool:
            shares = [(job, list(range(n, job.computed, workers))) for n in range(workers)]
            spans = np.max(pool.map(_share, shares, 1), axis=0)
        for rtol, clock in zip(job.rtols, spans, strict=True):
            yield {
                "rtol": rtol, "computed": job.computed, "workers": workers,
                "precision": "double", "ms_per_patient": 1e3 * clock / job.computed,
                "load_s": loading,
            }  # fmt: skip


def _open(gate: Any) -> None:
    globals()["GATE"] = gate


def _share(share: tuple[Job, list[int]]) -> list[float]:
    """Seconds that one process needs for its share, for every tolerance, beside the others.

    All processes set out together in every round, and each keeps its shortest.
    """
    job, patients = share
    peer = RoadRunner(job.study(), job.schedule, patients)
    shortest = []
    for rtol in job.rtols:
        rounds = []
        for _ in range(job.repeats):
            spent = 0.0
            globals()["GATE"].wait()
            for runner in peer.runners:
                peer._reset(runner, rtol)
                before = perf_counter()
                runner.simulate(times=peer.study.times)
                spent += perf_counter() - before
            rounds.append(spent)
        shortest.append(min(rounds))
    return shortest


def copasi(job: Job) -> Iterator[Row]:
    """COPASI's LSODA through basico; one absolute tolerance serves all states."""
    import basico

    study = job.study()
    names, models, loading = list(study.model.state_ids), [], []
    for patient in range(job.computed):
        text = study.document(patient, job.schedule)
        before = perf_counter()
        models.append(basico.load_model_from_string(text))
        loading.append(perf_counter() - before)
    end, points = float(study.times[-1]), len(study.times) - 1
    for rtol in job.rtols:
        spent, found = np.zeros(2), []
        for model in models:
            course = partial(
                basico.run_time_course, duration=end, intervals=points, use_sbml_id=True,
                use_initial_values=True, update_model=False, r_tol=rtol,
                a_tol=rtol * FLOOR * float(study.model.scales.min()),
                max_steps=1_000_000, model=model,
            )  # fmt: skip
            seconds, table = timed(course, job.repeats)
            spent += seconds
            found.append(table[names].to_numpy())
        states = np.stack(found, axis=-1)
        if len(states) != len(study.times):
            raise RuntimeError(f"{len(states)} rows came back, not {len(study.times)}")
        yield row_of(
            job, study, rtol, spent, states,
            workers=1, precision="double", load_s=float(np.mean(loading)),
        )  # fmt: skip


class Pieces:
    """One patient's horizon in pieces on which every input is a straight line.

    Parameters
    ----------
    patient : number of the patient
    """

    def __init__(self, study: Study, schedule: str, patient: int) -> None:
        from gutskin.engine.timeline import Timeline

        one = study.of([patient])
        plan, ids = one.schedules[schedule], study.model.parameter_ids
        timeline = Timeline.of(plan, study.times)
        self.starts, self.stops, self.restart = timeline.starts, timeline.stops, timeline.restart
        own = {k: float(np.squeeze(one.parameters.get(k, v)))
               for k, v in study.model.values().items()}  # fmt: skip
        self.values = np.array([own[name] for name in ids])
        self.moved = np.array([ids.index(name) for name in study.inputs])
        ends = [plan.ends(name, self.starts, self.stops, own[name]) for name in study.inputs]
        left, right = (np.array([np.reshape(end[k], -1) for end in ends]).T for k in (0, 1))
        self.left, self.slope = left, (right - left) / (self.stops - self.starts)[:, None]
        self.pulses = [
            (p.time, study.model.state_ids.index(p.state), float(np.squeeze(p.add)))
            for p in plan.pulses
        ]
        self.y = one.start[:, 0]

    def jump(self, time: float, y: np.ndarray) -> np.ndarray:
        """The state after the pulses of a moment."""
        y = y.copy()
        for when, state, add in self.pulses:
            if when == time:
                y[state] += add
        return y

    def windows(self) -> Iterator[tuple[int, int]]:
        """Pieces between two jumps or kinks: the first and the one after the last."""
        kink = np.any(self.slope[1:] != self.slope[:-1], axis=1)
        begins = np.flatnonzero(np.r_[True, self.restart[1:] | kink])
        yield from zip(begins, [*begins[1:], len(self.starts)], strict=True)


def follow(pieces: Pieces, study: Study, advance: Callable) -> np.ndarray:
    """States [time, state] of one patient; `advance(y, moments, values, left, slope)` does it."""
    y, rows = pieces.y, {}
    for first, after in pieces.windows():
        y = pieces.jump(pieces.starts[first], y)
        moments = np.r_[pieces.starts[first:after], pieces.stops[after - 1]]
        table = advance(y, moments, pieces, first)
        rows |= dict(zip(moments[:-1].tolist(), table[:-1], strict=True))
        y = table[-1]
    rows[float(study.times[-1])] = pieces.jump(study.times[-1], y)
    return np.array([rows[time] for time in study.times.tolist()])


def one_patient_functions(study: Study, moved: np.ndarray):
    """`f(t, y, values, start, left, slope)` of one patient and its Jacobian, compiled by JAX."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def rates(t: Any, y: Any, values: Any, start: Any, left: Any, slope: Any) -> Any:
        p = values.at[moved].set(left + slope * (t - start))
        wide = [p[n : n + 1] for n in range(len(values))]
        return study.model.rhs(jnp.reshape(t, 1), y[:, None], wide)[:, 0]

    return jax.jit(rates), jax.jit(jax.jacfwd(rates, argnums=1))


def _with_callbacks(job: Job, method: Callable, **more: Any) -> Iterator[Row]:
    """A solver that calls our right-hand side once a patient and a stage."""
    import jax

    jax.config.update("jax_enable_compilation_cache", False)
    study = job.study()
    patients = [Pieces(study, job.schedule, n) for n in range(job.computed)]
    rates, jacobian = one_patient_functions(study, patients[0].moved)
    first = patients[0]
    arguments = (first.values, first.starts[0], first.left[0], first.slope[0])
    cold, _ = timed(lambda: [f(0.0, first.y, *arguments) for f in (rates, jacobian)], 1)
    for pieces in patients:
        pieces.values = jax.device_put(pieces.values)
    for rtol in job.rtols:
        atol = rtol * FLOOR * study.model.scales
        advance = method(rates, jacobian, rtol, atol)
        seconds, found = timed(lambda: [follow(p, study, advance) for p in patients], job.repeats)  # noqa: B023
        yield row_of(
            job, study, rtol, seconds, np.stack(found, axis=-1),
            workers=1, precision="double", compile_s=cold[0], **more,
        )  # fmt: skip


def cvode(job: Job) -> Iterator[Row]:
    """SUNDIALS CVODE (BDF, dense Newton) through scikit-sundae."""
    from sksundae.cvode import CVODE

    def method(rates: Callable, jacobian: Callable, rtol: float, atol: np.ndarray) -> Callable:
        def advance(y: np.ndarray, moments: np.ndarray, pieces: Pieces, first: int) -> np.ndarray:
            inputs = (pieces.values, pieces.starts[first], pieces.left[first], pieces.slope[first])

            def slope(t: float, y: np.ndarray, into: np.ndarray) -> None:
                into[:] = rates(t, y, *inputs)

            def derivative(t: float, y: np.ndarray, _: Any, into: np.ndarray) -> None:
                into[:] = jacobian(t, y, *inputs)

            solver = CVODE(slope, rtol=rtol, atol=atol, jacfn=derivative, max_num_steps=100_000)
            solution = solver.solve(moments, y)
            if not solution.success:
                raise RuntimeError(solution.message)
            return solution.y if len(moments) > 2 else solution.y[[0, -1]]

        return advance

    yield from _with_callbacks(job, method)


def _scipy(name: str, job: Job) -> Iterator[Row]:
    from scipy.integrate import solve_ivp

    def method(rates: Callable, jacobian: Callable, rtol: float, atol: np.ndarray) -> Callable:
        def advance(y: np.ndarray, moments: np.ndarray, pieces: Pieces, first: int) -> np.ndarray:
            inputs = (pieces.values, pieces.starts[first], pieces.left[first], pieces.slope[first])
            solution = solve_ivp(
                lambda t, y: np.asarray(rates(t, y, *inputs)),
                (moments[0], moments[-1]), y, name, moments, rtol=rtol, atol=atol,
                jac=lambda t, y: np.asarray(jacobian(t, y, *inputs)),
            )  # fmt: skip
            if not solution.success:
                raise RuntimeError(solution.message)
            return solution.y.T

        return advance

    yield from _with_callbacks(job, method)


def _diffrax(name: str, job: Job) -> Iterator[Row]:
    """A diffrax method under `vmap`: the batch goes on from jump to jump together."""
    import diffrax
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_enable_compilation_cache", False)
    study = job.study()
    patients = [Pieces(study, job.schedule, n) for n in range(job.computed)]
    moved = patients[0].moved

    def rates(t: Any, y: Any, inputs: Any) -> Any:
        values, start, left, slope = inputs
        p = values.at[moved].set(left + slope * (t - start))
        wide = [p[n : n + 1] for n in range(len(values))]
        return study.model.rhs(jnp.reshape(t, 1), y[:, None], wide)[:, 0]

    values = np.array([one.values for one in patients])
    y0 = np.array([one.y for one in patients])

    @jax.jit
    def piece(y: Any, start: Any, stop: Any, values: Any, left: Any, slope: Any, rtol: Any):
        def alone(y: Any, values: Any, left: Any, slope: Any) -> Any:
            control = diffrax.PIDController(rtol=rtol, atol=rtol * FLOOR * study.model.scales)
            return diffrax.diffeqsolve(
                diffrax.ODETerm(rates), getattr(diffrax, name)(), start, stop, None, y,
                args=(values, start, left, slope), stepsize_controller=control,
                max_steps=100_000, saveat=diffrax.SaveAt(t1=True),
                adjoint=diffrax.ForwardMode(),
            ).ys[0]  # fmt: skip

        return jax.vmap(alone)(y, values, left, slope)

    def whole(rtol: float) -> np.ndarray:
        y, rows = y0, {}
        for n, (start, stop) in enumerate(zip(patients[0].starts, patients[0].stops, strict=True)):
            y = np.array(
                [p.jump(start, np.asarray(one)) for p, one in zip(patients, y, strict=True)]
            )
            rows[float(start)] = y
            left, slope = (
                np.array([getattr(p, k)[n] for p in patients]) for k in ("left", "slope")
            )
            y = piece(y, start, stop, values, left, slope, rtol)
        end = float(study.times[-1])
        rows[end] = np.array(
            [p.jump(end, np.asarray(one)) for p, one in zip(patients, y, strict=True)]
        )
        return np.stack([rows[time].T for time in study.times.tolist()])

    first = patients[0]
    inputs = (values, np.array([p.left[0] for p in patients]),
              np.array([p.slope[0] for p in patients]))  # fmt: skip
    cold, _ = timed(
        lambda: jax.block_until_ready(
            piece(y0, first.starts[0], first.starts[0] + 1e-3, *inputs, 1e-3)
        ),
        1,
    )
    for rtol in job.rtols:
        seconds, states = timed(partial(whole, rtol), job.repeats)
        yield row_of(
            job, study, rtol, seconds, states,
            workers=1, precision="double", compile_s=cold[0],
        )  # fmt: skip


def starts(job: Job) -> Iterator[Row]:
    """The children settle; where they come to rest is kept for all engines."""
    np.save(f"{job.folder}/starts.npy", settled_starts(job.patients[0]))
    yield {"patients": job.patients[0]}


ENGINES: dict[str, Callable[[Job], Iterator[Row]]] = {
    "starts": starts,
    "compilation": compilation,
    "gutskin": gutskin,
    "right-hand side": right_hand_side,
    "libRoadRunner": libroadrunner,
    "COPASI": copasi,
    "CVODE": cvode,
    "SciPy LSODA": partial(_scipy, "LSODA"),
    "SciPy BDF": partial(_scipy, "BDF"),
    "diffrax Tsit5": partial(_diffrax, "Tsit5"),
    "diffrax Kvaerno3": partial(_diffrax, "Kvaerno3"),
}
