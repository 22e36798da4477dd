"""The rules and reactions of a model, as its SBML states them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import libsbml

TIME = "time"


@dataclass(frozen=True)
class Equation:
    """An assignment rule, or a reaction with its rate.

    Parameters
    ----------
    id : the quantity that the rule sets, or the reaction
    formula : the rule or the rate (per day), as text that libSBML reads
    names : ids that the formula reads; `time` among them where it does
    changes : state -> amount that one turn of the reaction makes (+) or removes (-); without
        boundary species
    participants : species -> the same, with boundary species
    reaction : False for a rule
    """

    id: str
    formula: str
    names: frozenset[str]
    changes: Mapping[str, float]
    participants: Mapping[str, float]
    reaction: bool


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
