"""What is wrong with a number that somebody sets: outside its domain, or 0 where none may be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from gutskin.model.biology import Biology
from gutskin.model.divisors import singular_problem
from gutskin.model.domains import Domain
from gutskin.toml_lines import Place
from gutskin.toml_text import Found


def finite_number(value: Any) -> float | None:
    """A value of a raw file, if it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number of more digits than a float has room for
        return None
    return number if math.isfinite(number) else None


def outside(place: Place, value: Any, domain: Domain, name: str) -> Iterator[Found]:
    """A value that lies outside of its domain."""
    number = finite_number(value)
    if number is not None and number not in domain:
        what = f"{name} cannot be {number:g}: it lies in {domain}."
        yield place, what, "Write a value in that range; limits.tsv and parameters.tsv give it."


def impossible(
    place: Place, value: Any, domain: Domain, name: str, biology: Biology
) -> Iterator[Found]:
    """A value of a parameter outside of its domain, or one with which an equation has no value."""
    found = [*outside(place, value, domain, name)]
    singular = None if found else singular_problem(name, value, biology)
    yield from found if singular is None else [(place, *singular)]
