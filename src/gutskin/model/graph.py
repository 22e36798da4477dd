"""Who depends on whom in the equations of the model.

With mechanisms switched off, a term that is multiplied by zero is gone, and so is what only it
read. Whatever path is left in the graph then is a path that no switch closes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping

from gutskin.model.folding import ZERO, Folded, fold, total, unknown
from gutskin.model.formula import parse
from gutskin.model.model import Model

CIRCULATING = ("cells", "metabolites", "mediators", "barriers")


class _Rules:
    """Rules and rates, folded; what is off is 0, and a rule that comes to a number is that."""

    def __init__(self, model: Model, off: Collection[str]) -> None:
        self._equations = model.equations
        self._off = frozenset(off)
        self._folded: dict[str, Folded] = {}

    def of(self, name: str) -> Folded:
        """The rule or the rate of an id."""
        if name not in self._folded:
            self._folded[name] = fold(parse(self._equations[name].formula), self._known)
        return self._folded[name]

    def _known(self, name: str) -> Folded:
        if name in self._off:
            return ZERO
        if name in self._equations and (rule := self.of(name)).value is not None:
            return rule
        return unknown(name)


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
    rules = _Rules(model, off)
    rates: dict[str, list[tuple[float, Folded]]] = {name: [] for name in model.state_ids}
    for one in model.equations.values():
        for state, amount in one.changes.items():
            rates[state].append((amount, rules.of(one.id)))
    read = {name: total(terms) for name, terms in rates.items()}
    read |= {name: rules.of(name) for name in model.assigned_ids}
    return {name: set(one.names) for name, one in read.items()}


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
