"""A piece of candidates, from who is asked to who is admitted, in one piece of work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gutskin.population.streams import Keys
from gutskin.trials import run_in, screening
from gutskin.trials.enrolled import Enrolled, nobody
from gutskin.trials.failures import Failure
from gutskin.trials.left_out import LeftOut
from gutskin.trials.study import Study


@dataclass(frozen=True, eq=False)
class Tried:
    """What became of a piece of candidates.

    Parameters
    ----------
    watched : how many were watched in the screening window
    unsettled : whose course could not be computed before it
    unseen : who was not watched
    admitted : who is admitted, with the failures and who is left out since
    """

    watched: int
    unsettled: tuple[Failure, ...]
    unseen: LeftOut
    admitted: Enrolled


def tried_of(study: Study, keys: Keys, count: Callable[[Any], Any]) -> Tried:
    """Settle candidates, watch whom the clinic sees, and take them through the run-in.

    Parameters
    ----------
    count : told of everybody who got through a stage; gives them back
    """
    settled = count(screening.settle(study, keys))
    if len(settled):
        found = count(run_in.through(study, screening.screen(study, settled)))
        left = {"failures": found.failures, "left_out": found.left_out}
    else:
        found, left = nobody(settled), {}
    return Tried(
        len(settled), settled.failures, settled.left_out, replace(found.admitted(), **left)
    )
