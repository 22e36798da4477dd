"""Derivatives by parameters as machine code, along the steps that the states take.

A derivative of the states follows Y' = J Y + P, with J the derivatives of the rates by the states
and P those by the parameter. Over a step both are held at its middle (the midpoint rule of Magnus,
second order like the method), and the linear system is taken through the step with the stability
polynomial of the method. So J is worked out once a step, whatever the number of parameters.

J and P are found by forward differentiation of the traced equations, number by number: only what
can differ from zero is written. The derivatives are 32-bit numbers: their own error is small beside
that of the step.

References
----------
Hochbruck & Ostermann (2010), Exponential integrators, Acta Numerica 19:209-286,
doi:10.1017/S0962492910000048 (the midpoint rule for a linear system that changes)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
from llvmlite import ir
from numpy.polynomial import polynomial

from gutskin.simulate import rkc, vector_math
from gutskin.simulate.hoist import CONSTANT, FULL, HELD, TIMED
from gutskin.simulate.kernel_ir import (
    Sparing,
    Traced,
    UnknownOperation,
    Values,
    array_of,
    evaluate,
    forced,
    when_needed,
)
from gutskin.simulate.vector_ir import Code, Vec

TOGETHER = 4  # derivatives that go through J at a time, two in a vector: each number is read once

Moves = Mapping[Any, "Vec | float"]


class Dual:
    """A number and how it moves: derivatives by whatever can move it.

    Parameters
    ----------
    value : the number
    moves : what moves it -> derivative; what is not there does not
    """

    __slots__ = ("moves", "value")

    def __init__(self, value: Any, moves: Moves) -> None:
        self.value, self.moves = value, moves

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.value + other.value, _combined([(1.0, self.moves), (1.0, other.moves)]))


def _times(one: Vec | float, other: Vec | float) -> Vec | float:
    for left, right in ((one, other), (other, one)):
        if isinstance(left, float):
            if left == 1.0:
                return right
            if left == -1.0:
                return -right
    return one * other


def _combined(
    terms: Sequence[tuple[Vec | float, Moves]], narrow: Code | None = None
) -> dict[Any, Vec | float]:
    """The sum of derivatives, each times a factor; derivatives may have 32 bits, factors not."""
    found: dict[Any, Vec | float] = {}
    for factor, moves in terms:
        if isinstance(factor, float) and factor == 0.0:
            continue
        if narrow is not None and isinstance(factor, Vec):
            factor = narrow.rounded(factor)
        for key, move in moves.items():
            more = _times(factor, move)
            found[key] = found[key] + more if key in found else more
    return found


def _lifted(
    equation: Any, function: Callable[..., Vec], narrow: Code | None = None
) -> Callable[..., Dual]:
    """An operation on numbers that move."""
    name, params = equation.primitive.name, equation.params

    def lifted(*operands: Any) -> Dual:
        duals = [one if isinstance(one, Dual) else Dual(one, {}) for one in operands]
        values = [forced(one.value) for one in duals]
        moving = any(one.moves for one in duals)
        if moving and name == "div":  # one division serves the value and both derivatives
            inverse = 1.0 / values[1]
            value = values[0] * inverse
            partials: Sequence[Vec | float] = (inverse, -value * inverse)
            return Dual(value, _combined(_paired(partials, duals), narrow))
        value = function(*values)
        if not moving or name in STILL:
            return Dual(value, {})
        if name == "integer_pow":
            power = vector_math.whole_power(values[0], params["y"] - 1)
            return Dual(value, _combined([(float(params["y"]) * power, duals[0].moves)], narrow))
        if name not in PARTIALS:
            raise UnknownOperation(f"The equations use {name!r}, of which no derivative is known.")
        partials = PARTIALS[name](value, *values)
        return Dual(value, _combined(_paired(partials, duals), narrow))

    return lifted


def _paired(
    partials: Sequence[Vec | float], duals: Sequence[Dual]
) -> list[tuple[Vec | float, Moves]]:
    return [(factor, one.moves) for factor, one in zip(partials, duals, strict=True)]


def _chosen(where: Vec) -> tuple[Vec, Vec]:
    return where.code.select(where, 1.0, 0.0), where.code.select(where, 0.0, 1.0)


STILL = frozenset(
    ("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "xor", "not", "sign", "floor", "ceil",
     "stop_gradient")
)  # fmt: skip
PARTIALS: dict[str, Callable[..., Sequence[Vec | float]]] = {
    "add": lambda r, x, y: (1.0, 1.0),
    "add_any": lambda r, x, y: (1.0, 1.0),
    "sub": lambda r, x, y: (1.0, -1.0),
    "mul": lambda r, x, y: (y, x),
    "neg": lambda r, x: (-1.0,),
    "copy": lambda r, x: (1.0,),
    "convert_element_type": lambda r, x: (1.0,),
    "square": lambda r, x: (2.0 * x,),
    "max": lambda r, x, y: _chosen(x > y),
    "min": lambda r, x, y: _chosen(x < y),
    "clamp": lambda r, low, x, high: (
        *_chosen(x < low)[:1], _chosen((x >= low) & (x <= high))[0], _chosen(x > high)[0],
    ),
    "select_n": lambda r, which, no, yes: (0.0, *reversed(_chosen(which))),
    "abs": lambda r, x: (x.code.select(x < 0.0, -1.0, 1.0),),
    "exp": lambda r, x: (r,),
    "exp2": lambda r, x: (r * float(np.log(2.0)),),
    "expm1": lambda r, x: (r + 1.0,),
    "log": lambda r, x: (1.0 / x,),
    "log1p": lambda r, x: (1.0 / (1.0 + x),),
    "log10": lambda r, x: (1.0 / (x * float(np.log(10.0))),),
    "logistic": lambda r, x: (r * (1.0 - r),),
    "tanh": lambda r, x: (1.0 - r * r,),
    "sqrt": lambda r, x: (0.5 / r,),
    "rsqrt": lambda r, x: (-0.5 * r / x,),
    "pow": lambda r, x, y: (
        y * vector_math.power(x, y - 1.0),
        x.code.select(x > 0.0, r * vector_math.log(x), 0.0),
    ),
    "sin": lambda r, x: (x.code.call("cos", x),),
    "cos": lambda r, x: (-x.code.call("sin", x),),
    "tan": lambda r, x: (1.0 + r * r,),
    "sinh": lambda r, x: (x.code.call("cosh", x),),
    "cosh": lambda r, x: (x.code.call("sinh", x),),
    "atan": lambda r, x: (1.0 / (1.0 + x * x),),
}  # fmt: skip


class _Moving(Values):
    """Values that move: what earlier levels handed on comes with its derivatives.

    Given where, derivatives are rounded to 32 bits; the values that they are made of are not, since
    a small difference of two of them may be all that counts.
    """

    def __init__(
        self,
        tangents: Tangents,
        code: Code,
        level: int,
        rows: Any,
        moved: Any,
        narrow: Code | None = None,
    ) -> None:
        super().__init__(tangents.traced, code, level, rows)
        self.tangents, self.moved, self.narrow = tangents, moved, narrow

    def read(self, atom: Any) -> Any:
        """The numbers of a variable and how they move."""
        new = atom not in self.known if not hasattr(atom, "val") else False
        found = super().read(atom)
        if new:
            duals = [
                Dual(value, {
                    direction: self._move(row)
                    for direction, row in self.tangents.handed.get((atom, number), {}).items()
                })
                for number, value in enumerate(np.ravel(found))
            ]  # fmt: skip
            found = self.known[atom] = array_of(duals, found.shape)
        return found

    def _move(self, row: int) -> Vec:
        found = self.code.load(self.moved, row)
        return found if self.narrow is None else self.narrow.rounded(found)


class _SparingMoving(_Moving, Sparing):
    """The same, written where they are needed."""


class Tangents:
    """The derivatives of a traced right-hand side by some parameters.

    Parameters
    ----------
    traced : the right-hand side, in 64-bit numbers
    by : places of the parameters

    Attributes
    ----------
    handed : (variable, number) -> direction -> row of its derivative
    rows : how many of those
    entries : for every state what its rate depends on, (state, number of the derivative)
    moved : states whose rate some parameter moves, (state, number of the pair in its tile)
    """

    def __init__(self, traced: Traced, by: Sequence[int]) -> None:
        self.traced, self.by = traced, tuple(by)
        self.directions = directions_of(len(by))
        self.handed: dict[Any, dict[int, int]] = {}
        self.rows = 0
        self.entries: list[list[tuple[int, int]]] = []
        self.count = 0
        self.moved: set[tuple[int, int]] = set()

    def write(self, module: ir.Module) -> None:
        """The functions `constants_by`, `held_by`, `timed_by`, `partials`, `forward`, `onward`."""
        for level, name in ((CONSTANT, "constants_by"), (HELD, "held_by"), (TIMED, "timed_by")):
            self._write_level(module, level, name)
        self._write_partials(module)
        self._write_product(module, "forward")
        self._write_product(module, "onward")

    def _write_level(self, module: ir.Module, level: int, name: str) -> None:
        traced = self.traced
        code = Code(module, name, traced.precision, ("p", "rows", "time", "moved", "seeds"))
        where = code.arguments
        values = _Moving(self, code, level, where["rows"], where["moved"])
        time, _, *parameters = traced.jaxpr.invars
        for place, variable in enumerate(parameters):
            moves = {
                direction: code.load(where["seeds"], direction)
                for direction, one in enumerate(self.by) if one == place
            }  # fmt: skip
            dual = Dual(code.load(where["p"], place), moves)
            values.known[variable] = array_of([dual], ())
        values.known[time] = array_of([Dual(code.load(where["time"]), {})], ())
        evaluate(code, traced.equations[level], values.read, values.known, _lifted)
        for variable in (*traced.rows, *traced.singles):
            if traced.level[variable] != level:
                continue
            for number, dual in enumerate(np.ravel(values.read(variable))):
                if not isinstance(dual, Dual) or not dual.moves:
                    continue
                rows = self.handed[variable, number] = {}
                for direction, move in dual.moves.items():
                    rows[direction] = self.rows
                    code.store(move, where["moved"], self.rows)
                    self.rows += 1
        code.builder.ret_void()

    def _write_partials(self, module: ir.Module) -> None:
        """J as 32-bit numbers, one row for each entry, and P, [state, direction] in tiles."""
        traced = self.traced
        names = ("rows", "moved", "state", "jacobian", "sources")
        code = Code(module, "partials", traced.precision, names, overlapping=names)
        where, narrow = code.arguments, code.narrow()
        values = _SparingMoving(self, code, FULL, where["rows"], where["moved"], narrow)
        y = traced.jaxpr.invars[1]
        states = [
            Dual(values.loaded(partial(code.load, where["state"], number)), {("y", number): 1.0})
            for number in range(traced.states)
        ]
        values.known[y] = array_of(states, (len(states),))

        def lifted(equation: Any, function: Callable[..., Vec]) -> Callable[..., Any]:
            return when_needed(equation, _lifted(equation, function, narrow))

        evaluate(code, traced.equations[FULL], values.read, values.known, lifted)
        (result,) = traced.jaxpr.outvars
        found = np.broadcast_to(values.read(result), (len(states),))
        for state, value in enumerate(found):
            dual, entries = forced(value), []
            for key, move in dual.moves.items() if isinstance(dual, Dual) else ():
                if isinstance(key, tuple):
                    entries.append((key[1], self.count))
                    narrow.store(move, where["jacobian"], self.count)
                    self.count += 1
                else:
                    narrow.store(move, where["sources"], self.place(state, key))
                    self.moved.add((state, key % TOGETHER // 2))
            self.entries.append(entries)
            values.forget()
        code.builder.ret_void()

    def place(self, state: int, direction: int) -> int:
        """Row of a number in an Array [tile, state, direction of the tile]."""
        tile, inside = divmod(direction, TOGETHER)
        return (tile * self.traced.states + state) * TOGETHER + inside

    def _write_product(self, module: ir.Module, name: str) -> None:
        """One of the two halves of a quadratic factor, for the directions of one tile.

        forward: w = h (J v + P); onward: v <- v + alpha w + beta h J w.
        """
        names = ("jacobian", "sources", "v", "w", "h", "factors")
        code = Code(module, name, "single", names, overlapping=("v", "w"))
        half = code.lanes // 2  # a vector holds two directions
        where = code.arguments

        def twice(base: Any, row: int) -> Vec:
            """The numbers of the patients, once for each direction."""
            one = ir.VectorType(ir.FloatType(), half)
            size = code.width // 2
            given = code.builder.load(code.at(base, row, size), typ=one, align=size)
            both = ir.Constant(
                ir.VectorType(ir.IntType(32), code.lanes), [n % half for n in range(code.lanes)]
            )
            nothing = ir.Constant(one, ir.Undefined)
            return Vec(code, code.builder.shuffle_vector(given, nothing, both))

        h = twice(where["h"], 0)
        onward = name == "onward"
        alpha, beta = (code.spread(where["factors"], n) if onward else None for n in range(2))
        given = where["w"] if onward else where["v"]
        vectors = TOGETHER // 2
        for state, entries in enumerate(self.entries):
            here = [state * vectors + n for n in range(vectors)]
            total: list[Vec | None] = [
                code.load(where["sources"], row)
                if not onward and (state, n) in self.moved
                else None
                for n, row in enumerate(here)
            ]
            for other, number in entries:
                entry = twice(where["jacobian"], number)
                for n in range(vectors):
                    term = entry * code.load(given, other * vectors + n)
                    before = total[n]
                    total[n] = term if before is None else before + term
            for n, row in enumerate(here):
                rate = total[n]
                if not onward:
                    code.store(0.0 if rate is None else h * rate, where["w"], row)
                    continue
                assert alpha is not None
                assert beta is not None
                new = code.load(where["v"], row) + alpha * code.load(where["w"], row)
                if rate is not None:
                    new = new + beta * (h * rate)
                code.store(new, where["v"], row)
        code.builder.ret_void()


def directions_of(parameters: int) -> int:
    """So many derivatives are computed for some parameters: whole tiles."""
    return -(-parameters // TOGETHER) * TOGETHER


@cache
def factors(stages: int) -> tuple[tuple[float, float], ...]:
    """Quadratic factors 1 + alpha z + beta z^2 of the stability polynomial of the method.

    >>> [[round(c, 4) for c in pair] for pair in factors(4)]
    [[0.7728, 0.3112], [0.2272, 0.0132]]
    """
    if stages % 2:
        raise ValueError(f"The factors are those of an even number of stages, not {stages}.")
    whole = rkc.stability(stages)  # no root of it is real
    roots = [root for root in polynomial.polyroots(whole) if root.imag > 0.0]
    pairs = [(-2.0 * root.real / abs(root) ** 2, 1.0 / abs(root) ** 2) for root in roots]
    return tuple(sorted(((float(a), float(c)) for a, c in pairs), reverse=True))
