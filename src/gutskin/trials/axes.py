"""One axis by which a trial stands to the evidence: how many real trials reach it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gutskin.media import counted, ends, plain
from gutskin.trials.severity_bands import Interval

INSIDE, EDGE, OUTSIDE = "inside", "edge", "outside"
UNPLACED = "not placed"  # an axis of which nothing tells where it stands
ORDER = (INSIDE, EDGE, OUTSIDE)
IN_WORDS = {INSIDE: "inside", EDGE: "at the edge of", OUTSIDE: "outside"}
ENOUGH = 2  # trials on which an answer rests from either side


@dataclass(frozen=True)
class Standing:
    """Where a trial stands by one axis.

    Parameters
    ----------
    axis : age, severity, dose, duration, strain, endpoint, or treatment (of several things)
    where : `inside`, `edge`, `outside` or `not placed`
    asked, evidence : the trial's own, and what was tried, in words
    trials : how many reach it by this axis; of several strains the least, of a number that of the
        side that has fewer; None where it is not placed
    """

    axis: str
    where: str
    asked: str
    evidence: str
    trials: int | None = None


def where_with(count: int) -> str:
    """Of so many trials that reach a place."""
    return INSIDE if count >= ENOUGH else (EDGE if count else OUTSIDE)


def so_many_trials(count: int) -> str:
    """In words."""
    return counted(count, "trial") if count else "no trial"


def covered(axis: str, asked: str, own: Interval, others: Sequence[Interval]) -> Standing:
    """How many trials share half of the own range at least; of a single value, have it."""
    first, last = own
    shared = [min(last, high) - max(first, low) for low, high in others]
    count = sum(one >= 0.5 * (last - first) for one in shared)
    evidence = f"{so_many_trials(count)} with numbers in at least half of that"
    return Standing(axis, where_with(count), asked, evidence, count)


def reached(
    axis: str, own: float, others: Sequence[float], unit: str, figures: tuple[int, int] = (6, 6)
) -> Standing:
    """How many trials reach a value from either side.

    Parameters
    ----------
    figures : of the own value, and of the ends of the others
    """
    count = min(sum(one <= own for one in others), sum(one >= own for one in others))
    what = "no trial"
    if others:
        what = (
            f"trials have {ends(*(plain(one, figures[1]) for one in (min(others), max(others))))}"
        )
    if count:
        what += f", {count} at least on either side"
    asked = plain(own, figures[0])
    asked += f" {unit.replace('weeks', 'week') if asked == '1' else unit}"
    return Standing(axis, where_with(count), asked, what, count)
