"""`gutskin page`: the model alive in a browser, as one file."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer

from gutskin.atomic_write import check_place, write_file
from gutskin.cli import loading
from gutskin.cli.options import BiologyOption, DrawsOption
from gutskin.cli.output import tell
from gutskin.errors import together
from gutskin.extras import require
from gutskin.report.progress import waiting

NAME = "gutskin.html"


def page(
    out: Annotated[
        Path | None, typer.Option(help="Where to write it; else it is opened from a new folder.")
    ] = None,
    trial: Annotated[
        Path | None,
        typer.Option(help="A folder that `gutskin trial` wrote: its result is in the page."),
    ] = None,
    draws: DrawsOption = None,
    biology: BiologyOption = None,
) -> None:
    """Write the model as a page that runs in any browser: one file, no server, no network."""
    if trial is not None:
        require("The result of a trial", "files")
    own, *_ = together(
        lambda: loading.find_biology(biology, draws),
        lambda: check_place(out),
        lambda: _check_result(trial),
    )
    model = loading.load_model(own)
    with waiting("Putting the page together"):
        from gutskin.page.bundle import page

        result = None
        if trial is not None:
            from gutskin.page.trial_result import trial_result_of

            result = trial_result_of(trial, model)
        once = "Compiling the model for the browser: once, ten seconds."
        document = page(model, lambda: tell(once), result)
    place = out or Path(mkdtemp(prefix="gutskin-")) / NAME
    write_file(place, document)
    tell(f"{place} ({len(document.encode()) / 1e6:.2f} MB)")
    if out is None and not webbrowser.open(place.absolute().as_uri()):
        tell("No browser could be opened: open the file yourself.")


def _check_result(folder: Path | None) -> None:
    """Refuse a folder without a whole result before the model is made."""
    if folder is None:
        return
    with loading.starting():
        from gutskin.page.trial_result import whole_result
    whole_result(folder)
