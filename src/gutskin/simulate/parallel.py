"""Many chunks of patients at once, one thread each: XLA computes without Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed


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
) -> list[Result]:
    """Apply a function to every chunk, several at a time; results keep the order of the chunks.

    The first error, or an interruption, cancels the chunks that have not started.

    Parameters
    ----------
    function : what is done with a chunk
    chunks : the pieces of work
    workers : threads; by default one per core
    progress : called with (chunks done, chunks in all) after each

    Examples
    --------
    >>> run_chunks(lambda x: x * x, [1, 2, 3])
    [1, 4, 9]
    """
    workers = min(workers or cores(), len(chunks))
    if workers <= 1:
        results = []
        for done, chunk in enumerate(chunks, start=1):
            results.append(function(chunk))
            if progress is not None:
                progress(done, len(chunks))
        return results
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(function, chunk) for chunk in chunks]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                if progress is not None:
                    progress(done, len(chunks))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]
