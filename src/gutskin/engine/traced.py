"""The right-hand side as JAX traces it, cut in levels, and where what they hand on lies.

The equations are those that JAX traces, simplified and cut as `hoist` does it, so that there is one
source of them. What a level of the cut hands to later ones lies in memory, in `rows`: one vector
for each value, in the order in which the last level wants them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.extend import core

from gutskin.engine.hoist import INPUT, STATE, TIME, simplified
from gutskin.engine.vector_ir import WIDTH, Precision
from gutskin.engine.vector_math import of_precision

TRACED = 1009  # patients in the traced shapes: no model has an axis of that length of its own


@dataclass(frozen=True, eq=False)
class TracedRightHandSide:
    """A right-hand side, traced, cut in levels, and where what they hand on lies.

    Parameters
    ----------
    jaxpr : of (t, y, *p)
    constants : values of its constants
    equations : level -> equations
    level : variable -> what it depends on
    rows : variable -> number of its first row; it has one for each number but the patients'
    size : rows in all
    uniform : variable that is the same for all patients -> place of its first number, which stand
        one by one behind the rows
    width : bytes of a vector in the code that is written of it
    """

    precision: Precision
    jaxpr: Any
    constants: Sequence[Any]
    equations: Sequence[list[Any]]
    level: dict[Any, int]
    rows: dict[Any, int]
    size: int
    uniform: dict[Any, int]
    count: int
    width: int

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
        return [place for place, one in enumerate(variables) if self.level[one] == INPUT]

    def moved_by(self, place: int) -> tuple[list[Any], set[Any]]:
        """The equations of inputs that an input moves with those they need, and what it moves."""
        moved = {self.jaxpr.invars[2 + place]}
        for equation in self.equations[INPUT]:
            if not moved.isdisjoint(_variables(equation.invars)):
                moved.update(equation.outvars)
        needed = {variable for variable in moved if self._handed_on(variable)}
        chosen = []
        for equation in reversed(self.equations[INPUT]):
            if not needed.isdisjoint(equation.outvars):
                chosen.append(equation)
                needed.update(
                    variable for variable in _variables(equation.invars)
                    if variable in moved or not self._handed_on(variable)
                )  # fmt: skip
        return chosen[::-1], moved

    def _handed_on(self, variable: Any) -> bool:
        return variable in self.rows or variable in self.uniform

    @staticmethod
    def of(
        rhs: Callable[..., Any],
        states: int,
        moving: Sequence[int],
        shared: Sequence[bool],
        precision: Precision,
        width: int = WIDTH,
    ) -> TracedRightHandSide:
        """The right-hand side of a model.

        Parameters
        ----------
        rhs : (t, y, p) -> [state, patient]
        states : how many
        moving : for every parameter CONSTANT or INPUT
        shared : for every parameter, whether all patients have the same
        width : bytes of a vector in the code that is written of it
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
        same = dict.fromkeys(jaxpr.constvars, True) | dict.fromkeys(jaxpr.invars[:2], False)
        same |= dict(zip(jaxpr.invars[2:], shared, strict=True))
        for equation in jaxpr.eqns:
            same |= dict.fromkeys(
                equation.outvars, all(same[v] for v in _variables(equation.invars))
            )
        rows: dict[Any, int] = {}
        uniform: dict[Any, int] = {}
        size = count = 0
        for part in (STATE, TIME, INPUT):
            atoms = [v for e in equations[part] for v in _variables(e.invars)]
            if part == STATE:
                atoms += _variables(jaxpr.outvars)
            for variable in atoms:
                outside = variable in jaxpr.constvars or (part < STATE and variable in jaxpr.invars)
                if level[variable] == part or outside or variable in rows or variable in uniform:
                    continue
                length = int(np.prod(leading(variable.aval.shape)))
                if same[variable]:
                    uniform[variable] = count
                    count += length
                else:
                    rows[variable] = size
                    size += length
        return TracedRightHandSide(
            precision, jaxpr, closed.consts, equations, level, rows, size, uniform, count, width
        )


def _variables(atoms: Iterable[Any]) -> list[Any]:
    return [atom for atom in atoms if not isinstance(atom, core.Literal)]


def leading(shape: Sequence[int]) -> tuple[int, ...]:
    """A shape without the patients."""
    return tuple(shape[:-1]) if shape and shape[-1] == TRACED else tuple(shape)
