"""What a call of the kernel is given, and where the numbers of a group of patients lie.

The caller hands over one frame: numbers, and addresses of arrays of all patients. A group's own
vectors lie in working memory, one row each, so that all its step needs is in the nearest cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from gutskin.engine.traced import TracedRightHandSide
from gutskin.engine.vector_ir import I64, POINTER, Code, Variable, Vec, lanes_of

# What a call is given, 64 bits each, in this order: numbers, then addresses of arrays.
NUMBERS = (
    "from",
    "to",
    "lanes",
    "intervals",
    "pulse_slots",
    "inputs",
    "ramps",
    "ramp_level",
    "individuals",
    "output_stride",
    "stages",
)
ADDRESSES = (
    "y", "f", "h", "h_kink", "steps", "evaluations", "failed_at",  # carried on
    "start", "length", "left", "slope",  # of segments
    "first", "after", "restart", "pulses", "pulsed", "add",  # of intervals
    "place", "ramped",  # of inputs
    "shared", "individual", "individual_place",  # parameters
    "error_weights", "step_limits", "shares", "work",
    "output_at", "outputs",
)  # fmt: skip
# `shares` are those of the stages, `along` of each and then `first` of the last (see `rkc`).
# The states at requested times go to `outputs`, 64-bit, [time, state, patient], so many patients
# across; `output_at` has for every interval the time that begins it, or -1.
FRAME = (*NUMBERS, *ADDRESSES)


class MemoryLayout:
    """Where a group's vectors lie in its working memory: the number of the first row of each."""

    def __init__(self, traced: TracedRightHandSide) -> None:
        states, parameters = traced.states, traced.parameters
        singles = -(-traced.count // lanes_of(traced.precision, traced.width))  # behind the rows
        sizes = {
            "y": states, "f": states, "stage": states, "slope": states, "last": states, "share": 1,
            "rows": traced.size + singles, "time": 1,
            "start": 1, "length": 1, "elapsed": 1, "segment": 2,
            "line_left": parameters, "line_slope": parameters, "p": parameters,
        }  # fmt: skip
        ends = np.cumsum(list(sizes.values()))
        self.first = dict(zip(sizes, (0, *map(int, ends[:-1])), strict=True))
        self.rows = int(ends[-1])


class LoopState:
    """What goes on from one event interval to the next, beside states and derivatives."""

    def __init__(
        self, h: Variable, h_kink: Variable, failed_at: Variable, steps: Variable,
        evaluations: Variable,
    ) -> None:  # fmt: skip
        self.h, self.h_kink, self.failed_at = h, h_kink, failed_at
        self.steps, self.evaluations = steps, evaluations


class GroupCode:
    """The function that is being written for groups of patients: its frame and working memory.

    Parameters
    ----------
    traced : the right-hand side
    module : what the function becomes a part of; it has those of the right-hand side
    """

    def __init__(self, traced: TracedRightHandSide, module: ir.Module) -> None:
        self.traced, self.module = traced, module
        self.code = Code(
            module, "advance", traced.precision, ("frame",), exported=True, width=traced.width
        )
        self.builder = self.code.builder
        self.size = self.code.bits.width // 8  # bytes of a number
        frame = self.code.arguments["frame"]
        self.frame: dict[str, Any] = {}
        for number, name in enumerate(FRAME):
            value = self.code.count(frame, number)
            if name not in NUMBERS:
                value = self.builder.inttoptr(value, POINTER)
            self.frame[name] = value
        self.memory = {
            name: self.code.at(self.frame["work"], row, self.code.width)
            for name, row in MemoryLayout(traced).first.items()
        }
        # The state and its derivative change places with those of the stages when a step is taken.
        names = ("y", "f", "stage", "slope")
        self.at = {name: self.code.variable(self.memory[name]) for name in names}
        self.row = self.builder.mul(self.frame["lanes"], I64(self.size))  # bytes of a row of all

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function of the module."""
        self.builder.call(self.module.get_global(name), arguments)

    def hoisted(self, name: str) -> None:
        """Work out a part of the right-hand side that does not depend on the state."""
        self.call(name, self.memory["p"], self.memory["rows"], self.memory["time"])

    # --- arrays of all patients, [row, lane]

    def group_at(self, name: str, row: Any, offset: Any) -> Any:
        """Address of a group's vector in a row of an array of all patients."""
        row = I64(row) if isinstance(row, int) else row
        inside = self.builder.add(self.builder.mul(row, self.row), offset)
        return self.code.at(self.frame[name], inside)

    def load(self, name: str, row: Any, offset: Any) -> Vec:
        """A group's vector in an array of all patients."""
        return self.code.load(self.group_at(name, row, offset), align=self.size)

    def store(self, value: Vec, name: str, row: Any, offset: Any) -> None:
        """Put it back."""
        self.code.store(value, self.group_at(name, row, offset), align=self.size)

    def load_whole(self, base: Any) -> Any:
        """A vector of 64-bit whole numbers."""
        kind = ir.VectorType(I64, self.code.lanes)
        return self.builder.load(base, typ=kind, align=8)

    def store_whole(self, value: Any, base: Any) -> None:
        """Put it back."""
        self.builder.store(value, base, align=8)

    def as_whole(self, where: Vec) -> Any:
        """1 where a truth holds, else 0."""
        return self.builder.zext(where.value, ir.VectorType(I64, self.code.lanes))
