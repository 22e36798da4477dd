"""What several commands are asked in the same words."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
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
# Threefry keys of JAX are made of 64-bit numbers with a sign
SeedOption = Annotated[
    int, typer.Option(min=0, max=2**63 - 1, help="The same seed gives the same result.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, nothing else.")]
BiologyOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder of own tables, fragments and trials on top of the shipped ones "
        "(also GUTSKIN_BIOLOGY)."
    ),
]
