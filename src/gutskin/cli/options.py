"""What several commands are asked in the same words."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Stance(StrEnum):
    """Where mechanisms without human evidence are put."""

    evidence = "evidence"
    article = "article"

    @property
    def other(self) -> Stance:
        """The other one."""
        return Stance.article if self is Stance.evidence else Stance.evidence


StanceOption = Annotated[
    Stance, typer.Option(help="evidence: what human data support; article: what it claims.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, nothing else.")]
