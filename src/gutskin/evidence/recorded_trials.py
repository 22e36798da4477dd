"""A trial in many worlds, of which only what was written down is looked at, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gutskin.trials.chunks import chunks_of, record_chunk
from gutskin.trials.computing import computed
from gutskin.trials.conduct import WorkCounter
from gutskin.trials.failures import refuse

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.model.model import Model
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.processes import Processes

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
    processes: Processes | None = None,
) -> Array:
    """What is read of the records of a trial in every world.

    Parameters
    ----------
    replicates : worlds
    read : records of a batch -> Array [number, replicate]
    own_seed : of people and conduct, where they are not to be those of other trials (`prepare`)
    processes : that are there already

    Returns
    -------
    Array [number, replicate], in the order of the replicates

    Raises
    ------
    SimulationFailed
        If more patients could not be computed than may be left out.
    """
    chunks = chunks_of(design, model.content_hash, stance, seed, replicates)
    patients = sum(one.patients for one in chunks)
    work = WorkCounter(progress, patients, len(design.arms), settled=not design.from_birth)
    found: dict[int, Array] = {}
    failures: list[Any] = []
    how = partial(record_chunk, own_seed=own_seed)
    with computed(model, chunks, work, how, processes=processes) as results:
        for chunk, (data, lost) in results:
            found[chunk.first] = read(data)
            failures += lost
            refuse(failures, patients)
    return np.concatenate([found[first] for first in sorted(found)], axis=1)
