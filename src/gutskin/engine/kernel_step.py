"""One step of a group of patients as machine code: stages, error, step-size control, acceptance.

The same as `rkc` and `xla_integrator` do in JAX, step for step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from gutskin.engine import rkc, vector_math
from gutskin.engine import step_size_controller as controller
from gutskin.engine.kernel_frame import GroupCode, LoopState
from gutskin.engine.vector_ir import I64, Variable, Vec

RACES = 4  # states of which the worst error is looked for at the same time


class StepCode:
    """Writes one step of every lane of a group.

    Parameters
    ----------
    group : the function that is being written
    evaluations : how often each evaluation is made, for measurements
    """

    def __init__(self, group: GroupCode, evaluations: int) -> None:
        self.group, self.evaluations = group, evaluations
        self.traced, self.code, self.builder = group.traced, group.code, group.builder
        self.frame, self.memory, self.at = group.frame, group.memory, group.at

    def restart(self, carry: LoopState) -> None:
        """The derivative where an interval begins with a jump."""
        code, longest = (
            self.code,
            self.code.broadcast(self.frame["step_limits"], 1),
        )
        self._rates(code.vector(0.0), "y", "f")
        carry.h.set(code.minimum(code.maximum(carry.h.get(), controller.MIN_STEP), longest))
        carry.evaluations.set(self.builder.add(carry.evaluations.get(), I64(1)))

    def attempt(self, active: Vec, tried: Variable, carry: LoopState) -> Vec:
        """One step of every active lane; where its segment ends."""
        code, builder, memory = self.code, self.builder, self.memory
        wanted, elapsed = carry.h.get(), code.load(memory["elapsed"])
        remaining = code.load(memory["length"]) - elapsed
        last = wanted >= remaining * controller.END
        # Two equal steps rather than a long one and a tiny one.
        halved = code.select(2.0 * wanted > remaining, 0.5 * remaining, wanted)
        h = code.select(active, code.select(last, remaining, halved), 0.0)
        self._stages(h, elapsed)
        size = self._error(h)
        size = code.select(code.call("fabs", size) < np.inf, size, controller.NAN_ERROR)
        taken = active & (size <= 1.0)
        factor = controller.SAFETY * vector_math.cube_root_inverse(code.maximum(size, 1e-12))
        proposed = h * code.minimum(
            code.maximum(factor, controller.MIN_FACTOR), controller.MAX_FACTOR
        )
        # A step cut short by the segment's end says little about the next one's size.
        grown = code.maximum(proposed, code.minimum(wanted, controller.MAX_FACTOR * h))
        h_next = code.select(active, code.select(taken, grown, proposed), wanted)
        # A kink excites the fast states; the step that fitted after the last one fits after this.
        h_kink = code.select(taken & elapsed.same(0.0), proposed, carry.h_kink.get())
        lost = active & ~taken & (h_next < controller.MIN_STEP)
        spent = builder.icmp_signed(">=", tried.get(), I64(controller.MAX_STEPS))
        lost = lost | Vec(code, builder.select(spent, active.value, (active & ~active).value))
        ended = taken & last
        h_next = code.select(ended, code.minimum(h_next, h_kink), h_next)
        # After a segment of next to no length the step must be able to grow again.
        longest = code.broadcast(self.frame["step_limits"], 1)
        failed = code.select(lost, code.load(memory["start"]) + elapsed, carry.failed_at.get())
        later = code.select(taken, elapsed + h, elapsed)
        code.store(code.select(ended, 0.0, later), memory["elapsed"])
        carry.h.set(code.minimum(code.maximum(h_next, controller.MIN_STEP), longest))
        carry.h_kink.set(h_kink)
        carry.failed_at.set(failed)
        carry.steps.set(builder.add(carry.steps.get(), self.group.as_whole(active)))
        carry.evaluations.set(builder.add(carry.evaluations.get(), self.frame["stages"]))
        self._accept(taken)
        tried.set(builder.add(tried.get(), I64(1)))
        return ended

    def _stages(self, h: Vec, elapsed: Vec) -> None:
        """The stages of the method: each writes the next; the last goes along the first rate, too.

        They take turns in two places, so that the last lies at "stage" and its rate at "slope".
        """
        code, builder, memory = self.code, self.builder, self.memory
        stages = self.frame["stages"]
        final = builder.sub(stages, I64(1))
        y, f, stage, slope = (self.at[name].get() for name in ("y", "f", "stage", "slope"))

        def share(number: Any) -> Vec:
            return code.broadcast(self.frame["shares"], number) * h

        odd = builder.trunc(stages, ir.IntType(1))
        here = code.variable(builder.select(odd, stage, slope))
        there = code.variable(builder.select(odd, slope, stage))
        along, first = share(I64(0)), share(stages)
        with code.loop(0, self.traced.states) as state:
            before, rate = code.load(y, state), code.load(f, state)
            code.store(before + along * rate, here.get(), state)
            code.store(before + first * rate, memory["last"], state)
        with code.loop(1, stages) as number:
            code.store(share(number), memory["share"])
            last = builder.icmp_signed("==", number, final)
            before = builder.select(last, memory["last"], y)
            since = elapsed + share(builder.sub(number, I64(1)))
            self._evaluate(since, "stage", here.get(), before, memory["share"], there.get())
            swapped = here.get()
            here.set(there.get())
            there.set(swapped)
        self._rates(elapsed + (share(final) + share(stages)), "stage", "slope")

    def _rates(self, since: Vec, state: str, slope: str) -> None:
        """The derivative of a state at a moment of the segment."""
        self._evaluate(since, "rates", self.at[state].get(), self.at[slope].get())

    def _evaluate(self, since: Vec, name: str, *addresses: Any) -> None:
        """One evaluation of the right-hand side, or as many as are to be measured."""
        for _ in range(self.evaluations):
            self._update_time(since)
            self.group.call(name, self.memory["rows"], *addresses)

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

    def _update_time(self, since: Vec) -> None:
        """What follows time and inputs at a moment of the segment."""
        code, builder, frame, memory = (
            self.code,
            self.builder,
            self.frame,
            self.memory,
        )
        code.store(code.load(memory["start"]) + since, memory["time"])
        with code.loop(0, frame["ramps"]) as ramp:
            slope = code.load(memory["line_slope"], ramp)
            line = code.load(memory["line_left"], ramp) + since * slope
            place = code.count(frame["place"], code.count(frame["ramped"], ramp))
            code.store(line, memory["p"], place)
        inputs_alone = builder.icmp_signed("==", frame["ramp_level"], I64(1))
        with builder.if_then(inputs_alone), code.loop(0, frame["ramps"]) as ramp:
            self._update_input(code.count(frame["place"], code.count(frame["ramped"], ramp)))
        with builder.if_then(builder.icmp_signed("==", frame["ramp_level"], I64(2))):
            self.group.hoisted("constants")
            self.group.hoisted("inputs")
        self.group.hoisted("time_parts")

    def _update_input(self, place: Any) -> None:
        """What follows one input."""
        nothing = self.code.function.append_basic_block()
        choice = self.builder.switch(place, nothing)
        for one in self.traced.inputs:
            case = self.code.function.append_basic_block()
            choice.add_case(I64(one), case)
            self.builder.position_at_end(case)
            self.group.hoisted(f"input_{one}")
            self.builder.branch(nothing)
        self.builder.position_at_end(nothing)

    def _error(self, h: Vec) -> Vec:
        """Error of the step in units of what is tolerated; NaN where a state is NaN.

        The worst state is found without a division: a / b is larger than c / d where a d is larger
        than c b. A few races run side by side, since each waits for its last comparison.
        """
        code, states = self.code, self.traced.states
        y, f, y_new, f_new = (self.at[name].get() for name in ("y", "f", "stage", "slope"))
        at_rates = (rkc.ERROR_BY_RATE / rkc.ERROR_BY_STATE) * h
        worst = [
            (code.variable(code.vector(0.0)), code.variable(code.vector(1.0))) for _ in range(RACES)
        ]
        known = code.variable(code.vector(0.0).same(0.0))

        def size(state: Any) -> tuple[Vec, Vec]:
            """Error and what is tolerated, both in units of the absolute part."""
            unit, floor, slope = (
                code.broadcast(
                    self.frame["error_weights"],
                    self.builder.add(state, I64(row * states)),
                )
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
                large, tolerated_there = worst[number]
                longer = error * tolerated_there.get() > large.get() * tolerated
                large.set(code.select(longer, error, large.get()))
                tolerated_there.set(code.select(longer, tolerated, tolerated_there.get()))
                total = total + error
            known.set(known.get() & total.same(total))  # NaN stays NaN

        with code.loop(0, states // RACES) as some:
            run(self.builder.mul(some, I64(RACES)), RACES)
        if states % RACES:
            run(I64(states - states % RACES), states % RACES)
        sizes = [error.get() / tolerated.get() for error, tolerated in worst]
        found = sizes[0]
        for other in sizes[1:]:
            found = code.maximum(found, other)
        return code.select(known.get(), rkc.ERROR_BY_STATE * found, np.nan)
