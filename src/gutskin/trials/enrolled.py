"""Candidates of a trial: who has settled, who is enrolled; with the patients where drawn already.

To draw patients takes as long as some stages of a trial: who was drawn for one stage is taken along
into the next, with the study in which he was drawn, since another study draws others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gutskin.population.draw import Patients
from gutskin.population.streams import Keys, name_number
from gutskin.trials.failures import Failure
from gutskin.trials.left_out import NOBODY, LeftOut
from gutskin.trials.study import Study

Drawn = tuple[Study, Patients]


def some_of(drawn: Drawn | None, which: Any) -> Drawn | None:
    """The patients who are asked for, of those that were drawn."""
    return None if drawn is None else (drawn[0], drawn[1][which])


def together(parts: Sequence[Drawn | None]) -> Drawn | None:
    """The patients of several pieces of work; none unless all were drawn, in one study."""
    whole = [one for one in parts if one is not None]
    if not whole or len(whole) < len(parts) or any(one[0] is not whole[0][0] for one in whole):
        return None
    return whole[0][0], Patients.joined([patients for _, patients in whole])


@dataclass(frozen=True, eq=False)
class Enrolled:
    """Candidates after screening.

    Parameters
    ----------
    keys : Array [patient, 3] (replicate, arm, index)
    start : Array [state, patient], the state on the day of enrolment
    day : Array [patient], day of enrolment within the screening window; -1 not admitted
    score : Array [patient], the measured score that admitted them, the baseline of the trial; NaN
        in a trial from birth, whose baseline is measured like any other visit
    seat : Array [patient], place within the arm; -1 before seats are given
    failures : candidates whose course could not be computed; they are not among these
    arm : Array [patient], place of the arm that each was randomised to; None: that of his key
    stratum : Array [patient], number of his stratum, where the trial has any
    watched : how many were watched in the screening window for so many who were admitted
    left_out : candidates who are not among those admitted
    drawn : the patients, and the study in which they were drawn, where they are at hand
    """

    keys: Keys
    start: np.ndarray
    day: np.ndarray
    score: np.ndarray
    seat: np.ndarray
    failures: tuple[Failure, ...] = ()
    arm: np.ndarray | None = None
    stratum: np.ndarray | None = None
    watched: tuple[int, int] = (0, 0)
    left_out: LeftOut = NOBODY
    drawn: Drawn | None = None

    def __len__(self) -> int:
        return len(self.day)

    def __getitem__(self, which: Any) -> Enrolled:
        return Enrolled(
            self.keys[which], self.start[:, which], self.day[which], self.score[which],
            self.seat[which], (), None if self.arm is None else self.arm[which],
            None if self.stratum is None else self.stratum[which],
            drawn=some_of(self.drawn, which),
        )  # fmt: skip

    def admitted(self) -> Enrolled:
        """Only those who may take part."""
        return self[self.day >= 0]


@dataclass(frozen=True, eq=False)
class Settled:
    """Candidates in their stationary state.

    Parameters
    ----------
    keys : Array [patient, 3]
    start : Array [state, patient], on the first day of the noisy weeks
    failures : candidates whose course could not be computed; they are not among these
    left_out : they, and those who are not seen at the clinic
    drawn : the patients, and the study in which they were drawn, where they are at hand
    """

    keys: Keys
    start: np.ndarray
    failures: tuple[Failure, ...] = ()
    left_out: LeftOut = NOBODY
    drawn: Drawn | None = None

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, which: Any) -> Settled:
        return Settled(self.keys[which], self.start[:, which], drawn=some_of(self.drawn, which))


def nobody(settled: Settled) -> Enrolled:
    """The enrolled of a piece of work in which nobody has settled."""
    none = np.empty(0)
    return Enrolled(settled.keys[:0], settled.start[:, :0], none, none, none.astype(int))


def joined(pieces: Sequence[Settled]) -> Settled:
    """Candidates of several pieces of work together."""
    return Settled(
        np.concatenate([one.keys for one in pieces]),
        np.concatenate([one.start for one in pieces], axis=1),
    )


def first_of_each(
    found: Sequence[Enrolled], arms: Sequence[Any], replicates: int, first: int = 0
) -> Enrolled:
    """The first n admitted of every arm of every replicate, in the order of their keys.

    Replicates are numbered from `first` on.
    """
    keys = np.concatenate([one.keys for one in found])
    everyone = Enrolled(
        keys,
        np.concatenate([one.start for one in found], axis=1),
        np.concatenate([one.day for one in found]),
        np.concatenate([one.score for one in found]),
        np.full(len(keys), -1),
        drawn=together([one.drawn for one in found]),
    )
    chosen: list[np.ndarray] = []
    seats: list[np.ndarray] = []
    for arm in arms:
        of_arm = np.flatnonzero(keys[:, 1] == name_number(arm.name))
        order = of_arm[np.lexsort((keys[of_arm, 2], keys[of_arm, 0]))]
        starts = np.searchsorted(keys[order, 0], first + np.arange(replicates))
        seat = np.arange(len(order)) - starts[keys[order, 0].astype(int) - first]
        chosen.append(order[seat < arm.n])
        seats.append(seat[seat < arm.n])
    which = np.concatenate(chosen)
    return replace(everyone[which], seat=np.concatenate(seats))
