"""An answer on one sheet of paper: what was asked, what came out, and what it hangs on.

It is a page as well: on a screen it flows, on paper its figures take the room that the text leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gutskin.atomic_write import output_problems, write_file
from gutskin.errors import InputError
from gutskin.extras import lacking
from gutskin.media import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

MOST_ROWS, LETTERS = 12, 32  # lines of a table; letters of a line of its names
MOST_SENTENCES, LONGEST = 7, 900  # of what stands beneath the answer; letters of all of them
MOST_NOTES = 3
NO_ADVICE = "A research model; it gives no medical advice."


@dataclass(frozen=True)
class Fact:
    """One number with what it is and what stands beneath it."""

    name: str
    value: str
    beneath: str = ""


@dataclass(frozen=True)
class Grid:
    """A table; rows beyond `most` lines are counted, not shown."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    most: int = MOST_ROWS

    @property
    def shown(self) -> tuple[tuple[str, ...], ...]:
        """The rows there is room for, a long name taking several lines."""
        room, kept = self.most, 0
        for row in self.rows:
            room -= max(1, -(-len(row[0]) // LETTERS))
            if room < 0:
                break
            kept += 1
        return self.rows[: max(kept, 1)]

    @property
    def more(self) -> str:
        """What is told of the rows that are left out."""
        left = len(self.rows) - len(self.shown)
        return f"{counted(left, 'row')} more in the table of the command." if left > 0 else ""


@dataclass(frozen=True)
class Drawing:
    """Inline markup of a figure for a page and for a phone, with its heading."""

    title: str
    svg: str
    narrow: str


@dataclass(frozen=True)
class Sheet:
    """All that one sheet says.

    Parameters
    ----------
    answer : in one sentence
    sentences : beneath it; what there is no room for is left to the report
    drawings : at most two stand side by side on paper
    notes : what one must know to read it rightly
    command : that repeats it
    source : of which model it is
    """

    title: str
    subtitle: str
    answer: str
    sentences: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    grid: Grid | None = None
    drawings: tuple[Drawing, ...] = ()
    notes: tuple[str, ...] = ()
    command: str = ""
    source: str = ""

    @property
    def told(self) -> tuple[str, ...]:
        """The sentences there is room for."""
        kept: list[str] = []
        for one in self.sentences[:MOST_SENTENCES]:
            if kept and sum(map(len, kept)) + len(one) > LONGEST:
                break
            kept.append(one)
        return tuple(kept)


def render(sheet: Sheet) -> str:
    """The sheet as one HTML page; nothing is fetched."""
    from gutskin.report.templating import for_pages

    template = for_pages().get_template("sheet.html.j2")
    return template.render(sheet=sheet, notes=sheet.notes[:MOST_NOTES], no_advice=NO_ADVICE)


def write_sheet(path: Path, sheet: Sheet) -> None:
    """Write it, whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    write_file(path, render(sheet))


def check_sheet(path: Path | None) -> None:
    """Refuse a summary of another kind, or one that cannot be written or drawn here.

    Raises
    ------
    InputError
        With all that is wrong.
    """
    if path is None:
        return
    problems = lacking("A summary with its figures", "figures")
    what = "a summary is an .html file, which a browser prints."
    problems += output_problems(path, "--summary", ".html", what)
    if problems:
        raise InputError(problems)


def drawing(
    name: str,
    title: str,
    sizes: Sequence[tuple[float, float]],
    paint: Callable[[Canvas], None],
) -> Drawing:
    """Paint a figure twice.

    Parameters
    ----------
    sizes : of the page's and the phone's (inches)
    """
    from gutskin.report.canvas import inline, new_canvas, svg_of

    shown = []
    for own, size in zip((name, f"{name}-narrow"), sizes, strict=True):
        with new_canvas(size, own) as canvas:
            paint(canvas)
            shown.append(inline(svg_of(canvas), own, title, title))
    return Drawing(title, *shown)
