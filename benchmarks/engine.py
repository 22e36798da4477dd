"""Milliseconds per patient: our engine beside libRoadRunner on the same SBML in the same run.

    python benchmarks/engine.py [--patients 256] [--days 112] [--peers 8] [--rtol 1e-3]

Both follow the same patients from the same start with weekly output and constant inputs. The error
is the largest difference from libRoadRunner at a tolerance of 1e-10, relative to a state's size
plus a tenth of its typical size. libRoadRunner uses one core; ours is timed on one and on all.
"""

from __future__ import annotations

import argparse
from time import perf_counter

import numpy as np

from gutskin.model.compiled import Model, load_model
from gutskin.simulate import Course, Schedule, simulate
from gutskin.simulate.parallel import cores


def timed(function, repeats: int = 3):
    """Shortest time of some runs (seconds) and the last result."""
    times = []
    for _ in range(repeats):
        before = perf_counter()
        result = function()
        times.append(perf_counter() - before)
    return min(times), result


def patients(model: Model, count: int) -> dict[str, np.ndarray]:
    """Forty uncertain parameters, each log-normal with a tenth's spread, [patient]."""
    rng = np.random.default_rng(0)
    values = model.values()
    rows = model.tables.parameters
    drawn = [name for name in model.parameter_ids if name in rows and values[name] != 0.0
             and rows[name].text("role") in ("prior", "assumed", "patient")][:40]  # fmt: skip
    return {name: values[name] * np.exp(0.1 * rng.standard_normal(count)) for name in drawn}


def peer(model: Model, drawn: dict[str, np.ndarray], times: np.ndarray, rtol: float, count: int):
    """Seconds per patient and states [time, state, patient] of libRoadRunner."""
    import roadrunner

    runner = roadrunner.RoadRunner(model.sbml)
    runner.integrator.relative_tolerance = rtol
    runner.integrator.absolute_tolerance = rtol * 0.1 * float(np.min(model.scales))
    start = model.initial()
    runner.timeCourseSelections = ["time", *(f"[{name}]" for name in model.state_ids)]
    spent, found = 0.0, []
    for patient in range(count):
        runner.resetAll()
        for name, value in drawn.items():
            runner[name] = float(value[patient])
        for name, value in zip(model.state_ids, start, strict=True):
            runner[f"[{name}]"] = float(value)
        before = perf_counter()
        result = runner.simulate(times=times)
        spent += perf_counter() - before
        found.append(np.array(result)[:, 1:])
    return spent / count, np.stack(found, axis=-1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=256)
    parser.add_argument("--days", type=int, default=112)
    parser.add_argument("--peers", type=int, default=8, help="patients that the peer computes")
    parser.add_argument("--rtol", type=float, default=1e-3)
    given = parser.parse_args()

    model = load_model()
    drawn = patients(model, given.patients)
    start = np.repeat(model.initial()[:, None], given.patients, axis=1)
    times = np.arange(0.0, given.days + 1.0, 7.0)
    rng = np.random.default_rng(1)
    days = np.arange(0.0, given.days + 1.0)
    noise = Schedule(
        courses=[
            Course(name, days, np.abs(0.3 * rng.standard_normal((len(days), given.patients))))
            for name in ("stress", "pollen", "allergen_skin")
        ]
    )
    print(f"{len(model.state_ids)} states, {given.days} days, {given.patients} patients")
    before = perf_counter()
    simulate(model, drawn, start, Schedule(), times[:2])
    print(f"first call, with compilation: {perf_counter() - before:.1f} s")

    def report(name: str, schedule: Schedule, workers: int):
        seconds, got = timed(
            lambda: simulate(model, drawn, start, schedule, times, rtol=given.rtol, workers=workers)
        )
        got.raise_if_failed()
        print(
            f"{name}, {workers} workers: {1e3 * seconds / given.patients:.3f} ms per patient, "
            f"{got.steps.mean() / given.days:.2f} steps a day (most {got.steps.max() / given.days:.2f}),"
            f" 40,000 patients x 250 days {seconds / given.patients * 1e7 / given.days:.0f} s"
        )
        return got

    got = report("gutskin, constant inputs", Schedule(), 1)
    report("gutskin, constant inputs", Schedule(), cores())
    report("gutskin, daily noise", noise, 1)
    report("gutskin, daily noise", noise, cores())
    count = min(given.peers, given.patients)
    _, truth = peer(model, drawn, times, 1e-10, count)
    size = np.abs(truth) + 0.1 * model.scales[None, :, None]
    error = np.abs(got.states[:, :, :count] - truth) / size
    print(f"gutskin rtol {given.rtol:g}: error {error.max():.1e}, "
          f"worst in {model.state_ids[error.max(axis=(0, 2)).argmax()]}")  # fmt: skip
    for rtol in (1e-3, 1e-4, 1e-6):
        seconds, states = peer(model, drawn, times, rtol, count)
        error = np.abs(states - truth) / size
        print(
            f"libRoadRunner rtol {rtol:g}, one core, constant inputs: "
            f"{1e3 * seconds:.3f} ms per patient, error {error.max():.1e}"
        )


if __name__ == "__main__":
    main()
