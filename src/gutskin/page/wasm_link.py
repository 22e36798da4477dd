"""One object file of WebAssembly made into a module that a browser runs, without a linker.

LLVM writes object files that a linker is to join. Of one file alone nothing is left to join: places
of data and numbers of functions are final in it. What is missing is a list of what can be called
from outside; what nobody reads in a browser (symbols, relocations) is left out.

References
----------
WebAssembly tool conventions, Linking.md: sections "linking" and its symbol table
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAGIC = b"\0asm\1\0\0\0"
CUSTOM, IMPORT, EXPORT, START, ELEMENT = 0, 2, 7, 8, 9
SYMBOL_TABLE = 8  # subsection of "linking"
FUNCTION, DATA = 0, 1  # kinds of symbols
UNDEFINED, EXPLICIT_NAME = 0x10, 0x40  # flags of symbols
DATA_COUNT, CODE = 12, 10
ORDER = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)  # of sections in a module


class NotLinkable(ValueError):
    """The object file needs what only a linker can give."""


@dataclass(frozen=True)
class Linked:
    """A module and where its data lie.

    Parameters
    ----------
    module : bytes of the module; it imports `env.__linear_memory`
    data : name of a datum -> its address (bytes)
    end : address behind all data (bytes)
    """

    module: bytes
    data: dict[str, int]
    end: int


def link(object_file: bytes, exports: Sequence[str]) -> Linked:
    """A module of an object file.

    Parameters
    ----------
    exports : names of its functions that can be called

    Raises
    ------
    NotLinkable
        If it is no object file, if a function is missing, or if it imports more than memory.
    """
    if not object_file.startswith(MAGIC):
        raise NotLinkable("It does not begin as a WebAssembly file does.")
    sections, customs = _sections(object_file)
    functions, data = _symbols(_subsection(customs["linking"], SYMBOL_TABLE))
    missing = [name for name in exports if name not in functions]
    if missing:
        raise NotLinkable(f"It defines no function {missing[0]!r}.")
    imported = [name for name in _imports(sections[IMPORT]) if name != "__linear_memory"]
    if imported:
        raise NotLinkable(f"It imports {', '.join(imported)}: write the equations without it.")
    rows = [_text(name) + bytes([FUNCTION]) + leb(functions[name]) for name in exports]
    sections[EXPORT] = leb(len(rows)) + b"".join(rows)
    body = b"".join(
        bytes([number]) + leb(len(sections[number])) + sections[number]
        for number in ORDER
        if number in sections
    )
    places = _segments(sections.get(11, leb(0)))
    found = {name: places[segment][0] + at for name, (segment, at) in data.items()}
    end = max((first + size for first, size in places), default=0)
    return Linked(MAGIC + body, found, end)


def leb(number: int) -> bytes:
    """A whole number from 0 on in as few bytes as it takes (LEB128).

    >>> leb(624485).hex()
    'e58e26'
    """
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


class Reader:
    """Bytes that are read one after the other.

    Parameters
    ----------
    content : what is read
    at : where to begin
    """

    def __init__(self, content: bytes, at: int = 0) -> None:
        self.content, self.at = content, at

    def byte(self) -> int:
        """The next byte."""
        self.at += 1
        return self.content[self.at - 1]

    def number(self) -> int:
        """A whole number from 0 on."""
        found = shift = 0
        while True:
            byte = self.byte()
            found |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return found

    def piece(self, size: int) -> bytes:
        """So many bytes."""
        self.at += size
        return self.content[self.at - size : self.at]

    def text(self) -> str:
        """A name with its length before it."""
        return self.piece(self.number()).decode()

    def more(self) -> bool:
        """Whether something is left."""
        return self.at < len(self.content)


def _text(name: str) -> bytes:
    encoded = name.encode()
    return leb(len(encoded)) + encoded


def _sections(content: bytes) -> tuple[dict[int, bytes], dict[str, bytes]]:
    """Sections by number, and those without by name."""
    reader = Reader(content, len(MAGIC))
    sections: dict[int, bytes] = {}
    customs: dict[str, bytes] = {}
    while reader.more():
        number = reader.byte()
        piece = reader.piece(reader.number())
        if number == CUSTOM:
            inner = Reader(piece)
            name = inner.text()
            customs[name] = piece[inner.at :]
        else:
            sections[number] = piece
    return sections, customs


def _subsection(linking: bytes, wanted: int) -> bytes:
    """One part of the section "linking"; empty where there is none."""
    reader = Reader(linking)
    reader.number()  # version
    while reader.more():
        kind = reader.byte()
        piece = reader.piece(reader.number())
        if kind == wanted:
            return piece
    return leb(0)


def _symbols(table: bytes) -> tuple[dict[str, int], dict[str, tuple[int, int]]]:
    """Number of every defined function, segment and place of every datum, by name."""
    reader = Reader(table)
    functions: dict[str, int] = {}
    data: dict[str, tuple[int, int]] = {}
    for _ in range(reader.number()):
        kind, flags = reader.byte(), reader.number()
        defined = not flags & UNDEFINED
        if kind == DATA:
            name = reader.text()
            if defined:
                data[name] = (reader.number(), reader.number())
                reader.number()  # size
            continue
        number = reader.number()
        if defined or flags & EXPLICIT_NAME:
            name = reader.text()
            if kind == FUNCTION and defined:
                functions[name] = number
    return functions, data


def _imports(section: bytes) -> list[str]:
    """Names of what is imported."""
    reader = Reader(section)
    found: list[str] = []
    for _ in range(reader.number()):
        reader.text()
        found.append(reader.text())
        kind = reader.byte()
        if kind == FUNCTION:
            reader.number()
        elif kind == 3:  # a global: its type and whether it changes
            reader.piece(2)
        else:  # memory, or a table with the type of its elements
            if kind == 1:
                reader.byte()
            limited = reader.byte() & 1
            for _ in range(1 + limited):
                reader.number()
    return found


def _segments(section: bytes) -> list[tuple[int, int]]:
    """Address and size of every segment of data (bytes)."""
    reader = Reader(section)
    found: list[tuple[int, int]] = []
    for _ in range(reader.number()):
        if reader.number() != 0 or reader.byte() != 0x41:
            raise NotLinkable("Its data lie at no fixed address.")
        first = reader.number()
        reader.byte()  # end of the address
        size = reader.number()
        reader.piece(size)
        found.append((first, size))
    return found
