"""What a command asks of a batch of patients, refused before it starts if it has no room."""

from __future__ import annotations

from collections.abc import Iterator

from gutskin.errors import InputError, Problem
from gutskin.media import counted
from gutskin.model.biology import Biology
from gutskin.model.vocabulary import vocabulary
from gutskin.population.course_length import length_problems
from gutskin.population.memory import memory_problem

NUMBER = 8  # bytes
COPIES = 2  # of the courses that are held at once


def check_batch(patients: int, days: int, rtol: float, biology: Biology) -> None:
    """Refuse a batch that is too long, too large or too exact to be computed.

    Raises
    ------
    InputError
        with all that is wrong
    """
    if problems := [*_problems(patients, days, rtol, biology)]:
        raise InputError(problems)


def _problems(patients: int, days: int, rtol: float, biology: Biology) -> Iterator[Problem]:
    for what, remedy in length_problems(days):
        yield Problem(what, None, None, remedy)
    if not 1e-12 <= rtol <= 0.1:
        what = f"a tolerance of {rtol:g}: it lies between 1e-12 and 0.1."
        yield Problem(what, None, None, "Write one in between.")
    size = COPIES * NUMBER * patients * len(vocabulary(biology).states) * (days + 1)
    what = f"{counted(patients, 'patient')} over {counted(days, 'day')}"
    found = memory_problem(float(size), what, "Write fewer patients or days.")
    if found is not None:
        yield found
