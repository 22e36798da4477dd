"""What an intervention does: from the words of a trial file to a dose calendar, and to the model.

The strains of its products get their places and traits in `gutskin.population.strains`.

Which doses are taken is decided before (`doses_taken.py`): a calendar comes with its shares.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from gutskin.engine import Hold, Pulse, Schedule
from gutskin.model.antibiotics import antibiotics, input_of
from gutskin.model.drugs import PLACES as DRUG_PLACES
from gutskin.model.drugs import drugs
from gutskin.model.rows import Row
from gutskin.model.topicals import ON_SIGHT, POTENCY, topicals
from gutskin.population.calendar import DoseCalendar, Exposure, Injection, MothersProduct, in_days
from gutskin.population.doses import HELD, MULTIPLES, SCALE, held_by, mothers_product
from gutskin.population.drugs import (
    ORAL_INPUT,
    cream_exposures,
    drug_doses,
    drug_of,
    drug_places,
    one_level,
    placed_drugs,
    share_given,
)
from gutskin.population.mother import INPUTS as MOTHERS
from gutskin.population.mother import mothers_holds, products_of, strains_of
from gutskin.population.strain_places import PLACES, leads_of, places_for
from gutskin.population.strains import CFU_PER_GCFU
from gutskin.population.streams import draw
from gutskin.trials import intervention_parts as trial
from gutskin.trials.doses_taken import AROUND

if TYPE_CHECKING:
    from gutskin.model.model import Model
    from gutskin.model.tables import Tables

DAYS_PER_WEEK = 7.0

NOTHING: Mapping[str, Any] = MappingProxyType({})
NO_DOSES: Mapping[int, np.ndarray] = MappingProxyType({})
AFTER_A_VISIT = (2.0, 5.0, 10.0, 20.0)  # days at which adherence to a cream takes a step
CREAM_KINDS = ("topical", "topical_steroid", "emollient")
CREAMS = ("emollient", "topical_steroid")  # used beside whatever else a patient uses


@cache
def moved(model: Model) -> tuple[str, ...]:
    """The inputs that some trial may move: named, all simulations share one compiled function."""
    return (
        "stress", "activity", *CREAMS, "diet_fibre", "dose_inulin", "dose_lactulose", "washing",
        "bleach_bath", "food_on_skin", "food_early", "food_avoided", "diet_protein",
        "allergen_skin", "pollen", "cons_transplant",
        ORAL_INPUT, *(f"neutralised_drug_{place}" for place in range(1, DRUG_PLACES + 1)),
        *MOTHERS, *_moved_by_creams(model),
        *(input_of(name) for name in antibiotics(model.biology)),
        *(f"dose_strain_{place}" for place in range(1, PLACES + 1)),
    )  # fmt: skip


def _moved_by_creams(model: Model) -> tuple[str, ...]:
    """The inputs that creams move, of those that the equations have, beside topical steroid."""
    rows = topicals(model.biology).values()
    names = dict.fromkeys((*(row.text("input") for row in rows), ON_SIGHT, POTENCY))
    return tuple(name for name in names if name in model.input_ids and name not in CREAMS)


def places_of(interventions: Iterable[Any], tables: Tables) -> dict[tuple[str, bool], int]:
    """The place (1 to 6) of every strain, living or killed, that one arm or its mothers receive.

    Raises
    ------
    InputError
        For more than six strains that cannot share six places.
    """
    return places_for(strains_of(interventions), tables)


def traits_of(
    model: Model,
    interventions: Sequence[Any],
    replicates: np.ndarray,
    seed: int,
    stance: str,
    own_seed: int | None = None,
) -> dict[str, np.ndarray]:
    """The traits of the strains and drugs that one arm receives, id -> Array [replicate].

    Strains with what is peculiar to this trial of their product (`population.trial_spread`).
    Arms do not share places, so another arm changes nothing here.

    Parameters
    ----------
    seed, own_seed : of the worlds, and of what is the trial's own; one for both without the latter
    """
    from gutskin.population.strain_posterior import strain_traits  # brings the compiled model

    places = places_of(interventions, model.tables)
    products, own = products_of(interventions), seed if own_seed is None else own_seed
    traits = strain_traits(model, places, products, replicates, seed, stance, trial=own)
    return traits | placed_drugs(model, interventions, replicates, seed)


def calendar_of(
    interventions: Sequence[Any],
    end: float,
    table: Mapping[str, Row],
    creams: Mapping[str, Row] = NOTHING,
    drawn: Mapping[int, np.ndarray] = NO_DOSES,
    before: Sequence[Any] = (),
) -> DoseCalendar:
    """What one arm is given, from day 0 to day `end` (excluded).

    Parameters
    ----------
    table, creams : the rows of drugs.tsv, of topicals.tsv
    drawn : number of an intervention whose dose nobody reported -> Array [patient] (CFU/d); of one
        that is not in it the dose in the middle
    before : what a run-in gave, whose antibodies have the first places
    """
    exposures: list[Exposure] = []
    injections: list[Injection] = []
    mother: list[MothersProduct] = []
    drug_place = drug_places((*before, *interventions), table)
    for number, one in enumerate(interventions):
        start, stop = one.start_week * DAYS_PER_WEEK, min(one.end_week * DAYS_PER_WEEK, end)
        if (drug := drug_of(one)) is not None:
            first, last = (in_days(week, DAYS_PER_WEEK) for week in (one.start_week, one.end_week))
            times = (first, min(last, end), math.inf)
            for dose in drug_doses(number, one, table[drug], drug_place.get(drug), *times):
                found = replace(dose, per_kg=one.per_kg)
                (injections if isinstance(found, Injection) else exposures).append(found)  # type: ignore[arg-type]
        elif isinstance(one, trial.MaternalProbiotic):
            hers = mothers_product(number, _dosed(one), start, stop)
            dose = drawn.get(number)
            mother.append(hers if dose is None else replace(hers, gcfu_per_day=dose / CFU_PER_GCFU))  # type: ignore[arg-type]
        elif isinstance(one, trial.Probiotic):
            dose = drawn.get(number, _dosed(one).cfu_per_day)
            level: Any = dose / CFU_PER_GCFU / len(one.strains)
            whole = Exposure(number, one.kind, "", None, start, stop, level, per_kg=one.per_kg)
            exposures += [replace(whole, strain=(key, one.viable)) for key in one.strains]
        elif isinstance(one, trial.Topical):
            exposures += cream_exposures(number, one, creams[one.name], start, stop)
        elif isinstance(one, trial.Antibiotic):
            stop = min(start + one.days, stop)
            exposures.append(Exposure(number, one.kind, held_by(one), None, start, stop, 1.0))
        else:
            level = float(getattr(one, HELD[one.kind][1])) * SCALE.get(one.kind, 1.0)
            own = Exposure(number, one.kind, held_by(one), None, start, stop, level)
            often = one.washes_per_day if isinstance(one, trial.Washing) else 1.0
            per_kg = isinstance(one, trial.ByWeight) and one.per_kg
            exposures.append(replace(own, per_kg=per_kg, per_day=often))
    return DoseCalendar(tuple(exposures), tuple(injections), tuple(mother))


def _dosed(one: Any) -> Any:
    """A product at a dose: that of the file, or the middle of the range in which it lies."""
    if not isinstance(one.cfu_per_day, trial.DosePrior):
        return one
    return one.model_copy(update={"cfu_per_day": one.cfu_per_day.median})


def unknown_doses(
    interventions: Sequence[Any], replicates: np.ndarray, seed: int
) -> dict[int, np.ndarray]:
    """The doses of one arm that nobody reported, drawn: number -> Array [replicate] (CFU/d).

    A product has one dose in a replicate: living or killed, of the child or his mother, in
    whatever arm it stands.

    Parameters
    ----------
    replicates : Array [replicate], their numbers
    """
    keys = np.asarray(replicates, np.uint32)[:, None]
    found = {}
    for number, one in enumerate(interventions):
        if isinstance(getattr(one, "cfu_per_day", None), trial.DosePrior):
            stream = f"dose/{'+'.join(sorted(one.strains))}"
            found[number] = one.cfu_per_day.at(draw(seed, [stream], keys)[0, :, 0])
    return found


def fading_creams(
    calendar: DoseCalendar, visits: np.ndarray, least: float, days: float | np.ndarray
) -> DoseCalendar:
    """The calendar with creams that are put on more rarely the longer ago the last visit was.

    On day t after a visit `least + (1 - least) * exp(-t / days)` of them are put on. Each cream is
    cut at the visits and at days 2, 5, 10 and 20 after them; a piece has the mean of its days, so
    that as much reaches the skin as by the curve itself.

    Parameters
    ----------
    visits : Array [visit] (days)
    least : share that is put on long after a visit; 1 changes nothing
    days : the time constant, a number or Array [patient]
    """
    if least >= 1:
        return calendar
    cuts = np.unique(np.add.outer(visits, [0.0, *AFTER_A_VISIT]))
    found: list[Exposure] = []
    for one in calendar.exposures:
        if one.kind not in CREAM_KINDS or one.input == POTENCY:
            found.append(one)
            continue
        inside = cuts[(cuts > one.start) & (cuts < one.end)]
        edges = [one.start, *(float(day) for day in inside), one.end]
        for first, last in pairwise(edges):
            since = visits[visits <= first]
            ago = first - (since[-1] if len(since) else first)
            rest = np.exp(-ago / days) * days * -np.expm1((first - last) / days)
            share = least + (1.0 - least) * rest / (last - first)
            found.append(replace(one, start=first, end=last, level=one.level * share))  # type: ignore[arg-type]
    return replace(calendar, exposures=tuple(found))


def schedule_of(
    model: Model,
    calendar: DoseCalendar,
    places: Mapping[tuple[str, bool], int],
    own: Mapping[str, np.ndarray],
    care: Mapping[str, ArrayLike],
    end: float,
    adherence: float = 1.0,
    taken: np.ndarray | float | None = None,
    parameters: Mapping[str, Any] = NOTHING,
) -> Schedule:
    """What one arm receives, from day 0 to day `end`.

    Parameters
    ----------
    own : the patients' habitual level of each input [patient]
    care : what taking part adds to the habitual level of an input, in every arm, a number or Array
        [patient]
    end : last day of the trial
    adherence : share of the daily doses that is taken beside what the calendar says of it
    taken : Array [injection, patient] or a number, the share of each injection that is taken; all
        of it without
    parameters : of the patients, with the traits of the strains; for a mother's product, and for
        doses by age and weight

    Returns
    -------
    Schedule
    """
    table = drugs(model.biology)
    calendar = replace(calendar, exposures=tuple(one_level(calendar.exposures, table, parameters)))
    leads = leads_of(places)
    holds = [
        Hold(
            f"dose_strain_{leads[one.strain][0]}", one.start, one.end,
            one.level * leads[one.strain][1] * adherence * one.share,
        )
        for one in calendar.exposures
        if one.strain in leads
    ]  # fmt: skip
    levels = {name: np.minimum(own[name] + np.asarray(extra), 1.0) for name, extra in care.items()}
    for name, courses in calendar.by_input().items():
        if name in CREAMS:
            level = levels.pop(name, own[name])
            holds += _beside(name, level, courses, adherence, end)
        else:
            holds += [
                Hold(name, one.start, one.end, _taken(one, adherence, own.get(name, 1.0)))
                for one in courses
            ]
    holds += [Hold(name, 0.0, end, level) for name, level in levels.items()]
    holds += mothers_holds(calendar.mother, places, parameters, end, adherence)
    shares = np.ones(len(calendar.injections)) if taken is None else taken
    shares = np.broadcast_to(shares, (len(calendar.injections), *np.shape(shares)[1:]))
    pulses = [
        Pulse(one.state, one.day, one.amount * share_given(one, table, parameters) * shares[number])
        for number, one in enumerate(calendar.injections)
    ]
    return Schedule(holds=tuple(holds), pulses=tuple(pulses))


def _taken(one: Exposure, adherence: float, usual: Any) -> Any:
    """The level at which something is taken; what is missed of a diet is eaten as usual.

    Who does not wash as his arm is to, or no longer, washes as he did before.

    Parameters
    ----------
    usual : the patients' own level, a number or Array [patient]
    """
    if one.input == POTENCY:  # it is that of the cream which is used, however rarely
        return one.level if np.ndim(one.share) == 0 else np.where(one.share > 0, one.level, usual)
    if one.kind in MULTIPLES:
        return 1 + (one.level - 1) * (adherence * one.share)
    if one.kind == "washing":
        return usual + (one.level - usual) * (adherence * one.share)
    if one.kind in AROUND:
        return one.level * one.share
    return one.level * adherence * one.share


def _beside(
    name: str, level: Any, courses: Sequence[Exposure], adherence: float, end: float
) -> list[Hold]:
    """Courses of a cream, never below the `level` that a patient uses before, between and after.

    Of two at a time, one of them by a rule, the stronger is what he uses.
    """
    edges = sorted({day for one in courses for day in (one.start, one.end)})
    edges = [*([0.0] if edges[0] > 0 else []), *edges, *([end] if edges[-1] < end else [])]
    holds = []
    for first, last in pairwise(edges):
        given = (one for one in courses if one.start <= first and last <= one.end)
        wanted = level
        for one in given:
            wanted = np.maximum(wanted, one.level * adherence * one.share)
        holds.append(Hold(name, first, last, wanted))
    return holds


__all__ = [
    "calendar_of", "fading_creams", "moved", "places_of", "schedule_of", "traits_of",
    "unknown_doses",
]  # fmt: skip
