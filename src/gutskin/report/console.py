"""The terminal: text is text there, never markup, and what is too wide is folded, never cut."""

from __future__ import annotations

import sys
import textwrap
from typing import IO, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gutskin.media import one_line

WIDTH = 110  # characters, where nobody is looking: a log file has no width of its own


class Terminal(Console):
    """A console on which brackets are brackets and `:smile:` is a word; nothing is highlighted.

    Parameters
    ----------
    file : where it writes; standard output, or the error stream, if none is given
    width : characters; the terminal's, or what our tables need, if none is given
    """

    def __init__(
        self, file: IO[str] | None = None, width: int | None = None, *, stderr: bool = False,
        **more: Any,
    ) -> None:  # fmt: skip
        stream = file or (sys.stderr if stderr else sys.stdout)
        if width is None and not stream.isatty():
            width = WIDTH
        more |= {"markup": False, "emoji": False, "highlight": False}
        super().__init__(file=file, width=width, stderr=stderr, **more)


def joined(*parts: str | tuple[str, str]) -> Text:
    """A line of texts, some of them with a style: (text, style)."""
    return Text.assemble(*parts)


def say(console: Console, text: str, style: str | None = None, indent: str = "") -> None:
    """Print a sentence, wrapped between words; lines after the first stand further in."""
    lines = textwrap.wrap(one_line(text), console.width, initial_indent=indent,
                          subsequent_indent=indent + "    ", break_long_words=False)  # fmt: skip
    for line in lines:
        console.print(line, style=style, soft_wrap=True)


class Folding(Table):
    """A table without frames, whose cells are folded where they are too wide.

    Parameters
    ----------
    gap : characters between columns
    """

    def __init__(self, gap: int = 1) -> None:
        frame: Any = {"box": box.SIMPLE_HEAD, "pad_edge": False, "show_edge": False}
        super().__init__(padding=(0, gap, 0, 0), **frame)

    def add_column(self, *args: Any, **more: Any) -> None:
        """A column; see rich."""
        super().add_column(*args, **({"overflow": "fold"} | more))
