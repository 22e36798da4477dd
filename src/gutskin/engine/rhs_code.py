"""The right-hand side as machine code: hoisted parts, and rates whose loads are rematerialised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from jax.extend import core

from gutskin.engine.deferred import Deferred, deferred, materialised
from gutskin.engine.hoist import STATE, TIME
from gutskin.engine.lowering import array_of, constant_vectors, lower
from gutskin.engine.traced import TracedRightHandSide, leading
from gutskin.engine.vector_ir import Code, Vec


class Values:
    """The values of variables at one level, each an Array of vectors without the patients' axis.

    Parameters
    ----------
    traced : what is translated
    code : where it is written
    level : which part
    rows : address of what earlier levels handed on
    """

    def __init__(self, traced: TracedRightHandSide, code: Code, level: int, rows: Any) -> None:
        self.traced, self.code, self.level, self.rows = traced, code, level, rows
        self.uniform = code.at(rows, traced.size, code.width)
        self.known: dict[Any, Any] = dict(
            zip(
                traced.jaxpr.constvars,
                (constant_vectors(code, value) for value in traced.constants),
                strict=True,
            )
        )

    def write(self, equations: Sequence[Any], moved: Callable[[Any], bool]) -> None:
        """Some equations of the level, and what they hand on of the variables that moved."""
        lower(self.code, equations, self.read, self.known)
        if self.level == STATE:
            return
        for variable, first in self.traced.rows.items():
            if self.traced.level[variable] == self.level and moved(variable):
                for number, value in enumerate(np.ravel(self.read(variable))):
                    self.code.store(self._number(value, variable), self.rows, first + number)
        for variable, first in self.traced.uniform.items():
            if self.traced.level[variable] == self.level and moved(variable):
                for number, value in enumerate(np.ravel(self.read(variable))):
                    value = self._number(value, variable)
                    self.code.store_first(value, self.uniform, first + number)

    def read(self, atom: Any) -> Any:
        """The vectors of a variable or of a number in the equations."""
        if isinstance(atom, core.Literal):
            return constant_vectors(self.code, atom.val)
        if atom not in self.known:
            shape = leading(atom.aval.shape)
            size = int(np.prod(shape))
            if atom in self.traced.rows:
                first = self.traced.rows[atom]
                load = partial(self.code.load, self.rows)
            else:
                first = self.traced.uniform[atom]
                load = partial(self.code.broadcast, self.uniform)
            if atom.aval.dtype == bool:
                load = partial(_truth, load)
            loads = [partial(load, first + number) for number in range(size)]
            self.known[atom] = array_of([self.loaded(one) for one in loads], shape)
        return self.known[atom]

    def loaded(self, load: Callable[[], Vec]) -> Vec | Deferred:
        """What stands in memory, once and for all."""
        return load()

    def _number(self, value: Vec | Deferred, variable: Any) -> Vec:
        """What stands in memory: a truth as 1 or 0."""
        found = materialised(value)
        return self.code.select(found, 1.0, 0.0) if variable.aval.dtype == bool else found


class RematerialisedValues(Values):
    """Values of the last level: each is written where it is first needed, each load every time.

    So little is alive at a time, and LLVM need not put it away.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.loads: list[Deferred] = []

    def loaded(self, load: Callable[[], Vec]) -> Vec | Deferred:
        """A load that can be written anew."""
        self.loads.append(Deferred(load))
        return self.loads[-1]

    def rematerialise(self) -> None:
        """From now on what stands in memory is read again."""
        for load in self.loads:
            load.made = None


def _truth(load: Callable[[int], Vec], place: int) -> Vec:
    return load(place).differs(0.0)


def write_hoisted(
    traced: TracedRightHandSide,
    code: Code,
    level: int,
    p: Any,
    rows: Any,
    t: Any,
    only: int | None = None,
) -> None:
    """The part of a level below STATE: it reads parameters, time and earlier rows.

    Parameters
    ----------
    p : address of the parameters, one row each
    rows : address of what the parts hand on
    t : address of the time (days)
    only : place of the only input that has changed, at the level INPUT; else all have
    """
    values = Values(traced, code, level, rows)
    time, _, *parameters = traced.jaxpr.invars
    for place, variable in enumerate(parameters):
        values.known[variable] = array_of([Deferred(partial(code.load, p, place))], ())
    if level == TIME:
        values.known[time] = array_of([code.load(t)], ())
    if only is None:
        values.write(traced.equations[level], lambda variable: True)
    else:
        equations, moved = traced.moved_by(only)
        values.write(equations, moved.__contains__)


def write_rates(
    traced: TracedRightHandSide, code: Code, rows: Any, state: Any, put: Callable[[Vec, int], None]
) -> None:
    """The part that depends on the state.

    Parameters
    ----------
    traced : of derivatives, or of whatever else follows from a state
    rows : address of what earlier parts handed on
    state : address of the states; for LLVM the derivatives may lie there and among `rows`, too, so
        that it reads a number again rather than keeping it
    put : stores a result, given its number: a derivative, that of its state
    """
    values = RematerialisedValues(traced, code, STATE, rows)
    y = traced.jaxpr.invars[1]
    loads = [partial(code.load, state, number) for number in range(traced.states)]
    values.known[y] = array_of([values.loaded(load) for load in loads], (len(loads),))
    lower(code, traced.equations[STATE], values.read, values.known, deferred)
    (result,) = traced.jaxpr.outvars
    found = np.broadcast_to(values.read(result), leading(result.aval.shape))
    for number, value in enumerate(found):
        put(materialised(value), number)
        values.rematerialise()
