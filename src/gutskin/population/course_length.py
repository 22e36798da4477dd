"""How long somebody is followed: what a command or a call may ask for."""

from __future__ import annotations

from collections.abc import Iterator

from gutskin.arguments import whole_number
from gutskin.errors import InputError, Problem
from gutskin.media import counted
from gutskin.model.domains import limits


def length_problems(days: float) -> Iterator[tuple[str, str]]:
    """What is wrong with following somebody for so long."""
    most = limits()["days"].high
    if days > most:
        yield (
            f"{days:,.0f} days are too long; nobody is followed for more than {most:,.0f}.",
            "Write fewer days.",
        )


def check_days(days: int | None) -> int | None:
    """How long somebody is to be followed, if not as long as his file says.

    Raises
    ------
    InputError
        for what is no whole number of days, none at all, or more than the row `days` of limits.tsv
    """
    found = days_asked(days)
    if found is not None:
        problems = [Problem(what, None, None, fix) for what, fix in length_problems(found)]
        if problems:
            raise InputError(problems)
    return found


def days_asked(days: int | None) -> int | None:
    """A number of days from 1 on, however many, if one is asked for.

    Raises
    ------
    InputError
        for what is no whole number of days, and for none at all
    """
    found = None if days is None else whole_number("days", days)
    if found is not None and found < 1:
        what = f"{counted(found, 'day')}: nobody is followed for less than one."
        raise InputError(Problem(what, remedy="Write 1 or more."))
    return found
