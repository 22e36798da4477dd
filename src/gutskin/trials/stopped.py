"""What a user is told of a run that does not come to its end: what is kept, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gutskin.atomic_write import CannotWrite
from gutskin.errors import InputError, Problem
from gutskin.media import agreeing, of_all

if TYPE_CHECKING:
    from gutskin.trials.result_folder import ResultFolder


@contextmanager
def note_what_is_finished(held: ResultFolder | None) -> Iterator[None]:
    """Note on whatever ends a run before its end what is kept of it."""
    try:
        yield
    except KeyboardInterrupt as error:
        error.add_note(finished_in(held))
        raise
    except CannotWrite as error:
        lines = (Problem(line) for line in finished_in(held).splitlines())
        raise CannotWrite([*error.problems, *lines]) from None
    except InputError:
        raise
    except Exception as error:
        from gutskin.engine import SimulationFailed  # it brings JAX, which is here by now
        from gutskin.trials.cluster import ClusterLost
        from gutskin.trials.store import Damaged

        if isinstance(error, ClusterLost | Damaged):
            error.add_note(finished_in(held))
        failures = getattr(error, "failures", ())
        if isinstance(error, SimulationFailed) and held is not None and failures:
            error.add_note(f"Their patient files: {held.store.list_failures(failures)}")
        raise


def finished_in(held: ResultFolder | None) -> str:
    """What a user should know of a run that was stopped."""
    if held is None:
        return "Nothing is kept: without --out or --report no file is written."
    return kept_message(held.count_finished(), len(held.chunks), held.store.folder, held.command)


def kept_message(finished: int, chunks: int, folder: Path, command: str = "") -> str:
    """Which chunks of a run are finished, where they lie, and what goes on with them.

    Parameters
    ----------
    command : that does; by default the same again

    Examples
    --------
    >>> print(kept_message(1, 2, Path(".out.unfinished"), "gutskin trial mine.toml --out out"))
    1 of 2 chunks is finished and kept in .out.unfinished.
    `gutskin trial mine.toml --out out` goes on from there.
    >>> kept_message(0, 1, Path(".out.unfinished"))
    'Nothing is kept: the only chunk of this run was not finished yet.'
    """
    if not finished:
        which = agreeing(chunks, "the only chunk", f"none of the {chunks:,} chunks")
        was = agreeing(chunks, "was not finished", "was finished")
        return f"Nothing is kept: {which} of this run {was} yet."
    share, are = of_all(finished, chunks, "chunk"), agreeing(finished, "is", "are")
    again = f"`{command}`" if command else "The same command"
    return f"{share} {are} finished and kept in {folder}.\n{again} goes on from there."
