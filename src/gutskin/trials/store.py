"""Where the finished chunks of a run lie until its result is written: a folder beside it.

A chunk's file is named by what it was computed from and by its own checksum, so that whoever finds
it knows whether it is the right one and whole. Whatever stops a run, what it had finished is found
by the next one with the same command; what is damaged is computed again. What lies in a finished
result need not be computed again either.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gutskin.atomic_write import cannot_write, make_folder, write_file
from gutskin.media import agreeing, counted
from gutskin.trials.chunks import Chunk
from gutskin.trials.store_owner import SUFFIX as OWNER
from gutskin.trials.store_owner import Owner

if TYPE_CHECKING:
    from gutskin.trials.failures import Failure

PATIENTS, OTHER_STANCE, FAILED = (  # of a result
    "patients.parquet",
    "other_stance.parquet",
    "failed",
)
SUFFIX = ".parquet"
CHUNK_NAME = re.compile(r"[a-z]+-\d{8,}-[0-9a-f]{16}")


class Damaged(Exception):
    """A file changed after it was written; the message says which."""


@dataclass(frozen=True)
class Stored:
    """A chunk's file as it was found; `content` is None if it is damaged."""

    path: Path
    content: bytes | None


def checksum(name: str, content: bytes) -> str:
    """Of the file of the chunk of that name; the same bytes under another name have another."""
    return hashlib.sha256(name.encode() + b"\0" + content).hexdigest()[:16]


def file_name(name: str, content: bytes) -> str:
    """Of the file of the chunk of that name."""
    return f"{name}-{checksum(name, content)}{SUFFIX}"


def is_whole(path: Path, content: bytes) -> bool:
    """Whether these are the bytes that were written under that name."""
    return path.name == file_name(path.stem.rpartition("-")[0], content)


def read_whole(path: Path, written: Path | None = None) -> bytes:
    """The bytes of a file of a chunk.

    Parameters
    ----------
    written : the file that a user is told of, if this one is a copy

    Raises
    ------
    Damaged
        If they are not those that were written.
    """
    content = _read(path)
    if content is None or not is_whole(path, content):
        what = f"{written or path} was damaged after it was written"
        raise Damaged(f"{what}; it is computed again next time.")
    return content


