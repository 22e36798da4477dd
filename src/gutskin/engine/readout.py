"""What reads quantities from states: the equations that they need, and no others.

A model has hundreds of quantities and close to a thousand parameters; SCORAD needs a tenth of
neither. What is not needed is neither gathered for every patient nor compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import numpy as np
from jax.extend import core

CELLS = 1024  # moments of patients whose quantities are read together


@dataclass(frozen=True, eq=False)
class Readout:
    """A compiled function for some quantities.

    Parameters
    ----------
    states, needs : places of the states, and of the parameters, that it needs
    read : time [cell], those states and those parameters, each [needed, cell] -> the quantities
        [quantity, cell]
    """

    states: tuple[int, ...]
    needs: tuple[int, ...]
    read: Callable[..., jax.Array]


@cache
def readout(
    observe: Callable[..., Any], states: int, parameters: int, places: tuple[int, ...]
) -> Readout:
    """What reads the quantities at these places, where the assigned ones follow the states.

    Parameters
    ----------
    observe : (t, y, p) -> the assigned quantities, each [cell]; y and p are sequences of [cell]
    states, parameters : how many the model has
    """
    whole = _traced(observe, states, parameters)
    jaxpr = whole.jaxpr
    asked = [jaxpr.outvars[place] for place in places]
    needed = {atom for atom in asked if not isinstance(atom, core.Literal)}
    equations = []
    for equation in reversed(jaxpr.eqns):
        if not needed.isdisjoint(equation.outvars):
            equations.append(equation)
            needed.update(atom for atom in equation.invars if not isinstance(atom, core.Literal))
    time, of_state, own = jaxpr.invars[0], jaxpr.invars[1 : 1 + states], jaxpr.invars[1 + states :]
    wanted, needs = (
        tuple(place for place, one in enumerate(some) if one in needed) for some in (of_state, own)
    )

    def read(t: jax.Array, y: jax.Array, rows: jax.Array) -> jax.Array:
        known: dict[Any, Any] = dict(zip(jaxpr.constvars, whole.consts, strict=True))
        known[time] = t
        known |= {of_state[place]: row for place, row in zip(wanted, y, strict=True)}
        known |= {own[place]: row for place, row in zip(needs, rows, strict=True)}

        def value(atom: Any) -> Any:
            return atom.val if isinstance(atom, core.Literal) else known[atom]

        for equation in reversed(equations):
            values = [value(atom) for atom in equation.invars]
            results = equation.primitive.bind(*values, **equation.params)
            several = equation.primitive.multiple_results
            known.update(zip(equation.outvars, results if several else [results], strict=True))
        return jax.numpy.stack([value(atom) for atom in asked])

    return Readout(wanted, needs, jax.jit(read))


@cache
def _traced(observe: Callable[..., Any], states: int, parameters: int) -> Any:
    """All states and assigned quantities, as JAX traces them once for whatever is asked."""

    def everything(t: jax.Array, y: Sequence[jax.Array], p: Sequence[jax.Array]) -> list[jax.Array]:
        return [*y, *observe(t, y, p)]

    cell = jax.ShapeDtypeStruct((CELLS,), np.float64)
    return jax.make_jaxpr(everything)(cell, [cell] * states, [cell] * parameters)
