"""What one process of the comparison measures, and a row of what it finds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from study import Study, errors, study_of

Row = dict[str, Any]


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