@dataclass(frozen=True)
class Store:
    """The finished chunks of the runs into one folder.

    Parameters
    ----------
    folder : made when the first chunk comes
    earlier : folders of an earlier result, from which chunks are only read
    owner : the run that writes here
    """

    folder: Path
    earlier: tuple[Path, ...] = ()
    owner: Owner | None = None

    @classmethod
    def beside(cls, out_dir: Path, owner: Owner | None = None) -> Store:
        """The store that belongs to a result."""
        out_dir = out_dir.absolute()
        earlier = (out_dir / PATIENTS, out_dir / OTHER_STANCE)
        return cls(out_dir.with_name(f".{out_dir.name}.unfinished"), earlier, owner)

    def read(self, chunk: Chunk) -> Stored | None:
        """A chunk's file, its checksum compared; None if there is none."""
        damaged = None
        for folder in (*self.earlier, self.folder):
            for path in _files(folder, chunk):
                content = _read(path)
                if content is not None and is_whole(path, content):
                    return Stored(path, content)
                damaged = damaged or Stored(path, None)
        return damaged

    def finished(self, chunks: Sequence[Chunk]) -> list[Chunk]:
        """Those of the chunks that are here, and whole."""
        found = ((chunk, self.read(chunk)) for chunk in chunks)
        return [chunk for chunk, one in found if one is not None and one.content is not None]

    def write(self, chunk: Chunk, content: bytes) -> Path:
        """Keep a finished chunk; whoever looks finds all of it or nothing.

        Raises
        ------
        CannotWrite
            naming the file, why it cannot be written, and what to do
        """
        make_folder(self.folder)
        if self.owner is not None and not (self.folder / self.owner.file_name).exists():
            write_file(self.folder / self.owner.file_name, self.owner.to_json())
        path = self.folder / file_name(chunk.name, content)
        before = _files(self.folder, chunk)
        write_file(path, content)
        for damaged in before:
            if damaged != path:
                damaged.unlink(missing_ok=True)
        return path

    def count(self, chunks: Iterable[Chunk]) -> int:
        """How many of the chunks were written here, in this run or one before it."""
        return sum(bool(_files(self.folder, chunk)) for chunk in chunks)

    def has(self, chunk: Chunk) -> bool:
        """Whether a file of the chunk lies here or in an earlier result, whole or not."""
        return any(_files(folder, chunk) for folder in (*self.earlier, self.folder))

    def list_failures(self, failures: Iterable[Failure]) -> Path:
        """Write the patient files of failures; gives their folder."""
        return write_failures(self.folder / FAILED, failures)

    def tidy(self, tell: Callable[[str], None]) -> None:
        """Remove what dead runs left and nobody can use, and say what others may still want.

        Nobody else may be writing: the lock of the result is held, so every other owner is dead.

        Parameters
        ----------
        tell : called with what a user should know
        """
        for path in (*self.folder.glob(".*.new"), *(self.folder / FAILED).glob("*.toml")):
            path.unlink(missing_ok=True)
        mine = set(self.owner.chunks if self.owner is not None else ())
        others, wanted = self._others()
        left, removed = 0, 0
        for path in self.folder.glob(f"*{SUFFIX}"):
            name = CHUNK_NAME.match(path.name)
            if name is None or name[0] in mine:
                continue
            if name[0] in wanted:
                left += 1
            else:
                path.unlink(missing_ok=True)
                removed += 1
        if removed:
            tell(
                f"{counted(removed, 'chunk')} in {self.folder} "
                f"{agreeing(removed, 'is', 'are')} of an earlier version of the program or "
                "its tables, or of no run that is known; no command can use "
                f"{agreeing(removed, 'it, and it is', 'them, and they are')} removed."
            )
        if left:
            commands = [f"`{one.command}`" for one in others if one.command]
            goes, them = agreeing(len(commands), "goes", "go"), agreeing(left, "it", "them")
            tell(
                f"{counted(left, 'finished chunk')} of other runs "
                f"{agreeing(left, 'lies', 'lie')} in {self.folder} and "
                f"{agreeing(left, 'is', 'are')} left there"
                + (f" ({'; '.join(commands)} {goes} on with {them})" if commands else "")
                + f". Remove that folder if nobody needs {them}."
            )

    def _others(self) -> tuple[list[Owner], set[str]]:
        """Other runs whose chunks can be used again, and their chunks; the rest is forgotten."""
        found: list[Owner] = []
        for path in sorted(self.folder.glob(f"*{OWNER}")):
            try:
                owner = Owner.from_json(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                owner = None
            if owner == self.owner:
                continue
            if owner is None or (self.owner is not None and owner.is_stale(self.owner)):
                path.unlink(missing_ok=True)
            else:
                found.append(owner)
        return found, {name for one in found for name in one.chunks}

    def remove(self, chunks: Iterable[Chunk]) -> None:
        """Remove the files of a run, once its result is in place; those of others stay."""
        for path in self._own(chunks):
            path.unlink(missing_ok=True)
        if self.owner is not None:
            (self.folder / self.owner.file_name).unlink(missing_ok=True)
        for path in (self.folder / FAILED).glob("*.toml"):
            path.unlink(missing_ok=True)
        self.leave()

    def leave(self) -> None:
        """Remove the folder, if nothing is in it that anybody needs."""
        if not any(self.folder.glob(f"*{SUFFIX}")):
            for path in self.folder.glob(f"*{OWNER}"):
                path.unlink(missing_ok=True)
        for folder in (self.folder / FAILED, self.folder):
            with suppress(OSError):  # it is not empty, or not there
                folder.rmdir()

    def _own(self, chunks: Iterable[Chunk]) -> Iterator[Path]:
        for chunk in chunks:
            yield from _files(self.folder, chunk)


def _files(folder: Path, chunk: Chunk) -> list[Path]:
    """What lies in a folder under a chunk's name, whatever its checksum."""
    return sorted(folder.glob(f"{chunk.name}*{SUFFIX}"))


def _read(path: Path) -> bytes | None:
    """The bytes of a file; None if they cannot be read."""
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError:
        return None


def write_failures(folder: Path, failures: Iterable[Failure]) -> Path:
    """A patient file for each failure."""
    from gutskin.trials.failures import to_toml

    make_folder(folder)
    for one in failures:
        write_file(folder / one.file_name, to_toml(one))
    return folder


def put(files: Iterable[Path], folder: Path) -> list[Path]:
    """Put files of chunks into a folder too, without copying them where the disk allows.

    Raises
    ------
    Damaged
        If a file is no longer what was written.
    CannotWrite
        If the folder cannot be written.
    """
    make_folder(folder)
    return [_put(path, folder / path.name) for path in files]


def _put(path: Path, place: Path) -> Path:
    try:
        try:
            os.link(path, place)
        except OSError:
            shutil.copyfile(path, place)
    except OSError as error:
        raise cannot_write(place, error) from None
    read_whole(place, path)
    return place
