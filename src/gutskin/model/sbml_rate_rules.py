"""States that are no matter (inflammation, tolerance, an itch), as parameters with rate rules.

A species of SBML is matter, and its term of the Systems Biology Ontology must say which. A state
that measures what a body does is none: it becomes a parameter with a rate rule. A reaction that
moves only such states becomes a parameter that is its rate, under the same id. No number changes.
"""

from __future__ import annotations

from collections.abc import Mapping

import libsbml

from gutskin.model.equation import Equation
from gutskin.model.fragments import SITE
from gutskin.model.model import Model
from gutskin.model.sbml_units import make_bare
from gutskin.model.unit_book import UnitBook
from gutskin.model.units import parse_unit, unit_text


def functional_states(model: Model) -> tuple[str, ...]:
    """Ids of the states that `identifiers.tsv` calls a quantity, not matter."""
    term = model.biology.table("sbo.tsv")["parameter"].text("term")
    rows = model.biology.table("identifiers.tsv").values()
    named = {
        row.id.replace(SITE, site)
        for row in rows
        if row.text("sbo") == term
        for site in model.source.sites
    }
    return tuple(name for name in model.state_ids if name in named)


def use_rate_rules(target: libsbml.Model, model: Model, book: UnitBook) -> None:
    """Make parameters of the functional states and of the reactions that move only these.

    Parameters
    ----------
    target : of `model.sbml`, its units set; changed in place
    book : the unit definitions of `target`
    """
    states = functional_states(model)
    moving = {
        name: equation
        for name, equation in model.equations.items()
        if equation.reaction and set(equation.changes) & set(states)
    }
    for name, equation in moving.items():
        if set(equation.changes) <= set(states):
            _rate_becomes_parameter(target, model, name, book)
    for reaction in target.getListOfReactions():
        for state in states:
            reaction.removeReactant(state)
            reaction.removeProduct(state)
            reaction.removeModifier(state)
    for state in states:
        _state_becomes_parameter(target, state, moving)


def _rate_becomes_parameter(target: libsbml.Model, model: Model, name: str, book: UnitBook) -> None:
    """A reaction as a parameter that an assignment rule holds at its rate."""
    reaction = target.removeReaction(name)
    (state,) = {model.unit(changed) for changed in model.equations[name].changes}
    unit = parse_unit(state) / parse_unit("day")
    _add_parameter(target, name, book.sbml_id(unit_text(unit), unit))
    rule = target.createAssignmentRule()
    rule.setVariable(name)
    rule.setMath(reaction.getKineticLaw().getMath())


def _state_becomes_parameter(
    target: libsbml.Model, state: str, moving: Mapping[str, Equation]
) -> None:
    """A species as a parameter, whose rate rule sums what moves it."""
    species = target.removeSpecies(state)
    parameter = _add_parameter(target, state, species.getSubstanceUnits())
    parameter.setValue(species.getInitialAmount())
    terms = "".join(
        f" {'-' if amount < 0 else '+'} {'' if abs(amount) == 1 else f'{abs(amount)!r} * '}{name}"
        for name, equation in moving.items()
        if (amount := equation.changes.get(state))
    )
    rule = target.createRateRule()
    rule.setVariable(state)
    rule.setMath(libsbml.parseL3Formula(terms.removeprefix(" +") or "0 / 1"))
    make_bare(rule.getMath())


def _add_parameter(target: libsbml.Model, name: str, unit: str) -> libsbml.Parameter:
    parameter = target.createParameter()
    parameter.setId(name)
    parameter.setConstant(False)
    parameter.setUnits(unit)
    return parameter
