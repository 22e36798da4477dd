"""One run at a time writes into a folder; the next one is told who does.

The lock is the operating system's (flock) on a file beside the folder: it ends with its owner,
however that ends. The file says who holds it, and is removed with the lock.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from gutskin.atomic_write import cannot_write
from gutskin.errors import InputError, Problem

WITHOUT = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)  # a disk has no locks


@contextmanager
def locked(folder: Path, command: str, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a folder.

    Parameters
    ----------
    folder : need not be there; the folder above it is
    command : what the holder does, told to whoever comes second
    tell : called where a disk has no locks

    Raises
    ------
    InputError
        If another run holds it: which, since when, and what to do.
    """
    path = folder.with_name(f".{folder.name}.lock")
    try:
        file = _acquired(path, folder, tell)
        _sign(file, command)
    except OSError as error:
        raise cannot_write(folder, error) from None
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()  # while it is held: nobody takes over a file that is no longer there
        os.close(file)


def _acquired(path: Path, folder: Path, tell: Callable[[str], None]) -> int:
    """The lock file, open and locked."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = InputError(_held(folder, file))
            os.close(file)
            raise held from None
        except OSError as error:
            if error.errno not in WITHOUT:
                os.close(file)
                raise
            tell(f"The disk of {folder} has no locks: start no second run into this folder.")
            return file
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        os.close(file)  # its owner removed it in between


def _sign(file: int, command: str) -> None:
    holder = {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "command": command,
    }
    os.ftruncate(file, 0)
    os.pwrite(file, json.dumps(holder).encode(), 0)


def _held(folder: Path, file: int) -> Problem:
    """What is told of a folder into which another run writes."""
    try:
        holder = json.loads(os.pread(file, 100_000, 0))
        process, host = int(holder["process"]), str(holder["host"])
        who = f": process {process} on {host}, since {holder['since']}, `{holder['command']}`"
        end = f"end it (kill {process})" if host == socket.gethostname() else "end it"
    except (ValueError, KeyError, TypeError, OSError):
        who, end = "", "end it"
    remedy = f"Wait until it is done, {end}, or name another folder with --out."
    return Problem(f"another run writes into this folder{who}.", folder, None, remedy)
