"""What is wrong with doses: too much for a person, for too long or too short, twice at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from gutskin.media import plain
from gutskin.model.antibiotics import USUAL
from gutskin.model.domains import limit_of, limits
from gutskin.population.calendar import (
    ALWAYS,
    MOST_INJECTIONS,
    Move,
    injection_count,
    overlaps,
    span,
)
from gutskin.population.doses import HELD, MINUTES_PER_DAY, SCALE, held_by
from gutskin.population.drugs import drug_of
from gutskin.population.mother import INPUTS as MOTHERS
from gutskin.population.strains import CFU_PER_GCFU
from gutskin.toml_text import Found

# kind -> keys, each with its row of limits.tsv and what one unit of the file is in the row's unit
AMOUNTS: dict[str, tuple[tuple[str, str, float], ...]] = {
    kind: ((key, name, SCALE.get(kind, 1.0)),) for kind, (name, key) in HELD.items()
} | {
    "washing": (("washes_per_day", "washes_per_day", 1.0),),
    "wash": (("minutes", "wash_minutes", 1.0),),
    "probiotic": (("cfu_per_day", "dose_strain_1", 1 / CFU_PER_GCFU),),
    "maternal_probiotic": (
        ("cfu_per_day", "dose_strain_1", 1 / CFU_PER_GCFU),
        ("weeks_before_birth", "weeks_before_birth", 1.0),
    ),
    **dict.fromkeys(
        ("drug", "dupilumab"),
        (("loading_mg", "drug_1_depot", 1.0), ("dose_mg", "drug_1_depot", 1.0)),
    ),
}
DAYS_PER_WEEK = 7.0
AFTER = "after the last day"
LATE = 5  # things that begin then, each with a message of its own
END = "End the first where the second starts, or write them as one."


def present(part: Any, *keys: str) -> bool:
    """Whether none of these keys of a part is wrong or missing."""
    return all(getattr(part, key, None) is not None for key in keys)


def called(dose: Any) -> str:
    """A dose in words; a drug, and an antibiotic other than the usual, by its name."""
    named = dose.kind in ("drug", "topical") or (dose.kind == "antibiotic" and dose.name != USUAL)
    if named and dose.name is not None:
        return str(dose.name).replace("_", " ")
    return str(dose.kind).replace("_", " ")


def amount_problems(dose: Any, kg: float = 1.0) -> Iterator[Found]:
    """Amounts that nobody can take; places are keys of the dose's table.

    Parameters
    ----------
    kg : weight of the heaviest, where amounts are for each kilogram
    """
    by_weight = getattr(dose, "per_kg", False)
    times = kg if by_weight else 1.0
    of_whom = f" a kilogram, for who weighs {kg:.3g} kg," if by_weight else ""
    for key, name, per in AMOUNTS.get(dose.kind, ()):
        if (value := getattr(dose, key, None)) is None:
            continue
        low, high = _range_in_file(name, per * times)
        unknown = not isinstance(value, int | float)  # a range in which the dose lies
        for place, one in (("low", value.low), ("high", value.high)) if unknown else (("", value),):
            if low <= one <= high:
                least = limits()["strain_trial_dose"].low / times
                if key == "cfu_per_day" and 0 < one < least:
                    what = f"`{place or key} = {plain(one)}`{of_whom} is less than any product has "
                    what += f"({plain(least, 3)} cells)."
                    fix = f"Write cells and not billions of them, such as `{place or key} = 1e10`."
                    yield ((key, place) if place else (key,)), what, fix
                continue
            shown = f"`{place or key} = {plain(one)}`{of_whom}"
            what = f"{shown} is more than a person can take ({low:g} to {plain(high)})."
            if one < low:
                what = f"{shown} is less than {low:g}, the least there is."
            yield ((key, place) if place else (key,)), what, "Write a number in that range."


@cache
def _range_in_file(name: str, per: float) -> tuple[float, float]:
    """The ends of a row of limits.tsv in the unit of a file."""
    limit = limit_of(name)
    assert limit is not None
    return float(f"{limit.low / per:.3g}"), float(f"{limit.high / per:.3g}")


def strain_problems(dose: Any) -> Iterator[Found]:
    """A mix that names a strain twice."""
    names = list(getattr(dose, "strains", None) or ())
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        what = f"the mix names {', '.join(twice)} more than once."
        yield ("strains",), what, "Name each strain once."


def mother_problems(doses: Mapping[int, Any], from_birth: bool, remedy: str) -> Iterator[Found]:
    """A mother's product for one who is not followed from birth, one of several, or never taken.

    Parameters
    ----------
    doses : number in the file -> a dose whose form is right
    remedy : how the file says that somebody is followed from birth

    Returns
    -------
    problems whose place is (number, key)
    """
    hers = {number: one for number, one in doses.items() if one.kind == "maternal_probiotic"}
    for place, (number, one) in enumerate(hers.items()):
        if not from_birth:
            what = "a mother's product reaches her child before birth and through milk; "
            yield (number, "kind"), what + "he is not followed from birth.", remedy
        if place:
            what = "the mother takes two products; her strains are heard as one."
            yield (number, "kind"), what, "Name all her strains in one."
        if one.while_nursing is False and one.weeks_before_birth == 0:
            what = "the mother takes it neither before birth nor while she nurses."
            yield (number, "while_nursing"), what, "Write `weeks_before_birth`, or take it out."


def times_problems(
    start: float, end: float, keys: tuple[str, str], unit: str, what: str, days: float = 1.0
) -> Iterator[Found]:
    """A span that ends before it starts, is over at once, or lies beyond what can be followed.

    Parameters
    ----------
    start, end : in units of `days` days
    keys : of start and end in the file
    unit : "day" or "week"
    what : in words
    """
    longest, shortest = limits()["days"].high, limits()["lasting_days"].low
    for key, value in zip(keys, (start, end), strict=True):
        if not math.isinf(value) and abs(value) * days > longest:
            message = f"`{key} = {value:g}`: nobody is followed for longer than {longest:g} days."
            yield (key,), message, "Write an earlier time; without an end it lasts for good."
            return
    if end <= start:
        message = f"{what} ends on {unit} {end:g} but starts on {unit} {start:g}."
        yield (keys[1],), message, "End it after its start."
    elif (end - start) * days < shortest:
        message = f"{what} is over within {shortest:g} days of its start."
        yield (keys[1],), message, "Let it last longer."


def late_problems(start: float | None, days: float, key: str, what: str) -> Iterator[Found]:
    """Something that begins after the last day, and so never happens.

    Parameters
    ----------
    start : when it begins (days)
    days : how long somebody is followed
    key : of the start in the file
    what : in words
    """
    if start is not None and days < start <= limits()["days"].high:
        message = f"{what} begins on day {start:g}, {AFTER}, {days:g}."
        yield (key,), message, "Let it begin earlier, or raise `days`."


def few_of_the_late(found: list[Found]) -> list[Found]:
    """The same problems; of many things that begin after the last day the first, and a count."""
    late = [one for one in found if f", {AFTER}, " in one[1]]
    if len(late) <= LATE + 1:
        return found
    left = {id(one) for one in late[LATE:]}
    what = f"this and {len(late) - LATE - 1:,} more begin {AFTER}."
    more = (late[LATE][0], what, "Let them begin earlier, or raise `days`.")
    return [*(one for one in found if id(one) not in left), more]


def injection_problems(
    start: float, end: float, every: float, key: str, days: float = 1.0
) -> Iterator[Found]:
    """Injections that come too close to each other, or too many of them; `end` is finite."""
    most = limits()["injections_per_day"].high
    if every * days * most < 1:
        what = f"`{key} = {every:g}`: nobody is given more than {most:g} injections a day."
        yield (key,), what, "Write a longer time."
        return
    count = injection_count(start, end, every)
    if count > MOST_INJECTIONS:
        what = f"`{key} = {every:g}` makes {count:,} injections; at most {MOST_INJECTIONS:,} fit."
        yield (key,), what, "Write a longer time, or an earlier end."


def dose_problems(
    doses: Mapping[int, Any], times: Mapping[int, Any], days: float
) -> Iterator[Found]:
    """What is wrong with the doses of a patient or of an experiment, each by itself.

    Parameters
    ----------
    doses : number in the file -> a dose whose form is right
    times : number in the file -> when a dose lasts, also of those that are wrong elsewhere
    days : how long he is followed

    Returns
    -------
    problems whose place is (number, key)
    """
    for number, dose in doses.items():
        found = [*amount_problems(dose), *strain_problems(dose)]
        if dose.kind == "wash" and dose.day is not None:
            found += times_problems(dose.day, math.inf, ("day", "day"), "day", "the wash")
            found += late_problems(dose.day, days, "day", "the wash")
        if drug_of(dose) is not None and present(dose, "start_day", "end_day"):
            last = min(dose.end_day, max(days, dose.start_day))
            for key, unit in (("every_days", 1.0), ("every_weeks", DAYS_PER_WEEK)):
                if (every := getattr(dose, key, None)) is not None and math.isfinite(last):
                    start, end = dose.start_day / unit, last / unit
                    found += injection_problems(start, end, every, key, unit)
        for place, what, remedy in found:
            yield (number, *place), what, remedy
    keys = ("start_day", "end_day")
    for number, lasts in times.items():
        words = f"the {called(doses[number])}" if number in doses else "it"
        for place, what, remedy in late_problems(lasts.start_day, days, "start_day", words):
            yield (number, *place), what, remedy
        if not present(lasts, "start_day", "end_day"):
            continue
        for place, what, remedy in times_problems(
            lasts.start_day, lasts.end_day, keys, "day", words
        ):
            yield (number, *place), what, remedy


def dose_moves(doses: Mapping[int, Any]) -> dict[str, list[Move]]:
    """Which doses move which input, and when; those that are over before they start move nothing.

    Single washes add to washing and to each other.
    """
    moves: dict[str, list[Move]] = {}
    for number, dose in doses.items():
        if dose.kind == "wash" or not present(dose, "start_day", "end_day"):
            continue
        if dose.end_day <= dose.start_day:
            continue
        words = f"{called(dose)} {span(dose.start_day, dose.end_day, 'day')}"
        one = Move((number, "start_day"), words, dose.start_day, dose.end_day)
        if dose.kind == "maternal_probiotic":
            if MOTHERS[0] in moves:
                continue  # two products are told of elsewhere
            always = Move((number, "start_day"), "the mother's product", *ALWAYS)
            moves |= {name: [always] for name in MOTHERS}
            continue
        if dose.kind == "probiotic":
            names = [f"{key}, {dose.viable}" for key in dose.strains or ()]
        else:
            names = [held_by(dose)] if dose.kind in HELD else [str(drug_of(dose) or dose.kind)]
            if dose.kind == "topical":  # one cream at a time, beside emollient
                names = ["topical", "topical_steroid"]
        for name in names:
            moves.setdefault(name, []).append(one)
    return moves


def wash_moves(doses: Mapping[int, Any]) -> list[Move]:
    """The minutes of single washes; a hold or a course of washing leaves no room for them."""
    return [
        Move((number, "day"), f"wash on day {dose.day:g}", dose.day,
             dose.day + dose.minutes / MINUTES_PER_DAY)
        for number, dose in doses.items()
        if dose.kind == "wash" and present(dose, "day", "minutes")
    ]  # fmt: skip


def overlap_problems(moves: Mapping[str, list[Move]]) -> Iterator[Found]:
    """What moves one input at the same time as another."""
    for here, there in overlaps(moves):
        yield here.place, f"{here.words} overlaps {there.words}.", END
