"""Drugs in the body: the place that each antibody takes, what it sets there, who gets which dose.

A trial, a patient file and an experiment name a drug of `drugs.tsv`, with a dose of their own or
the usual one, which goes by age and weight. Antibodies take two places; a tablet is an input.
What is not known of a drug, its half-effective level, is drawn once per world.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.engine import Hold
from gutskin.errors import InputError, Problem
from gutskin.model.biology import Biology
from gutskin.model.drugs import (
    JAK,
    PLACES,
    Tier,
    drugs,
    is_oral,
    place_values,
    read_ids,
    state_of,
    targets_of,
    tiers_of,
    unread_targets,
)
from gutskin.model.rows import Row
from gutskin.model.topicals import AS_NEEDED, PER_DAY, TWICE_WEEKLY, inputs_of, topicals
from gutskin.population.calendar import DoseCalendar, Exposure, Injection, in_days, injection_days
from gutskin.population.streams import Keys, draw
from gutskin.toml_text import Found

if TYPE_CHECKING:
    from gutskin.model.model import Model

DUPILUMAB = "dupilumab"  # has a short form of its own in files
ORAL_INPUT = "oral_jak"
DAYS_PER_WEEK = 7.0
DAYS_PER_YEAR = 365.25
WIDTH = 2 * 1.959963984540054  # from 2.5% to 97.5% of a normal, in sd
FAR = 1e6  # kg for a year: the age decides before the weight


def drug_of(dose: Any) -> str | None:
    """The id of the drug that a dose of a file names; None of anything else."""
    if dose.kind == "drug":
        return str(dose.name)
    return DUPILUMAB if dose.kind == "dupilumab" else None


def antibodies_of(doses: Iterable[Any], table: Mapping[str, Row]) -> list[str]:
    """Every antibody that somebody receives once, in the order of the file.

    Parameters
    ----------
    table : the rows of drugs.tsv
    """
    names = dict.fromkeys(name for one in doses if (name := drug_of(one)) is not None)
    return [name for name in names if name in table and not is_oral(table[name])]


def drug_places(doses: Iterable[Any], table: Mapping[str, Row]) -> dict[str, int]:
    """The place (1 or 2) of every antibody that somebody receives, in the order of the file.

    Parameters
    ----------
    table : the rows of drugs.tsv

    Raises
    ------
    InputError
        For more than two antibodies.
    """
    antibodies = antibodies_of(doses, table)
    if len(antibodies) > PLACES:
        what = f"{len(antibodies)} antibodies ({', '.join(antibodies)}); there are {PLACES} places."
        raise InputError(Problem(what, remedy="Take drugs out, or put them into other arms."))
    return {name: place for place, name in enumerate(antibodies, start=1)}


NONE_BEFORE: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class Series:
    """The doses of one drug for one kind of people.

    Parameters
    ----------
    tier : whom they are for, what each amount is (mg), and how often
    usual : whether it is the usual dose of the table, which goes by age and weight
    """

    tier: Tier
    usual: bool


def series_of(dose: Any, row: Row) -> tuple[Series, ...]:
    """What a dose of a file comes to: its own amounts, or the usual ones, tier by tier.

    Parameters
    ----------
    dose : of the kind drug or dupilumab
    row : of drugs.tsv
    """
    if dose.dose_mg is None:
        return tuple(Series(tier, usual=True) for tier in tiers_of(row))
    weeks = _weeks(dose)
    loading = dose.dose_mg if dose.loading_mg is None else dose.loading_mg
    count = getattr(dose, "loading_doses", 1)
    own = Tier(0.0, np.inf, 0.0, np.inf, loading, count, dose.dose_mg, weeks)
    return (Series(own, usual=False),)


def _weeks(dose: Any) -> float:
    days = getattr(dose, "every_days", None)
    weeks = getattr(dose, "every_weeks", None)
    return float(days) / DAYS_PER_WEEK if days is not None else float(weeks or 1.0)


def occupancy(row: Row, mg_per_day: float) -> float:
    """Mean occupancy of JAK1 over a day by a tablet: `jak1 * dose / (ec50 + dose)`."""
    return row.number(JAK) * mg_per_day / (row.number("ec50") + mg_per_day)


def drug_doses(
    number: int, dose: Any, row: Row, place: int | None, start: float, end: float, last: float
) -> Iterator[Injection | Exposure]:
    """The injections of a drug, or the days of a tablet.

    Parameters
    ----------
    number : of the dose in its file
    place : of an antibody
    start, end : from and until when it is given (days); the end excluded, it may be infinite
    last : the last day on which a dose may fall (days), included
    """
    name = row.id
    for one in series_of(dose, row):
        tier = one.tier
        people = tier if one.usual else None
        if is_oral(row):
            level = occupancy(row, tier.dose)
            yield Exposure(number, name, ORAL_INPUT, None, start, end, level, people)
            continue
        assert place is not None
        every = getattr(dose, "every_days", None) or in_days(tier.weeks, DAYS_PER_WEEK)
        for count, day in enumerate(injection_days(start, end, every, last=last)):
            amount = tier.loading if count < tier.loadings else tier.dose
            state = state_of(row, place)
            yield Injection(number, name, state, count, day, amount, people)


def cream_exposures(
    number: int, dose: Any, row: Row, start: float, end: float
) -> Iterator[Exposure]:
    """The inputs that a cream moves, from `start` to `end` (days).

    Parameters
    ----------
    number : of the dose in its file
    row : of topicals.tsv
    """
    for name, level in inputs_of(row, dose.use).items():
        often = PER_DAY[dose.use]
        yield Exposure(number, dose.kind, name, None, start, end, level, per_day=often)


def _cream_problems(doses: Mapping[int, Any], biology: Biology) -> Iterator[Found]:
    """Creams that cannot be used so, or of which no equation takes notice."""
    table = topicals(biology)
    for number, dose in doses.items():
        if dose.kind != "topical" or dose.name not in table or dose.use is None:
            continue
        row = table[dose.name]
        if dose.use in (AS_NEEDED, TWICE_WEEKLY) and not row.number(dose.use, 0.0):
            what = f"{dose.name} is not used {dose.use.replace('_', ' ')}."
            yield (number, "use"), what, "Write another use, or another cream."
            continue
        unread = [name for name in inputs_of(row, dose.use) if name not in read_ids(biology)]
        if unread:
            what = f"{dose.name} moves {', '.join(unread)}, and no equation of this model reads it."
            yield (number, "kind"), what, "Take it out: it would do nothing."


def in_tier(
    people: Tier | None, every: Iterable[Tier], age_years: Any, kg: Any
) -> np.ndarray | float:
    """Who gets the dose of a tier [patient], 1 or 0; everybody without one.

    Nobody is left without a dose: who fits no tier gets that of the nearest age, then weight.

    Parameters
    ----------
    every : all tiers of the drug
    age_years, kg : of the patients, numbers or Array [patient]
    """
    if people is None:
        return 1.0
    tiers = tuple(every)
    away = np.stack([
        FAR * _beyond(one.age_low, one.age_high, age_years) + _beyond(one.kg_low, one.kg_high, kg)
        for one in tiers
    ])  # fmt: skip
    nearest = len(tiers) - 1 - np.argmin(away[::-1], axis=0)  # on an edge the older, the heavier
    return (nearest == tiers.index(people)).astype(float)


def _beyond(low: float, high: float, value: Any) -> np.ndarray:
    value = np.asarray(value, float)
    return np.maximum(0.0, low - value) + np.maximum(0.0, value - high)


def share_given(one: Injection, table: Mapping[str, Row], parameters: Mapping[str, Any]) -> Any:
    """Which share of an injection reaches the body of whom, number or Array [patient].

    The bioavailability, for those whose tier it is, times his weight of an amount a kilogram.

    Parameters
    ----------
    parameters : of the patients; their age on day 0 and their weight, where tiers ask for them
    """
    return table[one.kind].number("bioavailability") * _times(one, table, parameters)


def one_level(
    exposures: Iterable[Exposure], table: Mapping[str, Row], parameters: Mapping[str, Any]
) -> list[Exposure]:
    """Exposures without tiers or weights: what people of several take is one level [patient].

    Parameters
    ----------
    parameters : as in `share_given`
    """
    found: dict[tuple[Any, ...], Exposure] = {}
    for one in exposures:
        key = (one.dose, one.moves, one.start, one.end)
        level: Any = one.level
        if one.people is not None or one.per_kg:
            level = one.level * _times(one, table, parameters)
        if key in found:
            level = found[key].level + level
        found[key] = replace(one, level=level, people=None, per_kg=False)
    return list(found.values())


def _times(
    one: Injection | Exposure, table: Mapping[str, Row], parameters: Mapping[str, Any]
) -> Any:
    """How many times what is written somebody gets: once if his tier does, or by his weight."""
    kg = np.asarray(parameters["body_weight"], float) if one.per_kg else 1.0
    if one.people is None:
        return kg
    age = np.asarray(parameters["age_at_start"], float) / DAYS_PER_YEAR
    found = in_tier(one.people, tiers_of(table[one.kind]), age, parameters["body_weight"]) * kg
    return found if np.ndim(found) else float(found)


def drug_traits(biology: Biology, places: Mapping[str, int]) -> dict[str, float]:
    """What the antibodies in their places set there, each at its centre: parameter id -> value."""
    table = drugs(biology)
    return {
        name: value
        for drug, place in places.items()
        for name, value in place_values(table[drug], place).items()
    }


def placed_drugs(
    model: Model, doses: Iterable[Any], replicates: np.ndarray, seed: int
) -> dict[str, np.ndarray]:
    """The same for every replicate (world): parameter id -> Array [replicate].

    The half-effective level is drawn within its width, by a stream of the drug's name: the same
    in every arm, place and trial.
    """
    table = drugs(model.biology)
    places = drug_places(doses, table)
    found = {
        name: np.full(len(replicates), value)
        for name, value in drug_traits(model.biology, places).items()
    }
    if not places:
        return found
    keys = np.asarray(replicates, np.uint32)[:, None]
    z = draw(seed, [f"drug/{name}/ec50" for name in places], keys)[:, :, 0]
    for number, (name, place) in enumerate(places.items()):
        row = table[name]
        width = np.log(row.number("ec50_high") / row.number("ec50_low")) / WIDTH
        found[f"ec50_drug_{place}"] = row.number("ec50") * np.exp(z[number] * width)
    return found


def neutralised(
    model: Model,
    calendar: DoseCalendar,
    places: Mapping[str, int],
    seed: int,
    keys: Keys,
    end: float,
    begun: Mapping[str, float] = NONE_BEFORE,
) -> list[Hold]:
    """What antibodies against an antibody take of it away, in those who make them.

    Parameters
    ----------
    places : drug -> its place
    keys : Array [patient, word]
    end : last day (days)
    begun : drug -> day of its first injection before the calendar, below 0
    """
    conduct = model.tables.conduct
    found = []
    for name, place in places.items():
        first = min((one.day for one in calendar.injections if one.kind == name), default=end)
        start = begun.get(name, first) + conduct["antidrug_days"].number("value")
        start = max(start, 0.0)
        if start < end:
            share = drugs(model.biology)[name].number("ada_share", 0.0)
            who = draw(seed, [f"drug/{name}/antibodies"], keys, kind="uniform")[0, :, 0] < share
            taken = conduct["antidrug_takes"].number("value") * who
            found.append(Hold(f"neutralised_drug_{place}", start, end, taken))
    return found


def drug_problems(
    doses: Mapping[int, Any], biology: Biology, youngest: float | None
) -> Iterator[Found]:
    """What is wrong with drugs and creams that somebody receives.

    Parameters
    ----------
    doses : number in the file -> a dose whose form is right
    youngest : age of the youngest who receives them (years), if it is known

    Returns
    -------
    problems whose place is (number, key)
    """
    table = drugs(biology)
    antibodies: dict[str, int] = {}
    for number, dose in doses.items():
        name = drug_of(dose)
        if name not in table:
            continue
        row = table[name]
        if not is_oral(row):
            antibodies.setdefault(name, number)
        if dose.kind == "drug":
            for key, what, remedy in _dose_problems(dose, row, youngest):
                yield (number, key), what, remedy
        if len(unread := unread_targets(row, biology)) == len(targets_of(row)):
            what = f"{name} acts on {', '.join(unread)}, and no equation of this model reads that."
            yield (number, "kind"), what, "Take it out: it would do nothing."
    if len(antibodies) > PLACES:
        what = f"{len(antibodies)} antibodies are given ({', '.join(antibodies)}); there are places"
        remedy = "Take drugs out, or give them to others."
        yield (list(antibodies.values())[PLACES], "kind"), f"{what} for {PLACES}.", remedy
    yield from _cream_problems(doses, biology)


def _own_dose(row: Row) -> str:
    """The keys by which a file gives a dose of its own."""
    return "`dose_mg`, the amount of a day," if is_oral(row) else "`dose_mg` and `every_weeks`"


def _dose_problems(
    dose: Any, row: Row, youngest: float | None
) -> Iterator[tuple[str, str, str | None]]:
    """What is wrong with the amounts of one drug: key, what, remedy."""
    own = dose.dose_mg is not None
    if is_oral(row):
        for key in ("loading_mg", "every_weeks"):
            if getattr(dose, key) is not None:
                what = f"{row.id} is a tablet of every day; it has no `{key}`."
                yield key, what, "Write the amount of a day as `dose_mg`."
    elif own and dose.every_weeks is None:
        yield "dose_mg", f"how often {row.id} is given is missing.", "Add `every_weeks = ...`."
    for key in ("loading_mg", "every_weeks"):
        if not own and getattr(dose, key) is not None:
            what = f"`{key}` without `dose_mg`: the usual dose of {row.id} has its own."
            yield key, what, "Write `dose_mg` too, or leave all of them out."
    if own:
        return
    tiers = tiers_of(row)
    if not tiers:
        what = f"drugs.tsv has no usual dose of {row.id}."
        yield "name", what, f"Write {_own_dose(row)}."
        return
    first = min(tier.age_low for tier in tiers)
    if youngest is not None and youngest < first:
        what = f"{row.id} has a usual dose from {first:g} years on; the youngest here are "
        what += f"{youngest:.2g} years old."
        yield "name", what, f"Write {_own_dose(row)} to give it all the same."
