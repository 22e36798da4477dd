"""The model's SBML made consistent in its units, so that any tool can check them.

Every parameter gets the unit of its row or of its rule, every literal number is bare, and all
reactions count their extent in bare numbers: what a reaction makes of amounts in mmol, GCFU or mg
is divided by one such amount, and given back by the conversion factor of the species. That changes
no number, only what can be checked.
"""

from __future__ import annotations

from collections.abc import Iterator

import libsbml

from gutskin.model.model import Model
from gutskin.model.unit_book import UnitBook
from gutskin.model.units import registry, unit_lookup, unit_text

ONE = "one_{}"
BARE = "dimensionless"


def set_units(target: libsbml.Model, model: Model) -> UnitBook:
    """Write every unit of the model into its SBML.

    Parameters
    ----------
    target : of `model.sbml`; changed in place

    Returns
    -------
    UnitBook
        of the document, for whatever is added to it
    """
    book = UnitBook(target)
    look = unit_lookup(model.equations, model.constants, model.tables)
    for parameter in target.getListOfParameters():
        if not parameter.isSetUnits():
            unit = look(parameter.getId())
            unit = registry().dimensionless if unit is None else unit
            parameter.setUnits(book.sbml_id(unit_text(unit), unit))
    target.setExtentUnits(BARE)
    for species in target.getListOfSpecies():
        if species.getSubstanceUnits() != BARE:
            species.setConversionFactor(_one(target, species.getSubstanceUnits(), book))
    for reaction in target.getListOfReactions():
        _count(reaction, target)
    for math in _formulas(target):
        make_bare(math)
    return book


def _one(target: libsbml.Model, unit: str, book: UnitBook) -> str:
    """The id of a parameter that is one of a unit."""
    text = book.text(unit)
    name = ONE.format("".join(letter if letter.isalnum() else "_" for letter in text))
    if target.getParameter(name) is None:
        parameter = target.createParameter()
        parameter.setId(name)
        parameter.setName(f"one {text}")
        parameter.setConstant(True)
        parameter.setValue(1.0)
        parameter.setUnits(unit)
    return name


def _count(reaction: libsbml.Reaction, target: libsbml.Model) -> None:
    """Let a reaction that moves amounts of a unit count them as numbers."""
    sides = (*reaction.getListOfReactants(), *reaction.getListOfProducts())
    factors = {target.getSpecies(one.getSpecies()).getConversionFactor() for one in sides}
    if len(factors) == 1 and (factor := factors.pop()):  # `gutskin model check` holds it is one
        law = reaction.getKineticLaw()
        whole = libsbml.ASTNode(libsbml.AST_DIVIDE)
        whole.addChild(law.getMath().deepCopy())
        whole.addChild(libsbml.parseL3Formula(factor))
        law.setMath(whole)


def _formulas(target: libsbml.Model) -> Iterator[libsbml.ASTNode]:
    for rule in target.getListOfRules():
        yield rule.getMath()
    for reaction in target.getListOfReactions():
        yield reaction.getKineticLaw().getMath()


def make_bare(node: libsbml.ASTNode) -> None:
    """Say of every literal number that it has no unit."""
    if node.isNumber():
        node.setUnits(BARE)
    for place in range(node.getNumChildren()):
        make_bare(node.getChild(place))


def number_node(value: float, unit: str) -> libsbml.ASTNode:
    """A literal number with its unit, as a formula."""
    node = libsbml.ASTNode(libsbml.AST_REAL)
    node.setValue(value)
    node.setUnits(unit)
    return node
