"""What takes long to make, kept on disk between runs, and believed only if it can be trusted.

The cache lies where `GUTSKIN_CACHE_DIR` says, else in the user's cache folder. What is in it is
executed in the end (equations, machine code), so whoever can write to it could run code as its
reader. An entry is therefore read only if it and its folder belong to the reader or to root, are no
symbolic links, and nobody else may write to them; and only if its checksum, made with its own
name, is right. Anything else is made anew. A cache that cannot be used costs time and nothing else,
and one line on the error stream says so.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import get_ident

from platformdirs import user_cache_path

DIGEST = hashlib.sha256().digest_size  # bytes before the content
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
ROOT = 0
VARIABLE = "GUTSKIN_CACHE_DIR"


def cache_root() -> Path | None:
    """The folder of all caches; none for a user without a home."""
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser().absolute()
    usual = user_cache_path("gutskin")
    return usual if usual.is_absolute() else None


def key_of(reasons: Iterable[str | bytes]) -> str:
    """A name made of everything that an entry depends on.

    >>> key_of(["a", "b"]) == key_of(["a", b"b"]), key_of(["a", "b"]) == key_of(["ab"])
    (True, False)
    """
    digest = hashlib.sha256()
    for reason in reasons:
        text = reason.encode() if isinstance(reason, str) else reason
        digest.update(len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()[:32]


def why_not_trusted(found: os.stat_result) -> str | None:
    """Why a file or folder could be another's work; None if only its reader and root write it."""
    if found.st_uid not in (ROOT, os.geteuid()):
        return f"it belongs to another user (number {found.st_uid})"
    if found.st_mode & OTHERS_WRITE:
        return "others may write to it"
    return None


def private_folder(folder: Path, variable: str = VARIABLE) -> Path | None:
    """A folder for another program's cache, made for its owner alone; None if it is not trusted.

    Parameters
    ----------
    variable : of the environment, by which the user can name another
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        reason = _why_not_trusted_whole(folder)
    except OSError as error:
        _say_once(_cannot_write(folder, error, variable))
        return None
    if reason is not None:
        _say_once(_not_used(folder, reason, variable))
        return None
    return folder


def _why_not_trusted_whole(folder: Path) -> str | None:
    """As `why_not_trusted`, of a folder and every file in it."""
    found = folder.stat()
    if reason := why_not_trusted(found):
        return reason
    # Files are written with the user's own mask; nobody else reaches them in a closed folder.
    closed = not found.st_mode & (stat.S_IXGRP | stat.S_IXOTH)
    with os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            link = "it is a symbolic link" if entry.is_symlink() else None
            reason = link or why_not_trusted(status)
            if reason and not (closed and status.st_uid in (ROOT, os.geteuid())):
                return f"of {entry.name}: {reason}"
    return None


@dataclass(frozen=True)
class DiskCache:
    """Entries of one kind: bytes by their key.

    Parameters
    ----------
    folder : made when the first entry comes, for its owner alone; none keeps nothing
    """

    folder: Path | None

    @classmethod
    def of(cls, kind: str) -> DiskCache:
        """The cache of a kind of entries."""
        root = cache_root()
        return cls(None if root is None else root / kind)

    def read(self, key: str) -> bytes | None:
        """An entry, if it is there, whole, and nobody else can have written it."""
        with suppress(OSError), self._opened() as folder:
            if folder is None:
                return None
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            with open(os.open(key, flags, dir_fd=folder), "rb") as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode) or why_not_trusted(found):
                    return None
                content = file.read()
            if content[:DIGEST] == _digest(key, content[DIGEST:]):
                return content[DIGEST:]
        return None

    def write(self, key: str, content: bytes) -> None:
        """Keep an entry; whoever reads finds all of it or nothing."""
        if self.folder is None:
            return
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                self.folder.mkdir(mode=0o700)
            with self._opened() as folder:
                if folder is not None:
                    _write(folder, key, _digest(key, content) + content)
        except OSError as error:
            _say_once(_cannot_write(self.folder.parent, error, VARIABLE))

    @contextmanager
    def _opened(self) -> Iterator[int | None]:
        """The folder as a descriptor, which nobody can exchange; None if it is not trusted."""
        if self.folder is None:
            yield None
            return
        if self.folder.is_symlink():
            _say_once(_not_used(self.folder, "it is a symbolic link", VARIABLE))
            yield None
            return
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        folder = os.open(self.folder, flags)
        try:
            reason = why_not_trusted(os.fstat(folder))
            if reason is not None:
                _say_once(_not_used(self.folder, reason, VARIABLE))
            yield None if reason else folder
        finally:
            os.close(folder)


def _digest(key: str, content: bytes) -> bytes:
    """The checksum of an entry; under another name it is another."""
    return hashlib.sha256(key.encode() + b"\0" + content).digest()


def _write(folder: int, key: str, content: bytes) -> None:
    new = f".{key}.{os.getpid()}.{get_ident()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with open(os.open(new, flags, 0o600, dir_fd=folder), "wb") as file:
            file.write(content)
        os.replace(new, key, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(new, dir_fd=folder)
        raise


def _not_used(folder: Path, reason: str, variable: str) -> str:
    return (
        f"The cache {folder} is not used: {reason}, and what lies there is executed. "
        f"Name a folder of your own in {variable}, or make this one yours alone (chmod 700)."
    )


def _cannot_write(folder: Path, error: OSError, variable: str) -> str:
    return (
        f"The cache {folder} cannot be written ({error.strerror}): what takes long to make "
        f"is made in every run. Name a folder of your own in {variable}."
    )


@cache
def _say_once(text: str) -> None:
    logging.getLogger("gutskin").warning(text)
