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
from types import TracebackType

from gutskin.calibration.targets import FIT, read_calibration_targets
from gutskin.calibration.unknowns import read_unknowns
from gutskin.calibration.wave import Batch, Simulator
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model

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
    """Processes that compute batches of the shipped biology; a context, and what `run` takes."""

    pool: ProcessPoolExecutor

    @classmethod
    def of(cls, count: int, folder: Path, seed: int) -> Workers:
        """So many processes."""
        fresh = multiprocessing.get_context("spawn")
        return cls(ProcessPoolExecutor(count, fresh, _begin, (folder, seed)))

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.pool.shutdown(cancel_futures=True)

    def __call__(self, simulator: Simulator, batches: Sequence[Batch]) -> Iterator[None]:
        """Every batch of a simulator of the shipped biology, told of as it is done."""
        for done in as_completed([self.pool.submit(_compute, one) for one in batches]):
            yield done.result()


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
