"""What several commands are asked in the same words."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gutskin.errors import InputError, Problem


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


class Draws(StrEnum):
    """Of which worlds a result is made; the values of `gutskin.model.biology.DRAWS`."""

    prior = "prior"
    posterior = "posterior"
    centre = "1"


WORLDS = "Worlds of the prior, worlds that meet the targets (posterior), or the central one (1)."
DrawsOption = Annotated[
    Draws | None,
    typer.Option(help=WORLDS, show_default="posterior where there is one, else prior"),
]


SeedOption = Annotated[int, typer.Option(help="The same seed gives the same result.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, nothing else.")]
PlanOption = Annotated[
    bool, typer.Option("--plan", help="Print what would be done, and do nothing.")
]
BiologyOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder of own tables, fragments and trials on top of the shipped ones "
        "(also GUTSKIN_BIOLOGY)."
    ),
]
FigureOption = Annotated[
    Path | None, typer.Option(help="Also draw it into this file (.svg or .png).")
]

SheetOption = Annotated[
    Path | None,
    typer.Option("--summary", help="Also write a summary of one printed page (.html)."),
]
CsvOption = Annotated[
    Path | None, typer.Option(help="Also write what is found into this table (.csv).")
]
XlsxOption = Annotated[Path | None, typer.Option(help="The same table as a workbook (.xlsx).")]


def check_figure(figure: Path | None) -> None:
    """Refuse a figure of a kind that nobody draws.

    Raises
    ------
    InputError
        For a name with another ending.
    """
    if figure is not None and figure.suffix not in (".svg", ".png"):
        what = f"--figure {figure}: a figure is an .svg or a .png file."
        raise InputError(Problem(what, remedy="Write a name with one of these endings."))


def check_svg(option: str, picture: Path | None) -> None:
    """Refuse a picture that is drawn as SVG alone under another ending, or at no place for it.

    Raises
    ------
    InputError
        With both that may be wrong.
    """
    from gutskin.atomic_write import output_problems

    if problems := output_problems(picture, option, ".svg", "this picture is an .svg file."):
        raise InputError(problems)
