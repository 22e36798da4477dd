"""Units as the tables write them, as pint understands them, and as SBML writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from threading import Lock

import libsbml
import pint

from gutskin.errors import InputError, Problem
from gutskin.model.equation import Equation
from gutskin.model.rows import Row
from gutskin.model.tables import Tables

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

ALIKE = (libsbml.AST_FUNCTION_MIN, libsbml.AST_FUNCTION_MAX)  # of numbers in one unit
_SBML_BASE = {
    "meter": libsbml.UNIT_KIND_METRE,
    "gram": libsbml.UNIT_KIND_GRAM,
    "second": libsbml.UNIT_KIND_SECOND,
    "mole": libsbml.UNIT_KIND_MOLE,
    "CFU": libsbml.UNIT_KIND_ITEM,
    "IU": libsbml.UNIT_KIND_ITEM,
    "cell": libsbml.UNIT_KIND_ITEM,
}
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
    for name, power in sorted(_powers(unit).items()):
        short = registry().get_symbol(name)
        short = {"h": "hour", "d": "day"}.get(short, short)
        size = abs(power)
        text = short if size == 1 else f"{short}^{size:g}"
        (above if power > 0 else below).append(text)
    return "/".join(["*".join(above) or "1", *below])


def _powers(unit: pint.Unit) -> dict[str, float]:
    return {name: float(str(power)) for name, power in unit._units.items()}


Look = Callable[[str], pint.Unit | None]


def formula_unit(node: libsbml.ASTNode, look: Look, clashes: list[str]) -> pint.Unit | None:
    """The unit of a formula.

    Parameters
    ----------
    node : a formula as libSBML reads it
    look : gives the unit of an id; None if it is not known, which clashes with nothing
    clashes : what does not fit is added here, in words

    Returns
    -------
    the unit; None if it hangs on an id of unknown unit
    """
    bare = registry().dimensionless
    if node.isName():
        return (
            parse_unit("day") if node.getType() == libsbml.AST_NAME_TIME else look(node.getName())
        )
    if node.isNumber():
        return bare
    parts = [node.getChild(place) for place in range(node.getNumChildren())]
    units = [formula_unit(part, look, clashes) for part in parts]
    kind = node.getType()
    if kind == libsbml.AST_TIMES:
        return None if None in units else math.prod(units, start=bare)  # pyright: ignore
    if kind == libsbml.AST_DIVIDE:
        return None if None in units else units[0] / units[1]  # pyright: ignore
    if kind in (*ALIKE, libsbml.AST_PLUS, libsbml.AST_MINUS):
        return _sum(parts, units, clashes)
    if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
        return _power(parts, units, clashes)
    if kind == libsbml.AST_FUNCTION_ROOT:  # the first child is the degree, if there are two
        degree = parts[0].getValue() if len(parts) == 2 else 2.0
        return None if units[-1] is None else units[-1] ** (1.0 / degree)
    for part, unit in zip(parts, units, strict=True):
        if unit is not None and not same_unit(unit, bare):
            clashes.append(
                f"`{_shown(part)}` is in {unit_text(unit)} inside "
                f"`{_shown(node)}`, which takes a bare number"
            )
    return bare


def _shown(node: libsbml.ASTNode) -> str:
    text = libsbml.formulaToL3String(node)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _sum(
    parts: list[libsbml.ASTNode], units: list[pint.Unit | None], clashes: list[str]
) -> pint.Unit | None:
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


def _power(
    parts: list[libsbml.ASTNode], units: list[pint.Unit | None], clashes: list[str]
) -> pint.Unit | None:
    base, exponent = units
    bare = registry().dimensionless
    if exponent is not None and not same_unit(exponent, bare):
        clashes.append(f"the exponent `{_shown(parts[1])}` is in {unit_text(exponent)}")
    if base is None or same_unit(base, bare):
        return base
    if not parts[1].isNumber():
        clashes.append(
            f"`{_shown(parts[0])}` is in {unit_text(base)}, so its exponent must be a number, "
            f"not `{_shown(parts[1])}`"
        )
        return None
    return base ** parts[1].getValue()


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
                node = libsbml.parseL3Formula(equations[name].formula)
                known[name] = formula_unit(node, look, [])
        return known[name]

    return look


class UnitBook:
    """The unit definitions of one SBML model, made when they are first asked for."""

    def __init__(self, model: libsbml.Model) -> None:
        self._model = model
        self._ids = {one.getName(): one.getId() for one in model.getListOfUnitDefinitions()}

    def sbml_id(self, text: str, unit: pint.Unit) -> str:
        """The SBML id of a unit that is written as `text`."""
        if text == "1":
            return "dimensionless"
        if text not in self._ids:
            definition = self._model.createUnitDefinition()
            name = f"unit_{len(self._ids) + 1}"
            definition.setId(name)
            definition.setName(text)
            self._write(definition, unit)
            self._ids[text] = name
        return self._ids[text]

    def text(self, sbml_id: str) -> str:
        """How a unit is written, from its SBML id."""
        return next((text for text, one in self._ids.items() if one == sbml_id), "1")

    @staticmethod
    def _write(definition: libsbml.UnitDefinition, unit: pint.Unit) -> None:
        """One SBML unit for each factor, a litre as a cubic decimetre, a GCFU as 1e9 items."""
        for name, power in _powers(unit).items():
            base = registry().Quantity(1.0, name).to_base_units()
            kinds = {_SBML_BASE[one]: times for one, times in _powers(base.units).items()
                     if one in _SBML_BASE}  # fmt: skip
            kind, times = next(iter(kinds.items()), (libsbml.UNIT_KIND_DIMENSIONLESS, 1.0))
            part = definition.createUnit()
            part.setKind(kind)
            part.setExponent(power * times)
            part.setScale(0)
            part.setMultiplier(float(base.magnitude) ** (1.0 / times))
