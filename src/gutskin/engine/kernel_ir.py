"""The right-hand side as machine code: every traced operation becomes one on a vector of patients.

The equations are those that JAX traces, simplified and cut as `hoist` does it, so that there is one
source of them. What a level of the cut hands to later ones lies in memory, in `rows`: one vector
for each value, in the order in which the last level wants them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import add
from typing import Any

import jax
import numpy as np
from jax.extend import core

from gutskin.engine import vector_math
from gutskin.engine.hoist import FULL, HELD, TIMED, simplified
from gutskin.engine.vector_ir import WIDTH, Code, Precision, Vec
from gutskin.engine.vector_math import of_precision

TRACED = 1009  # patients in the traced shapes: no model has an axis of that length of its own


class UnknownOperation(NotImplementedError):
    """An equation uses an operation that has no machine code here."""


@dataclass(frozen=True, eq=False)
class Traced:
    """A right-hand side, traced, cut in levels, and where what they hand on lies.

    Parameters
    ----------
    jaxpr : of (t, y, *p)
    constants : values of its constants
    equations : level -> equations
    level : variable -> what it depends on
    rows : variable -> number of its first row; it has one for each number but the patients'
    size : rows in all
    singles : variable that is the same for all patients -> place of its first number, which stand
        one by one behind the rows
    """

    precision: Precision
    jaxpr: Any
    constants: Sequence[Any]
    equations: Sequence[list[Any]]
    level: dict[Any, int]
    rows: dict[Any, int]
    size: int
    singles: dict[Any, int]
    count: int

    @property
    def states(self) -> int:
        """How many states the model has."""
        return self.jaxpr.invars[1].aval.shape[0]

    @property
    def parameters(self) -> int:
        """How many parameters."""
        return len(self.jaxpr.invars) - 2

    @property
    def inputs(self) -> list[int]:
        """Places of the parameters that are taken for inputs."""
        variables = self.jaxpr.invars[2:]
        return [place for place, one in enumerate(variables) if self.level[one] == HELD]

    def following(self, place: int) -> tuple[list[Any], set[Any]]:
        """The held equations that an input moves with those they need, and what it moves."""
        moved = {self.jaxpr.invars[2 + place]}
        for equation in self.equations[HELD]:
            if not moved.isdisjoint(_variables(equation.invars)):
                moved.update(equation.outvars)
        needed = {variable for variable in moved if self._handed_on(variable)}
        chosen = []
        for equation in reversed(self.equations[HELD]):
            if not needed.isdisjoint(equation.outvars):
                chosen.append(equation)
                needed.update(
                    variable for variable in _variables(equation.invars)
                    if variable in moved or not self._handed_on(variable)
                )  # fmt: skip
        return chosen[::-1], moved

    def _handed_on(self, variable: Any) -> bool:
        return variable in self.rows or variable in self.singles

    @staticmethod
    def of(
        rhs: Callable[..., Any],
        states: int,
        moving: Sequence[int],
        shared: Sequence[bool],
        precision: Precision,
    ) -> Traced:
        """The right-hand side of a model.

        Parameters
        ----------
        rhs : (t, y, p) -> [state, patient]
        states : how many
        moving : for every parameter CONSTANT or HELD
        shared : for every parameter, whether all patients have the same
        """
        kind = of_precision(precision)
        lane = jax.ShapeDtypeStruct((TRACED,), kind)
        state = jax.ShapeDtypeStruct((states, TRACED), kind)
        closed, level = simplified(rhs, lane, state, [lane] * len(moving), moving)
        jaxpr = closed.jaxpr
        equations: tuple[list[Any], ...] = ([], [], [], [])
        for equation in jaxpr.eqns:
            equations[level[equation.outvars[0]]].append(equation)
        # In the order of the last level, so that it reads memory from front to back.
        alike = dict.fromkeys(jaxpr.constvars, True) | dict.fromkeys(jaxpr.invars[:2], False)
        alike |= dict(zip(jaxpr.invars[2:], shared, strict=True))
        for equation in jaxpr.eqns:
            alike |= dict.fromkeys(
                equation.outvars, all(alike[v] for v in _variables(equation.invars))
            )
        rows: dict[Any, int] = {}
        singles: dict[Any, int] = {}
        size = count = 0
        for its in (FULL, TIMED, HELD):
            atoms = [v for e in equations[its] for v in _variables(e.invars)]
            if its == FULL:
                atoms += _variables(jaxpr.outvars)
            for variable in atoms:
                given = variable in jaxpr.constvars or (its < FULL and variable in jaxpr.invars)
                if level[variable] == its or given or variable in rows or variable in singles:
                    continue
                length = int(np.prod(leading(variable.aval.shape)))
                if alike[variable]:
                    singles[variable] = count
                    count += length
                else:
                    rows[variable] = size
                    size += length
        return Traced(precision, jaxpr, closed.consts, equations, level, rows, size, singles, count)


def _variables(atoms: Iterable[Any]) -> list[Any]:
    return [atom for atom in atoms if not isinstance(atom, core.Literal)]


def leading(shape: Sequence[int]) -> tuple[int, ...]:
    """A shape without the patients."""
    return tuple(shape[:-1]) if shape and shape[-1] == TRACED else tuple(shape)


class Values:
    """The values of variables at one level, each an Array of vectors without the patients' axis.

    Parameters
    ----------
    traced : what is translated
    code : where it is written
    level : which part
    rows : address of what earlier levels handed on
    """

    def __init__(self, traced: Traced, code: Code, level: int, rows: Any) -> None:
        self.traced, self.code, self.level, self.rows = traced, code, level, rows
        self.singles = code.at(rows, traced.size, WIDTH)
        self.known: dict[Any, Any] = dict(
            zip(
                traced.jaxpr.constvars,
                (_constant(code, value) for value in traced.constants),
                strict=True,
            )
        )

    def write(self, equations: Sequence[Any], moved: Callable[[Any], bool]) -> None:
        """Some equations of the level, and what they hand on of the variables that moved."""
        evaluate(self.code, equations, self.read, self.known)
        if self.level == FULL:
            return
        for variable, first in self.traced.rows.items():
            if self.traced.level[variable] == self.level and moved(variable):
                for number, value in enumerate(np.ravel(self.read(variable))):
                    self.code.store(self._number(value, variable), self.rows, first + number)
        for variable, first in self.traced.singles.items():
            if self.traced.level[variable] == self.level and moved(variable):
                for number, value in enumerate(np.ravel(self.read(variable))):
                    value = self._number(value, variable)
                    self.code.store_first(value, self.singles, first + number)

    def read(self, atom: Any) -> Any:
        """The vectors of a variable or of a number in the equations."""
        if isinstance(atom, core.Literal):
            return _constant(self.code, atom.val)
        if atom not in self.known:
            shape = leading(atom.aval.shape)
            size = int(np.prod(shape))
            if atom in self.traced.rows:
                first = self.traced.rows[atom]
                load = partial(self.code.load, self.rows)
            else:
                first = self.traced.singles[atom]
                load = partial(self.code.spread, self.singles)
            if atom.aval.dtype == bool:
                load = partial(_truth, load)
            loads = [partial(load, first + number) for number in range(size)]
            self.known[atom] = array_of([self.loaded(one) for one in loads], shape)
        return self.known[atom]

    def loaded(self, load: Callable[[], Vec]) -> Vec | Later:
        """What stands in memory, once and for all."""
        return load()

    def _number(self, value: Vec | Later, variable: Any) -> Vec:
        """What stands in memory: a truth as 1 or 0."""
        found = forced(value)
        return self.code.select(found, 1.0, 0.0) if variable.aval.dtype == bool else found


class Sparing(Values):
    """Values of the last level: each is written where it is first needed, each load every time.

    So little is alive at a time, and LLVM need not put it away.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.loads: list[Later] = []

    def loaded(self, load: Callable[[], Vec]) -> Vec | Later:
        """A load that can be written anew."""
        self.loads.append(Later(load))
        return self.loads[-1]

    def forget(self) -> None:
        """From now on what stands in memory is read again."""
        for load in self.loads:
            load.made = None


