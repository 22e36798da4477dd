"""Which doses a patient takes: each is taken or missed by himself, whatever his arm.

An injection has a day of its own. What is taken every day (strains, diet, cream, tablets, washing)
is counted from visit to visit, as a trial counts what is left in a box: of so many doses he has
taken so many, each with the chance that is the trial's adherence, and until the next visit his body
gets their mean. A missed dose is not made up for. Doses are told apart by their kind, not by where
they stand in an arm: what two arms share is missed on the same days under both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from gutskin.population.calendar import DoseCalendar, Exposure, MothersProduct
from gutskin.population.streams import Keys, draw

STREAM = "adherence"
HERS = "mother"
AROUND = ("pollen",)  # what a patient meets and does not take


def injections_taken(
    seed: int, keys: Keys, calendar: DoseCalendar, adherence: float, stream: str = STREAM
) -> np.ndarray | None:
    """Which injections each patient takes: of the n-th day of a drug by his n-th stream of it.

    The same under every arm, so that arms differ by what is given and not by who forgets.

    Parameters
    ----------
    keys : Array [patient, word]
    adherence : share of doses taken
    stream : of a run-in its own

    Returns
    -------
    Array [injection, patient] (bool), or None if all are taken
    """
    if adherence >= 1 or not calendar.injections:
        return None
    of_drug: dict[str, set[float]] = {}
    for one in calendar.injections:
        of_drug.setdefault(one.kind, set()).add(one.day)
    days = {name: sorted(found) for name, found in of_drug.items()}
    names = [f"{stream}/{one.kind}/{days[one.kind].index(one.day)}" for one in calendar.injections]
    return draw(seed, names, keys, kind="uniform")[:, :, 0] < adherence


def daily_doses_taken(
    seed: int,
    keys: Keys,
    calendar: DoseCalendar,
    visits: np.ndarray,
    adherence: float,
    stream: str = STREAM,
) -> DoseCalendar:
    """The calendar with what lasts cut at the visits: a piece has the share taken of its doses.

    All strains of a product have the same share, and a mother's product one for all her doses.

    Parameters
    ----------
    keys : Array [patient, word]
    visits : Array [visit] (days)
    adherence : share of doses taken
    stream : of a run-in its own

    Returns
    -------
    DoseCalendar
        Its shares and her amounts are Arrays [patient], or what they were if all are taken.
    """
    if adherence >= 1:
        return calendar
    if adherence <= 0:
        return _none(calendar)
    pieces = [*_between_visits(calendar.exposures, visits)]
    counted = [one for one in pieces if one.kind not in AROUND]
    number = _of_its_kind([(one.kind, one.dose) for one in counted])
    number |= _of_its_kind([(HERS, one.dose) for one in calendar.mother])
    streams = {
        (one.kind, number[one.kind, one.dose], one.start): (one.end - one.start) * one.per_day
        for one in counted
    }
    hers = {
        (HERS, number[HERS, one.dose], 0.0): one.before + one.end - one.start
        for one in calendar.mother
    }
    shares = _shares(seed, keys, streams | hers, adherence, stream)

    def taken(one: Exposure) -> Exposure:
        if one.kind in AROUND:
            return one
        own = shares[one.kind, number[one.kind, one.dose], one.start]
        return replace(one, share=one.share * own)

    def hers_taken(one: MothersProduct) -> MothersProduct:
        amount = one.gcfu_per_day * shares[HERS, number[HERS, one.dose], 0.0]
        return replace(one, gcfu_per_day=amount)  # type: ignore[arg-type]

    return replace(
        calendar,
        exposures=tuple(taken(one) for one in pieces),
        mother=tuple(hers_taken(one) for one in calendar.mother),
    )


def _of_its_kind(doses: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """The how manieth of its kind each dose of an arm is: (kind, dose) -> number, from 0."""
    found: dict[str, list[int]] = {}
    for kind, dose in sorted(set(doses)):
        found.setdefault(kind, []).append(dose)
    return {(kind, one): place for kind, own in found.items() for place, one in enumerate(own)}


def _none(calendar: DoseCalendar) -> DoseCalendar:
    """The calendar of who takes nothing; uncut, so that a course is that of no treatment."""
    return replace(
        calendar,
        exposures=tuple(
            one if one.kind in AROUND else replace(one, share=0.0 * one.share)
            for one in calendar.exposures
        ),
        mother=tuple(replace(one, gcfu_per_day=0.0) for one in calendar.mother),
    )


def _between_visits(exposures: Sequence[Exposure], visits: np.ndarray) -> Iterator[Exposure]:
    """Exposures cut at the visits; what moves several inputs is cut alike for all of them."""
    edges: dict[int, set[float]] = {}
    for one in exposures:
        edges.setdefault(one.dose, {float(day) for day in visits}).update((one.start, one.end))
    for one in exposures:
        inside = [day for day in sorted(edges[one.dose]) if one.start < day < one.end]
        for first, last in pairwise([one.start, *inside, one.end]):
            yield replace(one, start=first, end=last)


def _shares(
    seed: int, keys: Keys, many: dict[tuple[str, int, float], float], adherence: float, stream: str
) -> dict[tuple[str, int, float], np.ndarray]:
    """Of so many doses, one at least, the share that is taken [patient]."""
    from scipy.special import bdtr

    names = [f"{stream}/{kind}/{number}/{start:g}" for kind, number, start in many]
    uniform: Any = draw(seed, names, keys, kind="uniform")[:, :, 0] if names else []
    found = {}
    for (key, counted), own in zip(many.items(), uniform, strict=True):
        doses = max(round(counted), 1)
        up_to = bdtr(np.arange(doses + 1.0), doses, adherence)  # chance of so many at most
        found[key] = np.minimum(np.searchsorted(up_to, own), doses) / doses
    return found


__all__ = ["daily_doses_taken", "injections_taken"]
