"""Formulas that are long when written out, as functions that are given once what they share.

Some simulators, libRoadRunner among them, write an assigned quantity out wherever it is read. What
a formula reads along many paths, as all that grows in the colon reads acidity, then comes as often
as there are paths. Here such a formula becomes the call of a function of the document: its body is
the same formula with the rules in between put in, and each of its arguments is worked out once. No
number changes, but for roundings: libSBML writes a product in a product without brackets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import libsbml

LONGEST = 2000  # nodes written out, above which a formula becomes a function
LEGIBLE = 1  # nodes written out that are worth one node less in the body of a function
FUNCTION = "{}_of"


@dataclass(frozen=True)
class _Formula:
    """How many nodes a formula has, and how often it reads each name; `clock`: it reads time."""

    nodes: int
    reads: Mapping[str, int]
    clock: bool


@dataclass(frozen=True)
class _Cut:
    """A formula as a function: which rules its body holds, what it is given, its size."""

    inside: frozenset[str]
    arguments: tuple[str, ...]
    size: int


def share_terms(target: libsbml.Model) -> None:
    """Make functions of formulas that are longer than `LONGEST` nodes when written out.

    Parameters
    ----------
    target : a document without functions; changed in place
    """
    rules = {one.getVariable(): one.getMath().deepCopy()
             for one in target.getListOfRules() if one.isAssignment()}  # fmt: skip
    cutter = _Cutter(rules)
    for name, element in _formulas(target):
        cut = cutter.cut(_formula(element.getMath()))
        if cut is not None:
            element.setMath(_function(target, name, element.getMath(), cut, rules))
            if (reaction := target.getReaction(name)) is not None:
                _add_modifiers(target, reaction, cut.arguments)


def _formulas(target: libsbml.Model) -> Iterator[tuple[str, libsbml.Rule | libsbml.KineticLaw]]:
    """Whatever has a formula: its id, and the rule or the kinetic law."""
    for rule in target.getListOfRules():
        yield rule.getVariable(), rule
    for reaction in target.getListOfReactions():
        yield reaction.getId(), reaction.getKineticLaw()


class _Cutter:
    """Where to cut formulas: above the cut is the body of a function, below are its arguments."""

    def __init__(self, rules: Mapping[str, libsbml.ASTNode]) -> None:
        self.formulas = {name: _formula(math) for name, math in rules.items()}
        self.plain: dict[str, int] = {}  # nodes written out, of the rules as they are
        for name in rules:
            self._measure(name)
        self.size: dict[str, int] = {}  # the same, of the rules after their cuts
        for name in sorted(rules, key=self.plain.__getitem__):  # what it reads comes before it
            cut = self.cut(self.formulas[name])
            self.size[name] = self._written_out(self.formulas[name]) if cut is None else cut.size

    def _measure(self, name: str) -> int:
        if name not in self.plain:
            one = self.formulas[name]
            self.plain[name] = one.nodes + sum(
                times * self._measure(read)
                for read, times in one.reads.items()
                if read in self.formulas
            )
        return self.plain[name]

    def _written_out(self, one: _Formula) -> int:
        return one.nodes + sum(times * self.size.get(read, 0) for read, times in one.reads.items())

    def cut(self, one: _Formula) -> _Cut | None:
        """The best of the cuts that put one rule more into the body each, the longest first.

        A function of SBML knows no time, so what reads it stays outside.
        """
        size = self._written_out(one)
        if size <= LONGEST or one.clock:
            return None
        best, score = None, size
        nodes, reads, inside = one.nodes, Counter(one.reads), set[str]()
        while True:
            size = nodes + sum(self.size.get(read, 1) for read in reads)
            if (found := size + LEGIBLE * (nodes + len(reads))) < score:
                best, score = _Cut(frozenset(inside), tuple(reads), size), found
            left = [read for read in reads if read in self.size and not self.formulas[read].clock]
            if not left:
                return best
            longest = max(left, key=self.plain.__getitem__)
            inside.add(longest)
            times, its = reads.pop(longest), self.formulas[longest]
            nodes += times * (its.nodes - 1)
            for read, more in its.reads.items():
                reads[read] += times * more


def _formula(math: libsbml.ASTNode) -> _Formula:
    nodes, reads, clock = 0, Counter[str](), False
    waiting = [math]
    while waiting:
        node = waiting.pop()
        nodes += 1
        if node.getType() == libsbml.AST_NAME_TIME:
            clock = True
        elif node.isName():
            reads[node.getName()] += 1
        waiting += [node.getChild(place) for place in range(node.getNumChildren())]
    return _Formula(nodes, reads, clock)


def _function(
    target: libsbml.Model,
    name: str,
    math: libsbml.ASTNode,
    cut: _Cut,
    rules: Mapping[str, libsbml.ASTNode],
) -> libsbml.ASTNode:
    """Define the function of a formula; the call of it, which takes the formula's place."""
    call = libsbml.ASTNode(libsbml.AST_FUNCTION)
    call.setName(FUNCTION.format(name))
    defined = libsbml.ASTNode(libsbml.AST_LAMBDA)
    for argument in sorted(cut.arguments):
        bound = _name(argument)
        bound.setBvar()
        defined.addChild(bound)
        call.addChild(_name(argument))
    defined.addChild(_put_in(math.deepCopy(), cut.inside, rules))
    made = target.createFunctionDefinition()
    made.setId(FUNCTION.format(name))
    made.setMath(defined)
    return call


def _add_modifiers(target: libsbml.Model, reaction: libsbml.Reaction, reads: Sequence[str]) -> None:
    """Name the species that a rate is given now and read through rules before."""
    sides = (reaction.getListOfReactants(), reaction.getListOfProducts(),
             reaction.getListOfModifiers())  # fmt: skip
    named = {one.getSpecies() for side in sides for one in side}
    for name in sorted(set(reads) - named):
        if target.getSpecies(name) is not None:
            reaction.createModifier().setSpecies(name)


def _name(key: str) -> libsbml.ASTNode:
    node = libsbml.ASTNode(libsbml.AST_NAME)
    node.setName(key)
    return node


def _put_in(
    node: libsbml.ASTNode, inside: frozenset[str], rules: Mapping[str, libsbml.ASTNode]
) -> libsbml.ASTNode:
    """A formula with some rules in place of their names."""
    if node.isName() and node.getName() in inside:
        return _put_in(rules[node.getName()].deepCopy(), inside, rules)
    for place in range(node.getNumChildren()):
        child = node.getChild(place)
        if (whole := _put_in(child, inside, rules)) is not child:
            node.replaceChild(place, whole, True)
    return node
