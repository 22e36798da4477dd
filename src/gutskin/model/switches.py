"""What a switch carries in the equations in which it stands."""

from __future__ import annotations

from collections.abc import Iterator

from gutskin.model.equations import Shown
from gutskin.model.folding import ZERO, fold, unknown
from gutskin.model.formula import (
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
    >>> from gutskin.model.folding import ZERO, fold, unknown
    >>> from gutskin.model.formula import parse
    >>> only = Term(1.0, parse("k * (g + f * (1 - s_m23 + s_m23 * x))"))
    >>> brought_by(Shown("y", STATE, (only,)), "s_m23")
    ('f', 'x')
    """
    left: set[str] = set()
    weights: set[str] = set()
    for term in shown.terms:
        left |= fold(term.node, lambda name: ZERO if name == switch else unknown(name)).names
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
