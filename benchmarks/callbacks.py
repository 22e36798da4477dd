"""Solvers that are given our right-hand side, and start anew where something jumps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from job import Job, Row, row_of
from study import FLOOR, Study, timed


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


def by_scipy(name: str, job: Job) -> Iterator[Row]:
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


def _piece(rates: Callable, name: str, scales: np.ndarray) -> Callable:
    """A batch of patients from one jump to the next by a diffrax method, compiled."""
    import diffrax
    import jax

    @jax.jit
    def piece(y: Any, start: Any, stop: Any, values: Any, left: Any, slope: Any, rtol: Any):
        def alone(y: Any, values: Any, left: Any, slope: Any) -> Any:
            control = diffrax.PIDController(rtol=rtol, atol=rtol * FLOOR * scales)
            return diffrax.diffeqsolve(
                diffrax.ODETerm(rates), getattr(diffrax, name)(), start, stop, None, y,
                args=(values, start, left, slope), stepsize_controller=control,
                max_steps=100_000, saveat=diffrax.SaveAt(t1=True),
                adjoint=diffrax.ForwardMode(),
            ).ys[0]  # fmt: skip

        return jax.vmap(alone)(y, values, left, slope)

    return piece


def by_diffrax(name: str, job: Job) -> Iterator[Row]:
    """A diffrax method under `vmap`: the batch goes on from jump to jump together."""
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

    piece = _piece(rates, name, study.model.scales)

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
