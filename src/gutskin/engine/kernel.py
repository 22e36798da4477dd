"""The engine on a processor: machine code of our own for a few patients at a time.

XLA writes the arrays of every stage back to memory. Here eight patients (sixteen of 32 bits) fill
one vector, and all that a step of theirs needs lies in the nearest cache. The code does what
`xla_integrator` does, step for step: the method, the control of the step, kinks, failures. One
function serves every schedule and every set of parameters that differ between patients.

What changes is worked out as seldom as it may: constants where an event interval begins with a
jump, what follows inputs there too, unless one of them ramps; what follows time at every stage.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from gutskin.engine.kernel_frame import GroupCode, LoopState, MemoryLayout
from gutskin.engine.kernel_rhs import (
    write_input_updates,
    write_levels_of,
    write_rates_of,
    write_stage_of,
)
from gutskin.engine.kernel_step import StepCode
from gutskin.engine.traced import TracedRightHandSide
from gutskin.engine.vector_ir import I64, Vec


def kernel_module(traced: TracedRightHandSide, evaluations: int = 1) -> ir.Module:
    """The kernel as a module of LLVM: `advance(frame)`, and `rows` of its working memory.

    For measurements, each evaluation of the right-hand side may be made several times over: the
    same courses, and what one costs in place.
    """
    module = ir.Module("gutskin")
    write_levels_of(traced, module)
    write_input_updates(traced, module)
    write_rates_of(traced, module)
    write_stage_of(traced, module)
    _Advance(traced, module, evaluations).write()
    rows: Any = ir.GlobalVariable(module, I64, "rows")
    rows.global_constant, rows.initializer = True, I64(MemoryLayout(traced).rows)
    return module


class _Advance(GroupCode):
    """The function that takes groups of patients through a block of segments."""

    def __init__(self, traced: TracedRightHandSide, module: ir.Module, evaluations: int) -> None:
        super().__init__(traced, module)
        self.step = StepCode(self, evaluations)
        self.ids = self.code.lanes * 8  # bytes of a group's whole numbers

    def write(self) -> None:
        """Every group, one after the other."""
        code, builder, frame = self.code, self.builder, self.frame
        with code.loop(frame["from"], frame["to"]) as group:
            offset = builder.mul(group, I64(code.width))
            ids = builder.mul(group, I64(self.ids))
            for name in ("y", "f"):
                with code.loop(0, self.traced.states) as state:
                    code.store(self.load(name, state, offset), self.at[name].get(), state)
            with code.loop(0, self.traced.parameters) as place:
                code.store(code.broadcast(frame["shared"], place), self.memory["p"], place)
            with code.loop(0, frame["individuals"]) as number:
                place = code.count(frame["individual_place"], number)
                code.store(self.load("individual", number, offset), self.memory["p"], place)
            carry = LoopState(
                h=code.variable(self.load("h", 0, offset)),
                h_kink=code.variable(self.load("h_kink", 0, offset)),
                failed_at=code.variable(self.load("failed_at", 0, offset)),
                steps=code.variable(self.load_whole(code.at(frame["steps"], ids))),
                evaluations=code.variable(code.count(frame["evaluations"], group)),
            )
            with code.loop(0, frame["intervals"]) as interval:
                self._interval(interval, offset, carry)
            for name in ("y", "f"):
                with code.loop(0, self.traced.states) as state:
                    self.store(code.load(self.at[name].get(), state), name, state, offset)
            for name in ("h", "h_kink", "failed_at"):
                self.store(getattr(carry, name).get(), name, 0, offset)
            self.store_whole(carry.steps.get(), code.at(frame["steps"], ids))
            builder.store(carry.evaluations.get(), code.at(frame["evaluations"], group, 8), align=8)
        builder.ret_void()

    def _interval(self, interval: Any, offset: Any, carry: LoopState) -> None:
        """Pulses, what is wanted, constants, then steps to the end of the interval."""
        code, builder, frame = self.code, self.builder, self.frame
        first, after = code.count(frame["first"], interval), code.count(frame["after"], interval)
        failed, y = carry.failed_at.get(), self.at["y"].get()
        with code.loop(0, code.count(frame["pulses"], interval)) as number:
            row = builder.add(builder.mul(interval, frame["pulse_slots"]), number)
            state = code.count(frame["pulsed"], row)
            more = self.load("add", row, offset)
            code.store(code.load(y, state) + more, y, state)
        time = code.count(frame["output_at"], interval)
        with builder.if_then(builder.icmp_signed(">=", time, I64(0))):
            self._write_outputs(time, offset, failed)
        some = builder.icmp_signed("<", first, after)
        with builder.if_then(some):
            restart = builder.icmp_signed("!=", code.count(frame["restart"], interval), I64(0))
            begins = builder.icmp_signed("==", interval, I64(0))
            with builder.if_then(builder.or_(restart, begins)):
                with code.loop(0, frame["inputs"]) as number:
                    place = code.count(frame["place"], number)
                    row = builder.add(builder.mul(first, frame["inputs"]), number)
                    code.store(self.load("left", row, offset), self.memory["p"], place)
                self.hoisted("constants")
                self.hoisted("inputs")
            self._steps(first, after, restart, offset, carry)

    def _write_outputs(self, time: Any, offset: Any, failed: Vec) -> None:
        """Put the states where they are wanted; those of a failed patient are NaN."""
        code, builder, frame, states = self.code, self.builder, self.frame, self.traced.states
        stride = builder.mul(frame["output_stride"], I64(8))
        row = builder.mul(builder.mul(time, I64(states)), stride)
        lane = builder.mul(builder.udiv(offset, I64(self.size)), I64(8))
        first = code.at(frame["outputs"], builder.add(row, lane))
        y, alive = self.at["y"].get(), failed.differs(failed)
        with code.loop(0, states) as state:
            value = code.select(alive, code.load(y, state), np.nan)
            code.store_streaming(value, code.at(first, builder.mul(state, stride)))

    def _steps(self, first: Any, after: Any, restart: Any, offset: Any, carry: LoopState) -> None:
        """Step every lane from the start of an interval to its end."""
        code, builder, frame = self.code, self.builder, self.frame
        code.store(code.broadcast(frame["start"], first), self.memory["start"])
        code.store(code.broadcast(frame["length"], first), self.memory["length"])
        code.store(0.0, self.memory["elapsed"])
        with code.loop(0, frame["ramps"]) as ramp:
            for name, row in self._line(first, ramp).items():
                code.store(self.load(name, row, offset), self.memory[f"line_{name}"], ramp)
        segments = ir.VectorType(I64, code.lanes)
        self.store_whole(self._everywhere(first, segments), self.memory["segment"])
        end = self._everywhere(after, segments)
        tried = code.variable(builder.zext(restart, I64))
        with builder.if_then(restart):
            self.step.restart(carry)

        def going() -> Vec:
            inside = builder.icmp_signed("<", self.load_whole(self.memory["segment"]), end)
            failed = carry.failed_at.get()
            return Vec(code, inside) & failed.differs(failed)

        with code.repeat(lambda: code.any(going())):
            ended = self.step.attempt(going(), tried, carry)
            with builder.if_then(code.any(ended)):
                self._enter(ended, after, offset)

    def _line(self, segment: Any, ramp: Any) -> dict[str, Any]:
        """Rows of the left end and the slope of an input that ramps, in the arrays of segments."""
        builder, frame = self.builder, self.frame
        number = self.code.count(frame["ramped"], ramp)
        return {
            "left": builder.add(builder.mul(segment, frame["inputs"]), number),
            "slope": builder.add(builder.mul(segment, frame["ramps"]), ramp),
        }

    def _everywhere(self, number: Any, kind: Any) -> Any:
        first = self.builder.insert_element(ir.Constant(kind, ir.Undefined), number, I64(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.code.lanes), [0] * self.code.lanes)
        return self.builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), zeros)

    def _enter(self, ended: Vec, after: Any, offset: Any) -> None:
        """Lanes whose segment has ended enter the next one, if it belongs to the interval."""
        code, builder, frame, memory = self.code, self.builder, self.frame, self.memory
        truth = builder.bitcast(ended.value, ir.IntType(code.lanes))
        place = code.variable(builder.zext(truth, I64))

        def enter(lane: Any) -> None:
            bit = builder.and_(builder.lshr(place.get(), lane), I64(1))
            with builder.if_then(builder.icmp_signed("!=", bit, I64(0))):
                where = code.at(memory["segment"], lane, 8)
                segment = builder.add(builder.load(where, typ=I64, align=8), I64(1))
                builder.store(segment, where, align=8)
                with builder.if_then(builder.icmp_signed("<", segment, after)):
                    for name in ("start", "length"):
                        self._copy(frame[name], segment, memory[name], lane)
                    with code.loop(0, frame["ramps"]) as ramp:
                        to = builder.add(builder.mul(ramp, I64(code.lanes)), lane)
                        for name, row in self._line(segment, ramp).items():
                            line = memory[f"line_{name}"]
                            self._copy(self.group_at(name, row, offset), lane, line, to)

        code.lanewise(enter)

    def _copy(self, one: Any, place: Any, other: Any, to: Any) -> None:
        """A single number from one array to another."""
        code = self.code
        value = self.builder.load(code.at(one, place, self.size), typ=code.number, align=self.size)
        self.builder.store(value, code.at(other, to, self.size), align=self.size)
