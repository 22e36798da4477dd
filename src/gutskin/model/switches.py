"""What a switch carries in the equations in which it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gutskin.model.equations import Shown
from gutskin.model.formula import (
    MINUS,
    Call,
    Fraction,
    Name,
    Node,
    Number,
    Power,
    Product,
    Sum,
    names_of,
)

if TYPE_CHECKING:
    import sympy


def whole_term(shown: Shown, switch: str) -> bool:
    """Whether a switch multiplies all of an equation, so that off means none of it.

    A factor of the whole is enough: `s_m07 * k * x`. In `1 - s_m38 * f + ...` it is not.
    """
    return all(_is_factor(term.node, switch) for term in shown.terms)


def _is_factor(node: Node, switch: str) -> bool:
    match node:
        case Name(id=name):
            return name == switch
        case Product(factors=factors):
            return any(_is_factor(factor, switch) for factor in factors)
        case Fraction(top=top):
            return _is_factor(top, switch)
        case Sum(terms=terms):
            return all(_is_factor(term, switch) for _, term in terms)
        case _:
            return False


def brought_by(shown: Shown, switch: str) -> tuple[str, ...]:
    """The ids that belong to a switch in an equation, in its order.

    What is read only while it is on, and what weighs its part of a sum, as `f` in
    `other + f * (1 - s + s * x)` and in `1 - f + s * f * x`.

    Examples
    --------
    >>> from gutskin.model.equations import STATE, Term
    >>> from gutskin.model.formula import parse
    >>> only = Term(1.0, parse("k * (g + f * (1 - s_m23 + s_m23 * x))"))
    >>> brought_by(Shown("y", STATE, (only,)), "s_m23")
    ('f', 'x')
    """
    left: set[str] = set()
    weights: set[str] = set()
    for term in shown.terms:
        left |= {str(one) for one in _algebra(term.node, switch).free_symbols}
        weights |= set(_weights(term.node, switch, False))
    mine = (name for name in shown.names if name not in left or name in weights)
    return tuple(name for name in mine if name != switch)


def _weights(node: Node, switch: str, in_sum: bool) -> Iterator[str]:
    """Names beside the switch, or before brackets with it, in a part of a sum."""
    match node:
        case Sum(terms=terms):
            for _, term in terms:
                yield from _weights(term, switch, True)
        case Product(factors=factors):
            held = any(
                switch in names_of(one) if isinstance(one, Sum) else one == Name(switch)
                for one in factors
            )
            if held and in_sum:
                yield from (one.id for one in factors if isinstance(one, Name))
            else:
                for factor in factors:
                    yield from _weights(factor, switch, in_sum)
        case Fraction(top=first, bottom=second) | Power(base=first, exponent=second):
            yield from _weights(first, switch, False)
            yield from _weights(second, switch, False)
        case Call(arguments=arguments):
            for one in arguments:
                yield from _weights(one, switch, False)
        case Name() | Number():
            return


def _algebra(node: Node, off: str) -> sympy.Expr:
    """A formula in sympy, which drops what is multiplied by nought."""
    import sympy

    match node:
        case Name(id=name):
            return sympy.Integer(0) if name == off else sympy.Symbol(name)
        case Number(text=text):
            return sympy.nsimplify(text.replace(MINUS, "-"))
        case Sum(terms=terms):
            return sympy.Add(*(sign * _algebra(term, off) for sign, term in terms))
        case Product(factors=factors):
            return sympy.Mul(*(_algebra(factor, off) for factor in factors))
        case Fraction(top=top, bottom=bottom):
            return _algebra(top, off) / _algebra(bottom, off)
        case Power(base=base, exponent=exponent):
            return _algebra(base, off) ** _algebra(exponent, off)
        case Call(function="exp", arguments=(only,)):
            return sympy.exp(_algebra(only, off))
        case Call(function=function, arguments=arguments):
            return sympy.Function(function)(*(_algebra(one, off) for one in arguments))
