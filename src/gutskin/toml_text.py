"""A TOML file as text: read whole, decoded, parsed, and every place with its line."""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from gutskin.errors import InputError, Problem
from gutskin.media import shortened
from gutskin.toml_lines import DEEPEST, Place, line_of, lines_of
from gutskin.user_text import hidden_in

Found = tuple[Place, str, str | None]  # where, what is wrong, what to do
WIDE = 1000  # bytes in which a file of 16-bit characters shows itself
LARGEST = 4_000_000  # bytes of a file
LONGEST_SHOWN = 80  # characters of a value in a message
MEANT = re.compile(r"Did you mean '(\w+)'")  # by a key that nobody knows
NAMED = re.compile(r"`(\w+)")  # keys of which a message speaks
PLAIN = {  # what a check says -> the words of the file
    "a valid integer": "a whole number",
    "a valid string": "text in quotes",
    "a valid boolean": "true or false",
    "a valid dictionary or object to extract fields from": "a table",
    "a valid dictionary": "a table",
    "a valid tuple": "an array in brackets",
    "a valid ": "a ",
}
_TOO_LARGE = "a whole number needs more than 64 bits."
_WITHIN_64_BITS = "Write it with a decimal point or an exponent, or take a smaller one."
_KEY_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*"""
_DOTTED = re.compile(rf"(?:^|[{{,\[])[ \t]*({_KEY_PART}(?:\.[ \t]*{_KEY_PART}){{{DEEPEST}}})", re.M)
_DIGITS = re.compile(r"\d{4300}|(?:\d_?){4300}")
_TOKENS = re.compile(
    r"""\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]"""
)
_QUOTED = re.compile(r"""\"(?:[^"\\]|\\.)*"|'[^']*'|(\#.*)""")
_END = r"(?=\s*(?:$|[}\]]|,\s*[A-Za-z_]))"  # of a value: of its line, its table, its array
MEANT_BY_LINE = (  # what people write for a value that TOML does not take, and what it takes
    (r"=\s*([-+]?\d+),(\d+)" + _END, "Write a decimal point: {0}.{1}."),
    (r"=\s*([-+.\d]+(?:\s*,\s*[-+.\d]+)+)\s*$", "Put several into brackets: [{0}]."),
    (r"=\s*(\.\d+)" + _END, "Write a digit before the point: 0{0}."),
    (r"=\s*([-+]?\d+)\." + _END, "Write a digit after the point: {0}.0."),
    (r"=\s*[-+]?[\d.]+\s*%", "Write the number without the sign: a share of 5% is 0.05."),
    (r"=\s*[<>≤≥~]+\s*([\d.]+)", "Write the number alone: {0}."),
    (r"=\s*(?!(?:true|false)\b)(?i:true|yes)\b", "Write true, in small letters."),
    (r"=\s*(?!(?:true|false)\b)(?i:false|no)\b", "Write false, in small letters."),
    (r"=\s*[“”„‟«»‘’]", 'Put text into straight quotes, as in "text".'),
    (r"=\s*(?!(?:true|false|inf|nan)\b)([A-Za-z][\w-]*)", 'Put text into quotes: "{0}".'),
)


@dataclass(frozen=True, eq=False)
class TomlFile:
    """A TOML file that was read.

    Parameters
    ----------
    path, text : of the file
    values : what it says
    """

    path: Path
    text: str = field(repr=False)
    values: Mapping[str, Any]

    @cached_property
    def lines(self) -> Mapping[Place, int]:
        """The line of every place."""
        return lines_of(self.text)

    def problem(self, place: Place, what: str, remedy: str | None = None) -> Problem:
        """A problem with the line that a place stands on.

        What is missing at the top has the first; what is not of the file (no place) has none.
        """
        line = line_of(place, self.lines) or (1 if place else None)
        return Problem(what, self.path, line, remedy)


def path_of(name: Any, what: str) -> Path:
    """The path of a file that was named.

    Parameters
    ----------
    what : the file holds, for the message

    Raises
    ------
    InputError
        For what is no path, and for an empty one.
    """
    if not isinstance(name, str | os.PathLike) or not os.fspath(name):
        raise InputError(Problem(f"{name!r} is no file of {what}.", remedy="Name a TOML file."))
    return Path(name)


