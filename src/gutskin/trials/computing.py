"""Who computes the chunks of a run: this process, others beside it, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gutskin.engine.parallel import Run, stream
from gutskin.trials import chunks as chunk_room
from gutskin.trials.chunks import Chunk
from gutskin.trials.conduct import WorkCounter
from gutskin.trials.processes import Processes, several_processes

if TYPE_CHECKING:
    from gutskin.model.model import Model

Compute = Callable[[Sequence[Chunk], WorkCounter], Iterator[tuple[Chunk, bytes]]]


@contextmanager
def computed(
    model: Model,
    chunks: Sequence[Chunk],
    work: WorkCounter,
    elsewhere: Compute | None = None,
    processes: Processes | None = None,
    *,
    kept: bool,
) -> Iterator[Iterator[tuple[Chunk, Any]]]:
    """Each chunk as it is finished: its file's bytes if they are kept, else its batch.

    Parameters
    ----------
    work : told of what is done
    elsewhere : computes chunks as files, in any order
    processes : that are there already; else others are begun where that is worth it

    Raises
    ------
    InputError, SimulationFailed
        Of a trial that cannot be conducted.
    """
    if elsewhere is not None:
        yield elsewhere(chunks, work)
    elif processes is not None:
        yield processes.results(chunks, model, work, kept=kept)
    else:
        with several_processes(model.biology, sum(one.patients for one in chunks)) as these:
            if these is None:
                yield in_this_process(model, chunks, work, kept=kept)
            else:
                yield these.results(chunks, model, work, kept=kept)


def in_this_process(
    model: Model, chunks: Sequence[Chunk], work: WorkCounter, *, kept: bool
) -> Iterator[tuple[Chunk, Any]]:
    """In this process, on all cores."""
    function: Callable[..., Any] = chunk_room.compute if kept else chunk_room.conduct_chunk

    def conducted(chunk: Chunk, run: Run) -> Any:
        return function(chunk, model, work, run)

    return stream(conducted, chunks)
