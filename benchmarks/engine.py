"""Milliseconds per patient: gutskin beside libRoadRunner on the same exported SBML in one run.

    python benchmarks/engine.py [--patients 256] [--peers 8] [--days 56] [--repeats 3]

Children with atopic dermatitis, settled, are followed for 56 days with daily output: six strains
every day, a fortnight of steroid cream, a week of an antibiotic and an injection every other week;
once in a calm life and once with the challenge of daily life, which bends every few days. The
peer reads each child with his schedule as one SBML document, as `export_course` writes it.

An error is the difference from libRoadRunner at a relative tolerance of 1e-10, as a share of a
state's size plus a tenth of its typical size; `worst` is the largest over children, days and
states, `rms` the root of the mean square. Times are the shortest of some runs: by the clock, which
wants an idle machine, and of the processor, all threads together. Compilation comes apart: ours
once for all schedules that move the same inputs, without the cache on disk; the peer's at the
loading of a document.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import product
from pathlib import Path
from time import perf_counter, process_time

import jax
import numpy as np
import roadrunner

from gutskin.model.compiled import Model, load_model
from gutskin.model.export import export_course
from gutskin.population.challenge import challenge
from gutskin.population.doses import Antibiotic, Dupilumab, Probiotic, TopicalSteroid, given
from gutskin.population.draw import draw_patients
from gutskin.population.populations import find_population
from gutskin.population.settle import settle_courses
from gutskin.population.strains import central_traits, places_for
from gutskin.population.streams import patient_keys
from gutskin.simulate import Schedule, simulate
from gutskin.simulate.parallel import cores
from gutskin.simulate.timeline import LANES

STRAINS = ("w23", "w51", "w55", "w56", "w57", "w58")
OURS = (1e-2, 3e-3, 1e-3, 1e-4)  # relative tolerances
PEER = (1e-3, 1e-4, 1e-6)
EXACT = 1e-10
FLOOR = 0.1  # share of a state's typical size below which its error counts as absolute
SEED = 1


@dataclass(frozen=True)
class Study:
    """Who is simulated, and what happens to them.

    Parameters
    ----------
    parameters : id -> number or Array [patient]
    start : Array [state, patient]
    times : Array [time] (days)
    schedules : name -> schedule
    inputs : ids that any of the schedules moves
    """

    model: Model
    parameters: dict[str, np.ndarray]
    start: np.ndarray
    times: np.ndarray
    schedules: dict[str, Schedule]
    inputs: tuple[str, ...]

    def first(self, patients: int) -> Study:
        """The first of the patients."""
        chosen = np.arange(patients)
        return replace(
            self,
            parameters={k: v[chosen] if np.ndim(v) else v for k, v in self.parameters.items()},
            start=self.start[:, chosen],
            schedules={name: s.for_patients(chosen) for name, s in self.schedules.items()},
        )


def study_of(patients: int, days: int) -> Study:
    """Children with atopic dermatitis and their two schedules, before they have settled."""
    model = load_model()
    keys = patient_keys(0, "benchmark", patients)
    places = places_for((strain, True) for strain in STRAINS)
    values = {**model.values(), **central_traits(model, places, "evidence")}
    drawn = draw_patients(model, find_population("ad_child"), keys, SEED, centres=values)
    doses = [
        Probiotic(kind="probiotic", strains=STRAINS, cfu_per_day=4e9, start_day=0),
        TopicalSteroid(kind="topical_steroid", level=0.5, start_day=7, end_day=21),
        Antibiotic(kind="antibiotic", start_day=28, end_day=35),
        Dupilumab(kind="dupilumab", loading_mg=300, dose_mg=150, every_days=14, start_day=3.5),
    ]
    what = given(doses, model, places, values, days)
    treated = Schedule(what.holds, what.pulses)
    numbers = {row.id: row.number("value") for row in model.tables.conduct.values()}
    life = Schedule(courses=[challenge(numbers, keys, SEED, 0.0, days)])
    schedules = {"doses": treated, "doses and daily life": treated.merged(life)}
    start = np.repeat(model.initial("severe")[:, None], patients, axis=1)
    inputs = schedules["doses and daily life"].parameters
    return Study(model, dict(drawn.parameters), start, np.arange(days + 1.0), schedules, inputs)


def timed(function: Callable, repeats: int, prepare: Callable = lambda: None):
    """Shortest times of some runs, [clock, processor] (seconds), and the last result."""
    times = []
    for _ in range(repeats):
        prepare()
        before = np.array([perf_counter(), process_time()])
        result = function()
        times.append(np.array([perf_counter(), process_time()]) - before)
    return np.min(times, axis=0), result


def ours(study: Study, name: str, rtol: float, workers: int, repeats: int):
    """Seconds per patient [clock, processor], and the states [time, state, patient]."""

    def run():
        return simulate(
            study.model, study.parameters, study.start, study.schedules[name], study.times,
            rtol=rtol, varying=study.inputs, workers=workers,
        )  # fmt: skip

    seconds, courses = timed(run, repeats)
    return seconds / study.start.shape[1], courses.raise_if_failed().states


class Peer:
    """libRoadRunner with one loaded document for each patient.

    Parameters
    ----------
    study : of the few patients that it computes
    name : of the schedule
    """

    def __init__(self, study: Study, name: str) -> None:
        self.study, self.runners, self.loading = study, [], []
        for patient in range(study.start.shape[1]):
            alone = study.schedules[name].for_patients(np.array([patient]))
            own = {k: float(v[patient] if np.ndim(v) else v) for k, v in study.parameters.items()}
            text = export_course(
                study.model, own, study.start[:, patient], alone, float(study.times[-1])
            )
            before = perf_counter()
            runner = roadrunner.RoadRunner(text)
            self.loading.append(perf_counter() - before)
            runner.timeCourseSelections = ["time", *study.model.state_ids]
            self.runners.append(runner)

    def run(self, rtol: float, repeats: int):
        """Seconds per patient [clock, processor], and the states [time, state, patient]."""
        spent, found = np.zeros(2), []
        for runner in self.runners:
            seconds, result = timed(
                partial(runner.simulate, times=self.study.times),
                repeats,
                prepare=partial(self._reset, runner, rtol),
            )
            spent += seconds
            found.append(np.array(result)[:, 1:])
        return spent / len(self.runners), np.stack(found, axis=-1)

    def _reset(self, runner: roadrunner.RoadRunner, rtol: float) -> None:
        model = self.study.model
        runner.resetToOrigin()
        runner.integrator.setValue("relative_tolerance", rtol)
        for state, scale in zip(model.state_ids, model.scales.tolist(), strict=True):
            runner.integrator.setIndividualTolerance(state, rtol * FLOOR * scale)


def errors(model: Model, states: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """The worst error and the root of the mean square of all."""
    size = np.abs(truth) + FLOOR * model.scales[None, :, None]
    error = np.abs(states[..., : truth.shape[2]] - truth) / size
    return float(error.max()), float(np.sqrt(np.mean(error**2)))


def machine() -> str:
    """Processor, cores and how busy they are."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    load = f", load {os.getloadavg()[0]:.1f} before the run" if hasattr(os, "getloadavg") else ""
    name = names[0] if names else platform.processor()
    return f"{name} ({platform.machine()}), {cores()} cores{load}, {platform.system()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=2 * LANES)
    parser.add_argument("--peers", type=int, default=8, help="patients that the peer computes")
    parser.add_argument("--days", type=int, default=56)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    packages = ("gutskin", "jax", "jaxlib", "numpy", "libroadrunner")
    names = [f"{name} {version(name)}" for name in packages]
    print(", ".join([f"Python {platform.python_version()}", *names]))

    jax.config.update("jax_enable_compilation_cache", False)
    study = study_of(options.patients, options.days)
    model, repeats = study.model, options.repeats
    print(f"model {model.version} ({model.content_hash}): {len(model.state_ids)} states, "
          f"{len(model.parameter_ids)} parameters; {options.patients} patients, "
          f"{options.days} days, daily output; peer and errors: first {options.peers}")  # fmt: skip
    few = replace(study.first(1), times=study.times[:2])
    first, again = (timed(lambda: ours(few, "doses", 1e-3, 1, 1), 1)[0][0] for _ in range(2))
    settled = settle_courses(
        model, study.parameters, options.patients, varying=study.inputs
    ).states[-1]  # fmt: skip
    study = replace(study, start=settled)
    small = study.first(min(options.peers, options.patients))
    print(f"compilation: gutskin {first - again:.1f} s once")

    titles = f"{'ms/patient':>12}{'processor':>11}{'worst':>9}{'rms':>10}"
    head = f"{'':31}{'rtol':>8}{'workers':>9}{titles}"
    for name in study.schedules:
        peer = Peer(small, name)
        _, truth = peer.run(EXACT, 1)
        print(f"\n{name}; a document loads in {np.mean(peer.loading):.2f} s\n{head}")

        def show(engine: str, rtol: float, workers: int, found, truth=truth) -> None:
            seconds, states = found
            worst, rms = errors(model, states, truth)
            print(f"{engine:31}{rtol:8.0e}{workers:9d}{1e3 * seconds[0]:12.3f}"
                  f"{1e3 * seconds[1]:11.3f}{worst:9.1e}{rms:10.1e}")  # fmt: skip

        for rtol, workers in product(OURS, (1, 2)):
            show("gutskin", rtol, workers, ours(study, name, rtol, workers, repeats))
        alone, _ = ours(study.first(1), name, 1e-3, 1, repeats)
        print(
            f"{'gutskin, one patient alone':31}{1e-3:8.0e}{1:9d}"
            f"{1e3 * alone[0]:12.3f}{1e3 * alone[1]:11.3f}"
        )
        for rtol in PEER:
            show("libRoadRunner", rtol, 1, peer.run(rtol, repeats))


if __name__ == "__main__":
    main()
