"""The stationary state of patients: where body and skin come to rest without noise.

Slow memories are hurried on the way (settle.tsv). What holds still does so at any speed, so the
stationary state stays where it is and only the way to it is shorter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.engine import Schedule
from gutskin.model.biology import Biology
from gutskin.model.model import Model
from gutskin.population.bounds import refuse_unsound

if TYPE_CHECKING:
    from gutskin.engine import Precision, Trajectories

# Nothing but stability bounds the step of who comes to rest: six stages bear a step 2.3 times as
# long as four and take 1.5 times as many evaluations.
STAGES = 6
LONGEST_STEP = 1.6  # days: longer steps meet the limit of stability


@cache
def accelerated_rates(biology: Biology) -> Mapping[str, float]:
    """How much faster each slow rate runs while a patient settles."""
    table = biology.table("settle.tsv", ("id", "factor"))
    return {row.id: row.number("factor") for row in table.values()}


@cache
def drawn_states(biology: Biology) -> Mapping[str, str]:
    """States that do not come to rest, each with the covariate at which who settles starts."""
    table = biology.table("drawn_states.tsv", ("id", "covariate"))
    return {row.id: row.text("covariate") for row in table.values()}


def first_states(
    model: Model, parameters: Mapping[str, Any], patients: int, start: str = "severe"
) -> np.ndarray:
    """Where people set out to their stationary state, [state, patient].

    A column of species.tsv; what does not come to rest starts where it was drawn.
    """
    first = np.repeat(model.initial(start)[:, None], patients, axis=1)
    for state, covariate in drawn_states(model.biology).items():
        first[model.state_ids.index(state)] = parameters[covariate]
    return first


def run_to_steady_state(
    model: Model,
    parameters: Mapping[str, Any],
    patients: int,
    *,
    last: float = 0.0,
    start: str = "severe",
    days: float | None = None,
    rtol: float = 1e-3,
    precision: Precision = "double",
    varying: Sequence[str] = (),
    workers: int | None = None,
    refuse: bool = True,
) -> Trajectories:
    """Bring patients to their stationary state, without noise.

    Parameters
    ----------
    parameters : id -> number or Array [patient]
    patients : how many
    last : day on which they have settled; their age is counted to it
    start : column of species.tsv from which they set out
    days : how long they settle; by default `settle_days` of conduct.tsv
    precision, varying : see `simulate`
    refuse : raise an error if a patient failed; else he is among the courses as failed

    Returns
    -------
    Trajectories
        at the first and the last day; the last state is the stationary one

    Raises
    ------
    SimulationFailed
        If a patient's course could not be computed, or left its bounds.
    """
    from gutskin.engine import simulate

    hurried = dict(parameters)
    for name, factor in accelerated_rates(model.biology).items():
        hurried[name] = np.asarray(hurried[name]) * factor
    conduct = model.tables.conduct
    days = conduct["settle_days"].number("value") if days is None else days
    # nobody is followed back to before birth: the youngest settle a little older than they are
    youngest = np.asarray(hurried["age_at_start"]) + last - days
    missing = np.maximum(0.0, conduct["youngest_settled_days"].number("value") - youngest)
    hurried["age_at_start"] = hurried["age_at_start"] + missing
    first = first_states(model, parameters, patients, start)
    courses = simulate(
        model, hurried, first, Schedule(), [last - days, last],
        rtol=rtol, h_max=LONGEST_STEP, stages=STAGES, precision=precision, varying=varying,
        workers=workers,
    )  # fmt: skip
    return refuse_unsound(model, courses) if refuse else courses


def broadcast_parameters(groups: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Parameters of several groups, each an array in all groups if it is one in any.

    One compiled function then serves all groups.

    Parameters
    ----------
    groups : group -> id -> number or Array [patient]
    """
    own = {name for one in groups.values() for name, value in one.items() if np.ndim(value)}
    return {
        group: {
            name: np.broadcast_to(value, np.shape(one["age_at_start"])) if name in own else value
            for name, value in one.items()
        }
        for group, one in groups.items()
    }
