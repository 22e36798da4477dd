"""Who computes the chunks of a run: this process, others beside it, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

from gutskin.engine.parallel import stream
from gutskin.trials.chunks import Chunk
from gutskin.trials.conduct import WorkCounter
from gutskin.trials.processes import Processes, several_processes

if TYPE_CHECKING:
    from gutskin.model.model import Model
    from gutskin.trials.processes import How

Compute = Callable[[Sequence[Chunk], WorkCounter], Iterator[tuple[Chunk, bytes]]]


@contextmanager
def computed(
    model: Model,
    chunks: Sequence[Chunk],
    work: WorkCounter,
    how: How,
    elsewhere: Compute | None = None,
    processes: Processes | None = None,
) -> Iterator[Iterator[tuple[Chunk, Any]]]:
    """Each chunk as it is finished, with what came of it.

    Parameters
    ----------
    work : told of what is done
    how : what is done with a chunk
    elsewhere : computes chunks as files instead, in any order
    processes : that are there already; else others are begun where that is worth it

    Raises
    ------
    InputError, SimulationFailed
        Of a trial that cannot be conducted.
    """
    if elsewhere is not None:
        yield elsewhere(chunks, work)
        return
    with ExitStack() as at_the_end:
        if processes is None:
            patients = sum(one.patients for one in chunks)
            processes = at_the_end.enter_context(several_processes(model.biology, patients))
        if processes is None:
            results = in_this_process(model, chunks, work, how)
        else:
            results = processes.results(chunks, model, work, how)
        # Whoever keeps an error keeps what it was raised in: nothing goes on for his sake.
        yield at_the_end.enter_context(closing(results))


def in_this_process(
    model: Model, chunks: Sequence[Chunk], work: WorkCounter, how: How
) -> Generator[tuple[Chunk, Any]]:
    """In this process, on all cores."""
    return stream(lambda chunk, run: how(chunk, model, work, run), chunks)
