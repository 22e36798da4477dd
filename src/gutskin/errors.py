"""Errors of input: what is wrong, where, and what to do about it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gutskin.media import one_line, shortened
from gutskin.synonyms import also_called

_LONG = re.compile(r"[^\s/]{200,}")  # a word of a user's own that nobody reads to its end
MOST_PROBLEMS = 200  # lines that somebody may still want to read


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters
    ----------
    message : what is wrong, with the value that was found
    file : the file it stands in, if any
    line : its line, counted from 1, if known
    remedy : what to do
    """

    message: str
    file: str | Path | None = None
    line: int | None = None
    remedy: str | None = None

    def __str__(self) -> str:
        place = "" if self.file is None else str(self.file)
        if self.line is not None:
            place += f":{self.line}"
        message = _LONG.sub(lambda found: shortened(found[0]), self.message)
        text = f"{place}: {message}" if place else message
        return one_line(f"{text} {self.remedy}" if self.remedy else text)


class InputError(Exception):
    """The input was wrong; all problems of one file come together. Exit status 2.

    Examples
    --------
    >>> error = InputError(Problem("age_years is -1.", "child.toml", 4, "Write 0 or more."))
    >>> print(error)
    child.toml:4: age_years is -1. Write 0 or more.
    >>> error.problems[0].line
    4
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__()

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """Passed between processes by its problems, not by its text."""
        return type(self), (self.problems,)


def together(*checks: Callable[[], Any]) -> list[Any]:
    """What each check gives; what they refuse is told together, and once.

    Raises
    ------
    InputError
        With the problems of all checks.

    Examples
    --------
    >>> together(lambda: 1, lambda: 2)
    [1, 2]
    """
    results: list[Any] = []
    problems: list[Problem] = []
    for check in checks:
        try:
            results.append(check())
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    return results


def listed(problems: Sequence[Problem], most: int) -> Iterator[str]:
    """Problems as lines, at most so many; of the others how many they are.

    >>> list(listed([Problem("one"), Problem("two"), Problem("three")], 2))
    ['one', 'two', 'And 1 more problem.']
    """
    yield from map(str, problems[:most])
    if (more := len(problems) - most) > 0:
        yield f"And {more:,} more problem{'s' if more > 1 else ''}."


@contextmanager
def exit_on_input_error() -> Iterator[None]:
    """For scripts: what is wrong with the input, a line each, and exit status 2; no traceback."""
    try:
        yield
    except InputError as error:
        for line in listed(error.problems, MOST_PROBLEMS):
            print(line, file=sys.stderr)
        raise SystemExit(2) from None


LISTED = 40  # names in one sentence


def nearest(name: str, known: Sequence[str]) -> str:
    """A sentence that suggests the known name closest to the one given, or those that contain it.

    >>> nearest("placbo", ["placebo", "six_strain"])
    "Did you mean 'placebo'?"
    >>> nearest("strains", ["fibre", "probiotic"])
    "Did you mean 'probiotic'?"
    >>> nearest("age", ["total_ige", "age_years"])
    "Did you mean 'age_years'?"
    >>> nearest("tewl", ["tewl_of_lesional_skin", "tewl_of_other_skin", "scorad"])
    'Known, among others: tewl_of_lesional_skin, tewl_of_other_skin.'

    A code with another number is another thing, not a slip of the pen:

    >>> nearest("il4", ["scorad", "il5", "il6"]), nearest("easi57", ["easi50", "easi75"])
    ('Known, among others: il5, il6.', "Did you mean 'easi75'?")
    """
    folded = {one.casefold(): one for one in known}
    meant = [one for one in also_called(name) if one in known]
    if meant and name not in known:
        return f"Did you mean {' or '.join(map(repr, meant))}?"
    first = [one for one in known if one.casefold().startswith(f"{name.casefold()}_")]
    if name and name.casefold() not in folded and len(first) == 1:
        return f"Did you mean {first[0]!r}?"
    close = [name] if name in known else get_close_matches(name.casefold(), folded, 1, 0.5)
    kin = {} if name in known else _numbered(name, known)
    if swapped := [one for one, digits in kin.items() if sorted(digits) == sorted(_digits(name))]:
        return f"Did you mean {swapped[0]!r}?"
    if close and folded.get(close[0]) in kin:
        return f"Known, among others: {', '.join(sorted(kin))}."
    if close:
        return f"Did you mean {folded.get(close[0], close[0])!r}?"
    listed = [one for one in sorted(known) if name and name in one] or sorted(known)
    more = f" and {len(listed) - LISTED} more" if len(listed) > LISTED else ""
    others = ", among others" if len(listed) < len(known) else ""
    return f"Known{others}: " + ", ".join(listed[:LISTED]) + more + "."


def _digits(name: str) -> str:
    return re.sub(r"\D", "", name)


def _numbered(name: str, known: Sequence[str]) -> dict[str, str]:
    """Codes with the letters of another and a number of their own -> their digits.

    >>> _numbered("il4", ["il5", "il10", "itch", "il"])
    {'il5': '5', 'il10': '10'}
    """
    letters = re.sub(r"\d", "", name.casefold())
    same = (one for one in known if re.sub(r"\d", "", one.casefold()) == letters)
    return {one: _digits(one) for one in same if _digits(name) and _digits(one)}


def meant(name: str, known: Sequence[str]) -> str | None:
    """The one known name that another is taken for; None where there is none, or several.

    >>> meant("probotic", ["probiotic", "drug"]), meant("cream", ["probiotic", "drug"])
    ('probiotic', None)
    """
    found = re.fullmatch(r"Did you mean '([^']+)'\?", nearest(name, known))
    return None if found is None else found[1]


def short(remedy: str) -> str:
    """A remedy of `nearest` that does not list dozens of names.

    >>> short("Did you mean 'atopy'?"), short("Known: a, b.")
    ("Did you mean 'atopy'?", 'The tables of `gutskin/biology` have the names.')
    """
    return remedy if remedy.startswith("Did") else "The tables of `gutskin/biology` have the names."
