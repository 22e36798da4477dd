"""Take out of a right-hand side what does not depend on the state, and simplify the rest.

Left to itself, XLA computes a season or a dose rate again for every row of the derivative that
uses it. Here the traced function is cut in three: what depends on constants alone, what depends
on time and moved inputs as well, and the rest. Each part is computed once where it changes.

What is left is evaluated for every patient at every stage, so it is written with fewer operations
first: constant factors of a product are gathered and computed once, a division by a constant
becomes a product, a product of quotients is divided once, a whole power is multiplied out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend import core

# What a variable depends on: parameters alone, inputs too, time too, or the state.
CONSTANT, INPUT, TIME, STATE = range(4)


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

        later = [v for part in equations[TIME:] for e in part for v in _variables(e.invars)]
        last = [v for e in equations[STATE] for v in _variables(e.invars)]
        result = _variables(jaxpr.outvars)
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


def _variables(atoms: Sequence[Any]) -> list[Any]:
    return [atom for atom in atoms if not isinstance(atom, core.Literal)]


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
    traced = jax.make_jaxpr(lambda t, y, *p: rhs(t, y, p))(t, y, *p)
    closed = jax.make_jaxpr(_simplified(traced, _levels(traced.jaxpr, moving)))(t, y, *p)
    return closed, _levels(closed.jaxpr, moving)


def _levels(jaxpr: Any, moving: Sequence[int]) -> dict[Any, int]:
    """What every variable of a right-hand side depends on: CONSTANT, INPUT, TIME or STATE."""
    time, state, *parameters = jaxpr.invars
    level = dict.fromkeys(jaxpr.constvars, CONSTANT) | {time: TIME, state: STATE}
    level |= dict(zip(parameters, moving, strict=True))
    for equation in jaxpr.eqns:
        highest = max((level[v] for v in _variables(equation.invars)), default=CONSTANT)
        level |= dict.fromkeys(equation.outvars, highest)
    return level


class _Product(NamedTuple):
    """A value not worked out yet: core / under * factor, where `factor` is free of the state."""

    core: Any
    under: Any = None
    factor: Any = None

    def value(self) -> Any:
        """The value, worked out."""
        quotient = self.core if self.under is None else self.core / self.under
        return quotient if self.factor is None else quotient * self.factor


def _times(one: Any, other: Any) -> Any:
    """The product of two factors that may be missing."""
    if one is None or other is None:
        return other if one is None else one
    return one * other


def _simplified(closed: Any, level: dict[Any, int]) -> Callable[..., list[Any]]:
    """The same function of the same arguments, equal within rounding, with fewer operations."""
    jaxpr = closed.jaxpr
    uses = Counter(v for e in jaxpr.eqns for v in _variables(e.invars))

    def run(*arguments: Any) -> list[Any]:
        known: dict[Any, Any] = dict(zip(jaxpr.constvars, closed.consts, strict=True))
        known |= dict(zip(jaxpr.invars, arguments, strict=True))

        def read(atom: Any) -> Any:
            if isinstance(atom, core.Literal):
                return atom.val
            if isinstance(known[atom], _Product):
                known[atom] = known[atom].value()
            return known[atom]

        def product(atom: Any) -> _Product:
            if not _full(atom, level):
                return _Product(None, None, read(atom))
            held = known[atom]
            if not isinstance(held, _Product):
                return _Product(held)
            # A quotient that is used again is divided once, not once for each use.
            return _Product(read(atom)) if held.under is not None and uses[atom] > 1 else held

        for equation in jaxpr.eqns:
            out, name = equation.outvars[0], equation.primitive.name
            if name == "pow" and _whole(equation.invars[1]):
                exponent = int(equation.invars[1].val)
                known[out] = jax.lax.integer_pow(read(equation.invars[0]), exponent)
            elif name in ("mul", "div") and _full(equation.invars[0], level):
                known[out] = _combined(name, product(equation.invars[0]), equation, product, level)
            elif name == "mul" and _full(equation.invars[1], level):
                held = product(equation.invars[1])
                known[out] = held._replace(factor=_times(held.factor, read(equation.invars[0])))
            elif name == "div" and _by_constant(equation, level):
                known[out] = read(equation.invars[0]) * (1.0 / read(equation.invars[1]))
            else:
                found = equation.primitive.bind(*map(read, equation.invars), **equation.params)
                results = found if equation.primitive.multiple_results else [found]
                known |= dict(zip(equation.outvars, results, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    return run


def _combined(
    name: str, left: _Product, equation: Any, product: Callable[[Any], _Product], level: Any
) -> _Product:
    """The product or quotient of a value that depends on the state and any other."""
    right = product(equation.invars[1])
    if name == "mul":
        inner = left.core if right.core is None else left.core * right.core
        factor = _times(left.factor, right.factor)
        return _Product(inner, _times(left.under, right.under), factor)
    if right.core is None:
        return left._replace(factor=_times(left.factor, 1.0 / right.factor))
    return left._replace(under=_times(left.under, right.value()))


def _full(atom: Any, level: dict[Any, int]) -> bool:
    return not isinstance(atom, core.Literal) and level[atom] == STATE


def _by_constant(equation: Any, level: dict[Any, int]) -> bool:
    """Whether what follows time or inputs is divided by what does not (1 over it is hoisted)."""
    divisor = equation.invars[1]
    constant = isinstance(divisor, core.Literal) or level[divisor] == CONSTANT
    return constant and level[equation.outvars[0]] > CONSTANT


def _whole(atom: Any) -> bool:
    """Whether an exponent is a whole number that stands in the equations."""
    return isinstance(atom, core.Literal) and float(atom.val).is_integer()
