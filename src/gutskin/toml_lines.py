"""Where everything in a TOML text stands: one walk through the text, whatever its length.

`tomllib` says what a file means and forgets where it said so. `lines_of` walks through a text that
`tomllib` has read, so it need not doubt the grammar, and notes the line of every key, table and
element of an array.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Place = tuple[str | int, ...]

DEEPEST = 32  # tables and arrays within each other; nobody's file needs a third of it

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*"{3,5}')
_LONG_LITERAL = re.compile(r"'''[\s\S]*?'{3,5}")
_PLAIN_LINE = re.compile(  # what most lines are: `key = number`, or text in quotes
    r"""([A-Za-z0-9_-]+)[ \t]*=[ \t]*(?:"(?:[^"\\\n]|\\.)*"|[^\s\[{"'#][^\n#]*)"""
    r"""[ \t]*(?:\#[^\n]*)?\n(?:[ \t\n]|\#[^\n]*)*"""
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def lines_of(text: str) -> Mapping[Place, int]:
    r"""The line (from 1) of every place of a TOML text that `tomllib` reads.

    Raises
    ------
    IndexError
        If the text is no TOML, or nests deeper than `DEEPEST`.

    Examples
    --------
    >>> lines = lines_of("[visits]\nweeks = [\n  0,\n  4,\n]")
    >>> lines["visits", "weeks"], lines["visits", "weeks", 1]
    (2, 4)
    """
    return _Walk(text.replace("\r\n", "\n")).document()


def line_of(place: Place, lines: Mapping[Place, int]) -> int | None:
    r"""The line of a place; what is not in the text has that of the table it would belong to.

    >>> line_of(("visits", "end_week"), lines_of("name = 1\n[visits]\nweeks = []"))
    2
    """
    while place:
        if place in lines:
            return lines[place]
        place = place[:-1]
    return None


class _Walk:
    """A place in the text, and what was found up to it."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.line, self.counted = text, 0, 1, 0
        self.lines: dict[Place, int] = {}
        self.arrays: dict[Place, int] = {}  # arrays of tables -> how many there are so far

    def document(self) -> Mapping[Place, int]:
        """Walk to the end; gives the line of every place."""
        table: Place = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            elif plain := _PLAIN_LINE.match(self.text, self.at):
                self.lines.setdefault((*table, plain[1]), self.here())
                self.at = plain.end()
                continue
            else:
                self.statement(table)
            self.skip(_BLANK)
        return self.lines

    def skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise IndexError(self.at)
        self.at = found.end()
        return found[0]

    def note(self, place: Place, line: int) -> None:
        self.lines.setdefault(place, line)

    def here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def header(self) -> Place:
        line, many = self.here(), self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        keys = self.keys()
        self.at += 2 if many else 1
        place: Place = ()
        for number, key in enumerate(keys, 1):
            place = (*place, key)
            self.note(place, line)
            if number == len(keys) and many:
                self.arrays[place] = self.arrays.get(place, 0) + 1
            if place in self.arrays:
                place = (*place, self.arrays[place] - 1)
                self.note(place, line)
        return place

    def keys(self) -> list[str]:
        """The parts of a dotted key."""
        found = []
        while True:
            self.skip(_SPACE)
            start = self.text[self.at]
            if start == '"':
                found.append(_plain(self.skip(_BASIC)))
            elif start == "'":
                found.append(self.skip(_LITERAL)[1:-1])
            else:
                found.append(self.skip(_BARE))
            self.skip(_SPACE)
            if len(found) > DEEPEST:
                raise IndexError(self.at)
            if self.text[self.at] != ".":
                return found
            self.at += 1

    def statement(self, table: Place) -> None:
        """`key = value`."""
        line, place = self.here(), table
        for key in self.keys():
            place = (*place, key)
            self.note(place, line)
        self.at += 1  # the equals sign
        self.skip(_SPACE)
        self.value(place)

    def value(self, place: Place) -> None:
        if len(place) > 2 * DEEPEST:
            raise IndexError(self.at)
        start = self.text[self.at]
        if start == "[":
            self.array(place)
        elif start == "{":
            self.inline_table(place)
        elif self.text.startswith('"""', self.at):
            self.skip(_LONG_BASIC)
        elif self.text.startswith("'''", self.at):
            self.skip(_LONG_LITERAL)
        elif start == '"':
            self.skip(_BASIC)
        elif start == "'":
            self.skip(_LITERAL)
        else:
            self.skip(_SCALAR)

    def array(self, place: Place) -> None:
        self.at += 1
        number = 0
        while True:
            self.skip(_BLANK)
            if self.text[self.at] == "]":
                break
            self.note((*place, number), self.here())
            self.value((*place, number))
            number += 1
            self.skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1

    def inline_table(self, place: Place) -> None:
        self.at += 1
        while True:
            self.skip(_BLANK)
            if self.text[self.at] == "}":
                break
            self.statement(place)
            self.skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1


def _plain(quoted: str) -> str:
    """A quoted key without its quotes; what is escaped in it is read by `tomllib`."""
    if "\\" not in quoted:
        return quoted[1:-1]
    return str(tomllib.loads(f"key = {quoted}")["key"])
