"""One engine on the study, in a process of its own: `run(job)` gives its rows.

Each engine is a function of a `Job`; all of them integrate the same SBML. libRoadRunner and COPASI
read each child with his schedule as one document; CVODE, SciPy and diffrax take the right-hand side
that `sbmlode` writes from the model's SBML, compiled by JAX, and start anew where something jumps.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from callbacks import by_diffrax, by_scipy, cvode
from job import Job, Row
from own_engine import compilation, gutskin, right_hand_side
from study import settled_starts
from whole_models import copasi, libroadrunner


def run(job: Job) -> list[Row]:
    """All rows of a job, with the most memory that its process held."""
    rows = list(ENGINES[job.engine](job))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    common = {"engine": job.engine, "schedule": job.schedule, "days": job.days, "memory_mb": peak}
    return [{**common, **row} for row in rows]


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
    "SciPy LSODA": partial(by_scipy, "LSODA"),
    "SciPy BDF": partial(by_scipy, "BDF"),
    "diffrax Tsit5": partial(by_diffrax, "Tsit5"),
    "diffrax Kvaerno3": partial(by_diffrax, "Kvaerno3"),
}
