"""What is made of the tables and fragments, kept on disk between runs.

An entry is data in a fixed form: texts, numbers, ids, and two functions of plain arithmetic (see
`equation_code`). Whatever has another form is made anew.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gutskin.disk_cache import DiskCache, key_of
from gutskin.model.equation import Equation
from gutskin.model.equation_code import EquationCode

CACHE = "equations"
LISTS = ("states", "parameters", "assigned")


@dataclass(frozen=True)
class CachedEquations:
    """A model's constants and equations by id, and the code of its functions."""

    constants: Mapping[str, float]
    equations: Mapping[str, Equation]
    code: EquationCode

    def to_bytes(self) -> bytes:
        """As JSON, a line for each id and for each line of code."""
        code = {
            **{name: list(getattr(self.code, name)) for name in LISTS},
            "text": self.code.text.split("\n"),
        }
        equations = [
            [one.id, one.formula, sorted(one.names), dict(one.participants), one.reaction]
            for one in self.equations.values()
        ]
        entry = {"constants": dict(self.constants), "equations": equations, "code": code}
        return json.dumps(entry, ensure_ascii=False, indent=0).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> CachedEquations:
        """Read back.

        Raises
        ------
        ValueError
            For anything that has not the form of what `to_bytes` gives.
        """
        found = _keys(json.loads(content), ("constants", "equations", "code"))
        code = _keys(found["code"], (*LISTS, "text"))
        text = "\n".join(_texts(code["text"]))
        code = EquationCode(*(_texts(code[name]) for name in LISTS), text=text)
        _ = code.functions  # checks the text
        constants = _numbers(found["constants"])
        if not isinstance(found["equations"], list):
            raise ValueError("no list of equations")
        equations = [_equation(one, constants) for one in found["equations"]]
        return cls(constants, MappingProxyType({one.id: one for one in equations}), code)


def _equation(found: Any, constants: Collection[str]) -> Equation:
    match found:
        case [str(key), str(formula), list() as names, dict() as sides, bool(reaction)]:
            participants = MappingProxyType(_numbers(sides))
            changes = {name: one for name, one in participants.items() if name not in constants}
            names = frozenset(_texts(names))
            return Equation(key, formula, names, MappingProxyType(changes), participants, reaction)
    raise ValueError("no equation")


def cached_equations(
    reasons: Iterable[str | bytes], make: Callable[[], CachedEquations]
) -> CachedEquations:
    """What `make` gives, from disk if the same was made before for the same reasons.

    Parameters
    ----------
    reasons : everything that the equations depend on
    make : called when there is no entry, or none that can be trusted
    """
    cache, key = DiskCache.of(CACHE), key_of(reasons)
    content = cache.read(key)
    if content is not None:
        with suppress(ValueError, RecursionError):
            return CachedEquations.from_bytes(content)
    made = make()
    cache.write(key, made.to_bytes())
    return made


def _keys(found: Any, names: Iterable[str]) -> dict[str, Any]:
    if not isinstance(found, dict) or set(found) != set(names):
        raise ValueError("an entry of the cache has other keys")
    return found


def _texts(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("no list of texts")
    return tuple(found)


def _numbers(found: Any) -> dict[str, float]:
    if not isinstance(found, dict) or not all(
        isinstance(one, float) and math.isfinite(one) for one in found.values()
    ):
        raise ValueError("no numbers by id")
    return found
