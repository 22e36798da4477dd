"""What a user may write as text in a file: labels, titles, prose, identifiers, names of files.

Text is normalised (Unicode NFC, white space folded to single spaces), so that two texts that look
alike are alike. Characters that nobody can see, that move what stands beside them, or that XML has
no room for are refused. Right-to-left scripts, emoji and what joins them stand.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, TypeAdapter, ValidationError

from gutskin.media import is_hidden, isolated, one_line, shortened

LABEL, TITLE, PROSE, NAME = 80, 240, 2000, 64  # characters
NAME_BYTES = 200  # of UTF-8; file systems have room for 255, and we add to it
_WHITE = re.compile("[\t\n\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_BREAK = re.compile("[\t\n\r\u2028\u2029]")
NO_PATH = '/\\:*?"<>|'  # of these no file name is made on some system
RESERVED = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789"))
)


def folded(text: str) -> str:
    r"""Normalised text on one line: tabs and line breaks are spaces.

    >>> folded(" one\n\t two ")
    'one two'
    """
    return _WHITE.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def canonical(text: str) -> str:
    """What two texts have in common that a reader, or a disk without case, cannot tell apart.

    >>> canonical("Stra\u00dfe 1") == canonical("STRASSE \uff11")
    True
    """
    return folded(unicodedata.normalize("NFKC", text).casefold())


def as_title(text: str) -> str:
    r"""Any text, such as the name of a file, as a title may be.

    >>> as_title("a\x01b")
    'a\\x01b'
    """
    return shortened(one_line(folded(text)), TITLE)


def hidden_in(text: str) -> str | None:
    r"""The first character of a text that nobody can see, by its code; none in good text.

    >>> hidden_in("a\x01"), hidden_in("a\u202e"), hidden_in("a\nb")
    ('the control character U+0001', 'U+202E (right-to-left override)', None)
    """
    if text.isascii() and text.isprintable():
        return None
    found = next((one for one in text if is_hidden(one) and not _WHITE.match(one)), None)
    if found is None:
        return None
    code = f"U+{ord(found):04X}"
    name = unicodedata.name(found, "").lower()
    return f"{code} ({name})" if name else f"the control character {code}"


def _text(most: int, lines: bool = False) -> AfterValidator:
    """A check of text that may have so many characters, and several lines or one."""

    def check(text: str) -> str:
        if not lines and (found := _BREAK.search(text.strip(" "))):
            what = "a tab" if found[0] == "\t" else "a line break"
            raise ValueError(f"it holds {what}; write it on one line, with spaces")
        text = folded(text)
        if found := hidden_in(text):
            raise ValueError(f"it holds {found}, which nobody can see; take it out")
        if len(text) > most:
            raise ValueError(f"it has {len(text)} characters; write at most {most}")
        return text

    return AfterValidator(check)


def _file_name(name: str) -> str:
    if not name:
        raise ValueError("it is empty; write letters, digits, - or _")
    if found := next((one for one in NO_PATH if one in name), None):
        raise ValueError(f"a name is no path and holds no {found!r}; write - in its place")
    if name[0] in ".-~=+@ " or name[-1] in ". ":
        raise ValueError("it begins or ends with a mark; begin with a letter, end with one")
    if len(name.encode()) > NAME_BYTES:
        raise ValueError(f"it takes {len(name.encode())} bytes; write at most {NAME_BYTES}")
    if name.partition(".")[0].casefold() in RESERVED:
        raise ValueError("some systems keep this name for a device; write another")
    return name


def in_sentence(label: str) -> str:
    """A label within a sentence: its first word is small unless it is a name or an abbreviation.

    What is written from right to left turns nothing that stands beside it.

    >>> [in_sentence(label) for label in ("Six-strain mix", "W23", "TNF blocker", "L. rhamnosus")]
    ['six-strain mix', 'W23', 'TNF blocker', 'L. rhamnosus']
    """
    first = label.partition(" ")[0]
    plain = len(first) > 2 and first[1:].islower() and first[1].isalpha()
    return isolated(label[0].lower() + label[1:] if plain else label)


def wrong_with(name: str) -> str | None:
    """What keeps a text from being the name of a file; nothing if it is one.

    >>> wrong_with("trial-1"), wrong_with("../trial")
    (None, "a name is no path and holds no '/'; write - in its place")
    """
    try:
        TypeAdapter(FileName).validate_python(name)
    except ValidationError as error:
        return error.errors()[0]["msg"].removeprefix("Value error, ")
    return None


def _identifier(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError("write letters, digits and _ only, a letter first")
    if len(name) > NAME:
        raise ValueError(f"it has {len(name)} characters; write at most {NAME}")
    return name


Label = Annotated[str, _text(LABEL)]  # in tables, legends and sentences
Title = Annotated[str, _text(TITLE)]  # above a page or a figure
Prose = Annotated[str, _text(PROSE, lines=True)]  # sentences
FileName = Annotated[str, _text(NAME), AfterValidator(_file_name)]  # a file or folder is called so
Identifier = Annotated[str, AfterValidator(_identifier)]  # in columns, keys and names of files
