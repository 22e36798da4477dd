"""Batches of worlds by several processes, each with a model of its own.

A process is told where finished batches lie and the seed, makes the simulator of the shipped
biology, computes the batches that it is given and writes each into its file: nothing large travels
back. A process ends with the one that began it, killed or not.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from gutskin.calibration.targets import FIT, read_calibration_targets
from gutskin.calibration.unknowns import read_unknowns
from gutskin.calibration.wave import Batch, Simulator
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model

RECYCLED = 8  # batches of a process; a fresh one takes its place, since its memory grows
_OF_PROCESS: list[Simulator] = []


def shipped_simulator(folder: Path, seed: int) -> Simulator:
    """The simulator of the shipped biology and its targets that are fitted.

    Parameters
    ----------
    folder : where finished batches lie
    """
    model = load_model(shipped_biology())
    targets = tuple(one for one in read_calibration_targets(model.biology) if one.use == FIT)
    return Simulator(model, read_unknowns(model), targets, folder, seed)


@dataclass(frozen=True)
class Workers:
    """Processes that compute batches of the shipped biology: what `run` takes.

    They begin with a wave and end with it: a fit of the emulator has the memory to itself.

    Parameters
    ----------
    count : processes
    folder : where finished batches lie
    seed : of patients, conduct and strains
    """

    count: int
    folder: Path
    seed: int

    def __call__(self, simulator: Simulator, batches: Sequence[Batch]) -> Iterator[None]:
        """Every batch of a simulator of the shipped biology, told of as it is done."""
        fresh, some = multiprocessing.get_context("spawn"), self.count * RECYCLED
        for first in range(0, len(batches), some):
            pool = ProcessPoolExecutor(self.count, fresh, _begin, (self.folder, self.seed))
            asked = [pool.submit(_compute, one) for one in batches[first : first + some]]
            try:
                for done in as_completed(asked):
                    yield done.result()
            finally:
                pool.shutdown(cancel_futures=True)


def end_with_parent() -> None:
    """Let this process end as soon as the one that began it is gone, whatever it is doing."""
    above = multiprocessing.parent_process()

    def wait() -> None:
        if above is not None:
            above.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _begin(folder: Path, seed: int) -> None:
    end_with_parent()
    _OF_PROCESS.append(shipped_simulator(folder, seed))


def _compute(batch: Batch) -> None:
    _OF_PROCESS[0].batch(*batch)


__all__ = ["Workers", "end_with_parent", "shipped_simulator"]
