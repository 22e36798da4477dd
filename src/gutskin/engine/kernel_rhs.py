"""The right-hand side as functions of the kernel's module: hoisted parts, rates, the next stage."""

from __future__ import annotations

from llvmlite import ir

from gutskin.engine.hoist import CONSTANT, INPUT, TIME
from gutskin.engine.rhs_code import write_hoisted, write_rates
from gutskin.engine.traced import TracedRightHandSide
from gutskin.engine.vector_ir import Code, Vec


def write_levels_of(traced: TracedRightHandSide, module: ir.Module) -> None:
    """What no state moves: `constants`, `inputs`, `time_parts`, each (p, rows, time)."""
    for level, name in ((CONSTANT, "constants"), (INPUT, "inputs"), (TIME, "time_parts")):
        code = Code(module, name, traced.precision, ("p", "rows", "time"), width=traced.width)
        where = code.arguments
        write_hoisted(traced, code, level, where["p"], where["rows"], where["time"])
        code.builder.ret_void()


def write_input_updates(traced: TracedRightHandSide, module: ir.Module) -> None:
    """What follows one input alone, `input_PLACE` for each, (p, rows, time)."""
    for place in traced.inputs:
        code = Code(
            module, f"input_{place}", traced.precision, ("p", "rows", "time"), width=traced.width
        )
        where = code.arguments
        write_hoisted(traced, code, INPUT, where["p"], where["rows"], where["time"], place)
        code.builder.ret_void()


def write_rates_of(traced: TracedRightHandSide, module: ir.Module) -> None:
    """The derivatives of a group at its state, `rates(rows, state, slope)`."""
    names = ("rows", "state", "slope")
    code = Code(module, "rates", traced.precision, names, overlapping=names, width=traced.width)
    where = code.arguments

    def put(rate: Vec, number: int) -> None:
        code.store(rate, where["slope"], number)

    write_rates(traced, code, where["rows"], where["state"], put)
    code.builder.ret_void()


def write_stage_of(traced: TracedRightHandSide, module: ir.Module) -> None:
    """The next stage, `stage(rows, state, before, share, next)`: before + share x derivative."""
    names = ("rows", "state", "before", "share", "next")
    code = Code(module, "stage", traced.precision, names, overlapping=names, width=traced.width)
    where = code.arguments

    def put(rate: Vec, number: int) -> None:
        new = code.load(where["before"], number) + code.load(where["share"]) * rate
        code.store(new, where["next"], number)

    write_rates(traced, code, where["rows"], where["state"], put)
    code.builder.ret_void()


def evaluation_module(traced: TracedRightHandSide) -> ir.Module:
    """Nothing but evaluations, for measurements: `repeat(count, p, rows, time, state, rates)`.

    `count` is the address of a whole number: how often.
    """
    module = ir.Module("pure")
    write_levels_of(traced, module)
    write_rates_of(traced, module)
    names = ("count", "p", "rows", "time", "state", "rates")
    code = Code(module, "repeat", traced.precision, names, exported=True, width=traced.width)
    where = code.arguments
    before = [where[name] for name in ("p", "rows", "time")]
    for name in ("constants", "inputs"):
        code.builder.call(module.get_global(name), before)
    with code.loop(0, code.count(where["count"])):
        code.builder.call(module.get_global("time_parts"), before)
        code.builder.call(
            module.get_global("rates"), [where[name] for name in ("rows", "state", "rates")]
        )
    code.builder.ret_void()
    return module
