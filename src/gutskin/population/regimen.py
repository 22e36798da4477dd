"""A dosing regimen in words: what a person is given of each thing, counted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from gutskin.media import plain
from gutskin.model.topicals import PER_DAY
from gutskin.model.vocabulary import Vocabulary
from gutskin.population.calendar import DoseCalendar
from gutskin.population.dose_checks import called
from gutskin.population.doses import HELD, MULTIPLES


@dataclass(frozen=True)
class Regimen:
    """What is given of one thing, counted.

    Parameters
    ----------
    what : in words
    amount : in words, with its unit
    first, last : the first and the last day on which it is given
    doses : how many: days of what is taken daily, or injections, or washes
    """

    what: str
    amount: str
    first: float
    last: float
    doses: int


def regimens(
    doses: Sequence[Any], calendar: DoseCalendar, days: float, names: Vocabulary
) -> tuple[Regimen, ...]:
    """Doses in the order of the file; injections of one amount are one regimen, and so are washes.

    Parameters
    ----------
    doses : of a trial's arm, a patient or an experiment
    calendar : of the same doses
    days : how long somebody is followed; what begins later is no part of it
    """
    found: list[Regimen] = []
    numbered = groupby(enumerate(doses), key=lambda one: _minutes(one[1]))
    for minutes, some in numbered:
        if minutes is None:
            for number, dose in some:
                found += _regimens(number, dose, calendar, days, names)
            continue
        when = sorted(dose.day for _, dose in some if dose.day <= days)
        if when:
            amount = f"{minutes:g} min"
            found.append(Regimen("single wash", amount, when[0], when[-1], len(when)))
    return tuple(found)


def to_json(
    doses: Sequence[Any], calendar: DoseCalendar, courses: Sequence[Regimen]
) -> dict[str, Any]:
    """Regimens, every injection and every single wash, as plain values."""
    return {
        "courses": [dict(one.__dict__) for one in courses],
        "injections": [
            {"day": one.day, "amount": one.amount, "number": one.number, "what": one.kind}
            | ({"per_kg": True} if one.per_kg else {})
            for one in calendar.injections
        ],
        "washes": [
            {"day": one.day, "minutes": one.minutes} for one in doses if _minutes(one) is not None
        ],
    }


def _minutes(dose: Any) -> float | None:
    """How long a single wash takes; None of what is none."""
    return float(dose.minutes) if dose.kind == "wash" else None


def _regimens(
    number: int, dose: Any, calendar: DoseCalendar, days: float, names: Vocabulary
) -> Iterator[Regimen]:
    """One dose of the file, counted."""
    injections = [one for one in calendar.injections if one.dose == number]
    for people, mine in groupby(injections, key=lambda one: one.people):
        whom = "" if people is None or not people.people else f" ({people.people})"
        for amount, of_amount in groupby(mine, key=lambda one: one.amount):
            some = list(of_amount)
            what, last = f"{_words(dose, names)}{whom}", some[-1].day
            unit = "mg a kilogram" if some[0].per_kg else "mg"
            yield Regimen(what, f"{amount:g} {unit}", some[0].day, last, len(some))
    for hers in (one for one in calendar.mother if one.dose == number):
        end = min(hers.end, days)
        counted = max(1, round(hers.before + max(0.0, end - hers.start)))
        first = -hers.before if hers.before else hers.start
        last = math.ceil(end) - 1.0 if end > hers.start else -1.0
        yield Regimen(_words(dose, names), _amount(dose)[0], first, max(first, last), counted)
    lasting = [one for one in calendar.exposures if one.dose == number]
    if lasting and lasting[0].start <= days:
        first, end = lasting[0].start, min(lasting[0].end, days)
        amount, daily = _amount(dose)
        amount += _by_rule(getattr(dose, "when", None))
        counted = max(1, round(daily * (end - first)))
        yield Regimen(_words(dose, names), amount, first, max(first, math.ceil(end) - 1.0), counted)


def _words(dose: Any, names: Vocabulary) -> str:
    """A dose in words."""
    if dose.kind in ("probiotic", "maternal_probiotic"):
        rows: Mapping[str, Any] = names.tables.strains
        codes = [rows[key].text("strain") or key if key in rows else key for key in dose.strains]
        whose = ", to the mother" if dose.kind == "maternal_probiotic" else ""
        return ", ".join(codes) + ("" if dose.viable else ", killed") + whose
    return called(dose)


def _by_rule(when: Any) -> str:
    """The rule by which something is used, in words; of a trial alone."""
    if when is None:
        return ""
    looked = "at visits" if when.every_days is None else f"every {when.every_days:g} days"
    ends = f"{when.at_least:g} or more until it is below {when.stays_from:g}"
    return f" at most: from where {when.score} is {ends}, decided {looked}"


def _amount(dose: Any) -> tuple[str, float]:
    """How much of it, and how often a day."""
    if dose.kind in ("probiotic", "maternal_probiotic"):
        unknown = not isinstance(dose.cfu_per_day, int | float)
        low, high = (dose.cfu_per_day.low, dose.cfu_per_day.high) if unknown else (0.0, 0.0)
        many = f"{plain(low)} to {plain(high)}" if unknown else plain(dose.cfu_per_day)
        return f"{many} CFU{_per_kg(dose)} a day{' (drawn)' if unknown else ''}", 1.0
    if dose.kind == "washing":
        return f"{dose.washes_per_day:g} times a day", float(dose.washes_per_day)
    if dose.kind in MULTIPLES:
        return f"{getattr(dose, HELD[dose.kind][1]):g} times the usual", 1.0
    if dose.kind in ("inulin", "lactulose"):
        return f"{dose.g_per_day:g} g{_per_kg(dose)} a day", 1.0
    if dose.kind == "topical":
        return str(dose.use).replace("_", " "), PER_DAY[dose.use]
    if dose.kind == "drug":  # a tablet
        return ("usual dose" if dose.dose_mg is None else f"{dose.dose_mg:g} mg a day"), 1.0
    if not hasattr(dose, "level"):  # a trial gives an antibiotic whole
        return "full course", 1.0
    return f"level {dose.level:g}", 1.0


def _per_kg(dose: Any) -> str:
    """That an amount goes by weight, in words; of a trial alone."""
    return " a kilogram" if getattr(dose, "per_kg", False) else ""
