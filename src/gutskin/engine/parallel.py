"""Many chunks of patients at once, one thread each: XLA computes without Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from functools import partial
from itertools import islice
from queue import SimpleQueue
from typing import Any

PIECES_UNDER_WAY = (
    2  # large pieces of work under way: while one waits for its last chunk, the other goes on
)

Run = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_chunks[Chunk, Result](
    function: Callable[[Chunk], Result],
    chunks: Sequence[Chunk],
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    pool: Executor | None = None,
) -> list[Result]:
    """Apply a function to every chunk, several at a time; results keep the order of the chunks.

    The first error, or an interruption, cancels the chunks that have not started.

    Parameters
    ----------
    function : what is done with a chunk
    chunks : the pieces of work
    workers : threads; by default one per core
    progress : called with (chunks done, chunks in all) after each
    pool : threads that others use too, instead of threads of our own

    Raises
    ------
    CancelledError
        If the pool was shut down by somebody else before all chunks had started.

    Examples
    --------
    >>> run_chunks(lambda x: x * x, [1, 2, 3])
    [1, 4, 9]
    """
    if pool is not None:
        return _on(pool, function, chunks, progress)
    workers = min(workers or cores(), len(chunks))
    if workers <= 1:
        results = []
        for done, chunk in enumerate(chunks, start=1):
            results.append(function(chunk))
            if progress is not None:
                progress(done, len(chunks))
        return results
    with ThreadPoolExecutor(workers) as own:
        try:
            return _on(own, function, chunks, progress)
        except BaseException:
            own.shutdown(wait=False, cancel_futures=True)
            raise


def _on[Chunk, Result](
    pool: Executor,
    function: Callable[[Chunk], Result],
    chunks: Sequence[Chunk],
    progress: Callable[[int, int], None] | None,
) -> list[Result]:
    # Of a chunk that never started, since the pool was shut down, `as_completed` would not hear.
    ended: SimpleQueue[Future[Result]] = SimpleQueue()
    futures = [pool.submit(function, chunk) for chunk in chunks]
    for future in futures:
        future.add_done_callback(ended.put)
    try:
        for done in range(1, len(futures) + 1):
            ended.get().result()
            if progress is not None:
                progress(done, len(chunks))
    except BaseException:
        for future in futures:
            future.cancel()
        raise
    return [future.result() for future in futures]


def stream[Piece, Result](
    function: Callable[[Piece, Run], Result],
    pieces: Iterable[Piece],
    workers: int | None = None,
) -> Generator[tuple[Piece, Result]]:
    """Large pieces of work, each cut into chunks of its own; gives each result as it is ready.

    Two pieces are under way and share the threads. No more results are held than are under way.
    Whoever stops listening cancels what has not started.

    Parameters
    ----------
    function : called with a piece and with `run`, which spreads chunks over the threads
    pieces : taken one after the other
    workers : threads; by default one per core

    Examples
    --------
    >>> [total for _, total in stream(lambda n, run: sum(run(abs, range(n))), [3, 3])]
    [3, 3]
    """
    pool, drivers = ThreadPoolExecutor(workers or cores()), ThreadPoolExecutor(PIECES_UNDER_WAY)
    run = partial(run_chunks, pool=pool)
    left = iter(pieces)
    under_way: dict[Future[Result], Piece] = {}

    def start(count: int) -> None:
        under_way.update((drivers.submit(function, one, run), one) for one in islice(left, count))

    try:
        start(PIECES_UNDER_WAY)
        while under_way:
            ready, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in ready:
                piece = under_way.pop(future)
                result = future.result()
                start(1)
                yield piece, result
    finally:
        for threads in (drivers, pool):
            threads.shutdown(wait=False, cancel_futures=True)
