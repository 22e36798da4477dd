"""What estimands ask of every patient, seated in a trial's arrays and as columns of its table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.trials.estimand_parts import EVENTS, OF

if TYPE_CHECKING:
    import pyarrow as pa
    import xarray as xr

    from gutskin.trials.design import TrialDesign
    from gutskin.trials.intercurrent import Outcomes

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]  # observed, event, potential, as `with_outcomes`


def seated(
    found: Sequence[Outcomes], shape: tuple[int, ...], seat: tuple[np.ndarray, ...]
) -> Arrays:
    """Outcomes by the seats of their patients; events as numbers of visits, infinity for never.

    Parameters
    ----------
    found : of pieces of work, in the order of their patients
    shape : (replicate, arm, patient)
    seat : the place of every patient in it, an Array [patient] for each axis
    """
    arrays = []
    for name, empty in (("observed", np.nan), ("events", np.inf), ("potential", np.nan)):
        values = np.concatenate([getattr(one, name) for one in found], axis=-1)
        table = np.full((*values.shape[:-1], *shape), empty)
        table[(*(slice(None),) * (values.ndim - 1), *seat)] = values
        arrays.append(table)
    observed, events, potential = arrays
    return np.moveaxis(observed, 1, -1), events, np.moveaxis(potential, 2, -1)


def with_outcomes(data: xr.Dataset, design: TrialDesign, arrays: Arrays) -> xr.Dataset:
    """The values of some replicates with what the estimands ask for.

    Parameters
    ----------
    arrays : observed [endpoint, replicate, arm, patient, visit]; event [kind, replicate, arm,
        patient], numbers of visits; potential [estimand, of, replicate, arm, patient, given]
    """
    observed, events, potential = arrays
    people = ("replicate", "arm", "patient")
    weeks = np.append(np.array(design.visits.weeks, float), np.nan)
    last = len(weeks) - 1
    fell = weeks[np.where(np.isfinite(events), events, last).astype(int)]
    return data.assign(
        observed=(("endpoint", *people, "visit"), observed),
        event=(("kind", *people), fell),
        potential=(("estimand", "of", *people, "given"), potential),
    ).assign_coords(kind=list(EVENTS), of=list(OF), estimand=[one.name for one in design.estimands])


def columns(data: xr.Dataset, where: tuple[np.ndarray, ...]) -> Iterator[tuple[str, Any]]:
    """The columns of a patient table that hold them, by name; none without estimands.

    Parameters
    ----------
    where : replicate, arm, patient, visit of each row
    """
    if "potential" not in data:
        return
    *people, visit = where
    order = ("replicate", "arm", "patient")
    observed = data["observed"].transpose("endpoint", *order, "visit").values
    for number, name in enumerate(data["endpoint"].values):
        yield _observed(str(name)), observed[number][(*people, visit)]
    events = data["event"].transpose("kind", *order).values
    for number, kind in enumerate(EVENTS):
        yield _week(kind), events[number][tuple(people)]
    potential = data["potential"].transpose("estimand", "of", *order, "given").values
    given = [str(arm) for arm in data["given"].values]
    for number, name in enumerate(data["estimand"].values):
        for of, what in enumerate(OF):
            for place, arm in enumerate(given):
                values = potential[number, of][(*people, np.full_like(visit, place))]
                yield _outcome(str(name), what, arm), values


def read_back(
    table: pa.Table, data: xr.Dataset, design: TrialDesign, seats: Sequence[tuple[int, np.ndarray]]
) -> xr.Dataset:
    """The values of some replicates with what the columns of their table hold.

    Parameters
    ----------
    seats : each arm's place and its rows
    """
    if not design.estimands:
        return data
    sizes = data.sizes
    count, visits = sizes["replicate"], sizes["visit"]
    people = (count, len(design.arms), max(arm.n for arm in design.arms))

    def filled(name: str) -> np.ndarray:
        found, values = np.full((*people, visits), np.nan), table[name].to_numpy()
        for a, rows in seats:
            block = values[rows].reshape(count, -1, visits)
            found[:, a, : block.shape[1]] = block
        return found

    observed = np.stack([filled(_observed(name)) for name in design.analysis.endpoints])
    weeks = np.stack([filled(_week(kind))[..., 0] for kind in EVENTS])
    number = np.searchsorted(np.array(design.visits.weeks), np.where(np.isnan(weeks), 0.0, weeks))
    events = np.where(np.isnan(weeks), np.inf, number)
    potential = np.stack([
        np.stack([
            np.stack([filled(_outcome(one.name, of, arm.name))[..., 0] for arm in design.arms], -1)
            for of in OF
        ])
        for one in design.estimands
    ])  # fmt: skip
    return with_outcomes(data, design, (observed, events, potential))


def _observed(endpoint: str) -> str:
    return f"{endpoint}_observed"


def _week(kind: str) -> str:
    return f"{kind}_week"


def _outcome(estimand: str, of: str, arm: str) -> str:
    return f"estimand_{estimand}_{of}_on_{arm}"
