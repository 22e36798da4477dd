"""Results that cannot be changed by mistake: dictionaries and lists that refuse it.

They are dictionaries and lists, equal to plain ones, and go to JSON as these do. A copy
(`copy.deepcopy`, `dict(...)`, `list(...)`) can be changed.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

REMEDY = "a result cannot be changed; change a copy of it (copy.deepcopy)."


def _refuse(self: object, *_: object, **__: object) -> NoReturn:
    raise TypeError(REMEDY)


class FrozenDict(dict[str, Any]):
    """A dictionary that refuses to be changed."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        """A plain one, which can be changed."""
        return {key: copy.deepcopy(value, memo) for key, value in self.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickles."""
        return FrozenDict, (dict(self),)


class FrozenList(list[Any]):
    """A list that refuses to be changed."""

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        """A plain one, which can be changed."""
        return [copy.deepcopy(value, memo) for value in self]

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickles."""
        return FrozenList, (list(self),)


def unchangeable(value: Any) -> Any:
    """The same values so that nothing in them can be changed.

    Arrays become read-only and the fields of a dataclass unchangeable where they are; dictionaries
    and lists are new ones.

    Examples
    --------
    >>> one = unchangeable({"power": [{"n": 20}]})
    >>> one == {"power": [{"n": 20}]}
    True
    >>> one["power"][0]["n"] = 30
    Traceback (most recent call last):
    TypeError: a result cannot be changed; change a copy of it (copy.deepcopy).
    """
    if isinstance(value, Mapping):
        return FrozenDict({key: unchangeable(one) for key, one in value.items()})
    if isinstance(value, list):
        return FrozenList([unchangeable(one) for one in value])
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(unchangeable(one) for one in value)
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            object.__setattr__(value, one.name, unchangeable(getattr(value, one.name)))
    return value


def read_only(dataset: xr.Dataset) -> xr.Dataset:
    """The same dataset, whose numbers can no longer be written over."""
    for one in dataset.variables.values():
        unchangeable(one.values)
    return dataset