def read_toml(path: Path) -> TomlFile:
    """Read a TOML file.

    Raises
    ------
    InputError
        If it cannot be read, is not TOML, or nests too deep, with the line.
    """
    text = _text_of(path)
    if deep := _DOTTED.search(text):
        raise InputError(_too_deep(path, text.count("\n", 0, deep.start(1)) + 1))
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(_no_toml(path, text, str(error))) from None
    except RecursionError:
        raise InputError(_too_deep(path, _line_of_depth(text))) from None
    except ValueError:  # more digits than Python reads
        long = _DIGITS.search(text)
        line = None if long is None else text.count("\n", 0, long.start()) + 1
        raise InputError(Problem(_TOO_LARGE, path, line, _WITHIN_64_BITS)) from None
    if too_deep(values):
        raise InputError(_too_deep(path, _line_of_depth(text)))
    file = TomlFile(path, text, values)
    if large := [*_beyond_floats(values, ())]:
        raise InputError([file.problem(place, _TOO_LARGE, _WITHIN_64_BITS) for place in large])
    return file


def _beyond_floats(value: Any, place: Place) -> Iterator[Place]:
    """Where whole numbers stand that no float has room for: nothing can be computed with them."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _beyond_floats(one, (*place, key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _beyond_floats(one, (*place, number))
    elif isinstance(value, int) and abs(value) > sys.float_info.max:
        yield place


def _text_of(path: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        remedy = "Name a TOML file." if isinstance(error, IsADirectoryError) else None
        raise InputError(Problem(f"the file cannot be read: {why}.", path, None, remedy)) from None
    if len(data) > LARGEST:
        what = f"the file has more than {LARGEST:,} bytes."
        raise InputError(Problem(what, path, None, "Is it the right file?"))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or _is_wide(data):
        what = "the file cannot be read: it looks like UTF-16 text."
        raise InputError(Problem(what, path, 1, "Save it as UTF-8."))
    if (at := data.find(b"\0")) >= 0:
        what = "the file cannot be read: the byte 0x00 is no text."
        line = data.count(b"\n", 0, at) + 1
        raise InputError(Problem(what, path, line, "Take it out; is it the right file?"))
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"the file cannot be read: byte {data[error.start]:#04x} is not UTF-8 text."
        raise InputError(Problem(what, path, line, "Save it as UTF-8.")) from None


def _is_wide(data: bytes) -> bool:
    """Whether every other byte is 0, as in UTF-16 text of Western languages."""
    some = data[: len(data[:WIDE]) // 2 * 2]
    return len(some) > 1 and any(some[place::2].count(0) > len(some) / 4 for place in (0, 1))


def _no_toml(path: Path, text: str, error: str) -> Problem:
    """What `tomllib` says, with the line and a remedy."""
    found = re.search(r"at line (\d+)", error)
    line = int(found[1]) if found else text.count("\n") + (not text.endswith("\n"))
    what = error.split(" (at ")[0]
    here = text.splitlines()[line - 1 : line]
    remedy = "Write `key = value` lines under [table] headings."
    if here and (meant := meant_by(here[0])) is not None:
        remedy = meant
    if "overwrite" in what or "twice" in what or "mutate" in what:
        remedy = "It stands in the file already: keep one of the two."
    again = here and re.match(r"\s*\[([^\[\].]+)\]", here[0])
    if "twice" in what and again:
        name = again[1].strip()
        remedy += f" Where there may be several, begin each with [[{name}]]."
    if "overwrite" in what and here and (heading := re.match(r"\s*\[\[([^\[\]]+)\]\]", here[0])):
        name = heading[1].strip()
        remedy = (
            f"Above it {name} is a single table, by a heading [{name}] or one of its parts, "
            f"[[{name}.…]]: begin each with [[{name}]]."
        )
    return Problem(f"this is not valid TOML: {what}.", path, line, remedy)


def meant_by(line: str) -> str | None:
    """What to write in place of a value that TOML does not take; None of any other line.

    >>> meant_by("dropout_share = 0,06"), meant_by("rescue = True")
    ('Write a decimal point: 0.06.', 'Write true, in small letters.')
    """
    plain = _QUOTED.sub(lambda found: "" if found[1] else '""', line)
    for pattern, remedy in MEANT_BY_LINE:
        if found := re.search(pattern, plain):
            return remedy.format(*found.groups())
    return None


def _too_deep(path: Path, line: int | None) -> Problem:
    what = f"tables and arrays lie more than {DEEPEST} deep in each other."
    return Problem(what, path, line, "See docs/trials.md and examples/ for the form of a file.")


def _line_of_depth(text: str) -> int | None:
    """The line on which brackets open too deep in each other, outside of texts and comments."""
    depth, line = 0, 1
    for token in _TOKENS.findall(text):
        depth += (token in "[{") - (token in "]}")
        line += token.count("\n")
        if depth > DEEPEST:
            return line
    return None


def too_deep(values: Any) -> bool:
    """Whether tables and arrays lie too deep in each other."""
    level = [values]
    for _ in range(DEEPEST + 1):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def written(values: Any, place: Place = ()) -> Iterator[Found]:
    """Texts that no medium shows, and whole numbers that no other reader of TOML takes."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield from _unprintable(key, (*place, key), "the key")
            yield from written(value, (*place, key))
    elif isinstance(values, list):
        for number, value in enumerate(values):
            yield from written(value, (*place, number))
    elif isinstance(values, str):
        yield from _unprintable(values, place, "the text")
    elif isinstance(values, int) and not -(2**63) <= values < 2**63:
        yield place, _TOO_LARGE, _WITHIN_64_BITS


