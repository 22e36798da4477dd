"""Units as SBML writes them."""

from __future__ import annotations

import libsbml
import pint

from gutskin.model.units import powers, registry

_SBML_BASE = {
    "meter": libsbml.UNIT_KIND_METRE,
    "gram": libsbml.UNIT_KIND_GRAM,
    "second": libsbml.UNIT_KIND_SECOND,
    "mole": libsbml.UNIT_KIND_MOLE,
    "CFU": libsbml.UNIT_KIND_ITEM,
    "IU": libsbml.UNIT_KIND_ITEM,
    "cell": libsbml.UNIT_KIND_ITEM,
}


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
        for name, power in powers(unit).items():
            base = registry().Quantity(1.0, name).to_base_units()
            kinds = {_SBML_BASE[one]: times for one, times in powers(base.units).items()
                     if one in _SBML_BASE}  # fmt: skip
            kind, times = next(iter(kinds.items()), (libsbml.UNIT_KIND_DIMENSIONLESS, 1.0))
            part = definition.createUnit()
            part.setKind(kind)
            part.setExponent(power * times)
            part.setScale(0)
            part.setMultiplier(float(base.magnitude) ** (1.0 / times))
