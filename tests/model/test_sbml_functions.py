"""Functions of the exported SBML: the same formulas, and short where rules are written out."""

from itertools import chain

import antimony
import libsbml
import pytest

from gutskin.model.compiled import load_model
from gutskin.model.export import export_model
from gutskin.model.sbml_functions import LONGEST, share_terms

LONGEST_ALLOWED = 6_000  # nodes of one formula
ALL_ALLOWED = 400_000  # of all of them: libRoadRunner reads some 20,000 a second


def formulas(target):
    """Id of every rule and reaction -> its formula."""
    found = {one.getVariable(): one.getMath() for one in target.getListOfRules()}
    laws = {one.getId(): one.getKineticLaw().getMath() for one in target.getListOfReactions()}
    return found | laws


def children(node):
    return [node.getChild(place) for place in range(node.getNumChildren())]


def written_out(target):
    """Nodes of every formula with rules written where they are read and arguments once."""
    rules = {
        one.getVariable(): one.getMath() for one in target.getListOfRules() if one.isAssignment()
    }
    bodies = {one.getId(): one.getBody() for one in target.getListOfFunctionDefinitions()}
    known = {}

    def nodes(node):
        if node.isName() and node.getName() in rules:
            return size(node.getName())
        inside = plain(bodies[node.getName()]) if node.getName() in bodies else 1
        return inside + sum(map(nodes, children(node)))

    def plain(node):
        return 1 + sum(map(plain, children(node)))

    def size(name):
        if name not in known:
            known[name] = nodes(rules[name])
        return known[name]

    return {name: nodes(math) for name, math in formulas(target).items()}


def put_in(node, rules, bound=()):
    """A formula with rules in place of their names; products in products lose their brackets."""
    if node.isName():
        name = node.getName()
        return name if name in bound or name not in rules else put_in(rules[name], rules, bound)
    if node.isNumber():
        return node.getValue()
    parts, kind = [put_in(child, rules, bound) for child in children(node)], node.getType()
    if kind not in (libsbml.AST_PLUS, libsbml.AST_TIMES):
        return (kind, *parts)
    same = (isinstance(part, tuple) and part[0] == kind for part in parts)
    pairs = zip(parts, same, strict=True)
    return (kind, *chain(*(part[1:] if inner else (part,) for part, inner in pairs)))


@pytest.fixture(scope="module")
def exported():
    return libsbml.readSBMLFromString(export_model(load_model()))


@pytest.fixture(scope="module")
def original():
    return libsbml.readSBMLFromString(load_model().sbml)


def test_no_formula_is_long_where_a_simulator_writes_rules_out(exported):
    sizes = written_out(exported.getModel())
    assert {name: size for name, size in sizes.items() if size > LONGEST_ALLOWED} == {}
    assert sum(sizes.values()) < ALL_ALLOWED


def test_without_functions_they_would_be(original):
    assert max(written_out(original.getModel()).values()) > 10 * LONGEST_ALLOWED


def test_each_function_is_its_formula_with_rules_put_in(exported, original):
    target = exported.getModel()
    rules = formulas(original.getModel())
    functions = {one.getId(): one for one in target.getListOfFunctionDefinitions()}
    assert "specific_uptake_bacteroides_of" in functions
    called = set()
    for name, math in formulas(target).items():
        if (function := functions.get(math.getName())) is None:
            continue
        called.add(math.getName())
        bound = [function.getArgument(n).getName() for n in range(function.getNumArguments())]
        assert [one.getName() for one in children(math)] == bound == sorted(set(bound))
        body = put_in(function.getBody(), {})
        if isinstance(body[-1], str) and body[-1].startswith("one_"):
            body = body[1]  # extents are bare numbers
        assert body == put_in(rules[name], rules, bound), name
    assert called == set(functions)


def small(text):
    """A model of Antimony with its formulas shared."""
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(f"model small\n{text}\nend") >= 0, antimony.getLastError()
    document = libsbml.readSBMLFromString(antimony.getSBMLString("small"))
    share_terms(document.getModel())
    return document


LONG = " + ".join(f"k / (k + {n})" for n in range(LONGEST // 6))


def shown(document, name):
    return libsbml.formulaToL3String(
        document.getModel().getAssignmentRuleByVariable(name).getMath()
    )


def test_what_is_read_twice_is_given_once_and_what_is_short_stays():
    document = small(f"k = 1; a := {LONG}; b := a^2; c := b * a; d := k^2; e := a + 1")
    assert shown(document, "c") == "c_of(a)"
    assert (
        libsbml.formulaToL3String(document.getModel().getFunctionDefinition(0).getBody())
        == "a^2 * a"
    )
    assert [shown(document, name) for name in "bde"] == ["a^2", "k^2", "a + 1"]


def test_a_function_reads_no_time():
    document = small(f"k = 1; a := {LONG}; b := time * a; c := b * a + b; d := time * a * a")
    assert shown(document, "c") == "c_of(a, b)"
    assert shown(document, "d") == "time * a * a"


def test_a_rate_names_the_species_that_it_is_given():
    document = small(f"species S, T; k = 1; a := {LONG} + S; b := S * a; R: => T; b * a * a")
    (reaction,) = document.getModel().getListOfReactions()
    assert libsbml.formulaToL3String(reaction.getKineticLaw().getMath()) == "R_of(S, a)"
    assert [one.getSpecies() for one in reaction.getListOfModifiers()] == ["S"]