def _unprintable(text: str, place: Place, what: str) -> Iterator[Found]:
    if found := hidden_in(text):
        yield place, f"{what} holds {found}, which nobody can see.", "Take it out."


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems of one file by their lines, each once."""
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)


def without_consequences(found: Iterable[Found], wrong: Sequence[Found]) -> list[Found]:
    """Problems between tables, but for those that only follow from a key whose form is wrong.

    A key of a wrong form is taken for a missing one, so that what is said of a table without it
    would give the wrong advice.

    Parameters
    ----------
    found : between tables
    wrong : of the form of keys

    Examples
    --------
    >>> missing = (("arm", "dose_mg"), "how often is missing.", "Add `every_weeks = ...`.")
    >>> without_consequences([missing], [(("arm", "every_weeks"), "it must be above 0.", None)])
    []
    """
    places = {place for place, _, _ in wrong}
    keys: dict[Place, set[str]] = {}
    for place, what, remedy in wrong:
        if (last := _last_key(place)) is not None:
            meant = MEANT.search(remedy or "") if what.startswith("unknown key") else None
            names = {str(place[last])} | ({meant[1]} if meant else set())
            keys.setdefault(place[:last], set()).update(names)
    kept = []
    for place, what, remedy in found:
        last = _last_key(place)
        named = set(NAMED.findall(f"{what} {remedy or ''}"))
        of_it = keys.get(place, set())
        of_table = keys.get(place[:last], set()) if last is not None else set()
        if place not in places and not named & (of_it | of_table):
            kept.append((place, what, remedy))
    return kept


def _last_key(place: Place) -> int | None:
    """Where the last key of a place stands, before the numbers of an array."""
    return next((i for i in range(len(place) - 1, -1, -1) if isinstance(place[i], str)), None)


def shown(value: Any) -> str:
    """A value of a file as one writes it, cut where it is long."""
    return shortened(json.dumps(value, default=str, ensure_ascii=False), LONGEST_SHOWN)


def plainly(message: str) -> str:
    """What a check of a value says, in the words of the file.

    >>> plainly("Input should be a valid boolean")
    'it must be true or false'
    """
    says = message.removeprefix("Value error, ").replace(" after validation", "")
    says = re.sub(r"^(Input|Tuple|String) should", "it must", says)
    says = re.sub(r"be greater than or equal to 0(?![.\d])", "not be negative", says)
    says = re.sub(r" or instance of \w+", "", says)  # what Python alone can write
    for theirs, ours in PLAIN.items():
        says = says.replace(theirs, ours)
    return says
