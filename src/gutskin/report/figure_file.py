"""A figure as a file, whole or not at all."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.atomic_write import write_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_figure(figure: Figure, path: Path, **options: Any) -> None:
    """Write a figure in the format that the file's name says.

    Parameters
    ----------
    options : of matplotlib's `savefig`

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    drawn = BytesIO()
    figure.savefig(drawn, format=path.suffix[1:] or "svg", **options)
    write_file(path, drawn.getvalue())


def write_figures(figure: Figure, *paths: Path) -> None:
    """Write a figure that is the same at every run: an SVG without its date, pixels of 160 dpi.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    for path in paths:
        options = {"metadata": {"Date": None}} if path.suffix == ".svg" else {"dpi": 160}
        write_figure(figure, path, **options)
