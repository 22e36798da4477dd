"""The rules and reactions as the fragments state them: known before anything is compiled.

Only what this program's own fragments are made of is read: declarations, rules `a := formula` and
reactions `id: a + b => c; rate`. Whoever needs more waits for the compiled model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from gutskin.model.biology import Biology
from gutskin.model.equation import Equation, equation_of
from gutskin.model.fragments import read_source
from gutskin.model.names import unchecked_vocabulary


@dataclass(frozen=True, eq=False)
class WrittenEquations:
    """The equations of a biology, read from its fragments.

    Parameters
    ----------
    state_ids, assigned_ids : in the order of their tables and lines
    equations : every rule and reaction by id
    """

    state_ids: tuple[str, ...]
    assigned_ids: tuple[str, ...]
    equations: Mapping[str, Equation]


@cache
def written_equations(biology: Biology) -> WrittenEquations | None:
    """The equations that fragments state; None if a line is none that is read here.

    Raises
    ------
    InputError
        For tables or fragments that cannot be read.

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> found = written_equations(shipped_biology())
    >>> sorted(found.equations["gut_acids"].names)
    ['gut_acetate', 'gut_butyrate', 'gut_propionate']
    """
    names = unchecked_vocabulary(biology)
    equations: dict[str, Equation] = {}
    for line in read_source(biology).lines:
        if line.states_nothing:
            continue
        one = equation_of(line.code, names.constants)
        if one is None or one.id in equations:
            return None
        equations[one.id] = one
    assigned = tuple(key for key, one in equations.items() if not one.reaction)
    return WrittenEquations(tuple(names.states), assigned, MappingProxyType(equations))
