"""What an intercurrent event does to what a patient takes: the product ends, a rescue begins.

Both begin at a visit. A dose calendar is cut there, and what a patient takes of each piece is his
own: nothing of the product after he has stopped, the rescue's creams after he was rescued.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from gutskin.model.rows import Row
from gutskin.population.calendar import DoseCalendar, Exposure
from gutskin.population.doses import HELD, held_by
from gutskin.population.drugs import cream_exposures
from gutskin.trials.doses_taken import AROUND

NEVER = np.inf


@dataclass(frozen=True, eq=False)
class Happening:
    """When patients stop the product and when they are rescued.

    Parameters
    ----------
    stops, rescued : number or Array [patient] (days), infinity if never
    kinds : kinds of interventions that are stopped; all without
    creams : what who is rescued gets
    """

    stops: Any = NEVER
    rescued: Any = NEVER
    kinds: tuple[str, ...] = ()
    creams: tuple[Any, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether nobody stops or is rescued."""
        return not (np.isfinite(self.stops).any() or np.isfinite(self.rescued).any())


NOTHING_HAPPENS = Happening()


def can_stop(interventions: Sequence[Any], kinds: Sequence[str]) -> bool:
    """Whether an arm has anything of these kinds."""
    return any(_ends(one, kinds) for one in interventions)


def with_happening(
    calendar: DoseCalendar,
    taken: np.ndarray | None,
    interventions: Sequence[Any],
    happening: Happening,
    visits: np.ndarray,
    end: float,
    table: Mapping[str, Row],
) -> tuple[DoseCalendar, np.ndarray | None]:
    """The calendar of patients of whom some stop or are rescued, and which injections they take.

    Parameters
    ----------
    taken : Array [injection, patient] or None, as of `injections_taken`
    interventions : of the arm, in the order of the calendar's numbers
    visits : Array [visit] (days)
    end : last day of the trial
    table : rows of topicals.tsv
    """
    if happening.nothing:
        return calendar, taken
    pieces = [
        piece
        for one in calendar.exposures
        for piece in _cut(one, visits)
    ]  # fmt: skip
    pieces = [_until(one, interventions, happening) for one in pieces]
    first = len(interventions)
    for number, dose in enumerate(happening.creams, first):
        for one in _rescue(number, dose, visits, end, table):
            pieces = _beside(pieces, _from(one, happening.rescued))
    if calendar.injections:
        whole = np.ones((len(calendar.injections), 1)) if taken is None else taken
        still = np.stack([
            one.day < np.asarray(happening.stops)
            if _ends(interventions[one.dose], happening.kinds)
            else np.ones(np.shape(happening.stops), bool)
            for one in calendar.injections
        ])  # fmt: skip
        taken = whole * still.reshape(len(calendar.injections), -1)
    return replace(calendar, exposures=tuple(pieces)), taken


def _ends(dose: Any, kinds: Sequence[str]) -> bool:
    """Whether somebody can stop it: not what his mother takes, nor what is in the air."""
    if dose.kind == "maternal_probiotic":
        return False
    return dose.kind in kinds if kinds else dose.kind not in AROUND


def _cut(one: Exposure, days: np.ndarray) -> Iterator[Exposure]:
    """An exposure cut at these days."""
    inside = [float(day) for day in days if one.start < day < one.end]
    for first, last in pairwise([one.start, *inside, one.end]):
        yield replace(one, start=first, end=last)


def _until(one: Exposure, interventions: Sequence[Any], happening: Happening) -> Exposure:
    """A piece of which who has stopped takes nothing."""
    if not _ends(interventions[one.dose], happening.kinds):
        return one
    return replace(one, share=one.share * (one.start < np.asarray(happening.stops)))


def _from(one: Exposure, since: Any) -> Exposure:
    """A piece that only those take who were rescued before it."""
    return replace(one, share=1.0 * (one.start >= np.asarray(since)))


def _rescue(
    number: int, dose: Any, visits: np.ndarray, end: float, table: Mapping[str, Row]
) -> Iterator[Exposure]:
    """The creams of a rescue from the first visit after entry on, in pieces between visits."""
    edges = [*(float(day) for day in visits[1:] if day < end), end]
    for first, last in pairwise(edges):
        if dose.kind == "topical":
            yield from cream_exposures(number, dose, table[dose.name], first, last)
        else:
            level = float(getattr(dose, HELD[dose.kind][1]))
            yield Exposure(number, dose.kind, held_by(dose), None, first, last, level)


def _beside(pieces: Sequence[Exposure], rescue: Exposure) -> list[Exposure]:
    """The calendar with one more piece: who is rescued has the higher level of the two.

    Parameters
    ----------
    rescue : its share is 1 in who is rescued, 0 in the others
    """
    found: list[Exposure] = []
    free = [(rescue.start, rescue.end)]
    for one in pieces:
        if one.strain is not None or one.input != rescue.input:
            found.append(one)
            continue
        for part in _cut(one, np.array([rescue.start, rescue.end])):
            if part.start < rescue.start or part.end > rescue.end:
                found.append(part)
                continue
            free = [left for span in free for left in _without(span, (part.start, part.end))]
            his = np.maximum(part.level * part.share, rescue.level)
            level = np.where(rescue.share > 0, his, part.level)
            share = np.where(rescue.share > 0, 1.0, part.share)
            found.append(replace(part, level=level, share=share))  # type: ignore[arg-type]
    return [*found, *(replace(rescue, start=first, end=last) for first, last in free)]


def _without(
    span: tuple[float, float], taken: tuple[float, float]
) -> Iterator[tuple[float, float]]:
    """What is left of a span of days beside another."""
    for first, last in ((span[0], min(span[1], taken[0])), (max(span[0], taken[1]), span[1])):
        if first < last:
            yield first, last
