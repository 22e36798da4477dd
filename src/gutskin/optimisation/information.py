"""What to learn before the decision: of which unknown, and of which result of a pilot.

The decision is between no trial and each of the designs that may be the best. A trial that is
significant in favour counts 1, any trial costs the break-even chance, no trial is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gutskin.optimisation.assurances import Assurances
from gutskin.optimisation.readings import PilotReading
from gutskin.statistics.value_of_information import (
    Information,
    by_chance,
    partial_information,
    perfect_information,
)

Array = NDArray[np.float64]
OPTIONS = 6  # designs among which it is decided, beside no trial
LIKE = 0.999  # correlation over worlds from which two designs are one option


@dataclass(frozen=True)
class Learned:
    """What it is worth to know one thing.

    Parameters
    ----------
    name : id of an unknown, or endpoint and week of a pilot
    note : what it is, in words
    """

    name: str
    note: str
    information: Information


@dataclass(frozen=True)
class PilotWorth:
    """What a pilot that reads one endpoint at one week is worth."""

    endpoint: str
    week: float
    information: Information


@dataclass(frozen=True)
class Decision:
    """The decision, and what would be gained if more were known before it.

    Parameters
    ----------
    options : numbers of the designs among which it is decided
    best : number of the best design; None if no trial is worth its cost
    gain : of the best option over no trial; 0 of none
    perfect : if everything were known
    unknowns : each by itself, the most telling first
    unknowns_by_chance : what the most telling of them would seem to be worth if none told anything
    pilots : each by itself, the most telling first
    pilots_by_chance : likewise
    """

    options: tuple[int, ...]
    best: int | None
    gain: float
    perfect: Information
    unknowns: tuple[Learned, ...]
    unknowns_by_chance: float
    pilots: tuple[PilotWorth, ...]
    pilots_by_chance: float


def decide(
    assurances: Assurances,
    candidates: NDArray[np.bool_],
    own: int | None,
    break_even: float,
    unknown: tuple[Sequence[str], Sequence[str], Array],
    pilots: Sequence[PilotReading],
    seed: int,
) -> Decision:
    """Decide now, and say what would change the decision.

    Parameters
    ----------
    candidates : Array [design] (bool), those that may be the best
    own : number of the design of the file, if it is among them
    break_even : chance of significance from which a trial is worth its cost
    unknown : ids, what they are, Array [world, unknown]
    """
    options = options_of(assurances, candidates, own)
    chance = assurances.chance[list(options)]
    use = np.isfinite(chance).all(axis=0)
    benefit = np.column_stack([np.zeros(use.sum()), (chance[:, use] - break_even).T])
    means = benefit.mean(axis=0)
    best = int(means.argmax())
    rng = np.random.default_rng([seed, 77])
    ids, notes, world = unknown
    learned = [
        Learned(name, note, partial_information(benefit, values))
        for name, note, values in zip(ids, notes, world[use].T, strict=True)
    ]
    tried = [(one, use & np.isfinite(one.difference)) for one in pilots]
    shown = [
        PilotWorth(one.endpoint, one.week, _of_pilot(one, benefit, use, there))
        for one, there in tried
        if there.sum() > 10
    ]
    told = [one.difference[use] for one, there in tried if there.sum() == use.sum()]
    return Decision(
        options,
        None if best == 0 else options[best - 1],
        float(means[best]),
        perfect_information(benefit),
        tuple(sorted(learned, key=lambda one: -one.information.value)),
        by_chance(benefit, world[use], rng) if world.shape[1] else 0.0,
        tuple(sorted(shown, key=lambda one: -one.information.value)),
        by_chance(benefit, np.stack(told, axis=1), rng) if told else 0.0,
    )


def _of_pilot(
    one: PilotReading, benefit: Array, use: NDArray[np.bool_], there: NDArray[np.bool_]
) -> Information:
    """What a pilot's difference is worth, in the worlds in which it could be told."""
    return partial_information(benefit[there[use]], one.difference[there])


def options_of(
    assurances: Assurances, candidates: NDArray[np.bool_], own: int | None
) -> tuple[int, ...]:
    """A few designs that differ, the best first; that of the file is one of them.

    Two that are significant in the same worlds are one option.
    """
    order = [int(one) for one in np.argsort(-assurances.value) if candidates[one]]
    found: list[int] = []
    for one in order:
        if len(found) < OPTIONS and not any(_alike(assurances, one, other) for other in found):
            found.append(one)
    if own is not None and own not in found:
        found.append(own)
    return tuple(found)


def _alike(assurances: Assurances, one: int, other: int) -> bool:
    """Whether two designs differ by hardly anything but a constant over worlds."""
    a, b = assurances.chance[one], assurances.chance[other]
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < 3 or a[both].std() == 0 or b[both].std() == 0:
        return True
    return bool(np.corrcoef(a[both], b[both])[0, 1] > LIKE)
