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


class Drawable:
    """What has one figure: `plot` draws it."""

    def plot(self, path: str | PathLike[str] | None = None) -> Path | Picture:
        """Draw the answer; of a trial's result what every replicate would report.

        Parameters
        ----------
        path : of a file that ends in .svg or .png; without it a notebook shows the picture

        Raises
        ------
        InputError
            For another ending, or if it cannot be written.
        """
        return drawn(self._draw, path)

    def _draw(self, file: Path) -> None:
        """Write the figure into a file that ends in .svg or .png."""
        raise NotImplementedError
