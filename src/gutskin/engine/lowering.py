"""Lowering: every operation that JAX traced becomes one on a vector of patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import add
from typing import Any

import numpy as np
from jax.extend import core

from gutskin.engine import vector_math
from gutskin.engine.deferred import Deferred, immediate
from gutskin.engine.traced import TRACED, leading
from gutskin.engine.vector_ir import Code, Vec


class UnsupportedOperation(NotImplementedError):
    """An equation uses an operation that has no machine code here."""


def constant_vectors(code: Code, value: Any) -> Any:
    """The same numbers, or truths, in every lane."""
    constant = np.asarray(value)
    found = [code.vector(float(one)) for one in np.ravel(constant)]
    if constant.dtype == bool:
        found = [one.differs(0.0) for one in found]
    return array_of(found, constant.shape)


def array_of(values: Sequence[Any], shape: Sequence[int]) -> Any:
    """Vectors as an Array of this shape."""
    found = np.empty(len(values), object)
    found[:] = values
    return found.reshape(shape)


def lower(
    code: Code,
    equations: Sequence[Any],
    read: Callable[[Any], Any],
    known: dict[Any, Any],
    lift: Callable[[Any, Callable[..., Any]], Callable[..., Any]] = immediate,
) -> None:
    """Write equations one after the other; their results go into `known`.

    `lift` makes of an operation on vectors one on what the values are.
    """
    for equation in equations:
        inner = _inner(equation)
        if inner is not None:
            own = dict(zip(inner.jaxpr.invars, map(read, equation.invars), strict=True))
            own |= {
                variable: constant_vectors(code, value)
                for variable, value in zip(inner.jaxpr.constvars, inner.consts, strict=True)
            }

            def read_inner(atom: Any, own: dict[Any, Any] = own) -> Any:
                if isinstance(atom, core.Literal):
                    return constant_vectors(code, atom.val)
                return own[atom]

            lower(code, inner.jaxpr.eqns, read_inner, own, lift)
            results = [read_inner(atom) for atom in inner.jaxpr.outvars]
        else:
            found = _operation(code, equation, read, lift)
            results = found if isinstance(found, list) else [found]
        known.update(zip(equation.outvars, results, strict=True))


def _inner(equation: Any) -> Any:
    """The equations within one that is a call, closed over its constants."""
    for name in ("jaxpr", "call_jaxpr"):
        found = equation.params.get(name)
        if found is not None and hasattr(found, "jaxpr"):
            return found
    return None


def _operation(
    code: Code,
    equation: Any,
    read: Callable[[Any], Any],
    lift: Callable[[Any, Callable[..., Any]], Callable[..., Any]],
) -> Any:
    name = equation.primitive.name
    operands = [read(atom) for atom in equation.invars]
    shapes = [tuple(atom.aval.shape) for atom in equation.invars]
    if name in SHAPES:
        return SHAPES[name](equation, operands, shapes)
    if _is_lane(tuple(equation.outvars[0].aval.shape)):
        # An axis of length one in the place of the patients' is the same for all of them.
        operands = [
            one.reshape(one.shape[:-1]) if shape[-1:] == (1,) else one
            for one, shape in zip(operands, shapes, strict=True)
        ]
    function = _function_of(code, equation)
    if function is None:
        raise UnsupportedOperation(
            f"The equations use {name!r}, for which the processor's kernel has no code: "
            f"{equation.invars[0].aval if equation.invars else ''} -> {equation.outvars[0].aval}. "
            "Write it with +, -, *, /, exp, log, powers, comparisons and choices."
        )
    return _each(lift(equation, function), operands)


def _function_of(code: Code, equation: Any) -> Callable[..., Any] | None:
    """What an operation does with one number of each operand."""
    name, params = equation.primitive.name, equation.params
    if name == "integer_pow":
        return lambda x: vector_math.whole_power(x, params["y"])
    if name == "select_n" and len(equation.invars) == 3:
        return lambda which, no, yes: code.select(which, yes, no)
    if name == "convert_element_type":
        kinds = [np.dtype(equation.invars[0].aval.dtype).kind, np.dtype(params["new_dtype"]).kind]
        if kinds[1] == "f" and kinds[0] in "fiu":
            return lambda x: x
        if kinds == ["b", "f"]:
            return lambda truth: code.select(truth, 1.0, 0.0)
    return ELEMENTWISE.get(name)


def _each(function: Callable[..., Vec], operands: Sequence[Any]) -> Any:
    broad = np.broadcast_arrays(*operands)
    found = [function(*row) for row in zip(*map(np.ravel, broad), strict=True)]
    return array_of(found, broad[0].shape)


def _math(name: str) -> Callable[[Vec], Vec]:
    return lambda x: x.code.call(name, x)


ELEMENTWISE: dict[str, Callable[..., Vec]] = {
    "add": lambda x, y: x + y,
    "add_any": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "square": lambda x: x * x,
    "max": lambda x, y: x.code.maximum(x, y),
    "min": lambda x, y: x.code.minimum(x, y),
    "clamp": lambda low, x, high: x.code.minimum(x.code.maximum(x, low), high),
    "exp": vector_math.exp,
    "log": vector_math.log,
    "pow": vector_math.power,
    "logistic": lambda x: 1.0 / (1.0 + vector_math.exp(-x)),
    "sign": lambda x: x.code.select(x > 0.0, 1.0, x.code.select(x < 0.0, -1.0, x)),
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "gt": lambda x, y: x > y,
    "ge": lambda x, y: x >= y,
    "eq": lambda x, y: x.same(y),
    "ne": lambda x, y: x.differs(y),
    "and": lambda x, y: x & y,
    "or": lambda x, y: x | y,
    "xor": lambda x, y: x ^ y,
    "not": lambda x: ~x,
    "copy": lambda x: x,
    "stop_gradient": lambda x: x,
    "abs": _math("fabs"),
    "sqrt": _math("sqrt"),
    "rsqrt": lambda x: 1.0 / x.code.call("sqrt", x),
    "floor": _math("floor"),
    "ceil": _math("ceil"),
    # What a model seldom needs goes through the library of the system, lane after lane.
    "sin": _math("sin"),
    "cos": _math("cos"),
    "tan": _math("tan"),
    "tanh": _math("tanh"),
    "sinh": _math("sinh"),
    "cosh": _math("cosh"),
    "atan": _math("atan"),
    "log10": _math("log10"),
    "exp2": lambda x: vector_math.exp(x * float(np.log(2.0))),
    "expm1": lambda x: _exp_less_one(x),
    "log1p": lambda x: _log_one_more(x),
}


def _exp_less_one(x: Vec) -> Vec:
    """exp(x) - 1, exact to the last bits also near zero."""
    half = x.code.call("tanh", 0.5 * x)
    near = x.code.call("fabs", x) < 1.0
    return x.code.select(near, 2.0 * half / (1.0 - half), vector_math.exp(x) - 1.0)


def _log_one_more(x: Vec) -> Vec:
    """log(1 + x), exact to the last bits also near zero (Kahan)."""
    more = 1.0 + x
    plain = more.same(1.0) | more.same(np.inf)
    return x.code.select(plain, x, vector_math.log(more) * (x / (more - 1.0)))


def _is_lane(shape: Sequence[int]) -> bool:
    return bool(shape) and shape[-1] == TRACED


def _broadcast(equation: Any, operands: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Any:
    wanted = leading(equation.params["shape"])
    to = equation.params["broadcast_dimensions"]
    if _is_lane(shapes[0]):
        to = to[:-1]
    size = [1] * len(equation.params["shape"])
    for place, length in zip(to, np.shape(operands[0]), strict=True):
        size[place] = length
    return np.broadcast_to(operands[0].reshape(size[: len(wanted)]), wanted)


def _slice(equation: Any, operands: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Any:
    begin, end = equation.params["start_indices"], equation.params["limit_indices"]
    step = equation.params["strides"] or (1,) * len(begin)
    cuts = [slice(*one) for one in zip(begin, end, step, strict=True)]
    return operands[0][tuple(cuts[: operands[0].ndim])]


def _reshaped(equation: Any, operands: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Any:
    return operands[0].reshape(leading(equation.outvars[0].aval.shape))


def _joined(equation: Any, operands: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Any:
    return np.concatenate(operands, axis=equation.params["dimension"])


def _stacked(equation: Any, operands: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Any:
    return np.stack(operands, axis=equation.params["axis"])


def _unstacked(equation: Any, operands: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Any:
    rows = np.moveaxis(operands[0], equation.params["axis"], 0)
    return [array_of(list(np.ravel(row)), row.shape) for row in map(np.asarray, rows)]


def _sum(equation: Any, operands: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Any:
    axes, summand = equation.params["axes"], operands[0]
    if any(axis >= summand.ndim for axis in axes):
        raise UnsupportedOperation("A right-hand side adds up patients; they must stay apart.")
    moved = np.moveaxis(summand, axes, range(len(axes)))
    rows = moved.reshape(-1, *moved.shape[len(axes) :])
    found = rows[0]
    for row in rows[1:]:
        found = _each(_plus, [found, row])
    return found


def _plus(one: Any, other: Any) -> Any:
    if isinstance(one, Deferred) or isinstance(other, Deferred):
        return Deferred(add, one, other)
    return one + other


SHAPES: dict[str, Callable[..., Any]] = {
    "broadcast_in_dim": _broadcast,
    "slice": _slice,
    "squeeze": _reshaped,
    "reshape": _reshaped,
    "expand_dims": _reshaped,
    "concatenate": _joined,
    "stack": _stacked,
    "unstack": _unstacked,
    "reduce_sum": _sum,
}
