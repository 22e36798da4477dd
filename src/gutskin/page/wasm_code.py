"""The model's equations as a WebAssembly object file: the engine's kernel, and its quantities.

Nothing is written anew for the browser. The kernel that runs on a processor is handed to LLVM with
another target; the quantities that follow from states (SCORAD and the rest) are written by the same
code writer as a second function. WebAssembly has no fused product and sum; the one place that needs
it (the exact error of a product in a power) gets it from Dekker's product. Its registers hold two
numbers: with vectors as narrow the module is a quarter as long, and no slower.

References
----------
Dekker (1971), A floating-point technique for extending the available precision,
doi:10.1007/BF01397083
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import llvmlite.binding as llvm
from llvmlite import ir

from gutskin.engine.hoist import CONSTANT, INPUT
from gutskin.engine.kernel import kernel_module
from gutskin.engine.kernel_rhs import write_levels_of
from gutskin.engine.rhs_code import write_rates
from gutskin.engine.traced import TracedRightHandSide
from gutskin.engine.vector_ir import I64, Code, Vec, lanes_of
from gutskin.model.model import Model
from gutskin.population.strains import place_parameters

TARGET = "wasm32-unknown-unknown"
FEATURES = "+simd128,+bulk-memory,+sign-ext,+nontrapping-fptoint"
LEVEL = 2  # of optimisation
SPLIT = 134_217_729.0  # 2^27 + 1: cuts a number into halves whose products are exact
WIDTH = 16  # bytes of a vector
LANES = lanes_of("double", WIDTH)
FUSED = f"llvm.fma.v{LANES}f64"
OWN = "fused"  # the name of its replacement


def object_file(model: Model) -> bytes:
    """The kernel and the quantities of a model as one object file of WebAssembly.

    It defines `advance(frame)`, `observe(p, rows, time, state, found)` and the numbers `rows` and
    `quantity_rows`: how many vectors of working memory each needs.
    """
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(TARGET).create_target_machine(
        cpu="generic", features=FEATURES, opt=LEVEL, reloc="static"
    )
    kernel = _traced(model)
    module = _parsed(kernel_module(kernel))
    module.link_in(_parsed(quantity_module(_traced_quantities(model, kernel))))
    module.triple, module.data_layout = TARGET, str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=LEVEL)
    options.slp_vectorization = False  # numbers stand in vectors already
    options.loop_vectorization = False
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return machine.emit_object(module)


def quantity_module(traced: TracedRightHandSide) -> ir.Module:
    """What follows from a state, `observe(p, rows, time, state, found)`, for one vector of bodies.

    Parameters
    ----------
    traced : of the quantities instead of the derivatives
    """
    module = ir.Module("quantities")
    write_levels_of(traced, module)
    names = ("p", "rows", "time", "state", "found")
    code = Code(module, "observe", traced.precision, names, exported=True, width=traced.width)
    where = code.arguments
    for level in ("constants", "inputs", "time_parts"):
        before = [where[name] for name in ("p", "rows", "time")]
        code.builder.call(module.get_global(level), before)

    def put(value: Vec, number: int) -> None:
        code.store(value, where["found"], number)

    write_rates(traced, code, where["rows"], where["state"], put)
    code.builder.ret_void()
    rows: Any = ir.GlobalVariable(module, I64, "quantity_rows")
    singles = -(-traced.count // code.lanes)
    rows.global_constant, rows.initializer = True, I64(traced.size + singles)
    return module


def free_parameters(model: Model) -> frozenset[str]:
    """Ids of the parameters that may differ between bodies: what is drawn, moved, or a strain's.

    Worlds of the posterior draw every parameter with a width; the module serves those of the prior
    too, and one name goes for both.
    """
    rows = model.tables.parameters.values()
    wide = {row.id for row in rows if row.text("low") or row.text("role") == "reference"}
    own = {*model.input_ids, *model.individual_ids, *place_parameters(model)}
    return frozenset(own | wide)


def _traced(model: Model) -> TracedRightHandSide:
    """The right-hand side of a model for bodies that differ in what is free."""
    inputs, free = frozenset(model.input_ids), free_parameters(model)
    levels = [INPUT if name in inputs else CONSTANT for name in model.parameter_ids]
    shared = [name not in free for name in model.parameter_ids]
    return TracedRightHandSide.of(model.rhs, len(model.state_ids), levels, shared, "double", WIDTH)


def _traced_quantities(model: Model, kernel: TracedRightHandSide) -> TracedRightHandSide:
    """Rules, then reaction rates, of a model traced with the same parameters as its kernel."""

    def quantities(t: Any, y: Any, p: Any) -> Any:
        return jnp.stack([jnp.broadcast_to(one, t.shape) for one in model.observe_rules(t, y, p)])

    levels = [kernel.level[variable] for variable in kernel.jaxpr.invars[2:]]
    shared = [False] * len(levels)
    return TracedRightHandSide.of(quantities, kernel.states, levels, shared, "double", WIDTH)


def _parsed(module: ir.Module) -> llvm.ModuleRef:
    """A module for LLVM, whose fused operations are its own."""
    text = str(module)
    declared = f'declare <{LANES} x double> @"{FUSED}"('
    if declared not in text:
        return llvm.parse_assembly(text)
    kept = [line for line in text.splitlines() if not line.startswith(declared)]
    return llvm.parse_assembly("\n".join([*kept, _fused()]).replace(f'@"{FUSED}"', f'@"{OWN}"'))


def _fused() -> str:
    """A product and a sum without rounding in between, where the sum is near the product's loss."""
    module = ir.Module("fused")
    kind = ir.VectorType(ir.DoubleType(), LANES)
    function = ir.Function(module, ir.FunctionType(kind, [kind] * 3), OWN)
    function.linkage = "internal"
    builder = ir.IRBuilder(function.append_basic_block())
    a, b, c = function.args
    split = ir.Constant(kind, [SPLIT] * LANES)

    def halves(x: Any) -> tuple[Any, Any]:
        large = builder.fmul(split, x)
        upper = builder.fsub(large, builder.fsub(large, x))
        return upper, builder.fsub(x, upper)

    product = builder.fmul(a, b)
    (a_high, a_low), (b_high, b_low) = halves(a), halves(b)
    lost = builder.fsub(builder.fmul(a_high, b_high), product)
    lost = builder.fadd(lost, builder.fmul(a_high, b_low))
    lost = builder.fadd(lost, builder.fmul(a_low, b_high))
    lost = builder.fadd(lost, builder.fmul(a_low, b_low))
    builder.ret(builder.fadd(builder.fadd(product, c), lost))
    return str(function)
