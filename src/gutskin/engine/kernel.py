"""The engine on a processor: machine code of our own for a few patients at a time.

XLA writes the arrays of every stage back to memory. Here eight patients (sixteen of 32 bits) fill
one vector, and all that a step of theirs needs lies in the nearest cache. The code does what
`integrate` does, step for step: the method, the control of the step, bends, failures. One function
serves every schedule and every set of parameters that differ between patients.

What changes is worked out as seldom as it may: constants where a leg begins with a jump, what
follows inputs there too, unless one of them bends; what follows time at every stage.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from gutskin.engine import rkc, vector_math
from gutskin.engine.control import (
    END,
    LEAST_FACTOR,
    MOST_FACTOR,
    MOST_STEPS,
    NO_NUMBER,
    SAFETY,
    SMALLEST_STEP,
    STAGES,
)
from gutskin.engine.hoist import CONSTANT, HELD, TIMED
from gutskin.engine.kernel_ir import Traced, write_before_the_state, write_rates
from gutskin.engine.vector_ir import I64, POINTER, WIDTH, Code, Slot, Vec, lanes_of

# What a call is told, 64 bits each, in this order: numbers, then addresses of arrays.
NUMBERS = (
    "from",
    "to",
    "lanes",
    "legs",
    "room",
    "inputs",
    "bends",
    "refresh",
    "singles",
    "across",
)
ADDRESSES = (
    "y", "f", "h", "h_bend", "steps", "calls", "failed_at",  # carried on
    "start", "length", "left", "slope",  # of segments
    "first", "after", "fresh", "pulses", "pulsed", "add",  # of legs
    "place", "bending",  # of inputs
    "shared", "single", "single_place",  # parameters
    "weights", "limits", "work",
    "seen_at", "seen",
)  # fmt: skip
# The states at requested times go to `seen`, 64-bit, [time, state, patient], so many patients
# across; `seen_at` has for every leg the time that begins it, or -1.
FRAME = (*NUMBERS, *ADDRESSES)


RACES = 2  # states of which the worst error is looked for at the same time


class Rooms:
    """Where a group's vectors lie in its working memory: the number of the first row of each."""

    def __init__(self, traced: Traced) -> None:
        states, parameters = traced.states, traced.parameters
        singles = -(-traced.count // lanes_of(traced.precision))  # behind the rows
        sizes = {
            "y": states, "f": states, "stage": states, "slope": states, "last": states, "share": 1,
            "rows": traced.size + singles, "time": 1,
            "start": 1, "length": 1, "elapsed": 1, "segment": 2,
            "line_left": parameters, "line_slope": parameters, "p": parameters,
        }  # fmt: skip
        ends = np.cumsum(list(sizes.values()))
        self.first = dict(zip(sizes, (0, *map(int, ends[:-1])), strict=True))
        self.rows = int(ends[-1])


def module_of(traced: Traced, evaluations: int = 1) -> ir.Module:
    """The kernel as a module of LLVM: `advance(frame)`, and `rows` of its working memory.

    For measurements, each evaluation of the right-hand side may be made several times over: the
    same courses, and what one costs in place.
    """
    module = ir.Module("gutskin")
    write_levels_of(traced, module)
    for place in traced.inputs:
        code = Code(module, f"held_{place}", traced.precision, ("p", "rows", "time"))
        where = code.arguments
        addresses = (where["p"], where["rows"], where["time"])
        write_before_the_state(traced, code, HELD, *addresses, place)
        code.builder.ret_void()
    write_rates_of(traced, module)
    write_stage_of(traced, module)
    _Advance(traced, module, evaluations).write()
    rows: Any = ir.GlobalVariable(module, I64, "rows")
    rows.global_constant, rows.initializer = True, I64(Rooms(traced).rows)
    return module


def write_levels_of(traced: Traced, module: ir.Module) -> None:
    """What does not depend on the state: `constants`, `held`, `timed`, each (p, rows, time)."""
    for level, name in ((CONSTANT, "constants"), (HELD, "held"), (TIMED, "timed")):
        code = Code(module, name, traced.precision, ("p", "rows", "time"))
        where = code.arguments
        write_before_the_state(traced, code, level, where["p"], where["rows"], where["time"])
        code.builder.ret_void()


def write_rates_of(traced: Traced, module: ir.Module) -> None:
    """The derivatives of a group at its state, `rates(rows, state, slope)`."""
    names = ("rows", "state", "slope")
    code = Code(module, "rates", traced.precision, names, overlapping=names)
    where = code.arguments

    def put(rate: Vec, number: int) -> None:
        code.store(rate, where["slope"], number)

    write_rates(traced, code, where["rows"], where["state"], put)
    code.builder.ret_void()


def write_stage_of(traced: Traced, module: ir.Module) -> None:
    """The next stage, `stage(rows, state, before, share, next)`: before + share x derivative."""
    names = ("rows", "state", "before", "share", "next")
    code = Code(module, "stage", traced.precision, names, overlapping=names)
    where = code.arguments

    def put(rate: Vec, number: int) -> None:
        new = code.load(where["before"], number) + code.load(where["share"]) * rate
        code.store(new, where["next"], number)

    write_rates(traced, code, where["rows"], where["state"], put)
    code.builder.ret_void()


class _Advance:
    """The function that takes groups of patients through a block of segments."""

    def __init__(self, traced: Traced, module: ir.Module, evaluations: int) -> None:
        self.traced, self.module, self.evaluations = traced, module, evaluations
        self.code = Code(module, "advance", traced.precision, ("frame",), exported=True)
        self.builder = self.code.builder
        self.size = self.code.bits.width // 8
        frame = self.code.arguments["frame"]
        self.told: dict[str, Any] = {}
        for number, name in enumerate(FRAME):
            value = self.code.count(frame, number)
            if name not in NUMBERS:
                value = self.builder.inttoptr(value, POINTER)
            self.told[name] = value
        self.rooms = {
            name: self.code.at(self.told["work"], row, WIDTH)
            for name, row in Rooms(traced).first.items()
        }
        # The state and its derivative change places with those of the stages when a step is taken.
        names = ("y", "f", "stage", "slope")
        self.at = {name: self.code.slot(self.rooms[name]) for name in names}
        self.row = self.builder.mul(self.told["lanes"], I64(self.size))  # bytes of a row of all
        self.ids = lanes_of(traced.precision) * 8  # bytes of a group's whole numbers

    # --- arrays of all patients, [row, lane]

    def group_at(self, name: str, row: Any, offset: Any) -> Any:
        """Address of a group's vector in a row of an array of all patients."""
        row = I64(row) if isinstance(row, int) else row
        inside = self.builder.add(self.builder.mul(row, self.row), offset)
        return self.code.at(self.told[name], inside)

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

    # --- the function

    def write(self) -> None:
        """Every group, one after the other."""
        code, builder, told = self.code, self.builder, self.told
        with code.loop(told["from"], told["to"]) as group:
            offset = builder.mul(group, I64(WIDTH))
            ids = builder.mul(group, I64(self.ids))
            for name in ("y", "f"):
                with code.loop(0, self.traced.states) as state:
                    code.store(self.load(name, state, offset), self.at[name].get(), state)
            with code.loop(0, self.traced.parameters) as place:
                code.store(code.spread(told["shared"], place), self.rooms["p"], place)
            with code.loop(0, told["singles"]) as number:
                place = code.count(told["single_place"], number)
                code.store(self.load("single", number, offset), self.rooms["p"], place)
            carry = _Carry(
                h=code.slot(self.load("h", 0, offset)),
                h_bend=code.slot(self.load("h_bend", 0, offset)),
                failed_at=code.slot(self.load("failed_at", 0, offset)),
                steps=code.slot(self.load_whole(code.at(told["steps"], ids))),
                calls=code.slot(code.count(told["calls"], group)),
            )
            with code.loop(0, told["legs"]) as leg:
                self._leg(leg, offset, carry)
            for name in ("y", "f"):
                with code.loop(0, self.traced.states) as state:
                    self.store(code.load(self.at[name].get(), state), name, state, offset)
            for name in ("h", "h_bend", "failed_at"):
                self.store(getattr(carry, name).get(), name, 0, offset)
            self.store_whole(carry.steps.get(), code.at(told["steps"], ids))
            builder.store(carry.calls.get(), code.at(told["calls"], group, 8), align=8)
        builder.ret_void()

    def _call(self, name: str, *arguments: Any) -> None:
        self.builder.call(self.module.get_global(name), arguments)

    def _parts(self, name: str) -> None:
        self._call(name, self.rooms["p"], self.rooms["rows"], self.rooms["time"])

    def _leg(self, leg: Any, offset: Any, carry: _Carry) -> None:
        """Pulses, what is wanted, constants, then steps to the end of the leg."""
        code, builder, told = self.code, self.builder, self.told
        first, after = code.count(told["first"], leg), code.count(told["after"], leg)
        failed, y = carry.failed_at.get(), self.at["y"].get()
        with code.loop(0, code.count(told["pulses"], leg)) as number:
            row = builder.add(builder.mul(leg, told["room"]), number)
            state = code.count(told["pulsed"], row)
            more = self.load("add", row, offset)
            code.store(code.load(y, state) + more, y, state)
        time = code.count(told["seen_at"], leg)
        with builder.if_then(builder.icmp_signed(">=", time, I64(0))):
            self._seen(time, offset, failed)
        some = builder.icmp_signed("<", first, after)
        with builder.if_then(some):
            fresh = builder.icmp_signed("!=", code.count(told["fresh"], leg), I64(0))
            begins = builder.icmp_signed("==", leg, I64(0))
            with builder.if_then(builder.or_(fresh, begins)):
                with code.loop(0, told["inputs"]) as number:
                    place = code.count(told["place"], number)
                    row = builder.add(builder.mul(first, told["inputs"]), number)
                    code.store(self.load("left", row, offset), self.rooms["p"], place)
                self._parts("constants")
                self._parts("held")
            self._steps(first, after, fresh, offset, carry)

    def _seen(self, time: Any, offset: Any, failed: Vec) -> None:
        """Put the states where they are wanted; those of a failed patient are no numbers."""
        code, builder, told, states = self.code, self.builder, self.told, self.traced.states
        across = builder.mul(told["across"], I64(8))
        row = builder.mul(builder.mul(time, I64(states)), across)
        lane = builder.mul(builder.udiv(offset, I64(self.size)), I64(8))
        first = code.at(told["seen"], builder.add(row, lane))
        y, alive = self.at["y"].get(), failed.differs(failed)
        with code.loop(0, states) as state:
            value = code.select(alive, code.load(y, state), np.nan)
            code.store_wide(value, code.at(first, builder.mul(state, across)))

    def _steps(self, first: Any, after: Any, fresh: Any, offset: Any, carry: _Carry) -> None:
        """Step every lane from the start of a leg to its end."""
        code, builder, told = self.code, self.builder, self.told
        code.store(code.spread(told["start"], first), self.rooms["start"])
        code.store(code.spread(told["length"], first), self.rooms["length"])
        code.store(0.0, self.rooms["elapsed"])
        with code.loop(0, told["bends"]) as bend:
            for name, row in self._line(first, bend).items():
                code.store(self.load(name, row, offset), self.rooms[f"line_{name}"], bend)
        segments = ir.VectorType(I64, code.lanes)
        self.store_whole(self._everywhere(first, segments), self.rooms["segment"])
        end = self._everywhere(after, segments)
        tried = code.slot(builder.zext(fresh, I64))
        with builder.if_then(fresh):
            self._begin(carry)

        def going() -> Vec:
            inside = builder.icmp_signed("<", self.load_whole(self.rooms["segment"]), end)
            failed = carry.failed_at.get()
            return Vec(code, inside) & failed.differs(failed)

        with code.repeat(lambda: code.any(going())):
            self._attempt(going(), tried, after, offset, carry)

    def _line(self, segment: Any, bend: Any) -> dict[str, Any]:
        """Rows of the left end and the slope of an input that bends, in the arrays of segments."""
        builder, told = self.builder, self.told
        number = self.code.count(told["bending"], bend)
        return {
            "left": builder.add(builder.mul(segment, told["inputs"]), number),
            "slope": builder.add(builder.mul(segment, told["bends"]), bend),
        }

    def _everywhere(self, number: Any, kind: Any) -> Any:
        first = self.builder.insert_element(ir.Constant(kind, ir.Undefined), number, I64(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.code.lanes), [0] * self.code.lanes)
        return self.builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), zeros)

    def _begin(self, carry: _Carry) -> None:
        """The derivative where a leg begins with a jump."""
        code, longest = self.code, self.code.spread(self.told["limits"], 1)
        self._rates(code.vector(0.0), "y", "f")
        carry.h.set(code.least(code.largest(carry.h.get(), SMALLEST_STEP), longest))
        carry.calls.set(self.builder.add(carry.calls.get(), I64(1)))

    def _attempt(self, active: Vec, tried: Slot, after: Any, offset: Any, carry: _Carry) -> None:
        """One step of every lane that is on its way."""
        code, builder, rooms = self.code, self.builder, self.rooms
        held, elapsed = carry.h.get(), code.load(rooms["elapsed"])
        remaining = code.load(rooms["length"]) - elapsed
        last = held >= remaining * END
        # Two equal steps rather than a long one and a stump.
        halved = code.select(2.0 * held > remaining, 0.5 * remaining, held)
        h = code.select(active, code.select(last, remaining, halved), 0.0)
        self._stages(h, elapsed)
        size = self._error(h)
        size = code.select(code.call("fabs", size) < np.inf, size, NO_NUMBER)
        taken = active & (size <= 1.0)
        factor = SAFETY * vector_math.cube_root_inverse(code.largest(size, 1e-12))
        proposed = h * code.least(code.largest(factor, LEAST_FACTOR), MOST_FACTOR)
        # A step cut short by the segment's end says little about the next one's size.
        kept = code.largest(proposed, code.least(held, MOST_FACTOR * h))
        h_next = code.select(active, code.select(taken, kept, proposed), held)
        # At a bend the fast states are shaken; what they bore at the last one they bear again.
        h_bend = code.select(taken & elapsed.same(0.0), proposed, carry.h_bend.get())
        lost = active & ~taken & (h_next < SMALLEST_STEP)
        spent = builder.icmp_signed(">=", tried.get(), I64(MOST_STEPS))
        lost = lost | Vec(code, builder.select(spent, active.value, (active & ~active).value))
        ended = taken & last
        h_next = code.select(ended, code.least(h_next, h_bend), h_next)
        # After a segment of next to no length the step must be able to grow again.
        longest = code.spread(self.told["limits"], 1)
        failed = code.select(lost, code.load(rooms["start"]) + elapsed, carry.failed_at.get())
        later = code.select(taken, elapsed + h, elapsed)
        code.store(code.select(ended, 0.0, later), rooms["elapsed"])
        carry.h.set(code.least(code.largest(h_next, SMALLEST_STEP), longest))
        carry.h_bend.set(h_bend)
        carry.failed_at.set(failed)
        carry.steps.set(builder.add(carry.steps.get(), self.as_whole(active)))
        carry.calls.set(builder.add(carry.calls.get(), I64(STAGES)))
        self._accept(taken)
        tried.set(builder.add(tried.get(), I64(1)))
        with builder.if_then(code.any(ended)):
            self._enter(ended, after, offset)

    def _stages(self, h: Vec, elapsed: Vec) -> None:
        """The stages of the method: each writes the next; the last goes along the first rate, too.

        They take turns in two places, so that the last lies at "stage" and its rate at "slope".
        """
        code, rooms = self.code, self.rooms
        y, f, stage, slope = (self.at[name].get() for name in ("y", "f", "stage", "slope"))
        along, first = ([float(share) * h for share in column] for column in rkc.shares(STAGES))
        here, there = (stage, slope) if STAGES % 2 else (slope, stage)
        with code.loop(0, self.traced.states) as state:
            before, rate = code.load(y, state), code.load(f, state)
            code.store(before + along[0] * rate, here, state)
            code.store(before + first[-1] * rate, rooms["last"], state)
        for number in range(1, STAGES):
            code.store(along[number], rooms["share"])
            before = rooms["last"] if number == STAGES - 1 else y
            since = elapsed + along[number - 1]
            self._evaluate(since, "stage", here, before, rooms["share"], there)
            here, there = there, here
        self._rates(elapsed + (along[-1] + first[-1]), "stage", "slope")

    def _rates(self, since: Vec, state: str, slope: str) -> None:
        """The derivative of a state at a moment of the segment."""
        self._evaluate(since, "rates", self.at[state].get(), self.at[slope].get())

    def _evaluate(self, since: Vec, name: str, *addresses: Any) -> None:
        """One evaluation of the right-hand side, or as many as are to be measured."""
        for _ in range(self.evaluations):
            self._timed(since)
            self._call(name, self.rooms["rows"], *addresses)

    def _accept(self, taken: Vec) -> None:
        """The last stage becomes the state of the lanes that take the step, with its derivative."""
        code = self.code
        pairs = (("y", "stage"), ("f", "slope"))
        with self.builder.if_then(code.any(~taken)):
            for old, new in ((self.at[old].get(), self.at[new].get()) for old, new in pairs):
                with code.loop(0, self.traced.states) as state:
                    value = code.select(taken, code.load(new, state), code.load(old, state))
                    code.store(value, new, state)
        for old, new in ((self.at[old], self.at[new]) for old, new in pairs):
            before = old.get()
            old.set(new.get())
            new.set(before)

    def _timed(self, since: Vec) -> None:
        """What follows time and inputs at a moment of the segment."""
        code, builder, told, rooms = self.code, self.builder, self.told, self.rooms
        code.store(code.load(rooms["start"]) + since, rooms["time"])
        with code.loop(0, told["bends"]) as bend:
            slope = code.load(rooms["line_slope"], bend)
            line = code.load(rooms["line_left"], bend) + since * slope
            place = code.count(told["place"], code.count(told["bending"], bend))
            code.store(line, rooms["p"], place)
        held = builder.icmp_signed("==", told["refresh"], I64(1))
        with builder.if_then(held), code.loop(0, told["bends"]) as bend:
            self._held_by(code.count(told["place"], code.count(told["bending"], bend)))
        with builder.if_then(builder.icmp_signed("==", told["refresh"], I64(2))):
            self._parts("constants")
            self._parts("held")
        self._parts("timed")

    def _held_by(self, place: Any) -> None:
        """What follows one input."""
        nothing = self.code.function.append_basic_block()
        choice = self.builder.switch(place, nothing)
        for one in self.traced.inputs:
            case = self.code.function.append_basic_block()
            choice.add_case(I64(one), case)
            self.builder.position_at_end(case)
            self._parts(f"held_{one}")
            self.builder.branch(nothing)
        self.builder.position_at_end(nothing)

    def _error(self, h: Vec) -> Vec:
        """Error of the step in units of what is tolerated; no number where a state is none.

        The worst state is found without a division: a / b is larger than c / d where a d is larger
        than c b. A few races run side by side, since each waits for its last comparison.
        """
        code, states = self.code, self.traced.states
        y, f, y_new, f_new = (self.at[name].get() for name in ("y", "f", "stage", "slope"))
        at_rates = (rkc.ERROR_RATE / rkc.ERROR_STATE) * h
        worst = [(code.slot(code.vector(0.0)), code.slot(code.vector(1.0))) for _ in range(RACES)]
        known = code.slot(code.vector(0.0).same(0.0))

        def size(state: Any) -> tuple[Vec, Vec]:
            """Error and what is tolerated, both in units of the absolute part."""
            unit, floor, slope = (
                code.spread(self.told["weights"], self.builder.add(state, I64(row * states)))
                for row in range(3)
            )
            before, after = code.load(y, state), code.load(y_new, state)
            rates = code.load(f, state) + code.load(f_new, state)
            estimate = (before - after) + at_rates * rates
            before, after = code.call("fabs", before), code.call("fabs", after)
            high = code.select(before > after, before, after)
            return unit * code.call("fabs", estimate), floor + slope * high

        def run(first: Any, count: int) -> None:
            total = code.vector(0.0)
            for number in range(count):
                error, tolerated = size(self.builder.add(first, I64(number)))
                large, its = worst[number]
                longer = error * its.get() > large.get() * tolerated
                large.set(code.select(longer, error, large.get()))
                its.set(code.select(longer, tolerated, its.get()))
                total = total + error
            known.set(known.get() & total.same(total))  # what is no number stays one

        with code.loop(0, states // RACES) as some:
            run(self.builder.mul(some, I64(RACES)), RACES)
        if states % RACES:
            run(I64(states - states % RACES), states % RACES)
        sizes = [large.get() / its.get() for large, its in worst]
        found = sizes[0]
        for other in sizes[1:]:
            found = code.largest(found, other)
        return code.select(known.get(), rkc.ERROR_STATE * found, np.nan)

    def _enter(self, ended: Vec, after: Any, offset: Any) -> None:
        """Lanes whose segment has ended enter the next one, if it belongs to the leg."""
        code, builder, told, rooms = self.code, self.builder, self.told, self.rooms
        truth = builder.bitcast(ended.value, ir.IntType(code.lanes))
        place = code.slot(builder.zext(truth, I64))

        def enter(lane: Any) -> None:
            bit = builder.and_(builder.lshr(place.get(), lane), I64(1))
            with builder.if_then(builder.icmp_signed("!=", bit, I64(0))):
                where = code.at(rooms["segment"], lane, 8)
                segment = builder.add(builder.load(where, typ=I64, align=8), I64(1))
                builder.store(segment, where, align=8)
                with builder.if_then(builder.icmp_signed("<", segment, after)):
                    for name in ("start", "length"):
                        self._copy(told[name], segment, rooms[name], lane)
                    with code.loop(0, told["bends"]) as bend:
                        to = builder.add(builder.mul(bend, I64(code.lanes)), lane)
                        for name, row in self._line(segment, bend).items():
                            line = rooms[f"line_{name}"]
                            self._copy(self.group_at(name, row, offset), lane, line, to)

        code.lanewise(enter)

    def _copy(self, one: Any, place: Any, other: Any, to: Any) -> None:
        """A single number from one array to another."""
        code = self.code
        value = self.builder.load(code.at(one, place, self.size), typ=code.number, align=self.size)
        self.builder.store(value, code.at(other, to, self.size), align=self.size)


class _Carry:
    """What goes on from one leg to the next, beside states and derivatives."""

    def __init__(self, h: Slot, h_bend: Slot, failed_at: Slot, steps: Slot, calls: Slot) -> None:
        self.h, self.h_bend, self.failed_at = h, h_bend, failed_at
        self.steps, self.calls = steps, calls


def pure_module_of(traced: Traced) -> ir.Module:
    """Nothing but evaluations, for measurements: `repeat(count, p, rows, time, state, rates)`.

    `count` is the address of a whole number: how often.
    """
    module = ir.Module("pure")
    write_levels_of(traced, module)
    write_rates_of(traced, module)
    names = ("count", "p", "rows", "time", "state", "rates")
    code = Code(module, "repeat", traced.precision, names, exported=True)
    where = code.arguments
    before = [where[name] for name in ("p", "rows", "time")]
    for name in ("constants", "held"):
        code.builder.call(module.get_global(name), before)
    with code.loop(0, code.count(where["count"])):
        code.builder.call(module.get_global("timed"), before)
        code.builder.call(
            module.get_global("rates"), [where[name] for name in ("rows", "state", "rates")]
        )
    code.builder.ret_void()
    return module
