"""`gutskin verify`: whether a finished result is still what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gutskin.cli.output import new_console
from gutskin.errors import InputError, Problem
from gutskin.media import one_line


def verify(
    folder: Annotated[Path, typer.Argument(help="The folder of a finished result.")],
) -> None:
    """Compare every file of a result with its checksum; status 2 names what was changed."""
    from gutskin.trials.manifest import RECORD, Manifest

    if not folder.is_dir():
        what = "this is a file, not a folder." if folder.exists() else "there is no such folder."
        raise InputError(Problem(what, folder, None, "Name the folder of a result."))
    try:
        manifest = Manifest.read(folder)
    except (OSError, ValueError):
        what = f"its {RECORD} is missing or damaged, which holds the checksums."
        remedy = "Run its trial again with --overwrite."
        raise InputError(Problem(what, folder, None, remedy)) from None
    if damaged := manifest.damaged(folder):
        raise InputError(damaged)
    text = f"All {len(manifest.files):,} files of {folder} are as they were written."
    console = new_console()
    console.print(one_line(text), soft_wrap=True)
    if manifest.command:
        console.print(one_line(f"By {manifest.command}"), soft_wrap=True)