def _truth(load: Callable[[int], Vec], place: int) -> Vec:
    return load(place).differs(0.0)


def _constant(code: Code, value: Any) -> Any:
    """The same numbers, or truths, in every lane."""
    given = np.asarray(value)
    found = [code.vector(float(one)) for one in np.ravel(given)]
    if given.dtype == bool:
        found = [one.differs(0.0) for one in found]
    return array_of(found, given.shape)


def array_of(values: Sequence[Any], shape: Sequence[int]) -> Any:
    """Vectors as an Array of this shape."""
    found = np.empty(len(values), object)
    found[:] = values
    return found.reshape(shape)


def at_once(equation: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """An operation on vectors, written where it stands."""
    return lambda *operands: function(*map(forced, operands))


def when_needed(equation: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """An operation on vectors, written where its result is first used."""
    return partial(Later, function)


def evaluate(
    code: Code,
    equations: Sequence[Any],
    read: Callable[[Any], Any],
    known: dict[Any, Any],
    lift: Callable[[Any, Callable[..., Any]], Callable[..., Any]] = at_once,
) -> None:
    """Write equations one after the other; their results go into `known`.

    `lift` makes of an operation on vectors one on what the values are.
    """
    for equation in equations:
        inner = _inner(equation)
        if inner is not None:
            own = dict(zip(inner.jaxpr.invars, map(read, equation.invars), strict=True))
            own |= {
                variable: _constant(code, value)
                for variable, value in zip(inner.jaxpr.constvars, inner.consts, strict=True)
            }

            def read_inner(atom: Any, own: dict[Any, Any] = own) -> Any:
                if isinstance(atom, core.Literal):
                    return _constant(code, atom.val)
                return own[atom]

            evaluate(code, inner.jaxpr.eqns, read_inner, own, lift)
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
        raise UnknownOperation(
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


class Later:
    """A vector that is written where it is first used, after what it is made of.

    Parameters
    ----------
    make : writes it
    operands : what `make` is given, vectors by then
    """

    __slots__ = ("made", "make", "operands")

    def __init__(self, make: Callable[..., Vec], *operands: Vec | Later) -> None:
        self.make, self.operands = make, operands
        self.made: Vec | None = None

    def get(self) -> Vec:
        """The vector."""
        waiting: list[Later] = [self]
        while waiting:
            last = waiting[-1]
            open_ = [one for one in last.operands if isinstance(one, Later) and one.made is None]
            if open_:
                waiting.append(open_[0])
            else:
                if last.made is None:
                    last.made = last.make(*map(_made, last.operands))
                waiting.pop()
        assert self.made is not None
        return self.made


def _made(value: Vec | Later) -> Any:
    return value.made if isinstance(value, Later) else value


def forced(value: Vec | Later) -> Vec:
    """A vector, written by now."""
    return value.get() if isinstance(value, Later) else value


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
    "max": lambda x, y: x.code.largest(x, y),
    "min": lambda x, y: x.code.least(x, y),
    "clamp": lambda low, x, high: x.code.least(x.code.largest(x, low), high),
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
    axes, given = equation.params["axes"], operands[0]
    if any(axis >= given.ndim for axis in axes):
        raise UnknownOperation("A right-hand side adds up patients; they must stay apart.")
    moved = np.moveaxis(given, axes, range(len(axes)))
    rows = moved.reshape(-1, *moved.shape[len(axes) :])
    found = rows[0]
    for row in rows[1:]:
        found = _each(_plus, [found, row])
    return found


def _plus(one: Any, other: Any) -> Any:
    if isinstance(one, Later) or isinstance(other, Later):
        return Later(add, one, other)
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


def write_before_the_state(
    traced: Traced, code: Code, level: int, p: Any, rows: Any, t: Any, only: int | None = None
) -> None:
    """The part of a level below FULL: it reads parameters, time and earlier rows.

    Parameters
    ----------
    p : address of the parameters, one row each
    rows : address of what the parts hand on
    t : address of the time (days)
    only : place of the only input that has changed, at the level HELD; else all have
    """
    values = Values(traced, code, level, rows)
    time, _, *parameters = traced.jaxpr.invars
    for place, variable in enumerate(parameters):
        values.known[variable] = array_of([Later(partial(code.load, p, place))], ())
    if level == TIMED:
        values.known[time] = array_of([code.load(t)], ())
    if only is None:
        values.write(traced.equations[level], lambda variable: True)
    else:
        equations, moved = traced.following(only)
        values.write(equations, moved.__contains__)


def write_rates(
    traced: Traced, code: Code, rows: Any, state: Any, put: Callable[[Vec, int], None]
) -> None:
    """The part that depends on the state.

    Parameters
    ----------
    rows : address of what earlier parts handed on
    state : address of the states; for LLVM the derivatives may lie there and among `rows`, too, so
        that it reads a number again rather than keeping it
    put : stores a derivative, given the number of its state
    """
    values = Sparing(traced, code, FULL, rows)
    y = traced.jaxpr.invars[1]
    loads = [partial(code.load, state, number) for number in range(traced.states)]
    values.known[y] = array_of([values.loaded(load) for load in loads], (len(loads),))
    evaluate(code, traced.equations[FULL], values.read, values.known, when_needed)
    (result,) = traced.jaxpr.outvars
    found = np.broadcast_to(values.read(result), (len(loads),))
    for number, value in enumerate(found):
        put(forced(value), number)
        values.forget()
