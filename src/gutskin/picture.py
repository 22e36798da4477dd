"""A figure from Python: into a file that is named, or as a picture that a notebook shows."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory

from gutskin.arguments import figure_path
from gutskin.extras import require


class Picture(str):
    """The text of an SVG; a notebook shows what it draws."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        """How large it is; the text itself is what `str` gives."""
        return f"Picture (SVG, {len(self) / 1000:.0f} kB)"


def drawn(write: Callable[[Path], None], path: str | PathLike[str] | None) -> Path | Picture:
    """A figure in the file of that name, which is given back; without a name as a picture.

    Parameters
    ----------
    write : writes the figure into a file that ends in .svg or .png

    Raises
    ------
    InputError
        For another ending, or if the file cannot be written.
    """
    require("A figure", "figures")
    if path is not None:
        file = figure_path(path)
        write(file)
        return file
    with TemporaryDirectory(prefix="gutskin-") as folder:
        file = Path(folder) / "figure.svg"
        write(file)
        return Picture(file.read_text(encoding="utf-8"))
