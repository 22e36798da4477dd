"""Units as the tables write them, as pint understands them, and as SBML writes them."""

from __future__ import annotations

from functools import cache

import libsbml
import pint

_SBML_BASE = {
    "meter": libsbml.UNIT_KIND_METRE,
    "gram": libsbml.UNIT_KIND_GRAM,
    "kilogram": libsbml.UNIT_KIND_KILOGRAM,
    "second": libsbml.UNIT_KIND_SECOND,
    "mole": libsbml.UNIT_KIND_MOLE,
    "CFU": libsbml.UNIT_KIND_ITEM,
    "IU": libsbml.UNIT_KIND_ITEM,
    "cell": libsbml.UNIT_KIND_ITEM,
}


@cache
def registry() -> pint.UnitRegistry:
    """The units of the model: SI, and what the field counts in (CFU, cells, IU).

    >>> registry()("1 GCFU / day").to("CFU / hour").magnitude  # doctest: +ELLIPSIS
    41666666.6...
    """
    units = pint.UnitRegistry(autoconvert_offset_to_baseunit=False)
    for name in ("CFU", "IU", "cell"):
        units.define(f"{name} = [{name}]")
    return units


def parse_unit(text: str) -> pint.Unit:
    """The pint unit of a table's cell; `1` is dimensionless.

    Raises
    ------
    pint.UndefinedUnitError
        For a unit that is not known.
    """
    return registry().parse_units("" if text in ("", "1") else text)


class UnitBook:
    """The unit definitions of one SBML model, made when they are first asked for."""

    def __init__(self, model: libsbml.Model) -> None:
        self._model = model
        self._ids: dict[str, str] = {}

    def sbml_id(self, text: str) -> str:
        """The SBML id of a unit written as in the tables."""
        if text in ("", "1"):
            return "dimensionless"
        if text not in self._ids:
            definition = self._model.createUnitDefinition()
            name = f"unit_{len(self._ids) + 1}"
            definition.setId(name)
            definition.setName(text)
            self._write(definition, parse_unit(text))
            self._ids[text] = name
        return self._ids[text]

    @staticmethod
    def _write(definition: libsbml.UnitDefinition, unit: pint.Unit) -> None:
        base = registry().Quantity(1.0, unit).to_base_units()
        powers = dict(base.units._units)
        factor = float(base.magnitude)
        first = definition.createUnit()
        first.setKind(libsbml.UNIT_KIND_DIMENSIONLESS)
        first.setExponent(1)
        first.setScale(0)
        first.setMultiplier(factor)
        for name, power in powers.items():
            part = definition.createUnit()
            part.setKind(_SBML_BASE[name])
            part.setExponent(float(power))
            part.setScale(0)
            part.setMultiplier(1.0)
