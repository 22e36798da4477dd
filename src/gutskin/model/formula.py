"""Formulas as trees that keep the order of their author, and as one line of text.

A computer algebra system would sort the terms of a formula; here a ratio stays where its author
put it. A division takes only the factor before it into the fraction, so that a Hill term looks
like one: `vmax * x / (km + x) * y` is vmax, then a fraction, then y.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libsbml

# functions that are read without libSBML, with the number of their arguments
PLAIN = {"exp": 1, "ln": 1, "log10": 1, "sqrt": 1, "abs": 1, "min": 2, "max": 2}
MINUS, DOT = "−", "·"
RAISED = str.maketrans("0123456789.−", "⁰¹²³⁴⁵⁶⁷⁸⁹·⁻")


@dataclass(frozen=True)
class Name:
    """An id that the formula reads."""

    id: str


@dataclass(frozen=True)
class Number:
    """A number, as text."""

    text: str


@dataclass(frozen=True)
class Sum:
    """Terms with their signs, +1 or -1."""

    terms: tuple[tuple[int, Node], ...]


@dataclass(frozen=True)
class Product:
    """Factors, in the order of the author."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Fraction:
    """One thing over another."""

    top: Node
    bottom: Node


@dataclass(frozen=True)
class Power:
    """A base and its exponent."""

    base: Node
    exponent: Node


@dataclass(frozen=True)
class Call:
    """A function of what stands in its brackets."""

    function: str
    arguments: tuple[Node, ...]


type Node = Name | Number | Sum | Product | Fraction | Power | Call


@lru_cache(maxsize=4096)  # checks read every formula of the model many times
def parse(formula: str) -> Node:
    """A formula that libSBML reads, as a tree that keeps the order of its author.

    Examples
    --------
    >>> as_text(parse("k * s_m07 * x^2 / (km^2 + x^2) - k * x"))
    'k · s_m07 · x² / (km² + x²) − k · x'
    """
    try:
        return _read(ast.parse(formula.strip().replace("^", "**"), mode="eval").body)
    except (SyntaxError, _NotPlainError):
        import libsbml  # takes longer than all formulas of the model

        return _read_sbml(libsbml.parseL3Formula(formula))


class _NotPlainError(Exception):
    """A formula is more than arithmetic, or has a word of Python as an id."""


def _read(node: ast.expr) -> Node:
    """Arithmetic, whose signs bind in Python as they do in libSBML."""
    match node:
        case ast.Name(id="pi" | "avogadro" | "exponentiale"):
            raise _NotPlainError
        case ast.Name(id=name):
            return Name(name)
        case ast.Constant(value=float() | int() as value) if not isinstance(value, bool):
            return Number(_number(float(value)))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Sum(tuple(_terms(_read(operand), -1)))
        case ast.BinOp(left=left, op=op, right=right):
            return _binary(op, _read(left), _read(right))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if len(arguments) != PLAIN.get(name):
                raise _NotPlainError
            return Call(name, tuple(map(_read, arguments)))
        case _:
            raise _NotPlainError


def _binary(op: ast.operator, left: Node, right: Node) -> Node:
    match op:
        case ast.Add():
            return Sum((*_terms(left, 1), *_terms(right, 1)))
        case ast.Sub():
            return Sum((*_terms(left, 1), *_terms(right, -1)))
        case ast.Mult():
            return _times((left, right))
        case ast.Div():
            return _over(left, right)
        case ast.Pow():
            return Power(left, right)
        case _:
            raise _NotPlainError


def _read_sbml(node: libsbml.ASTNode) -> Node:
    import libsbml

    kind = node.getType()
    if kind == libsbml.AST_NAME_TIME:
        return Name("time")
    if node.isName():
        return Name(node.getName())
    if node.isNumber():
        return Number(_number(float(node.getInteger() if node.isInteger() else node.getValue())))
    parts = tuple(_read_sbml(node.getChild(place)) for place in range(node.getNumChildren()))
    if kind == libsbml.AST_PLUS:
        return Sum(tuple(term for part in parts for term in _terms(part, 1)))
    if kind == libsbml.AST_MINUS:
        first = _terms(parts[0], -1 if len(parts) == 1 else 1)
        return Sum((*first, *(term for part in parts[1:] for term in _terms(part, -1))))
    if kind == libsbml.AST_TIMES:
        return _times(parts)
    if kind == libsbml.AST_DIVIDE:
        return _over(parts[0], parts[1])
    if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
        return Power(parts[0], parts[1])
    if kind == libsbml.AST_FUNCTION_ROOT:
        return Call("sqrt", parts[-1:])
    if kind == libsbml.AST_FUNCTION_LOG:
        return Call("log10", parts[-1:])
    return Call(node.getName() or "f", parts)


