"""Who was a candidate of a trial and is not randomised, with the reason as far as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from gutskin.population.streams import Keys


class Why(IntEnum):
    """Why a candidate is not randomised; the first two are never seen at the clinic."""

    other_body = 0  # weight or sensitisation are others than asked
    far_score = 1  # his usual score is far outside the range
    score_outside = 2  # no measured score in the window is within the ranges
    steroid = 3  # what a steroid cream did before is not what is asked
    does_not_come = 4  # on no day that admits him his family comes
    run_in = 5  # after the run-in he is not, or no longer, what is asked
    not_computed = 6  # his course could not be computed


UNSEEN = (Why.other_body, Why.far_score)


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Candidates who are not randomised.

    Parameters
    ----------
    keys : Array [candidate, 3] (replicate, arm, index)
    why : Array [candidate] (int), see `Why`
    """

    keys: Keys
    why: NDArray[np.int_]

    def __len__(self) -> int:
        return len(self.why)

    @classmethod
    def of(cls, keys: Keys, stays: np.ndarray, *reasons: tuple[Why, np.ndarray]) -> LeftOut:
        """Those who do not stay, each with the first reason that holds for him.

        Parameters
        ----------
        stays : Array [candidate] (bool)
        reasons : each with whom it holds for, Array [candidate] (bool)
        """
        holds = [np.broadcast_to(whom, len(keys)) for _, whom in reasons]
        why = np.select(holds, [int(one) for one, _ in reasons], -1)
        return cls(keys[~stays], why[~stays])

    @classmethod
    def joined(cls, parts: Sequence[LeftOut]) -> LeftOut:
        """Those of several parts."""
        return cls(
            np.concatenate([NOBODY.keys, *(one.keys for one in parts)]),
            np.concatenate([NOBODY.why, *(one.why for one in parts)]),
        )

    def until(self, seated: Keys) -> LeftOut:
        """Those whose turn came before the last who was seated: the others were asked in vain.

        So how many a computer asks at a time changes nothing.

        Parameters
        ----------
        seated : Array [patient, 3], who has a seat
        """
        everyone = np.concatenate([seated, self.keys]).astype(np.int64)
        streams, place = np.unique(everyone[:, :2], axis=0, return_inverse=True)
        last = np.full(len(streams), -1)
        np.maximum.at(last, place[: len(seated)], everyone[: len(seated), 2])
        before = everyone[len(seated) :, 2] < last[place[len(seated) :]]
        return LeftOut(self.keys[before], self.why[before])

    def counts(self, first: int, replicates: int) -> NDArray[np.int_]:
        """How many of each replicate are left out for each reason, Array [why, replicate].

        Parameters
        ----------
        first : number of the first replicate
        """
        found = np.zeros((len(Why), replicates), int)
        np.add.at(found, (self.why, self.keys[:, 0].astype(int) - first), 1)
        return found


NOBODY = LeftOut(np.empty((0, 3), np.uint32), np.empty(0, int))
