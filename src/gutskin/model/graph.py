"""Who depends on whom in the equations of the model.

With mechanisms switched off, a term that is multiplied by nought is gone, and so is what only it
read. Whatever path is left in the graph then is a path that no switch closes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import libsbml

from gutskin.model.model import Model
from gutskin.model.sbml_equations import TIME

if TYPE_CHECKING:
    import sympy

CIRCULATING = ("cells", "metabolites", "mediators", "barriers")


class _Algebra:
    """Formulas in sympy; what is off is 0, and a rule that comes to a number is that number."""

    def __init__(self, model: Model, off: Collection[str]) -> None:
        self._equations = model.equations
        self._off = frozenset(off)
        self._rules: dict[str, sympy.Expr] = {}

    def expression(self, name: str) -> sympy.Expr:
        """The rule or the rate of an id."""
        if name not in self._rules:
            self._rules[name] = self._read(libsbml.parseL3Formula(self._equations[name].formula))
        return self._rules[name]

    def _symbol(self, name: str) -> sympy.Expr:
        import sympy

        if name in self._off:
            return sympy.Integer(0)
        if name in self._equations and (value := self.expression(name)).is_number:
            return value
        return sympy.Symbol(name)

    def _read(self, node: libsbml.ASTNode) -> sympy.Expr:
        import sympy

        kind = node.getType()
        if kind == libsbml.AST_NAME_TIME:
            return sympy.Symbol(TIME)
        if node.isName():
            return self._symbol(node.getName())
        if node.isInteger():
            return sympy.Integer(node.getInteger())
        if node.isNumber():
            return sympy.Float(node.getValue())
        parts = [self._read(node.getChild(place)) for place in range(node.getNumChildren())]
        if kind == libsbml.AST_PLUS:
            return sympy.Add(*parts)
        if kind == libsbml.AST_MINUS:
            return -parts[0] if len(parts) == 1 else parts[0] - parts[1]
        if kind == libsbml.AST_TIMES:
            return sympy.Mul(*parts)
        if kind == libsbml.AST_DIVIDE:
            return parts[0] / parts[1]
        if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
            return parts[0] ** parts[1]
        if kind == libsbml.AST_FUNCTION_EXP:
            return sympy.exp(parts[0])
        # of any other function only its arguments matter here
        return sympy.Function(node.getName() or f"function_{kind}")(*parts)


def dependencies(model: Model, off: Collection[str] = ()) -> Mapping[str, set[str]]:
    """Which quantities each rule and each state's rate of change reads.

    Parameters
    ----------
    off : parameters that are 0, as the switches of mechanisms

    Returns
    -------
    id of a state or an assigned quantity -> ids of states, assigned quantities, parameters and
    `time`
    """
    import sympy

    algebra = _Algebra(model, off)
    rates: dict[str, list[sympy.Expr]] = {name: [] for name in model.state_ids}
    for one in model.equations.values():
        for state, amount in one.changes.items():
            whole = sympy.nsimplify(amount)
            rates[state].append(whole * algebra.expression(one.id))
    sums = {name: sympy.Add(*terms) for name, terms in rates.items()}
    sums |= {name: algebra.expression(name) for name in model.assigned_ids}
    return {name: {str(symbol) for symbol in one.free_symbols} for name, one in sums.items()}


def reaches(
    graph: Mapping[str, set[str]], sources: Iterable[str], targets: Iterable[str]
) -> list[tuple[str, ...]]:
    """The shortest path from any source to each target that one of them reaches.

    >>> reaches({"b": {"a"}, "c": {"b"}, "d": {"d"}}, ["a"], ["c", "d"])
    [('a', 'b', 'c')]
    """
    readers: dict[str, list[str]] = {}
    for name, reads in graph.items():
        for read in sorted(reads):
            readers.setdefault(read, []).append(name)
    starts = list(dict.fromkeys(sources))
    before: dict[str, str | None] = dict.fromkeys(starts)
    waiting = deque(starts)
    while waiting:
        here = waiting.popleft()
        for reader in readers.get(here, ()):
            if reader not in before:
                before[reader] = here
                waiting.append(reader)
    paths = []
    for target in targets:
        path, step = [], target if target in before else None
        while step is not None:
            path.append(step)
            step = before[step]
        if path:
            paths.append(tuple(reversed(path)))
    return paths


def circulating_switches(model: Model) -> tuple[str, ...]:
    """The switches of the mechanisms by which cells, metabolites, mediators and barriers travel."""
    rows = model.tables.mechanisms.values()
    return tuple(row.text("switch") for row in rows if row.text("route") in CIRCULATING)


def places(model: Model) -> Mapping[str, str]:
    """The fragment in which every state and assigned quantity is defined, without `.ant`."""
    lines = model.source.definitions
    return {name: lines[name].file.stem for name in (*model.state_ids, *model.assigned_ids)}


def clocks(model: Model) -> frozenset[str]:
    """Assigned quantities that hang on no state, as age and the supply of food.

    They are the same whatever the body does, so they belong to no place of it.
    """
    rules = {name: model.equations[name].names for name in model.assigned_ids}
    moved = set(model.state_ids)
    while more := {name for name, reads in rules.items() if name not in moved and reads & moved}:
        moved |= more
    return frozenset(rules) - moved
