"""Units as the tables write them and as pint understands them, and the unit of a formula."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from gutskin.errors import InputError, Problem
from gutskin.model.equation import TIME, Equation
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
    as_text,
    parse,
)
from gutskin.model.rows import Row
from gutskin.model.tables import Tables

if TYPE_CHECKING:
    import pint

# Only what the field writes: in the full registry of pint, U is a katal, pH a picohenry and
# points are those of a printer.
_DEFINITIONS = """
tera- = 1e12 = T-
giga- = 1e9 = G-
mega- = 1e6 = M-
kilo- = 1e3 = k-
deci- = 1e-1 = d-
centi- = 1e-2 = c-
milli- = 1e-3 = m-
micro- = 1e-6 = µ- = μ- = u-
nano- = 1e-9 = n-
pico- = 1e-12 = p-
femto- = 1e-15 = f-
meter = [length] = m = metre
gram = [mass] = g
second = [time] = s
minute = 60 * second = min
hour = 60 * minute = h
day = 24 * hour = d
week = 7 * day
year = 365.25 * day
liter = 1e-3 * meter ** 3 = L = l = litre
mole = [substance] = mol
CFU = [CFU]
cell = [cell]
IU = [IU] = U
percent = 0.01 = %
point = []
flare = []
pH = []
"""

ALIKE = ("min", "max")  # of numbers in one unit
_POWER_WITHOUT_SIGN = re.compile(r"(?<=[A-Za-z])(\d)")


_ONE = Lock()


def registry() -> pint.UnitRegistry:
    """The units of the model: SI, and what the field counts in (CFU, cells, IU).

    >>> registry()("1 GCFU / day").to("CFU / hour").magnitude  # doctest: +ELLIPSIS
    41666666.6...
    """
    with _ONE:  # units of two registries do not go together, so threads must not make two
        return _registry()


@cache
def _registry() -> pint.UnitRegistry:
    import pint  # a third of a second, which most commands do without

    units = pint.UnitRegistry(None)
    for line in _DEFINITIONS.split("\n"):
        if line:
            units.define(line)
    return units


def parse_unit(text: str) -> pint.Unit:
    """The pint unit of a table's cell; `1` is dimensionless, `g/m2/h` is `g/m^2/hour`.

    Raises
    ------
    pint.UndefinedUnitError, ValueError
        For a unit that is not known.
    """
    return registry().parse_units(_POWER_WITHOUT_SIGN.sub(r"^\1", "" if text == "1" else text))


def unit_of_row(row: Row) -> pint.Unit:
    """The unit of a table's row.

    Raises
    ------
    InputError
        If the cell is empty or the unit is not known.
    """
    text = row.text("unit")
    try:
        if text:
            return parse_unit(text)
    except Exception:  # pint raises many kinds, down to those of Python's tokenizer
        pass
    raise InputError(
        Problem(
            f"{row.id}: unit is {text!r}.",
            row.file,
            row.line,
            "Write a unit such as mmol/L or 1/day, or 1 for a bare number.",
        )
    )


def same_unit(first: pint.Unit, second: pint.Unit) -> bool:
    """Whether a number means the same in both units.

    >>> (
    ...     same_unit(parse_unit("mmol/L"), parse_unit("mol/m^3")),
    ...     same_unit(parse_unit("mg"), parse_unit("g")),
    ... )
    (True, False)
    """
    if first == second:
        return True
    if first.dimensionality != second.dimensionality:
        return False
    return math.isclose(_factor(first), _factor(second), rel_tol=1e-9)


@cache
def _factor(unit: pint.Unit) -> float:
    return float(registry().Quantity(1.0, unit).to_base_units().magnitude)


def unit_text(unit: pint.Unit) -> str:
    """The unit as the tables write it.

    >>> unit_text(parse_unit("g/m2/h")), unit_text(parse_unit("mmol") / parse_unit("mmol"))
    ('g/hour/m^2', '1')
    """
    above, below = [], []
    for name, power in sorted(powers(unit).items()):
        short = registry().get_symbol(name)
        short = {"h": "hour", "d": "day"}.get(short, short)
        size = abs(power)
        text = short if size == 1 else f"{short}^{size:g}"
        (above if power > 0 else below).append(text)
    return "/".join(["*".join(above) or "1", *below])


def powers(unit: pint.Unit) -> dict[str, float]:
    """The units that a unit is a product of, each with its power."""
    return {name: float(str(power)) for name, power in unit._units.items()}


Look = Callable[[str], "pint.Unit | None"]


def formula_unit(node: Node, look: Look, clashes: list[str]) -> pint.Unit | None:
    """The unit of a formula.

    Parameters
    ----------
    node : a formula as `formula.parse` reads it
    look : gives the unit of an id; None if it is not known, which clashes with nothing
    clashes : what does not fit is added here, in words

    Returns
    -------
    the unit; None if it hangs on an id of unknown unit
    """
    bare = registry().dimensionless
    match node:
        case Name(id=name):
            return parse_unit("day") if name == TIME else look(name)
        case Number():
            return bare
        case Sum(terms=terms):
            return _same([term for _, term in terms], look, clashes)
        case Product(factors=factors):
            units = [formula_unit(one, look, clashes) for one in factors]
            return None if None in units else math.prod(units, start=bare)  # pyright: ignore
        case Fraction(top=top, bottom=bottom):
            above, below = (formula_unit(one, look, clashes) for one in (top, bottom))
            return None if above is None or below is None else above / below
        case Power(base=base, exponent=exponent):
            return _power(base, exponent, look, clashes)
        case Call(function=function, arguments=arguments) if function in ALIKE:
            return _same(arguments, look, clashes)
        case Call(function="sqrt", arguments=(inside,)):
            unit = formula_unit(inside, look, clashes)
            return None if unit is None else unit**0.5
        case Call(arguments=arguments):
            for one in arguments:
                unit = formula_unit(one, look, clashes)
                if unit is not None and not same_unit(unit, bare):
                    clashes.append(
                        f"`{_shown(one)}` is in {unit_text(unit)} inside "
                        f"`{_shown(node)}`, which takes a bare number"
                    )
            return bare


def _shown(node: Node) -> str:
    text = as_text(node)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _same(parts: Sequence[Node], look: Look, clashes: list[str]) -> pint.Unit | None:
    """The unit that all parts of a sum or of a comparison have."""
    units = [formula_unit(part, look, clashes) for part in parts]
    known = [(part, unit) for part, unit in zip(parts, units, strict=True) if unit is not None]
    if not known:
        return None
    first, expected = known[0]
    for part, unit in known[1:]:
        if not same_unit(unit, expected):
            clashes.append(
                f"`{_shown(first)}` is in {unit_text(expected)} and `{_shown(part)}` in "
                f"{unit_text(unit)}, but one is added to or compared with the other"
            )
    return expected


def _power(base: Node, exponent: Node, look: Look, clashes: list[str]) -> pint.Unit | None:
    below, above = (formula_unit(one, look, clashes) for one in (base, exponent))
    bare = registry().dimensionless
    if above is not None and not same_unit(above, bare):
        clashes.append(f"the exponent `{_shown(exponent)}` is in {unit_text(above)}")
    if below is None or same_unit(below, bare):
        return below
    times = _constant(exponent)
    if times is not None:
        return below**times
    clashes.append(
        f"`{_shown(base)}` is in {unit_text(below)}, so its exponent must be a number, "
        f"not `{_shown(exponent)}`"
    )
    return None


def _constant(node: Node) -> float | None:
    """The value of a number, with a sign or over another; None if it is more than that."""
    match node:
        case Number(text=text):
            return float(text.replace(MINUS, "-"))
        case Sum(terms=((sign, one),)) if (size := _constant(one)) is not None:
            return sign * size
        case Fraction(top=Number() as top, bottom=Number() as bottom):
            above, below = _constant(top), _constant(bottom)
            return above / below if above is not None and below else None
    return None


def derived_units(assigned: Iterable[str], look: Look, tables: Tables) -> Mapping[str, str]:
    """The unit of every assigned quantity, worked out from its rule; `?` where it has none.

    Parameters
    ----------
    assigned : ids of the quantities
    look : gives the unit of an id (`unit_lookup`)

    Returns
    -------
    id -> unit as text, as in the tables where they know the unit
    """
    spelled = {
        unit_of_row(row): row.text("unit")
        for table in (tables.parameters, tables.species)
        for row in table.values()
    }
    units = {name: look(name) for name in assigned}
    return {
        name: "?" if unit is None else spelled.get(unit, unit_text(unit))
        for name, unit in units.items()
    }


def unit_lookup(
    equations: Mapping[str, Equation], constants: Iterable[str], tables: Tables
) -> Look:
    """Gives the unit of any id of a model: from its row, or from its rule; None if unknown."""
    known: dict[str, pint.Unit | None] = {name: registry().dimensionless for name in constants}
    for table in (tables.parameters, tables.species):
        known |= {row.id: unit_of_row(row) for row in table.values()}

    def look(name: str) -> pint.Unit | None:
        if name not in known:
            known[name] = None  # a rule that reads itself has no unit
            if name in equations:
                known[name] = formula_unit(parse(equations[name].formula), look, [])
        return known[name]

    return look
