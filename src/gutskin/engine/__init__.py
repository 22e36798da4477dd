"""Trajectories of a batch of patients under a schedule of exposures and doses.

`simulate` and `Trajectories` are imported on first use, since they bring JAX with them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gutskin.engine.parallel import run_chunks
from gutskin.engine.schedule import Course, Hold, Pulse, Schedule

if TYPE_CHECKING:
    from gutskin.engine.integrate import Precision, simulate
    from gutskin.engine.trajectories import SimulationFailed, Trajectories

__all__ = [
    "Course",
    "Hold",
    "Precision",
    "Pulse",
    "Schedule",
    "SimulationFailed",
    "Trajectories",
    "run_chunks",
    "simulate",
]

_LATE = {
    "Trajectories": "trajectories",
    "SimulationFailed": "trajectories",
    "Precision": "integrate",
    "simulate": "integrate",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module(f"gutskin.engine.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
