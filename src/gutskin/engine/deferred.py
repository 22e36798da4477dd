"""Vectors written where they are first used, so that few registers are taken at a time.

The base of rematerialisation: what can be read or computed again need not be kept alive.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gutskin.engine.vector_ir import Vec


class Deferred:
    """A vector that is written where it is first used, after what it is made of.

    Parameters
    ----------
    make : writes it
    operands : what `make` is given, vectors by then
    """

    __slots__ = ("made", "make", "operands")

    def __init__(self, make: Callable[..., Vec], *operands: Vec | Deferred) -> None:
        self.make, self.operands = make, operands
        self.made: Vec | None = None

    def get(self) -> Vec:
        """The vector."""
        waiting: list[Deferred] = [self]
        while waiting:
            last = waiting[-1]
            open_ = [one for one in last.operands if isinstance(one, Deferred) and one.made is None]
            if open_:
                waiting.append(open_[0])
            else:
                if last.made is None:
                    last.made = last.make(*map(_made, last.operands))
                waiting.pop()
        assert self.made is not None
        return self.made


def _made(value: Vec | Deferred) -> Any:
    return value.made if isinstance(value, Deferred) else value


def materialised(value: Vec | Deferred) -> Vec:
    """A vector, written by now."""
    return value.get() if isinstance(value, Deferred) else value


def immediate(equation: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """An operation on vectors, written where it stands."""
    return lambda *operands: function(*map(materialised, operands))


def deferred(equation: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """An operation on vectors, written where its result is first used."""
    return partial(Deferred, function)
