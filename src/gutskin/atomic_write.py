"""Files that are there whole or not at all, and one message where they cannot be written."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import get_ident

from gutskin.errors import InputError, Problem

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REMEDIES = {
    **dict.fromkeys(FULL, "Free some space, or name a place on another disk."),
    errno.ENOENT: "Make the folder first.",
    errno.ENOTDIR: "Name a file in a folder.",
    errno.EISDIR: "Name a file in it.",
    errno.ENAMETOOLONG: "Name a shorter one.",
}


class CannotWrite(InputError):
    """A file or folder that cannot be written: a full disk, a closed place."""


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """What a user is told of a file or folder that cannot be written."""
    remedy = REMEDIES.get(error.errno or 0, "Name a place that you may write to.")
    if error.errno == errno.ENOENT and os.path.isdir(path.absolute().parent):
        remedy = "Name another place: nothing can be made in that folder."
    return CannotWrite(
        Problem(f"cannot be written: {error.strerror or error}.", path, None, remedy)
    )


def check_place(path: Path | None) -> None:
    """Refuse a file that cannot be written, before the work that fills it.

    Raises
    ------
    InputError
        naming the file and what to do
    """
    if path is None:
        return
    if os.path.isdir(path):  # of a path, the method raises for a name that is too long
        raise InputError(Problem("this is a folder.", path, None, "Name a file in it."))
    above = path.absolute().parent
    if not os.path.isdir(above):
        raise InputError(Problem("there is no such folder.", path.parent, None, "Make it first."))
    try:
        if _is_ordinary(path):
            probe(above)
    except OSError as error:
        raise cannot_write(path, error) from None


def output_problems(path: Path | None, option: str, ending: str, what: str) -> list[Problem]:
    """What is wrong with a file that an option names: its ending, its place.

    Parameters
    ----------
    option, ending : such as "--csv" and ".csv"
    what : what such a file is, as a sentence
    """
    if path is None:
        return []
    problems = []
    if path.suffix.lower() != ending:
        remedy = "Write a name with this ending."
        problems.append(Problem(f"{option} {path}: {what}", remedy=remedy))
    try:
        check_place(path)
    except InputError as error:
        problems += error.problems
    return problems


def probe(folder: Path) -> None:
    """Make a file in a folder and remove it: some folders promise what they do not keep.

    Raises
    ------
    OSError
        if nothing can be made there
    """
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    new = folder / f".{os.getpid()}-{get_ident()}.new"
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    new.unlink()


def check_folder(path: Path | None) -> None:
    """Refuse a folder that cannot be made or written, before the work that fills it.

    Raises
    ------
    InputError
        naming the folder and what to do
    """
    if path is None:
        return
    try:
        above = next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
        if not above.is_dir():
            raise InputError(Problem("this is a file.", above, None, "Name a folder."))
        probe(above)
    except OSError as error:
        raise cannot_write(path, error) from None


def make_folder(path: Path) -> None:
    """Make a folder that can be written, and those above it, where they are not there yet.

    Raises
    ------
    InputError
        naming the folder, why it cannot be made or written, and what to do
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except FileExistsError:
        raise InputError(Problem("this is a file.", path, None, "Name a folder.")) from None
    except OSError as error:
        raise cannot_write(path, error) from None


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; an earlier one stays until the new one is on the disk.

    What is no ordinary file (a pipe, /dev/stdout) is written as it comes; a link is followed.

    Parameters
    ----------
    content : text is written as UTF-8

    Raises
    ------
    CannotWrite
        naming the file, why it cannot be written, and what to do
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if _is_ordinary(path):
            _replace(Path(os.path.realpath(path)), data)
        else:
            with path.open("wb") as file:
                file.write(data)
    except OSError as error:
        raise cannot_write(path, error) from None


def write_files(files: Mapping[Path, str]) -> None:
    """Write several files, or leave all of them as they were.

    Raises
    ------
    CannotWrite
        naming the file that cannot be written; those before it are as they were
    """
    before: dict[Path, bytes | None] = {}
    try:
        for path in files:
            check_place(path)
        for path, content in files.items():
            before[path] = path.read_bytes() if path.exists() else None
            write_file(path, content)
    except BaseException:
        for path, old in before.items():
            with suppress(OSError, CannotWrite):
                if old is None:
                    path.unlink(missing_ok=True)
                elif path.read_bytes() != old:
                    write_file(path, old)
        raise


def _is_ordinary(path: Path) -> bool:
    """Whether a path is a file that may be written, or nothing yet."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return True
    if stat.S_ISREG(found.st_mode) and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_ISREG(found.st_mode)


def _replace(path: Path, data: bytes) -> None:
    new = path.with_name(f".{os.getpid()}-{get_ident()}.new")
    try:
        with new.open("xb") as file:
            with suppress(FileNotFoundError):
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
