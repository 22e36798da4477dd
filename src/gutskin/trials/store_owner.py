"""Whose chunks lie in a store: which run computed them, and whether anybody can use them again.

A run that was stopped leaves its chunks for the same command. Chunks of a program that has changed
since, or of tables that have, are found by nobody any more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from gutskin.trials.chunks import Chunk
from gutskin.trials.run_record import RunRecord

SUFFIX = ".run.json"


@dataclass(frozen=True)
class Owner:
    """A run that writes chunks.

    Parameters
    ----------
    program, model : hashes of what computes
    overlay : name of the folder of a user's own biology; empty without one
    command : that goes on with its chunks
    chunks : their names
    """

    program: str
    model: str
    overlay: str
    command: str
    chunks: tuple[str, ...]

    @classmethod
    def of(cls, record: RunRecord, chunks: Iterable[Chunk], command: str) -> Owner:
        """That of a run that is about to begin."""
        names = tuple(chunk.name for chunk in chunks)
        return cls(record.program, record.model, record.overlay, command, names)

    @property
    def file_name(self) -> str:
        """Of its file in the store; the same run has the same."""
        whole = json.dumps(sorted(self.chunks))
        return hashlib.sha256(whole.encode()).hexdigest()[:16] + SUFFIX

    def to_json(self) -> str:
        """As its file holds it."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Owner:
        """Read back.

        Raises
        ------
        ValueError
            For a text that is none.
        """
        found: Any = json.loads(text)
        kinds = {"program": str, "model": str, "overlay": str, "command": str, "chunks": list}
        if not isinstance(found, dict) or set(found) != set(kinds):
            raise ValueError("no owner of chunks")
        if not all(isinstance(found[name], kind) for name, kind in kinds.items()):
            raise ValueError("no owner of chunks")
        program, model, overlay, command, chunks = (found[name] for name in kinds)
        return cls(program, model, overlay, command, tuple(map(str, chunks)))

    def is_stale(self, now: Owner) -> bool:
        """Whether no command finds its chunks any more, as far as the run of now knows.

        Tables of a user's own may be there again tomorrow; the shipped ones will not.
        """
        changed = not self.overlay and not now.overlay and self.model != now.model
        return self.program != now.program or changed
