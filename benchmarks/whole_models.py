"""Simulators that read a patient with his schedule as one SBML document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from multiprocessing import get_context
from time import perf_counter
from typing import Any

import numpy as np
from job import Job, Row, row_of
from study import EXACT, FLOOR, Study, timed


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
