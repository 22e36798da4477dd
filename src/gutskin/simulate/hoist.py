"""Take out of a right-hand side what does not depend on the state.

Left to itself, XLA computes a season or a dose rate again for every row of the derivative that
uses it. Here the traced function is cut in three: what depends on constants alone, what depends
on time and moved inputs as well, and the rest. Each part is computed once where it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.extend import core

CONSTANT, TIMED, FULL = range(3)


class Parts:
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
        closed = jax.make_jaxpr(lambda t, y, *p: rhs(t, y, p))(t, y, *p)
        jaxpr = closed.jaxpr
        time, state, *parameters = jaxpr.invars
        timed = [time, *(parameters[place] for place in moved)]
        fixed = [v for place, v in enumerate(parameters) if place not in moved]
        self._fixed_places = [place for place in range(len(parameters)) if place not in moved]
        self._constants = closed.consts
        level = dict.fromkeys((*jaxpr.constvars, *fixed), CONSTANT)
        level |= dict.fromkeys(timed, TIMED) | {state: FULL}
        equations: tuple[list[Any], ...] = ([], [], [])
        for equation in jaxpr.eqns:
            highest = max((level[v] for v in _variables(equation.invars)), default=CONSTANT)
            equations[highest].append(equation)
            level |= dict.fromkeys(equation.outvars, highest)

        later = [v for part in equations[TIMED:] for e in part for v in _variables(e.invars)]
        last = [v for e in equations[FULL] for v in _variables(e.invars)]
        result = _variables(jaxpr.outvars)
        kept = list(dict.fromkeys(v for v in (*later, *result) if level[v] == CONSTANT))
        followed = list(dict.fromkeys(v for v in (*last, *result) if level[v] == TIMED))

        def part(number: int, inputs: list[Any], outputs: Sequence[Any]) -> Callable[..., Any]:
            cut = jaxpr.replace(
                constvars=[],
                invars=inputs,
                outvars=list(outputs),
                eqns=equations[number],
                debug_info=jaxpr.debug_info.with_unknown_names(),
            )
            return core.jaxpr_as_fun(closed.replace(jaxpr=cut, consts=[]))

        self._constant = part(CONSTANT, [*jaxpr.constvars, *fixed], kept)
        self._timed = part(TIMED, [*kept, *timed], followed)
        self._full = part(FULL, [*kept, *followed, state], jaxpr.outvars)

    def constant(self, p: Sequence[Any]) -> list[Any]:
        """What depends on the parameters that stay, computed once."""
        return self._constant(*self._constants, *(p[place] for place in self._fixed_places))

    def derivative(self, constant: Sequence[Any], t: Any, y: Any, inputs: Sequence[Any]) -> Any:
        """The right-hand side at a time, a state and the values of the moved inputs."""
        followed = jax.lax.optimization_barrier(self._timed(*constant, t, *inputs))
        (rates,) = self._full(*constant, *followed, y)
        return rates


def _variables(atoms: Sequence[Any]) -> list[Any]:
    return [atom for atom in atoms if not isinstance(atom, core.Literal)]
