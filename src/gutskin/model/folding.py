"""Constant folding: what a formula still reads when some of its names are numbers.

With a mechanism switched off, a term that is multiplied by zero is gone, and so is what only it
read; a sum that is divided by the same sum is one, and what is taken from itself is nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace

from gutskin.model.formula import MINUS, Call, Fraction, Name, Node, Number, Power, Product, Sum


@dataclass(frozen=True)
class Folded:
    """What a formula comes to.

    Parameters
    ----------
    value : the number, or None where it still depends on something
    names : ids that it still reads
    form : the same for formulas that differ only in the order of terms and factors
    terms : of a sum, each with what it is multiplied by
    """

    value: float | None
    names: frozenset[str]
    form: Hashable
    terms: tuple[tuple[float, Folded], ...] = ()


def number(value: float) -> Folded:
    """A number."""
    return Folded(value, frozenset(), value)


def unknown(name: str) -> Folded:
    """A name that stays one."""
    return Folded(None, frozenset((name,)), name)


ZERO = number(0.0)


def fold(node: Node, known: Callable[[str], Folded] = unknown) -> Folded:
    """A formula with what is known of its names put in.

    Examples
    --------
    >>> from gutskin.model.formula import parse
    >>> formula = parse("k * (1 - s + s * x) + s * y + (1 + g) / (1 + g * (1 - s))")
    >>> left = fold(formula, lambda name: ZERO if name == "s" else unknown(name))
    >>> left.value, sorted(left.names)
    (None, ['k'])
    """
    match node:
        case Name(id=name):
            return known(name)
        case Number(text=text):
            return number(float(text.replace(MINUS, "-")))
        case Sum(terms=terms):
            return total((float(sign), fold(term, known)) for sign, term in terms)
        case Product(factors=factors):
            return _product([fold(factor, known) for factor in factors])
        case Fraction(top=top, bottom=bottom):
            return _quotient(fold(top, known), fold(bottom, known))
        case Power(base=base, exponent=exponent):
            return _power(fold(base, known), fold(exponent, known))
        case Call(function=function, arguments=arguments):
            folded = [fold(one, known) for one in arguments]
            if function == "exp" and folded[0].value is not None:
                return number(math.exp(folded[0].value))
            return _whole((function, *(one.form for one in folded)), folded)


def total(terms: Iterable[tuple[float, Folded]]) -> Folded:
    """The sum of some terms, each times a number."""
    constant, weights, parts = 0.0, dict[Hashable, float](), dict[Hashable, Folded]()
    for factor, term in terms:
        for inner, part in term.terms or ((1.0, term),):
            if part.value is not None:
                constant += factor * inner * part.value
            else:
                weights[part.form] = weights.get(part.form, 0.0) + factor * inner
                parts[part.form] = part
    left = {form: weight for form, weight in weights.items() if weight != 0.0}
    if not left:
        return number(constant)
    if constant == 0.0 and list(left.values()) == [1.0]:
        return parts[next(iter(left))]
    whole = _whole(("+", constant, frozenset(left.items())), [parts[form] for form in left])
    inside = ((1.0, number(constant)), *((weight, parts[form]) for form, weight in left.items()))
    return replace(whole, terms=inside)


def _whole(form: Hashable, parts: Iterable[Folded]) -> Folded:
    return Folded(None, frozenset().union(*(part.names for part in parts)), form)


def _product(factors: list[Folded]) -> Folded:
    constant = math.prod(one.value for one in factors if one.value is not None)
    left = [one for one in factors if one.value is None]
    if constant == 0.0 or not left:
        return number(constant)
    if constant == 1.0 and len(left) == 1:
        return left[0]
    return _whole(("*", constant, *sorted((one.form for one in left), key=repr)), left)


def _quotient(top: Folded, bottom: Folded) -> Folded:
    if bottom.value is not None and bottom.value != 0.0:
        return _product([top, number(1.0 / bottom.value)])
    if top.value == 0.0:
        return ZERO
    if top.form == bottom.form:
        return number(1.0)
    return _whole(("/", top.form, bottom.form), (top, bottom))


def _power(base: Folded, exponent: Folded) -> Folded:
    if exponent.value == 0.0 or base.value == 1.0:
        return number(1.0)
    if exponent.value == 1.0:
        return base
    if base.value is not None and exponent.value is not None and base.value > 0.0:
        return number(base.value**exponent.value)
    if base.value == 0.0 and exponent.value is not None and exponent.value > 0.0:
        return ZERO
    return _whole(("^", base.form, exponent.form), (base, exponent))
