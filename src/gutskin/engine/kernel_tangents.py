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
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from llvmlite import ir
from numpy.polynomial import polynomial
from numpy.typing import NDArray

from gutskin.engine import rkc, vector_math
from gutskin.engine.control import STAGES
from gutskin.engine.hoist import CONSTANT, FULL, HELD, TIMED
from gutskin.engine.kernel_ir import (
    Sparing,
    Traced,
    UnknownOperation,
    Values,
    array_of,
    evaluate,
    forced,
    when_needed,
)
from gutskin.engine.vector_ir import Code, Vec

HALVES, QUAD = 2, 4  # a vector holds four patients, half of a group, by four parameters
KEEP, LEAST = 0.2, 0.01  # of the sizes of states, from look to look, and of their typical ones
DAMPED = 0.97  # size of what is left of a decay, within the reach of a polynomial
MOST = 2  # vectors of a state that go through J at a time: all that a product needs is near

Moves = Mapping[Any, "Vec | float"]


@dataclass(frozen=True)
class Tiles:
    """How derivatives lie in memory: [group, tile, half, state, vector, direction, patient].

    What goes through J at a time, a tile of half a group, is one piece, and so is a group.

    Parameters
    ----------
    tiles : how many pieces the directions are cut into
    vectors : so many of a state belong to a tile, each with four directions of four patients
    """

    tiles: int
    vectors: int

    @staticmethod
    def of(parameters: int) -> Tiles:
        """The tiles for derivatives by so many parameters; some of their directions fill up."""
        vectors = -(-parameters // QUAD)
        tiles = -(-vectors // MOST)
        return Tiles(tiles, -(-vectors // tiles))

    @property
    def directions(self) -> int:
        """So many derivatives are computed."""
        return self.tiles * self.vectors * QUAD

    def shape(self, states: int, lanes: int) -> tuple[int, ...]:
        """Of an array for so many states and patients."""
        groups = lanes // (HALVES * QUAD)
        return groups, self.tiles, HALVES, states, self.vectors, QUAD, QUAD

    def cut(self, moves: NDArray[np.floating]) -> NDArray[np.float32]:
        """Derivatives [parameter, state, lane] as they lie in memory."""
        parameters, states, lanes = moves.shape
        whole = np.zeros((self.directions, states, lanes), np.float32)
        whole[:parameters] = moves
        parts = whole.reshape(self.tiles, self.vectors, QUAD, states, -1, HALVES, QUAD)
        return np.ascontiguousarray(parts.transpose(4, 0, 5, 3, 1, 2, 6))

    def whole(self, parts: NDArray[np.float32], parameters: int) -> NDArray[np.float32]:
        """Derivatives [parameter, state, lane] from how they lie in memory."""
        states = parts.shape[3]
        moves = parts.transpose(1, 4, 5, 3, 0, 2, 6)
        return moves.reshape(self.directions, states, -1)[:parameters]


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
    states : numbers of the states that can move; the others' derivatives are left as they are

    Attributes
    ----------
    handed : (variable, number) -> direction -> row of its derivative
    rows : how many of those
    entries : for every state what its rate depends on, (state, number of the derivative)
    moved : states whose rate some parameter moves -> number among them
    """

    def __init__(self, traced: Traced, by: Sequence[int], states: frozenset[int]) -> None:
        self.traced, self.by, self.states = traced, tuple(by), states
        self.tiles = Tiles.of(len(by))
        self.handed: dict[Any, dict[int, int]] = {}
        self.rows = 0
        self.entries: list[list[tuple[int, int]]] = []
        self.count = 0
        self.moved: dict[int, int] = {}

    def write(self, module: ir.Module) -> None:
        """The functions `constants_by`, `held_by`, `timed_by`, `partials`, and those of factors."""
        for level, name in ((CONSTANT, "constants_by"), (HELD, "held_by"), (TIMED, "timed_by")):
            self._write_level(module, level, name)
        self._write_partials(module)
        for name in ("linear", "forward", "onward"):
            self._write_product(module, name)
        self._write_speed(module)

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
        """J as 32-bit numbers of half a group, [entry, patient], and P of the states it moves."""
        traced = self.traced
        names = ("rows", "moved", "state", "jacobian", "other_half", "sources")
        code = Code(module, "partials", traced.precision, names, overlapping=names)
        where, narrow, four = code.arguments, code.narrow(), code.narrow(QUAD)
        values = _SparingMoving(self, code, FULL, where["rows"], where["moved"], narrow)
        y = traced.jaxpr.invars[1]
        states = [
            Dual(
                values.loaded(partial(code.load, where["state"], number)),
                {("y", number): 1.0} if number in self.states else {},
            )
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
                    for half, name in enumerate(("jacobian", "other_half")):
                        place = code.at(where[name], self.count, 4 * QUAD)
                        four.store(half_of(four, narrow.vector(move), half), place)
                    self.count += 1
                else:
                    number = self.moved.setdefault(state, len(self.moved))
                    for half in range(HALVES):
                        place = code.at(where["sources"], self.source_at(number, key, half))
                        four.store(half_of(four, narrow.vector(move), half), place)
            self.entries.append(entries)
            values.forget()
        code.builder.ret_void()

    def source_at(self, number: int, direction: int, half: int) -> int:
        """Byte of P, [moved state, tile, half, vector, direction, patient]."""
        vector, inside = divmod(direction, QUAD)
        tile, vector = divmod(vector, self.tiles.vectors)
        row = (number * self.tiles.tiles + tile) * HALVES + half
        return 4 * QUAD * ((row * self.tiles.vectors + vector) * QUAD + inside)

    def _write_product(self, module: ir.Module, name: str) -> None:
        """A factor of the polynomial, or one half of it, for a tile of half a group.

        linear: out = v + a h (J v + P); forward: w = h (J v + P); onward: out = v + a w + b h J w.
        """
        names = ("jacobian", "sources", "v", "w", "out", "h", "shares")
        code = Code(module, name, "single", names, overlapping=("v", "w", "out"))
        where, vectors = code.arguments, self.tiles.vectors
        given = where["w" if name == "onward" else "v"]
        h = _everywhere(code, where["h"], 0)
        a, b = (_everywhere(code, where["shares"], n) for n in range(2))
        for state, entries in enumerate(self.entries):
            if state not in self.states:
                continue
            here = [state * vectors + n for n in range(vectors)]
            total: list[Vec | None] = [None] * vectors
            if name != "onward" and state in self.moved:
                base = code.at(where["sources"], self.source_at(self.moved[state], 0, 0))
                total = [code.load(base, n) for n in range(vectors)]
            for other, number in entries:
                entry = _everywhere(code, where["jacobian"], number)
                for n in range(vectors):
                    term = entry * code.load(given, other * vectors + n)
                    before = total[n]
                    total[n] = term if before is None else before + term
            for row, rate in zip(here, total, strict=True):
                change = code.vector(0.0) if rate is None else h * rate
                if name == "forward":
                    code.store(change, where["w"], row)
                    continue
                new = code.load(where["v"], row)
                if name == "onward":
                    new = new + a * code.load(where["w"], row)
                code.store(new + (a if name == "linear" else b) * change, where["out"], row)
        code.builder.ret_void()

    def _write_speed(self, module: ir.Module) -> None:
        """How fast J can be in half a group, and sizes of states by which it seems less fast.

        No eigenvalue of J is larger than the largest |J| d / d of a state, whatever the sizes d of
        the states are; the bound is least for those that |J| only stretches (Collatz, Wielandt).
        """
        names = ("jacobian", "typical", "sizes", "rates", "due", "speed")
        code = Code(module, "speed", "single", names, overlapping=("sizes",), lanes=QUAD)
        where = code.arguments
        speed = code.vector(0.0)
        for state, entries in enumerate(self.entries):
            rate = code.vector(0.0)
            for other, number in entries:
                entry = code.call("fabs", code.load(where["jacobian"], number))
                rate = rate + entry * code.load(where["sizes"], other)
            speed = code.largest(speed, rate / code.load(where["sizes"], state))
            code.store(rate, where["rates"], state)
        due = code.load(where["due"]) > 0.0
        code.store(code.select(due, speed, code.load(where["speed"])), where["speed"])
        share = code.select(speed > 0.0, (1.0 - KEEP) / speed, 0.0)
        with code.loop(0, self.traced.states) as state:
            size = code.load(where["sizes"], state)
            new = KEEP * size + share * code.load(where["rates"], state)
            new = code.largest(new, LEAST * code.spread(where["typical"], state))
            code.store(code.select(due, new, size), where["sizes"], state)
        code.builder.ret_void()


def tangents_of(traced: Traced, by: Sequence[int], begun: Sequence[int] = ()) -> Tangents:
    """The derivatives by some parameters, of the states alone that these can reach.

    Parameters
    ----------
    traced, by : as in `Tangents`
    begun : numbers of the states whose derivatives are not zero at the start
    """
    every = Tangents(traced, by, frozenset(range(traced.states)))
    every.write(ir.Module("scratch"))
    reached = {*every.moved, *begun}
    while more := {
        state for state, entries in enumerate(every.entries)
        if state not in reached and any(other in reached for other, _ in entries)
    }:  # fmt: skip
        reached |= more
    return Tangents(traced, by, frozenset(reached))


def _everywhere(code: Code, base: Any, number: int) -> Vec:
    """The numbers of four patients, once for each direction."""
    four, size = ir.VectorType(ir.FloatType(), QUAD), 4 * QUAD
    given = code.builder.load(code.at(base, number, size), typ=four, align=size)
    each = ir.Constant(
        ir.VectorType(ir.IntType(32), code.lanes), [n % QUAD for n in range(code.lanes)]
    )
    nothing = ir.Constant(four, ir.Undefined)
    return Vec(code, code.builder.shuffle_vector(given, nothing, each))


def half_of(four: Code, value: Vec, half: int) -> Vec:
    """The numbers of half of a group's patients."""
    kind = ir.VectorType(ir.IntType(32), QUAD)
    mask = ir.Constant(kind, [half * QUAD + n for n in range(QUAD)])
    nothing = ir.Constant(value.value.type, ir.Undefined)
    return Vec(four, four.builder.shuffle_vector(value.value, nothing, mask))


@cache
def factors(powers: tuple[float, ...]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Two factors 1 + a z + b z^2 of a polynomial of at most the fourth degree.

    The first is linear, or one, where the degree allows it.

    >>> [[round(c, 3) for c in pair] for pair in factors((1.0, 1.0, 0.5, 0.0632))]
    [[0.179, 0.0], [0.821, 0.353]]
    """
    if len(powers) > 5:
        raise ValueError(f"Two factors make at most the fourth degree, not {len(powers) - 1}.")
    found = []
    for root in polynomial.polyroots(powers):
        if abs(root.imag) < 1e-9 * abs(root):
            found.append((-1.0 / float(root.real), 0.0))
        elif root.imag > 0.0:
            size = float(abs(root)) ** 2
            found.append((-2.0 * float(root.real) / size, 1.0 / size))
    first, second = sorted([(0.0, 0.0), *found][-2:], key=lambda pair: pair[1])
    return first, second


def bears(powers: tuple[float, ...]) -> float:
    """The longest product of step and decay rate that a polynomial bears: it damps up to there.

    >>> round(bears(tuple(rkc.stability(3))), 2)
    6.17
    """
    ends = []
    for size in (DAMPED, -DAMPED):
        roots = polynomial.polyroots((powers[0] - size, *powers[1:]))
        ends += [-root.real for root in roots if abs(root.imag) < 1e-9 * abs(root)]
    return float(max(ends))


_TAYLOR = (1.0, 1.0, 0.5, 1.0 / 6.0)
# What a step may take, and how far each does: the first, of third order, up to where a decay would
# change its sign, the others as long as they damp. The last is what the states take.
POLYNOMIALS = (
    (_TAYLOR, 1.59),
    *(
        (powers, bears(powers))
        for powers in (tuple(map(float, rkc.stability(n))) for n in range(3, STAGES + 1))
    ),
)
