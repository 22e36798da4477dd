"""A trial in many worlds, of which only what was written down is looked at, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gutskin.engine.parallel import stream
from gutskin.trials.batches import batches_of
from gutskin.trials.conduct import WorkCounter, record_batch
from gutskin.trials.failures import refuse
from gutskin.trials.study import prepare

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.model.model import Model
    from gutskin.trials.design import TrialDesign

Array = NDArray[np.float64]


def read_records(
    design: TrialDesign,
    model: Model,
    replicates: int,
    seed: int,
    stance: str,
    read: Callable[[xr.Dataset], Array],
    progress: Callable[[int, int], None] | None = None,
    own_seed: int | None = None,
) -> Array:
    """What is read of the records of a trial in every world.

    Parameters
    ----------
    replicates : worlds
    read : records of a batch -> Array [number, replicate]
    own_seed : of people and conduct, where they are not to be those of other trials (`prepare`)

    Returns
    -------
    Array [number, replicate], in the order of the replicates

    Raises
    ------
    SimulationFailed
        If more patients could not be computed than may be left out.
    """
    patients = sum(arm.n for arm in design.arms)
    work = WorkCounter(
        progress, patients * replicates, len(design.arms), settled=not design.from_birth
    )

    def computed(part: range, run: Any) -> tuple[Array, Any]:
        study = prepare(design, model, len(part), seed, stance, part.start, own_seed=own_seed)
        data, lost = record_batch(study, len(part), work, run)
        return read(data), lost

    found: dict[int, Array] = {}
    failures: list[Any] = []
    for part, (values, lost) in stream(computed, batches_of(design, replicates)):
        found[part.start] = values
        failures += lost
        refuse(failures, patients * replicates)
    return np.concatenate([found[start] for start in sorted(found)], axis=1)
