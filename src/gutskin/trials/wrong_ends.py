"""The end of a range that is right by itself, where the other end is not.

What a range asks for is looked at where its form is right. With one end that is no number, or below
nothing, the other may still be one that nobody has, and both are told at once.
"""

from __future__ import annotations

from typing import Any

from gutskin.toml_file import sound
from gutskin.trials.parts import Eligibility


def end_beside_a_wrong_one(key: str, ends: Any) -> tuple[int, float] | None:
    """The number of that end, 0 or 1, and its value; None where both are right, or both wrong.

    Parameters
    ----------
    key : of the criterion
    ends : as written in the file

    Examples
    --------
    >>> end_beside_a_wrong_one("age_years", [-1, 200]), end_beside_a_wrong_one("scorad", [0, "a"])
    ((1, 200.0), (0, 0.0))
    >>> end_beside_a_wrong_one("scorad", [20, 30]), end_beside_a_wrong_one("scorad", ["a", -1])
    (None, None)
    """
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        return None
    right = [_is_right(key, one) for one in ends]
    if right[0] == right[1]:
        return None
    number = right.index(True)
    return number, float(ends[number])


def _is_right(key: str, end: Any) -> bool:
    """Whether a number may be an end of a range."""
    return isinstance(end, int | float) and sound(Eligibility, {key: [end, end + 1]}) is not None
