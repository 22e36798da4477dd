"""Which parameters may not be 0, because an equation divides by them or takes their logarithm.

It is read off the equations as the fragments state them, before anything is compiled: every rule
and rate is worked out at the starts of species.tsv, at the usual age and at birth, with each
parameter at 0 in turn. So a Michaelis constant of what may be absent is found as well as a divisor
that stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    names, written = unchecked_vocabulary(biology), written_equations(biology)
    if written is None:
        return MappingProxyType({})
    ids = tuple(names.parameters)
    found: dict[str, str] = {}
    for start in names.starts:
        for age in (None, 0.0):
            for key, finite in _finite(names, written, start, age):
                for place in np.flatnonzero(finite[1:] != finite[0]):
                    found.setdefault(ids[place], key)
    return MappingProxyType(found)


def zero_problem(name: str, value: Any, biology: Biology) -> tuple[str, str] | None:
    """What is wrong with a parameter at 0 by which an equation divides, and the remedy."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != 0:
        return None
    key = divisors(biology).get(name)
    if key is None:
        return None
    domain = parameter_domain(unchecked_vocabulary(biology).parameters[name])
    what = f"{name} cannot be 0: the equation of `{key}` has no value then."
    return what, "Write a value above 0." if domain.low >= 0 else "Write another value."


def divisor_problems(biology: Biology, folder: Path | None = None) -> Iterator[Problem]:
    """Tables and populations that set a parameter to 0 with which an equation has no value.

    Parameters
    ----------
    folder : of an overlay, whose own rows and populations alone are looked at
    """
    for row in unchecked_vocabulary(biology).parameters.values():
        if folder is None or row.file.is_relative_to(folder):
            found = zero_problem(row.id, row.number("value"), biology)
            if found is not None:
                yield Problem(found[0], row.file, row.line, found[1])
    for text in biology.texts("populations.toml"):
        if folder is None or text.path.is_relative_to(folder):
            for population, name, line in zeros(text):
                found = zero_problem(name, 0.0, biology)
                if found is not None:
                    yield Problem(f"{population}: {found[0]}", text.path, line, found[1])


def _unknown(*_: Any) -> float:
    """The worth of a function that the shipped equations have not: nothing is told of it."""
    return np.nan


def _finite(
    names: Vocabulary, written: WrittenEquations, start: str, age: float | None
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Every equation, and where it is finite: with the values of the table, and each moved.

    Each parameter in turn is 0; one that is 0 in the table is 1 instead.
    """
    rows = names.parameters
    values = {name: row.number("value") for name, row in rows.items()}
    if age is not None:
        values[AGE] = age
    known: dict[str, Any] = {TIME: 0.0}
    for place, (name, usual) in enumerate(values.items(), 1):
        known[name] = np.full(len(values) + 1, usual)
        known[name][place] = 0.0 if usual else 1.0
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
            yield key, np.broadcast_to(np.isfinite(value(key)), len(values) + 1)
