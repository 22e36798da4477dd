"""The same right-hand side with fewer operations, equal within rounding.

Common subexpressions are computed once. Constant factors of a product and constant terms of a sum
are gathered and computed once for all stages; a sum with a constant term that is multiplied by a
constant is multiplied out, so that a product and a sum in one operation remain. A division by a
constant becomes a product, a whole power is multiplied out.

A division costs as much as a dozen products. So quotients that meet are brought over a common
denominator and divided once: their products and sums, quotients within a divisor, products of
a quotient with a sum that has one; what divides more than one number is inverted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend import core

# What a variable depends on: parameters alone, inputs too, time too, or the state.
CONSTANT, INPUT, TIME, STATE = range(4)

COMMUTATIVE = ("add", "mul", "max", "min")


def variables(atoms: Sequence[Any]) -> list[Any]:
    """Those of some operands that are no numbers."""
    return [atom for atom in atoms if not isinstance(atom, core.Literal)]


def shared_function(closed: Any, level: dict[Any, int]) -> Callable[..., list[Any]]:
    """The same function of the same arguments, each common subexpression computed once.

    Parameters
    ----------
    closed : jaxpr of (t, y, *p)
    level : what each of its variables depends on; what does not bear on the state stays as it is
    """
    jaxpr = closed.jaxpr

    def run(*arguments: Any) -> list[Any]:
        known: dict[Any, Any] = dict(zip(jaxpr.constvars, closed.consts, strict=True))
        known |= dict(zip(jaxpr.invars, arguments, strict=True))
        first: dict[Any, Any] = {variable: variable for variable in known}  # of equal variables
        found: dict[Any, Any] = {}

        def name(atom: Any) -> Any:
            if isinstance(atom, core.Literal):
                return (np.asarray(atom.val).tobytes(), str(atom.aval))
            return first[atom]

        for equation in jaxpr.eqns:
            operands = [name(atom) for atom in equation.invars]
            if equation.primitive.name in COMMUTATIVE:
                operands.sort(key=lambda one: (isinstance(one, tuple), hash(one)))
            forms = (equation.primitive.name, str(equation.params), *operands)
            outputs = found.setdefault(forms, equation.outvars)
            first |= dict(zip(equation.outvars, outputs, strict=True))
            if outputs is equation.outvars:
                values = [_value(known, first, atom) for atom in equation.invars]
                results = equation.primitive.bind(*values, **equation.params)
                results = results if equation.primitive.multiple_results else [results]
                known |= dict(zip(equation.outvars, results, strict=True))
        return [_value(known, first, atom) for atom in jaxpr.outvars]

    return run


def _value(known: dict[Any, Any], first: dict[Any, Any], atom: Any) -> Any:
    return atom.val if isinstance(atom, core.Literal) else known[first[atom]]


def number_of(literal: core.Literal) -> Any:
    """The number of a literal; JAX 0.8 wraps some in arrays that know no minus."""
    value = literal.val
    return value if hasattr(value, "__neg__") else np.asarray(value)


class _Product(NamedTuple):
    """A value not worked out yet: core / under * factor, where `factor` changes less often.

    What is missing (None) is 1.
    """

    core: Any
    under: Any = None
    factor: Any = None

    def value(self) -> Any:
        """The value, worked out."""
        if self.core is None and self.under is not None:
            return (1.0 if self.factor is None else self.factor) / self.under
        quotient = self.core if self.under is None else self.core / self.under
        return quotient if self.factor is None else quotient * self.factor

    def above(self, more: Any = None) -> Any:
        """What stands above the line, worked out, times `more`."""
        return _times(_times(self.core, self.factor), more)


class _Sum(NamedTuple):
    """A value not worked out yet: a product, and a term that neither time nor the state moves."""

    core: _Product
    term: Any

    def value(self) -> Any:
        """The value, worked out."""
        return self.core.value() + self.term

    def times(self, factor: Any) -> _Sum:
        """Multiplied out."""
        core_ = self.core._replace(factor=_times(self.core.factor, factor))
        return _Sum(core_, _times(self.term, factor))

    def quotient(self) -> _Product:
        """A sum with a quotient, as one quotient."""
        return _Product(self.core.above() + self.term * self.core.under, self.core.under)


def _times(one: Any, other: Any) -> Any:
    """The product of two factors that may be missing."""
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, float | np.ndarray | np.generic) and np.ndim(one) == 0 and one == 1.0:
        return other
    return one * other


class _Simplifying:
    """One pass through the equations of a right-hand side."""

    def __init__(self, closed: Any, level: dict[Any, int], arguments: Sequence[Any]) -> None:
        self.jaxpr, self.level = closed.jaxpr, level
        self.uses = Counter(v for e in self.jaxpr.eqns for v in variables(e.invars))
        self.known: dict[Any, Any] = dict(zip(self.jaxpr.constvars, closed.consts, strict=True))
        self.known |= dict(zip(self.jaxpr.invars, arguments, strict=True))
        self.here = CONSTANT  # what the equation at hand depends on
        self.source = {e.outvars[0]: e for e in self.jaxpr.eqns if len(e.outvars) == 1}
        divisors = [e.invars[1] for e in self.jaxpr.eqns if e.primitive.name == "div"]
        self.divides = Counter(self.root(v) for v in variables(divisors))
        self.inverse: dict[Any, Any] = {}

    def read(self, atom: Any) -> Any:
        """The value of an operand, worked out."""
        if isinstance(atom, core.Literal):
            return number_of(atom)
        if isinstance(self.known[atom], _Product | _Sum):
            self.known[atom] = self.known[atom].value()
        return self.known[atom]

    def full(self, atom: Any) -> bool:
        """Whether an operand changes as often as the equation's result."""
        return not isinstance(atom, core.Literal) and self.level[atom] == self.here

    def early(self, atom: Any) -> bool:
        """Whether neither time nor the state moves an operand."""
        return isinstance(atom, core.Literal) or self.level[atom] < TIME

    def product(self, atom: Any) -> _Product:
        """An operand as a product."""
        if not self.full(atom):
            return _Product(None, None, self.read(atom))
        held = self.known[atom]
        if isinstance(held, _Sum):
            return _Product(self.read(atom))
        if not isinstance(held, _Product):
            return _Product(held)
        # A quotient that is used again is divided once, not once for each use.
        again = held.under is not None and self.uses[atom] > 1
        return _Product(self.read(atom)) if again else held

    def root(self, atom: Any) -> Any:
        """What a divisor is a constant multiple of."""
        made = self.source.get(atom)
        if made is not None and made.primitive.name == "mul" and self.uses[atom] == 1:
            often = [v for v in variables(made.invars) if self.level[v] == self.level[atom]]
            if len(often) == 1:
                return self.root(often[0])
        return atom

    def alone(self, atom: Any) -> _Product | _Sum | None:
        """An operand that is not worked out yet, where nothing else uses it."""
        held = self.known[atom] if self.full(atom) and self.uses[atom] == 1 else None
        return held if isinstance(held, _Product | _Sum) else None

    def total(self, atom: Any) -> tuple[_Product, Any]:
        """An operand as a product and a term that may be missing."""
        held = self.alone(atom)
        if isinstance(held, _Sum):
            return held
        return held or _Product(self.read(atom)), None

    def simplified(self, equation: Any) -> Any:
        """The result of an equation, or None where there is nothing to gain."""
        name = equation.primitive.name
        if name == "pow" and _whole(equation.invars[1]):
            exponent = int(equation.invars[1].val)
            return jax.lax.integer_pow(self.read(equation.invars[0]), exponent)
        self.here = self.level[equation.outvars[0]]
        often = self.here >= TIME
        if name in ("add", "sub") and often:
            one, other = equation.invars
            return self.added(one, other, difference=name == "sub")
        if name == "mul" and often:
            one, other = equation.invars
            return self.multiplied(one, other)
        if name == "div" and often and any(map(self.full, equation.invars)):
            return self.divided(*equation.invars)
        if name == "div" and self.by_constant(equation):
            return self.read(equation.invars[0]) * (1.0 / self.read(equation.invars[1]))
        return None

    def quotient(self, atom: Any) -> _Product | None:
        """An operand that is not worked out yet and has a divisor, as a quotient."""
        held = self.alone(atom)
        if isinstance(held, _Sum):
            return None if held.core.under is None else held.quotient()
        return None if held is None or held.under is None else held

    def divided(self, one: Any, other: Any) -> _Product:
        """The quotient of two operands of which one at least changes as often."""
        left = self.product(one)
        if not self.full(other):
            return left._replace(factor=_times(left.factor, 1.0 / self.read(other)))
        root = self.root(other)
        right = self.quotient(other) if isinstance(self.alone(other), _Sum) else None
        right = right or self.product(other)
        factor = left.factor if right.factor is None else _times(left.factor, 1.0 / right.factor)
        if self.divides[root] > 1 and right.under is None:
            if root not in self.inverse:
                self.inverse[root] = 1.0 / right.core
            return _Product(_times(left.core, self.inverse[root]), left.under, factor)
        core_ = _times(left.core, right.under)
        return _Product(core_, _times(left.under, right.core), factor)

    def multiplied(self, one: Any, other: Any) -> Any:
        """The product of two operands of which one at least changes as often."""
        if not self.full(one):
            one, other = other, one
        held = self.alone(one)
        if isinstance(held, _Sum) and self.early(other):
            return held.times(self.read(other))
        left, right = self.quotient(one), self.quotient(other)
        if left is None or right is None:
            left, right = self.product(one), self.product(other)
        factor = _times(left.factor, right.factor)
        return _Product(_times(left.core, right.core), _times(left.under, right.under), factor)

    def added(self, one: Any, other: Any, difference: bool) -> _Product | _Sum | None:
        """The sum or difference of two operands, constant terms apart; None if there are none."""
        if self.early(one):
            if difference:
                held = self.quotient(other)
                if held is None or held.factor is None or isinstance(self.alone(other), _Sum):
                    return None
                return _Sum(held._replace(factor=-held.factor), self.read(one))
            one, other = other, one
        left, term = self.total(one)
        if self.early(other):
            more = -self.read(other) if difference else self.read(other)
            return _Sum(left, more if term is None else term + more)
        right, more = self.total(other)
        under = None
        if left.under is not None and right.under is not None:
            one, other = left.above(right.under), right.above(left.under)
            under = left.under * right.under
        elif term is None and more is None:
            return None
        else:
            one, other = left.value(), right.value()
        whole = _Product(one - other if difference else one + other, under)
        if more is not None:
            more = -more if difference else more
            term = more if term is None else term + more
        return whole if term is None else _Sum(whole, term)

    def by_constant(self, equation: Any) -> bool:
        """Whether what follows time or inputs is divided by what does not (hoisted: 1 over it)."""
        divisor = equation.invars[1]
        constant = isinstance(divisor, core.Literal) or self.level[divisor] == CONSTANT
        return constant and self.level[equation.outvars[0]] > CONSTANT


def simplified_function(closed: Any, level: dict[Any, int]) -> Callable[..., list[Any]]:
    """The same function of the same arguments, equal within rounding, with fewer operations.

    Parameters
    ----------
    closed : jaxpr of (t, y, *p)
    level : what each of its variables depends on
    """

    def run(*arguments: Any) -> list[Any]:
        work = _Simplifying(closed, level, arguments)
        for equation in work.jaxpr.eqns:
            found = work.simplified(equation)
            if found is not None:
                work.known[equation.outvars[0]] = found
                continue
            values = map(work.read, equation.invars)
            results = equation.primitive.bind(*values, **equation.params)
            results = results if equation.primitive.multiple_results else [results]
            work.known |= dict(zip(equation.outvars, results, strict=True))
        return [work.read(atom) for atom in work.jaxpr.outvars]

    return run


def _whole(atom: Any) -> bool:
    """Whether an exponent is a whole number that stands in the equations."""
    return isinstance(atom, core.Literal) and float(atom.val).is_integer()
