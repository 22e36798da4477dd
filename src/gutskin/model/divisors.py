"""Which parameters may not be 0 or at an end of their domain, because an equation has no value.

It divides by them, by what is left of 1, or takes their logarithm. That is read off the equations
as the fragments state them, before anything is compiled: every rule and rate is worked out at the
starts of species.tsv, at the usual age and at birth, with each parameter at 0 in turn, and at the
ends. So a Michaelis constant of what may be absent is found as well as a divisor that stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gutskin.errors import Problem
from gutskin.model.biology import Biology
from gutskin.model.check_populations import zeros
from gutskin.model.domains import parameter_domain
from gutskin.model.equation import TIME
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
    parse,
)
from gutskin.model.names import Vocabulary, unchecked_vocabulary
from gutskin.model.written_equations import WrittenEquations, written_equations

AGE = "age_at_start"
FUNCTIONS = {
    "exp": np.exp, "ln": np.log, "log10": np.log10, "sqrt": np.sqrt, "abs": np.abs,
    "min": np.minimum, "max": np.maximum,
}  # fmt: skip


@cache
def divisors(biology: Biology) -> Mapping[str, str]:
    """Parameters that may not be 0, each with a rule or reaction that has no value then.

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> found = divisors(shipped_biology())
    >>> "km_mast" in found, "g_irritant" in found
    (True, False)
    """
    rows = unchecked_vocabulary(biology).parameters
    # One that is 0 in the table is 1 instead.
    moved = [(name, 0.0 if row.number("value") else 1.0) for name, row in rows.items()]
    return MappingProxyType({name: key for (name, _), key in _without_value(biology, moved)})


@cache
def singular_ends(biology: Biology) -> Mapping[tuple[str, float], str]:
    """Ends of domains, other than 0, each with a rule or reaction that has no value there.

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> list(singular_ends(shipped_biology()))
    [('f_proximal', 1.0)]
    """
    moved: list[tuple[str, float]] = []
    for name, row in unchecked_vocabulary(biology).parameters.items():
        domain = parameter_domain(row)
        moved += [(name, end) for end in dict.fromkeys((domain.low, domain.high)) if end]
    return MappingProxyType(dict(_without_value(biology, moved)))


def singular_problem(name: str, value: Any, biology: Biology) -> tuple[str, str] | None:
    """What is wrong with a value of a parameter with which an equation has none, and the remedy."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    row = unchecked_vocabulary(biology).parameters.get(name)
    if row is None:
        return None
    domain = parameter_domain(row)
    if value == 0:
        key = divisors(biology).get(name)
    elif value in (domain.low, domain.high):
        key = singular_ends(biology).get((name, float(value)))
    else:
        key = None
    if key is None:
        return None
    what = f"{name} cannot be {value + 0.0:g}: the equation of `{key}` has no value then."
    if value == 0:
        return what, "Write a value above 0." if domain.low >= 0 else "Write another value."
    return what, f"Write a value {'above' if value == domain.low else 'below'} {value:g}."


def _without_value(
    biology: Biology, moved: Sequence[tuple[str, float]]
) -> Iterator[tuple[tuple[str, float], str]]:
    """Those of the moves after which an equation has no value, each with the first of them."""
    names, written = unchecked_vocabulary(biology), written_equations(biology)
    if written is None:
        return
    seen: set[int] = set()
    for start in names.starts:
        for age in (None, 0.0):
            for key, finite in _finite(names, written, start, age, moved):
                for place in map(int, np.flatnonzero(finite[1:] != finite[0])):
                    if place not in seen:
                        seen.add(place)
                        yield moved[place], key


def divisor_problems(biology: Biology, folder: Path | None = None) -> Iterator[Problem]:
    """Tables and populations that set a parameter to 0 with which an equation has no value.

    Parameters
    ----------
    folder : of an overlay, whose own rows and populations alone are looked at
    """
    for row in unchecked_vocabulary(biology).parameters.values():
        if folder is None or row.file.is_relative_to(folder):
            found = singular_problem(row.id, row.number("value"), biology)
            if found is not None:
                yield Problem(found[0], row.file, row.line, found[1])
    for text in biology.texts("populations.toml"):
        if folder is None or text.path.is_relative_to(folder):
            for population, name, line in zeros(text):
                found = singular_problem(name, 0.0, biology)
                if found is not None:
                    yield Problem(f"{population}: {found[0]}", text.path, line, found[1])


def _unknown(*_: Any) -> float:
    """The worth of a function that the shipped equations have not: nothing is told of it."""
    return np.nan


def _finite(
    names: Vocabulary,
    written: WrittenEquations,
    start: str,
    age: float | None,
    moved: Sequence[tuple[str, float]],
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Every equation, and where it is finite: with the values of the table, and after each move."""
    rows = names.parameters
    values = {name: row.number("value") for name, row in rows.items()}
    if age is not None:
        values[AGE] = age
    many = len(moved) + 1
    known: dict[str, Any] = {TIME: 0.0}
    known |= {name: np.full(many, usual) for name, usual in values.items()}
    for place, (name, value_there) in enumerate(moved, 1):
        known[name][place] = value_there
    known |= {name: row.number(start, 0.0) for name, row in names.tables.species.items()}
    known |= {name: 1.0 for name in names.constants if name not in known}  # compartments

    def value(name: str) -> Any:
        if name not in known:
            known[name] = np.nan  # for a rule that needs itself, which is told elsewhere
            known[name] = worth(parse(written.equations[name].formula))
        return known[name]

    def worth(node: Node) -> Any:
        match node:
            case Name(id=name):
                return value(name)
            case Number(text=text):
                return float(text.replace(MINUS, "-"))
            case Sum(terms=terms):
                return sum(sign * worth(term) for sign, term in terms)
            case Product(factors=factors):
                found = worth(factors[0])
                for factor in factors[1:]:
                    found = found * worth(factor)
                return found
            case Fraction(top=top, bottom=bottom):
                return np.divide(worth(top), worth(bottom))
            case Power(base=base, exponent=exponent):
                return np.power(worth(base), worth(exponent))
            case Call(function=function, arguments=arguments):
                return FUNCTIONS.get(function, _unknown)(*map(worth, arguments))

    with np.errstate(all="ignore"):
        for key in written.equations:
            yield key, np.broadcast_to(np.isfinite(value(key)), many)
