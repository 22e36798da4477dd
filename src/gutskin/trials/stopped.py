"""What a user is told of a run that does not come to its end: what is kept, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gutskin.atomic_write import CannotWrite
from gutskin.errors import InputError, Problem

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
    count, chunks = held.count_finished(), len(held.chunks)
    if not count:
        return f"Nothing is kept: none of the {chunks} chunks of this run was finished yet."
    return (
        f"{count} of {chunks} chunks are finished and kept in {held.store.folder}.\n"
        "The same command goes on from there."
    )
