"""Who depends on whom in the equations of the model.

With mechanisms switched off, a term that is multiplied by zero is gone, and so is what only it
read. Whatever path is left in the graph then is a path that no switch closes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from gutskin.model.folding import ZERO, Folded, fold, total, unknown
from gutskin.model.formula import parse

if TYPE_CHECKING:
    from gutskin.model.equation import Equation
    from gutskin.model.model import Model
    from gutskin.model.written_equations import WrittenEquations

CIRCULATING = ("cells", "metabolites", "mediators", "barriers")


class Readers:
    """What each quantity reads: rules and rates, folded when they are first asked for.

    What is off is 0, and a rule that comes to a number is that.

    Parameters
    ----------
    model : the equations, compiled or as they are written
    off : parameters that are 0, as the switches of mechanisms
    all_on : the same with nothing off, if it is at hand: what nothing off touches is taken from it
    """

    def __init__(
        self,
        model: Model | WrittenEquations,
        off: Collection[str] = (),
        all_on: Readers | None = None,
    ) -> None:
        self._equations, self._all_on = model.equations, all_on
        self._off = frozenset(off)
        self._folded: dict[str, Folded] = {}
        self._read: dict[str, frozenset[str]] = {}
        self._changes: dict[str, list[tuple[float, str]]] = {name: [] for name in model.state_ids}
        for one in self._equations.values():
            for state, amount in one.changes.items():
                self._changes[state].append((amount, one.id))

    def read_by(self, name: str) -> frozenset[str]:
        """What a rule or the rate of change of a state reads; nothing for what has neither."""
        if name not in self._read:
            terms = self._changes.get(name, [(1.0, name)] if name in self._equations else [])
            self._read[name] = total((amount, self._of(rate)) for amount, rate in terms).names
        return self._read[name]

    def reach(self, sources: Collection[str], target: str) -> bool:
        """Whether any of the sources moves a quantity."""
        seen, waiting, wanted = {target}, [target], frozenset(sources)
        while waiting:
            if not wanted.isdisjoint(seen):
                return True
            new = self.read_by(waiting.pop()) - seen
            seen |= new
            waiting += new
        return False

    def _of(self, name: str) -> Folded:
        """The rule or the rate of an id."""
        if name not in self._folded:
            self._folded[name] = self._fold(self._equations[name])
        return self._folded[name]

    def _fold(self, one: Equation) -> Folded:
        if self._all_on is not None and not any(self._is_number(name) for name in one.names):
            return self._all_on._of(one.id)
        return fold(parse(one.formula), self._known)

    def _is_number(self, name: str) -> bool:
        """Whether a name that a formula reads comes to a number here."""
        return self._known(name).value is not None

    def _known(self, name: str) -> Folded:
        if name in self._off:
            return ZERO
        if name in self._equations and (rule := self._of(name)).value is not None:
            return rule
        return unknown(name)


def dependencies(
    model: Model | WrittenEquations, off: Collection[str] = ()
) -> Mapping[str, set[str]]:
    """Which quantities each rule and each state's rate of change reads.

    Parameters
    ----------
    off : parameters that are 0, as the switches of mechanisms

    Returns
    -------
    id of a state or an assigned quantity -> ids of states, assigned quantities, parameters and
    `time`
    """
    readers = Readers(model, off)
    return {name: set(readers.read_by(name)) for name in (*model.state_ids, *model.assigned_ids)}


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
