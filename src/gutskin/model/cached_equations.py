"""What is made of the tables and fragments, kept on disk between runs.

An entry is data in a fixed form: texts, numbers, ids, and two functions of plain arithmetic (see
`equation_code`). Whatever has another form is made anew.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from gutskin.disk_cache import DiskCache, key_of
from gutskin.model.equation_code import EquationCode

CACHE = "equations"
LISTS = ("states", "parameters", "assigned")


@dataclass(frozen=True)
class CachedEquations:
    """A model as SBML, its constants by id, and the code of its functions."""

    sbml: str
    constants: Mapping[str, float]
    code: EquationCode

    def to_bytes(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> CachedEquations:
        """Read back.

        Raises
        ------
        ValueError
            For anything that has not the form of what `to_bytes` gives.
        """
        found = _keys(json.loads(content), ("sbml", "constants", "code"))
        code = _keys(found["code"], (*LISTS, "text"))
        sbml, text = _text(found["sbml"]), _text(code["text"])
        equations = EquationCode(*(_ids(code[name]) for name in LISTS), text=text)
        _ = equations.functions  # checks the text
        return cls(sbml, _numbers(found["constants"]), equations)


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


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise ValueError("no text")
    return found


def _ids(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("no list of ids")
    return tuple(found)


def _numbers(found: Any) -> dict[str, float]:
    if not isinstance(found, dict) or not all(
        isinstance(one, float) and math.isfinite(one) for one in found.values()
    ):
        raise ValueError("no numbers by id")
    return found