def _number(value: float) -> str:
    return f"{value:g}".replace("-", MINUS)


def _terms(node: Node, sign: int) -> Iterator[tuple[int, Node]]:
    # a minus before brackets stays there: the author wrote it so
    if isinstance(node, Sum) and sign > 0:
        yield from node.terms
    else:
        yield sign, node


def _factors(node: Node) -> tuple[Node, ...]:
    return node.factors if isinstance(node, Product) else (node,)


def _times(parts: tuple[Node, ...]) -> Node:
    """A product; a minus at one of its factors goes before all of it."""
    sign, factors = 1, []
    for part in parts:
        if isinstance(part, Sum) and len(part.terms) == 1:
            sign *= part.terms[0][0]
            part = part.terms[0][1]
        factors += _factors(part)
    whole = Product(tuple(factors))
    return whole if sign > 0 else Sum(((sign, whole),))


def _over(above: Node, below: Node) -> Node:
    if isinstance(above, Sum) and len(above.terms) == 1 and above.terms[0][0] < 0:
        return Sum(((-1, _over(above.terms[0][1], below)),))
    *before, last = _factors(above)
    if isinstance(last, Fraction):
        last, below = last.top, Product((*_factors(last.bottom), *_factors(below)))
    whole = Fraction(last, below)
    return Product((*before, whole)) if before else whole


def names_of(node: Node) -> Iterator[str]:
    """The ids that a formula reads, in the order in which it does."""
    match node:
        case Name(id=name):
            yield name
        case Number():
            return
        case Sum(terms=terms):
            for _, term in terms:
                yield from names_of(term)
        case Product(factors=parts) | Call(arguments=parts):
            for part in parts:
                yield from names_of(part)
        case Fraction(top=first, bottom=second) | Power(base=first, exponent=second):
            yield from names_of(first)
            yield from names_of(second)


def as_text(node: Node) -> str:
    """One line with ids as the tables write them."""
    match node:
        case Name(id=name):
            return name
        case Number(text=text):
            return text
        case Sum(terms=terms):
            return _signed(terms, as_text, _text_in_brackets)
        case Product(factors=factors):
            return f" {DOT} ".join(_text_in_brackets(factor) for factor in factors)
        case Fraction(top=top, bottom=bottom):
            wide = isinstance(bottom, Sum | Product | Fraction)
            return f"{_text_in_brackets(top)} / {_bracketed(as_text(bottom), wide)}"
        case Power(base=base, exponent=exponent):
            wide = isinstance(base, Product | Fraction)
            below = _bracketed(_text_in_brackets(base), wide)
            if isinstance(exponent, Number):
                return below + exponent.text.translate(RAISED)
            return f"{below}^{_bracketed(as_text(exponent), not isinstance(exponent, Name))}"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(as_text(one) for one in arguments)})"


def _signed(
    terms: tuple[tuple[int, Node], ...],
    write: Callable[[Node], str],
    bracketed: Callable[[Node], str],
    minus: str = MINUS,
) -> str:
    """Terms with the signs between them; a sum that is taken away stands in brackets."""
    text = ""
    for sign, term in terms:
        shown = bracketed(term) if sign < 0 else write(term)
        lead = f" {minus} " if sign < 0 else " + "
        text += lead + shown if text else (minus if sign < 0 else "") + shown
    return text


def _bracketed(text: str, wanted: bool) -> str:
    return f"({text})" if wanted else text


def _text_in_brackets(node: Node) -> str:
    return _bracketed(as_text(node), isinstance(node, Sum))
