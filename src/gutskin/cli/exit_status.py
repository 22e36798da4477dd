"""The exit status of a run that does not come to its end, and what a user is told then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from gutskin.cli.output import tell
from gutskin.errors import InputError

TERMINATED = 143
NOTHING = "Nothing is kept: nothing of this run was finished yet."


@contextmanager
def exit_status_of_a_run() -> Iterator[None]:
    """Say what is kept of a run that was stopped, or why it could not go on.

    The notes of what was raised say it, see `gutskin.trials.stopped`.
    """
    from gutskin.trials.interrupt import Terminated

    try:
        yield
    except KeyboardInterrupt as error:
        _tell_all(getattr(error, "__notes__", [NOTHING]))
        if not isinstance(error, Terminated):
            raise
        tell("Ended from outside. Earlier results are untouched.")
        raise typer.Exit(TERMINATED) from None
    except InputError:
        raise
    except Exception as error:
        from gutskin.engine import SimulationFailed  # it brings JAX, which is here by now
        from gutskin.trials.cluster import ClusterLost
        from gutskin.trials.store import Damaged

        if not isinstance(error, SimulationFailed | ClusterLost | Damaged):
            raise
        _tell_all(getattr(error, "__notes__", []))
        tell(str(error))
        raise typer.Exit(1) from None


def _tell_all(notes: list[str]) -> None:
    for note in notes:
        for line in note.splitlines():
            tell(line)
