"""Courses of a batch of patients under a schedule of exposures and doses.

`simulate` is imported on first use, since it brings JAX with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gutskin.simulate.parallel import run_chunks
from gutskin.simulate.schedule import Course, Hold, Pulse, Schedule

if TYPE_CHECKING:
    from gutskin.simulate.integrate import Courses, SimulationFailed, simulate

__all__ = [
    "Course",
    "Courses",
    "Hold",
    "Pulse",
    "Schedule",
    "SimulationFailed",
    "run_chunks",
    "simulate",
]

_LATE = ("Courses", "SimulationFailed", "simulate")


def __getattr__(name: str) -> Any:
    if name in _LATE:
        from gutskin.simulate import integrate

        return getattr(integrate, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
