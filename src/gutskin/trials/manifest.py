"""What a finished result consists of: the run it belongs to, and a checksum of every file.

It is `run.json` of the result, and is itself under a checksum. Whoever reads a result compares:
a file that changed, or went, is named with the command that writes it anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gutskin.errors import Problem
from gutskin.trials.run_record import RunRecord

RECORD = "run.json"


@dataclass(frozen=True)
class Manifest:
    """A finished result.

    Parameters
    ----------
    record : of the run
    command : the command line that repeats it
    files : path within the folder -> SHA-256 of the file; all but `run.json`
    """

    record: RunRecord
    command: str
    files: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, record: RunRecord, command: str = "") -> Manifest:
        """That of all files that lie in a folder now."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        files = {path.relative_to(folder).as_posix(): _digest(path) for path in paths}
        files.pop(RECORD, None)
        return cls(record, command, files)

    def to_json(self) -> str:
        """As `run.json` holds it."""
        values = {**asdict(self.record), "command": self.command, "files": dict(self.files)}
        whole = values | {"checksum": _checksum(values)}
        return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read back.

        Raises
        ------
        ValueError
            For a text that is none, or was changed.
        """
        values: Any = json.loads(text)
        if not isinstance(values, dict) or not {"command", "files", "checksum"} <= set(values):
            raise ValueError("no record of a result")
        if values.pop("checksum") != _checksum(values):
            raise ValueError("the record was changed")
        command, files = values.pop("command"), values.pop("files")
        texts = [command, *files, *files.values()] if isinstance(files, dict) else [None]
        if not all(isinstance(one, str) for one in texts):
            raise ValueError("no record of a result")
        return cls(RunRecord.from_values(values), command, files)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """That of a finished result.

        Raises
        ------
        OSError, ValueError
            If its `run.json` is missing or damaged.
        """
        return cls.from_json((folder / RECORD).read_text(encoding="utf-8"))

    def damaged(self, folder: Path, *, within: bool = True) -> list[Problem]:
        """The files of a folder that are no longer what was written.

        Parameters
        ----------
        within : also those in folders of the folder: the chunks, whose names hold a checksum
        """
        remedy = f"`{self.command}` writes it anew." if self.command else "Run the trial again."
        found = []
        for name, digest in self.files.items():
            path = folder / name
            if not within and "/" in name:
                continue
            if not path.is_file():
                found.append(Problem("the file is missing.", path, None, remedy))
            elif _readable(path) != digest:
                what = "the file was changed or damaged after it was written."
                found.append(Problem(what, path, None, remedy))
        return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _readable(path: Path) -> str | None:
    """The checksum of a file; None of one that cannot be read."""
    try:
        return _digest(path)
    except OSError:
        return None


def _checksum(values: Mapping[str, Any]) -> str:
    """Of what a record says, however it is laid out."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
