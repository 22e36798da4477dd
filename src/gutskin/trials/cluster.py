"""A trial on several machines: each chunk is one task of a Dask cluster.

A task is named as its chunk, needs nothing but the chunk, and gives back the file's bytes with a
checksum; who asked compares it and writes them down. So workers share no disk, a worker that dies
costs the chunks it was at, and a scheduler or client that dies costs nothing that was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from gutskin.engine import SimulationFailed
from gutskin.engine.parallel import cores, run_chunks
from gutskin.errors import InputError, Problem
from gutskin.media import agreeing, counted
from gutskin.model.biology import PRIOR
from gutskin.trials.chunks import Chunk, compute, program
from gutskin.trials.cluster_address import LOCAL, check_address
from gutskin.trials.store import checksum

if TYPE_CHECKING:
    from gutskin.model.biology import Overlay
    from gutskin.model.model import Model
    from gutskin.trials.computing import Compute
    from gutskin.trials.conduct import WorkCounter

RETRIES = 3  # of a chunk whose worker raised an error of its own
LIVES = 10  # workers that may die at one chunk before it is given up
AHEAD = 2  # chunks per thread that the cluster knows of
PATIENCE = "30s"  # to reach a scheduler
CLOSING, LEAVING = 20.0, 0.2  # seconds for a cluster of our own to close; when interrupted


class ClusterLost(Exception):
    """The scheduler is gone, or gave a chunk up."""


@contextmanager
def on_cluster(address: str, model: Model, tell: Callable[[str], None]) -> Iterator[Compute]:
    """Compute chunks on a cluster.

    Parameters
    ----------
    address : of its scheduler, "tcp://host:port"; "local" starts one worker process per core here
    model : ours; a worker with other tables, equations or code refuses
    tell : called with what a user should know

    Raises
    ------
    InputError
        If there is no scheduler at that address.
    ClusterLost
        While it computes.
    """
    check_address(address)
    import logging

    from dask import config

    # What goes wrong with a cluster is told in one sentence; its own log is a page of tracebacks.
    for name in ("distributed", "distributed.client", "distributed.utils"):
        logging.getLogger(name).setLevel(logging.CRITICAL)

    settings = {
        "distributed.scheduler.allowed-failures": LIVES,
        "distributed.comm.timeouts.connect": PATIENCE,
        "distributed.comm.retry.count": 2,
    }
    own, draws = model.biology.overlay, model.biology.draws
    with config.set(settings):
        if address == LOCAL:
            with _closing(_local()) as cluster, _closing(_client(cluster)) as client:
                processes = agreeing(cores(), "process", "processes")
                tell(f"Dask: {cores()} worker {processes} at {cluster.scheduler_address}.")
                yield lambda chunks, work: _results(client, chunks, work, tell, own, draws)
            return
        try:
            client = _client(address)
        except (OSError, ValueError) as error:
            raise InputError(
                Problem(
                    f"no Dask scheduler answers at {address!r} ({error}).",
                    remedy="Start one with `dask scheduler`, or write `--dask local`.",
                )
            ) from None
        with _closing(client):
            workers: Any = client.nthreads()
            waiting = "" if workers else ", waiting for the first"
            tell(f"Dask: {counted(len(workers), 'worker')} at {address}{waiting}.")
            yield lambda chunks, work: _results(client, chunks, work, tell, own, draws)


def _client(place: Any) -> Any:
    """Who asks a scheduler, and for nothing but chunks.

    A default client would also be asked by whoever writes a file meanwhile: xarray locks it there.
    """
    from distributed import Client

    return Client(place, timeout=PATIENCE, set_as_default=False)


@contextmanager
def _closing(end: Any) -> Iterator[Any]:
    """Close a client or a cluster; whoever is interrupted waits for neither.

    What is finished is written, so nothing is worth waiting for. Worker processes end by
    themselves when the process that started them is gone.
    """
    patience = LEAVING
    try:
        yield end
        patience = CLOSING
    finally:
        with suppress(TimeoutError):
            end.close(timeout=patience)


def _local() -> Any:
    import sys
    from multiprocessing import resource_tracker

    from distributed import LocalCluster

    # Whoever is interrupted leaves at once; that his semaphores are tidied up is not worth a word.
    sys.warnoptions.append("ignore:resource_tracker")
    resource_tracker.ensure_running()
    sys.warnoptions.pop()
    quiet: Any = None  # no dashboard
    return LocalCluster(
        n_workers=cores(), threads_per_worker=1, dashboard_address=quiet, silence_logs=50
    )


def _results(
    client: Any,
    chunks: Sequence[Chunk],
    work: WorkCounter,
    tell: Callable[[str], None],
    own: Overlay | None = None,
    draws: str = PRIOR,
) -> Iterator[tuple[Chunk, bytes]]:
    """Chunks as they are finished; the cluster never holds more than it can soon compute."""
    from distributed import as_completed

    if not chunks:
        return
    left = iter(chunks)
    overlay: tuple[Any, ...] = () if own is None else (own,)  # workers may share no disk
    if draws != PRIOR:
        overlay = (own, draws)
    of: dict[str, Chunk] = {}
    damaged: Counter[str] = Counter()

    def submitted(some: Iterable[Chunk]) -> list[Any]:
        named = {f"{one.name}-{damaged[one.name]}": one for one in some}
        of.update(named)
        return [
            client.submit(compute_here, chunk, *overlay, key=key, retries=RETRIES)
            for key, chunk in named.items()
        ]

    try:
        ready = as_completed(submitted(islice(left, AHEAD * _threads(client))), client.loop)
        for future in ready:
            found, chunk = future.result(), of.pop(future.key)
            if isinstance(found, Exception):
                raise found
            future.release()
            checksum_sent, content = found
            if checksum_sent != checksum(chunk.name, content):
                damaged[chunk.name] += 1
                _again(chunk, damaged[chunk.name], tell)
                ready.add(*submitted([chunk]))
                continue
            for one in submitted(islice(left, max(1, AHEAD * _threads(client) - len(of)))):
                ready.add(one)
            work.add(work.of(chunk.patients))
            yield chunk, content
    except (InputError, SimulationFailed):
        raise
    except Exception as error:
        raise ClusterLost(f"The cluster was lost, or gave a chunk up: {error}") from error
    if of:
        raise ClusterLost("The cluster was lost before all chunks were finished.")


def _again(chunk: Chunk, times: int, tell: Callable[[str], None]) -> None:
    """Say that a chunk came damaged, which is too much if it came so several times."""
    if times > RETRIES:
        raise ClusterLost(f"chunk {chunk.name} came damaged {times} times.")
    tell(f"Chunk {chunk.name} came damaged from the cluster and is computed again.")


def _threads(client: Any) -> int:
    """Threads of all workers, at least one."""
    return max(1, sum(client.nthreads().values()))


def compute_here(
    chunk: Chunk,
    overlay: Overlay | None = None,
    draws: str = PRIOR,
) -> tuple[str, bytes] | InputError | SimulationFailed:
    """What a worker does: conduct the replicates of a chunk, in one thread.

    Returns
    -------
    a checksum and the bytes, or the error
        of a trial that no worker could conduct; what is raised instead is tried again
    """
    from gutskin.model.biology import shipped_biology
    from gutskin.model.compiled import load_model
    from gutskin.trials.conduct import WorkCounter

    model = load_model(replace(shipped_biology(), overlay=overlay, draws=draws))
    if (program(), model.content_hash) != (chunk.program, chunk.model):
        what = "a worker of the cluster runs another gutskin, or other versions of its libraries."
        return InputError(Problem(what, remedy="Install the same on every machine."))

    def run(function: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]:
        return run_chunks(function, pieces, workers=1)

    try:
        content = compute(
            chunk, model, WorkCounter(None, chunk.patients, len(chunk.trial.arms)), run
        )
        return checksum(chunk.name, content), content
    except (InputError, SimulationFailed) as error:
        return error
