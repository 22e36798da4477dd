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
    needs : places of the parameters that it needs
    read : time [cell], states [state, cell], those parameters [needed, cell] -> the quantities
        [quantity, cell]
    """

    needs: tuple[int, ...]
    read: Callable[..., jax.Array]


@cache
def readout(
    observe: Callable[..., Any], states: int, parameters: int, places: tuple[int, ...]
) -> Readout:
    """What reads the quantities at these places, where the assigned ones follow the states.

    Parameters
    ----------
    observe : (t, y, p) -> the assigned quantities, each [cell]
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
    own = jaxpr.invars[2:]
    needs = tuple(place for place, one in enumerate(own) if one in needed)

    def read(t: jax.Array, y: jax.Array, rows: jax.Array) -> jax.Array:
        known: dict[Any, Any] = dict(zip(jaxpr.constvars, whole.consts, strict=True))
        known |= dict(zip(jaxpr.invars[:2], (t, y), strict=True))
        known |= {own[place]: row for place, row in zip(needs, rows, strict=True)}

        def value(atom: Any) -> Any:
            return atom.val if isinstance(atom, core.Literal) else known[atom]

        for equation in reversed(equations):
            values = [value(atom) for atom in equation.invars]
            results = equation.primitive.bind(*values, **equation.params)
            several = equation.primitive.multiple_results
            known.update(zip(equation.outvars, results if several else [results], strict=True))
        return jax.numpy.stack([value(atom) for atom in asked])

    return Readout(needs, jax.jit(read))


@cache
def _traced(observe: Callable[..., Any], states: int, parameters: int) -> Any:
    """All states and assigned quantities, as JAX traces them once for whatever is asked."""

    def everything(t: jax.Array, y: jax.Array, p: Sequence[jax.Array]) -> list[jax.Array]:
        return [*y, *observe(t, y, p)]

    cell = jax.ShapeDtypeStruct((CELLS,), np.float64)
    of_state = jax.ShapeDtypeStruct((states, CELLS), np.float64)
    return jax.make_jaxpr(everything)(cell, of_state, [cell] * parameters)
