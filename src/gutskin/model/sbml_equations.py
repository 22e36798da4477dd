"""The rules and reactions of a model, as its SBML states them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import libsbml

from gutskin.model.equation import TIME, Equation


def read_equations(sbml: str, constants: Collection[str]) -> Mapping[str, Equation]:
    """Every rule and reaction of an SBML text by id.

    Parameters
    ----------
    constants : boundary species, which no reaction changes
    """
    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    found = [_rule(rule) for rule in model.getListOfRules()]
    found += [_reaction(one, constants) for one in model.getListOfReactions()]
    return MappingProxyType({one.id: one for one in found})


def read_constants(sbml: str) -> dict[str, float]:
    """Compartments and boundary species of an SBML text: size or amount by id."""
    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    sizes = {one.getId(): one.getSize() for one in model.getListOfCompartments()}
    fixed = [one for one in model.getListOfSpecies() if one.getBoundaryCondition()]
    return sizes | {one.getId(): one.getInitialAmount() for one in fixed}


def _rule(rule: libsbml.Rule) -> Equation:
    math = rule.getMath()
    nothing: Mapping[str, float] = MappingProxyType({})
    formula = libsbml.formulaToL3String(math)
    return Equation(rule.getVariable(), formula, _names(math), nothing, nothing, False)


def _reaction(reaction: libsbml.Reaction, constants: Collection[str]) -> Equation:
    participants: dict[str, float] = {}
    sides = ((reaction.getListOfReactants(), -1.0), (reaction.getListOfProducts(), 1.0))
    for side, sign in sides:
        for one in side:
            name = one.getSpecies()
            participants[name] = participants.get(name, 0.0) + sign * one.getStoichiometry()
    changes = {name: amount for name, amount in participants.items() if name not in constants}
    math = reaction.getKineticLaw().getMath()
    return Equation(
        reaction.getId(),
        libsbml.formulaToL3String(math),
        _names(math),
        MappingProxyType(changes),
        MappingProxyType(participants),
        True,
    )


def _names(node: libsbml.ASTNode) -> frozenset[str]:
    if node.isName():
        return frozenset((TIME if node.getType() == libsbml.AST_NAME_TIME else node.getName(),))
    children = (node.getChild(place) for place in range(node.getNumChildren()))
    return frozenset().union(*(_names(child) for child in children))
