"""Trajectories on a processor, with machine code of our own; `integrate` says what is computed.

A chunk of patients is one piece of work for one thread. Within it, patients go in groups of as many
as stand in one vector; a course depends on nobody else in its group, not even in the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import jax
import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from gutskin.engine import kernel, rkc
from gutskin.engine.hoist import CONSTANT, INPUT
from gutskin.engine.kernel_frame import ADDRESSES
from gutskin.engine.machine import Compiled
from gutskin.engine.step_size_controller import INITIAL_STEP
from gutskin.engine.timeline import EventIntervals, SmoothSegments
from gutskin.engine.traced import TracedRightHandSide
from gutskin.engine.trajectories import SimulatedModel
from gutskin.engine.vector_ir import WIDTH, Precision, lanes_of
from gutskin.engine.vector_math import of_precision

Floats = NDArray[np.float64]

BLOCK = 128  # segments in one call
LANES = 1024  # patients of one piece of work, unless cores would stand idle
PATIENT_DAYS_PER_CALL = 10_000  # days of patients in one call: so long no interruption is heard

SOURCES = (  # the files that take part in writing a kernel
    "step_size_controller",
    "deferred",
    "hoist",
    "kernel",
    "kernel_frame",
    "kernel_rhs",
    "kernel_step",
    "lowering",
    "rhs_code",
    "rkc",
    "simplify",
    "traced",
    "vector_ir",
    "vector_math",
)


@dataclass(frozen=True, eq=False)
class Kernel:
    """The compiled right-hand side of a model with the method around it.

    Parameters
    ----------
    advance : takes groups through a block
    rows : size of its working memory, in vectors
    inputs : places of the parameters that are taken for inputs
    """

    advance: Callable[[Any], Any]
    rows: int
    inputs: frozenset[int]
    precision: Precision
    compiled: Compiled

    @property
    def kind(self) -> type[np.floating]:
        """Of its numbers."""
        return of_precision(self.precision)


def kernel_of(
    model: SimulatedModel,
    precision: Precision,
    own: Iterable[str],
) -> Kernel:
    """The kernel of a model; one serves all its schedules.

    A model may say which parameters differ between patients (`individual_ids`), and which a
    schedule moves (`input_ids`). Where no others differ, the kernel takes all others for shared,
    which spares memory; else every patient has every parameter of his own. So two kernels serve
    whatever is simulated.

    Parameters
    ----------
    own : ids of the parameters that differ between the patients
    """
    moving, shared = _parameter_levels(model, own)
    with _LOCK:
        return _kernel(model.rhs, len(model.state_ids), moving, shared, precision)


def traced_of(
    model: SimulatedModel, precision: Precision, own: Iterable[str]
) -> TracedRightHandSide:
    """What the kernel of a model is written from."""
    return TracedRightHandSide.of(
        model.rhs, len(model.state_ids), *_parameter_levels(model, own), precision
    )


def _parameter_levels(
    model: SimulatedModel, own: Iterable[str]
) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    """For every parameter its level, and whether the kernel takes it for shared."""
    individual = frozenset(getattr(model, "individual_ids", ()))
    inputs = frozenset(getattr(model, "input_ids", ()))
    fits = inputs | individual
    if not fits.issuperset(own):
        fits = frozenset(model.parameter_ids)
    return _levels(model.parameter_ids, inputs, fits)


@lru_cache(maxsize=64)
def _levels(
    ids: tuple[str, ...], inputs: frozenset[str], fits: frozenset[str]
) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    moving = tuple(INPUT if name in inputs else CONSTANT for name in ids)
    return moving, tuple(name not in fits for name in ids)


_LOCK = Lock()  # threads that want the same kernel wait for the first to compile it


@lru_cache(maxsize=64)
def _kernel(
    rhs: Callable[..., Any],
    states: int,
    moving: tuple[int, ...],
    shared: tuple[bool, ...],
    precision: Precision,
) -> Kernel:
    def write() -> ir.Module:
        return kernel.kernel_module(TracedRightHandSide.of(rhs, states, moving, shared, precision))

    content = getattr(rhs, "content_hash", None)
    if content is None:
        module = write()
        compiled = Compiled(lambda: module, [str(module)])
    else:  # what it was compiled from is known, so that it need not be traced to be found again
        forms = (states, moving, shared, precision)
        compiled = Compiled(write, [content, *map(repr, forms), jax.__version__, *sources()])
    inputs = frozenset(place for place, level in enumerate(moving) if level == INPUT)
    advance = compiled.function("advance")
    return Kernel(advance, compiled.number("rows"), inputs, precision, compiled)


@cache
def sources() -> tuple[str, ...]:
    """The text of all that takes part in writing a kernel."""
    return tuple(
        (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in SOURCES
    )


class Chunk:
    """Some patients on their way; arrays hold a number for each lane, in the kernel's precision.

    Parameters
    ----------
    kernel : what takes them through
    start : Array [state, lane]
    shared : Array [parameter], the same for all lanes, but for those that follow
    single : places of the parameters that are not, and their values, [single, lane]
    control : tolerated relative error, absolute ones [state], longest step (days)
    stages : of a step
    """

    def __init__(
        self,
        kernel: Kernel,
        start: Floats,
        shared: Floats,
        single: tuple[Sequence[int], Floats],
        control: tuple[float, Floats, float],
        stages: int,
    ) -> None:
        self.kernel = kernel
        self.kind, self.stages = kernel.kind, stages
        along, first = rkc.stage_coefficients(stages)
        lanes = start.shape[1]
        self.groups = lanes // lanes_of(kernel.precision)
        rtol, atol, longest = control
        self.arrays: dict[str, NDArray[Any]] = {
            "y": self._numbers(start),
            "f": np.zeros(start.shape, self.kind),
            "h": np.full(lanes, INITIAL_STEP, self.kind),
            "h_kink": np.full(lanes, np.inf, self.kind),
            "failed_at": np.full(lanes, np.nan, self.kind),
            "steps": np.zeros(lanes, np.int64),
            "evaluations": np.zeros(self.groups, np.int64),
            "shared": self._numbers(shared),
            "individual_place": np.array(single[0], np.int64),
            "individual": self._numbers(single[1]),
            "error_weights": self._numbers(error_weights(rtol, atol, self.kind)),
            "step_limits": self._numbers([rtol, longest]),
            "shares": self._numbers([*along, first[-1]]),
            "work": aligned((kernel.rows, WIDTH // 8)),
        }
        self.arrays["work"][:] = 0.0

    def _numbers(self, values: Any) -> NDArray[Any]:
        return np.array(values, self.kind, order="C")

    def advance(
        self,
        segments: SmoothSegments,
        intervals: EventIntervals,
        places: Sequence[int],
        ramped: Sequence[int],
        outputs: Floats,
        output_at: NDArray[np.intp],
    ) -> None:
        """Take all lanes through a block.

        Parameters
        ----------
        places : place among the parameters of every input of the segments
        ramped : numbers of the inputs that follow straight lines
        outputs : Array [time, state, lane], where the states at requested times go; every vector of
            lanes begins where one may (`aligned`)
        output_at : Array [interval], the time that begins with it, or -1
        """
        lanes = self.arrays["y"].shape[1]
        count = int(np.searchsorted(-(intervals.after - intervals.first), 0))  # the others fill up
        floats = {"start": segments.start, "length": segments.length, "left": segments.left,
                  "slope": segments.slope, "add": intervals.add}  # fmt: skip
        whole = {"first": intervals.first, "after": intervals.after, "restart": intervals.restart,
                 "pulses": intervals.pulses, "pulsed": intervals.pulsed, "place": places,
                 "ramped": ramped, "output_at": output_at}  # fmt: skip
        arrays = {
            **self.arrays,
            **{name: np.asarray(value, self.kind, order="C") for name, value in floats.items()},
            **{name: np.asarray(value, np.int64, order="C") for name, value in whole.items()},
            "outputs": outputs,
        }
        ramped_places = {places[number] for number in ramped}
        ramp_level = 0 if not ramped_places else 1 if ramped_places <= self.kernel.inputs else 2
        numbers = (
            0, self.groups, lanes, count, intervals.pulsed.shape[1], len(places), len(ramped),
            ramp_level, len(self.arrays["individual"]), outputs.strides[1] // 8, self.stages,
        )  # fmt: skip
        addresses = [arrays[name].ctypes.data for name in ADDRESSES]
        frame = np.array([*numbers, *addresses], np.int64)
        days = float(np.sum(segments.length))
        together = max(
            1, int(PATIENT_DAYS_PER_CALL / (days * lanes_of(self.kernel.precision) + 1.0))
        )
        for first in range(0, self.groups, together):
            frame[:2] = first, min(first + together, self.groups)
            self.kernel.advance(frame.ctypes.data)


def error_weights(rtol: float, atol: Floats, kind: type[np.floating]) -> Floats:
    """Unit of the error of every state, and what is tolerated in it: a number, and per size.

    The unit is the tolerated absolute error, so that products of two leave no range of numbers.
    """
    some = atol > np.finfo(kind).tiny
    unit = np.divide(1.0, atol, out=np.ones_like(atol), where=some)
    return np.array([unit, np.where(some, 1.0, 0.0), rtol * unit])


def aligned(shape: tuple[int, ...], kind: type[np.floating] = np.float64) -> NDArray[Any]:
    """Room for numbers, not filled, that begins where a vector may."""
    size = math.prod(shape) * np.dtype(kind).itemsize
    memory = np.empty(size + WIDTH, np.uint8)
    first = -memory.ctypes.data % WIDTH
    return memory[first : first + size].view(kind).reshape(shape)


def chunk_lanes(patients: int, workers: int, precision: Precision, wanted: int) -> int:
    """Patients of a chunk: whole groups, no more than wanted, as many in each, for every thread."""
    width = lanes_of(precision)
    groups = -(-patients // width)
    chunks = -(-groups // -(-wanted // width))
    chunks = -(-chunks // workers) * workers
    return -(-groups // chunks) * width
