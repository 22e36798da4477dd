"""Where the finished chunks of a run lie until its result is written: a folder beside it.

Each chunk is written whole, under a temporary name first, and named by what it was computed from.
So whatever stops a run, what it had finished is found by the next one with the same command; and
what lies in a finished result need not be computed again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gutskin.trials.chunks import Chunk
from gutskin.trials.failures import Failure, to_toml

PATIENTS, OTHER_STANCE, FAILED = (  # of a result
    "patients.parquet",
    "other_stance.parquet",
    "failed",
)


@dataclass(frozen=True)
class Store:
    """The finished chunks of the runs into one folder.

    Parameters
    ----------
    folder : made when the first chunk comes
    earlier : folders of an earlier result, from which chunks are only read
    """

    folder: Path
    earlier: tuple[Path, ...] = ()

    @classmethod
    def beside(cls, out_dir: Path) -> Store:
        """The store that belongs to a result."""
        out_dir = out_dir.absolute()
        earlier = (out_dir / PATIENTS, out_dir / OTHER_STANCE)
        return cls(out_dir.with_name(f".{out_dir.name}.unfinished"), earlier)

    def path(self, chunk: Chunk) -> Path:
        """Where a chunk lies, or would lie."""
        places = [one / chunk.file_name for one in self.earlier]
        return next((one for one in places if one.exists()), self.folder / chunk.file_name)

    def finished(self, chunks: Sequence[Chunk]) -> list[Chunk]:
        """Those of the chunks that are here, and whole."""
        return [chunk for chunk in chunks if self._is_whole(self.path(chunk))]

    def _is_whole(self, path: Path) -> bool:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            pq.read_metadata(path)
        except (OSError, pa.ArrowInvalid):
            return False
        return True

    def write(self, chunk: Chunk, content: bytes) -> Path:
        """Keep a finished chunk; whoever looks finds all of it or nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / chunk.file_name
        new = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with new.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
        return path

    def list_failures(self, failures: Iterable[Failure]) -> Path:
        """Write the patient files of failures; gives their folder."""
        return write_failures(self.folder / FAILED, failures)

    def remove(self) -> None:
        """Clear everything, once the result is in place."""
        shutil.rmtree(self.folder, ignore_errors=True)


def write_failures(folder: Path, failures: Iterable[Failure]) -> Path:
    """A patient file for each failure."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in failures:
        (folder / one.file_name).write_text(to_toml(one), encoding="utf-8")
    return folder


def put(files: Iterable[Path], folder: Path) -> None:
    """Put files into a folder too, without copying them where the disk allows."""
    folder.mkdir()
    for path in files:
        try:
            os.link(path, folder / path.name)
        except OSError:
            shutil.copyfile(path, folder / path.name)
