"""Arguments of calls from Python: what is of another kind than is asked for is told at the door.

Each function gives the plain Python value, so that numbers of numpy work everywhere.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

from gutskin.errors import InputError, Problem, nearest
from gutskin.media import shortened


def whole_number(name: str, value: Any) -> int:
    """A whole number, of numpy too; neither text nor a yes or no.

    Raises
    ------
    InputError
        For anything else, with the value and what may stand there.

    Examples
    --------
    >>> whole_number("seed", 3)
    3
    >>> whole_number("replicates", "3")
    Traceback (most recent call last):
    ...
    gutskin.errors.InputError: replicates is '3': it takes a whole number.
    """
    try:
        if not _is_switch(value):
            return operator.index(value)
    except TypeError:
        pass
    raise _wrong(name, value, "a whole number")


def finite_number(name: str, value: Any) -> float:
    """A number, of numpy too; neither text, nor infinite, nor NaN.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> finite_number("budget", 200_000)
    200000.0
    """
    try:
        number = float(value) if isinstance(value, Real) and not _is_switch(value) else math.nan
    except OverflowError:
        number = math.inf
    if math.isfinite(number):
        return number
    raise _wrong(name, value, "a number")


def switch(name: str, value: Any) -> bool:
    """True or False; nothing that merely counts as one of them.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> switch("overwrite", True)
    True
    """
    if _is_switch(value):
        return bool(value)
    raise _wrong(name, value, "True or False")


def one_of(name: str, value: Any, known: Sequence[str]) -> str:
    """One of a few words.

    Raises
    ------
    InputError
        For any other; suggests the nearest.

    Examples
    --------
    >>> one_of("stance", "artcle", ["evidence", "article"])
    Traceback (most recent call last):
    ...
    gutskin.errors.InputError: stance 'artcle' is not known. Did you mean 'article'?
    """
    if isinstance(value, str) and value in known:
        return str(value)
    remedy = nearest(value if isinstance(value, str) else "", known)
    raise InputError(Problem(f"{name} {_shown(value)} is not known.", remedy=remedy))


def text(name: str, value: Any) -> str:
    """A text, which may be empty.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> text("command", "gutskin trial")
    'gutskin trial'
    """
    if isinstance(value, str):
        return str(value)
    raise _wrong(name, value, "a text")


def path_to(name: str, value: Any, what: str) -> Path:
    """A path, as text or as a `Path`.

    Parameters
    ----------
    what : lies there, for the message

    Raises
    ------
    InputError
        For anything else, and for an empty text.

    Examples
    --------
    >>> path_to("biology", 3, "a folder")
    Traceback (most recent call last):
    ...
    gutskin.errors.InputError: biology is 3: it takes the path of a folder.
    """
    plain = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if isinstance(plain, str) and plain:
        return Path(plain)
    raise _wrong(name, value, f"the path of {what}")


def figure_path(path: Any) -> Path:
    """The file of a figure.

    Raises
    ------
    InputError
        If it ends in anything but .svg or .png.
    """
    file = path_to("path", path, "an .svg or .png file")
    if file.suffix not in (".svg", ".png"):
        what = f"{file}: a figure is an .svg or a .png file."
        raise InputError(Problem(what, remedy="Write a name with one of these endings."))
    return file


def several(name: str, values: Any, what: str) -> list[Any]:
    """The members of a list, an array or whatever else has one after another; text is none.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> several("n", range(20, 60, 20), "numbers of patients")
    [20, 40]
    """
    if isinstance(values, Iterable) and not isinstance(values, str | bytes | os.PathLike):
        try:
            return list(values)
        except TypeError:  # an array without a dimension
            pass
    raise _wrong(name, values, f"a list of {what}")


def _is_switch(value: Any) -> bool:
    return type(value).__name__ in ("bool", "bool_")  # numpy's too, which is not imported for it


def _shown(value: Any) -> str:
    return shortened(repr(value))


def _wrong(name: str, value: Any, takes: str) -> InputError:
    return InputError(Problem(f"{name} is {_shown(value)}: it takes {takes}."))
