"""Take out of a right-hand side what does not depend on the state, and simplify the rest.

Left to itself, XLA computes a season or a dose rate again for every row of the derivative that
uses it. Here the traced function is cut in three: what depends on constants alone, what depends
on time and moved inputs as well, and the rest. Each part is computed once where it changes.

What is left is evaluated for every patient at every stage, so it is written with fewer operations
first (`simplify.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend import core

from gutskin.engine.simplify import (
    CONSTANT,
    INPUT,
    STATE,
    TIME,
    shared_function,
    simplified_function,
    variables,
)

__all__ = ["CONSTANT", "INPUT", "STATE", "TIME", "HoistedRightHandSide", "simplified"]


class HoistedRightHandSide:
    """A right-hand side (t, y, p) cut into what is constant, what follows time, and the rest.

    Parameters
    ----------
    rhs : (t, y, p) -> Array, traceable by JAX
    t, y, p : values or shapes like those it will be called with; `p` a sequence
    moved : places in `p` that change with time
    """

    def __init__(
        self, rhs: Callable[..., Any], t: Any, y: Any, p: Sequence[Any], moved: Sequence[int]
    ) -> None:
        moving = [TIME if place in moved else CONSTANT for place in range(len(p))]
        closed, level = simplified(rhs, t, y, p, moving)
        jaxpr = closed.jaxpr
        time, state, *parameters = jaxpr.invars
        time_inputs = [time, *(parameters[place] for place in moved)]
        fixed = [v for place, v in enumerate(parameters) if place not in moved]
        self._fixed_places = [place for place in range(len(parameters)) if place not in moved]
        self._constants = closed.consts
        equations: tuple[list[Any], ...] = ([], [], [], [])
        for equation in jaxpr.eqns:
            equations[level[equation.outvars[0]]].append(equation)

        later = [v for part in equations[TIME:] for e in part for v in variables(e.invars)]
        last = [v for e in equations[STATE] for v in variables(e.invars)]
        result = variables(jaxpr.outvars)
        hoisted = list(dict.fromkeys(v for v in (*later, *result) if level[v] == CONSTANT))
        timed = list(dict.fromkeys(v for v in (*last, *result) if level[v] == TIME))

        def part(number: int, inputs: list[Any], outputs: Sequence[Any]) -> Callable[..., Any]:
            cut = jaxpr.replace(
                constvars=[],
                invars=inputs,
                outvars=list(outputs),
                eqns=equations[number],
                debug_info=jaxpr.debug_info.with_unknown_names(),
            )
            return core.jaxpr_as_fun(closed.replace(jaxpr=cut, consts=[]))

        self._constant = part(CONSTANT, [*jaxpr.constvars, *fixed], hoisted)
        self._of_time = part(TIME, [*hoisted, *time_inputs], timed)
        self._of_state = part(STATE, [*hoisted, *timed, state], jaxpr.outvars)

        self._hoisted_avals = [v.aval for v in hoisted]

    def constant(self, p: Sequence[Any]) -> tuple[Any, ...]:
        """What depends on the parameters that stay, computed once: an array for each shape.

        A loop that carries hundreds of numbers one by one takes XLA many times longer to compile.
        """
        found = self._constant(*self._constants, *(p[place] for place in self._fixed_places))
        return tuple(
            jnp.stack(
                [
                    value
                    for value, aval in zip(found, self._hoisted_avals, strict=True)
                    if aval == kind
                ]
            )
            for kind in dict.fromkeys(self._hoisted_avals)
        )

    def derivative(self, constant: Sequence[Any], t: Any, y: Any, inputs: Sequence[Any]) -> Any:
        """The right-hand side at a time, a state and the values of the moved inputs."""
        # Behind the fence XLA cannot take the packs apart outside of a loop.
        packs, t = jax.lax.optimization_barrier((tuple(constant), t))
        rows = {
            kind: iter(pack)
            for kind, pack in zip(dict.fromkeys(self._hoisted_avals), packs, strict=True)
        }
        hoisted = [next(rows[kind]) for kind in self._hoisted_avals]
        timed = jax.lax.optimization_barrier(self._of_time(*hoisted, t, *inputs))
        (rates,) = self._of_state(*hoisted, *timed, y)
        return rates


def simplified(
    rhs: Callable[..., Any], t: Any, y: Any, p: Sequence[Any], moving: Sequence[int]
) -> tuple[Any, dict[Any, int]]:
    """A right-hand side as a closed jaxpr of (t, y, *p), and what each of its variables depends on.

    Parameters
    ----------
    rhs : (t, y, p) -> Array, traceable by JAX
    t, y, p : values or shapes like those it will be called with; `p` a sequence
    moving : for every parameter CONSTANT, INPUT or TIME
    """
    closed = jax.make_jaxpr(lambda t, y, *p: rhs(t, y, p))(t, y, *p)
    for rewrite in (shared_function, simplified_function, shared_function):
        closed = jax.make_jaxpr(rewrite(closed, _levels(closed.jaxpr, moving)))(t, y, *p)
    return closed, _levels(closed.jaxpr, moving)


def _levels(jaxpr: Any, moving: Sequence[int]) -> dict[Any, int]:
    """What every variable of a right-hand side depends on: CONSTANT, INPUT, TIME or STATE."""
    time, state, *parameters = jaxpr.invars
    level = dict.fromkeys(jaxpr.constvars, CONSTANT) | {time: TIME, state: STATE}
    level |= dict(zip(parameters, moving, strict=True))
    for equation in jaxpr.eqns:
        highest = max((level[v] for v in variables(equation.invars)), default=CONSTANT)
        level |= dict.fromkeys(equation.outvars, highest)
    return level
