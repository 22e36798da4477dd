"""The dose calendar: what a person is given, counted and dated, before anything is computed.

What lasts (a cream, a mix of strains, a diet) is an `Exposure` from a day to a day; what is given
at a moment is an `Injection` with its number and day. Trials, patient files and experiments all
make calendars of their doses, so that one set of rules holds for them: nothing is given twice at a
time, nothing beyond what a person can take.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gutskin.model.drugs import Tier

ALWAYS = (-math.inf, math.inf)
MOST_INJECTIONS = 20_000  # in one calendar; a batch stops at each of them


@dataclass(frozen=True)
class Exposure:
    """Something that lasts, from `start` (included) to `end` (excluded).

    Parameters
    ----------
    dose : number of its table in the file, from 0
    kind : of the file
    input : id of the input that it moves; "" for strains
    strain : id, and whether it lives; of a product only
    start, end : (days); infinity means for good
    level : (unit of the input; GCFU a day of one strain)
    people : those of a tier of ages and weights who take it; everybody without one
    per_kg : whether the level is for each kilogram of a person
    share : of it that is taken, a number or Array [patient]: 0 of who has stopped
    per_day : how many doses a day has, as they are counted
    """

    dose: int
    kind: str
    input: str
    strain: tuple[str, bool] | None
    start: float
    end: float
    level: float
    people: Tier | None = None
    per_kg: bool = False
    share: Any = 1.0
    per_day: float = 1.0

    @property
    def moves(self) -> str:
        """What no other exposure may move at the same time."""
        if self.strain is None:
            return self.input
        key, viable = self.strain
        return f"strain {key}" if viable else f"killed strain {key}"


@dataclass(frozen=True)
class Injection:
    """An amount given at a moment.

    Parameters
    ----------
    dose, kind : as of an `Exposure`
    state : id of the state that it is given into
    number : from 0, within its table
    day : (days)
    amount : (unit of the state)
    people : those of a tier of ages and weights who get it; everybody without one
    per_kg : whether the amount is for each kilogram of a person
    """

    dose: int
    kind: str
    state: str
    number: int
    day: float
    amount: float
    people: Tier | None = None
    per_kg: bool = False


@dataclass(frozen=True)
class MothersProduct:
    """Strains that the mother of a newborn takes.

    Parameters
    ----------
    dose : as of an `Exposure`
    strains : id, and whether it lives
    gcfu_per_day : of the whole mix (GCFU/d)
    before : how long before birth she has taken it (days)
    start, end : while she nurses, from birth on (days); the same where she does not take it then
    """

    dose: int
    strains: tuple[tuple[str, bool], ...]
    gcfu_per_day: float
    before: float
    start: float
    end: float


@dataclass(frozen=True)
class DoseCalendar:
    """All that one person, or every patient of an arm, is given; and his mother.

    Examples
    --------
    >>> calendar = DoseCalendar((Exposure(0, "pollen", "pollen", None, 0, 28, 1.0),))
    >>> [len(courses) for courses in calendar.by_input().values()], calendar.strains()
    ([1], ())
    """

    exposures: tuple[Exposure, ...] = ()
    injections: tuple[Injection, ...] = ()
    mother: tuple[MothersProduct, ...] = ()

    def by_input(self) -> Mapping[str, list[Exposure]]:
        """The exposures of every input, in the order of time; strains are none."""
        found: dict[str, list[Exposure]] = {}
        for one in sorted(self.exposures, key=lambda each: each.start):
            if one.strain is None:
                found.setdefault(one.input, []).append(one)
        return found

    def strains(self) -> tuple[tuple[str, bool], ...]:
        """Every strain once, in the order of the file."""
        return tuple(dict.fromkeys(one.strain for one in self.exposures if one.strain is not None))


def injection_count(start: float, end: float, every: float) -> int:
    """How many injections fall from `start` (included) to `end` (excluded).

    Counted with the numbers as they are written, so that none falls on an end that is excluded.

    >>> injection_count(1, 7.3, 0.7), injection_count(1, 1.3, 0.1), injection_count(0, 16, 2)
    (9, 3, 8)
    """
    first, last, step = (_exact(value) for value in (start, end, every))
    return max(0, math.ceil((last - first) / step))


def injection_days(
    start: float, end: float, every: float, days: float = 1.0, last: float = math.inf
) -> list[float]:
    """The days of injections from `start` (included) to `end` (excluded).

    Parameters
    ----------
    start, end, every : in units of `days` days; `end` may be infinite if `last` is not
    days : of a unit, 7 for weeks
    last : the last day on which one may fall (days), included

    >>> injection_days(0, 4, 2, days=7), injection_days(1, 1.3, 0.1)
    ([0.0, 14.0], [1.0, 1.1, 1.2])
    """
    if math.isinf(start) or math.isinf(every):  # more than a number can be: once, or never
        return [] if math.isinf(start) else [in_days(start, days)]
    first, step, unit = _exact(start), _exact(every), _exact(days)
    counts = [] if math.isinf(end) else [injection_count(start, end, every)]
    if not math.isinf(last):
        counts.append(max(0, math.floor((_exact(last) / unit - first) / step) + 1))
    return [float((first + number * step) * unit) for number in range(min(counts))]


def _exact(value: float) -> Fraction:
    """A number as it is written: 0.7 is seven tenths."""
    return Fraction(repr(float(value)))


def in_days(value: float, unit: float) -> float:
    """So many units of `unit` days, without the rounding of a computer: 0.7 weeks are 4.9 days."""
    if math.isinf(value * unit):
        return value * unit  # more than a number can be: refused where days are counted
    return float(_exact(value) * _exact(unit))


@dataclass(frozen=True)
class Move:
    """Something of a file that moves an input for a while.

    Parameters
    ----------
    place : in the file
    words : what it is, for a message
    start, end : (days)
    """

    place: tuple[str | int, ...]
    words: str
    start: float
    end: float


def overlaps(moves: Mapping[str, Sequence[Move]]) -> Iterator[tuple[Move, Move]]:
    """Pairs that move one input at the same time, the later of the file first; each pair once.

    The work grows with the file: each is compared with the one before it that lasts longest.

    Parameters
    ----------
    moves : input -> what moves it, in the order of the file
    """
    pairs_named: set[frozenset[tuple[str | int, ...]]] = set()
    for of_input in moves.values():
        lasting, last = None, -1
        in_time = sorted(enumerate(of_input), key=lambda pair: (pair[1].start, pair[1].end))
        for number, one in in_time:
            if lasting is not None and one.start < lasting.end and one.place != lasting.place:
                pair = frozenset((one.place, lasting.place))
                if pair not in pairs_named:
                    pairs_named.add(pair)
                    yield (one, lasting) if number > last else (lasting, one)
            if lasting is None or one.end > lasting.end:
                lasting, last = one, number


def span(start: float, end: float, unit: str) -> str:
    """When something lasts, in words.

    >>> span(7, float("inf"), "day"), span(*ALWAYS, "day")
    ('from day 7 to the end', 'all the time')
    """
    if math.isinf(start):
        return "all the time"
    return f"from {unit} {start:g} to " + ("the end" if math.isinf(end) else f"{unit} {end:g}")
