"""Files that a user writes in TOML: read, checked, and every problem told with its line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    create_model,
)
from pydantic_core import PydanticCustomError

from gutskin.errors import InputError, Problem, nearest
from gutskin.media import shortened
from gutskin.toml_lines import DEEPEST, Place, line_of, lines_of
from gutskin.user_text import hidden_in

Found = tuple[Place, str, str | None]  # where, what is wrong, what to do
LARGEST = 4_000_000  # bytes of a file
WIDE = 1000  # bytes in which a file of 16-bit characters shows itself
FEW = 12  # names that a message lists beside the nearest
LONGEST_SHOWN = 80  # characters of a value in a message
_TOO_LARGE = "a whole number needs more than 64 bits."
_WITHIN_64_BITS = "Write it with a decimal point or an exponent, or take a smaller one."
_KEY_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*"""
_DOTTED = re.compile(rf"(?:^|[{{,\[])[ \t]*({_KEY_PART}(?:\.[ \t]*{_KEY_PART}){{{DEEPEST}}})", re.M)
_DIGITS = re.compile(r"\d{4300}|(?:\d_?){4300}")
_TOKENS = re.compile(
    r"""\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]"""
)
PLAIN = {
    "a valid integer": "a whole number",
    "a valid string": "text in quotes",
    "a valid boolean": "true or false",
    "a valid dictionary": "a table",
    "a valid ": "a ",
}

Share = Annotated[float, Field(ge=0, le=1)]
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """A table of a file: immutable, no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Known:
    """The names that a file may use.

    Parameters
    ----------
    populations, endpoints, antibiotics : their names
    references : keys of references.bib; not given, they are not checked
    strict : an unknown name is an error, and does not stand as it is written
    strains : id of each strain -> its short code ("" if it has none)
    """

    populations: Sequence[str] = ()
    strains: Mapping[str, str] = field(default_factory=dict)
    endpoints: Sequence[str] = ()
    antibiotics: Sequence[str] = ()
    references: Sequence[str] | None = None
    strict: bool = True

    def spelled(self, what: str, name: str) -> str:
        """The id of the thing called `name`; strains go by id or code, in any case."""
        if what == "strain":
            names = {key.casefold(): key for key in self.strains}
            names |= {code.casefold(): key for key, code in self.strains.items() if code}
            options = [code or key for key, code in self.strains.items()]
        else:
            names = {one: one for one in getattr(self, f"{what}s")}
            options = list(names)
        found = names.get(name.casefold() if what == "strain" else name)
        if found is None and not self.strict:
            return name
        if found is None:
            remedy = nearest(name, options)
            if len(options) <= FEW and not remedy.startswith("Known"):
                remedy += f" Known: {', '.join(options)}."
            context = {"what": what, "name": name, "remedy": remedy}
            raise PydanticCustomError("name", "unknown {what} '{name}'", context)
        return found


def known_name(what: str) -> AfterValidator:
    """A check that a name is known; without known names nothing is checked."""

    def check(name: str, info: ValidationInfo) -> str:
        return name if info.context is None else info.context.spelled(what, name)

    return AfterValidator(check)


@dataclass(frozen=True)
class Format[Root: Part]:
    """What one kind of file looks like.

    Parameters
    ----------
    root : the whole file
    parts : its tables by key
    kinds : tables that name themselves by a key `kind`
    entry : what such a table is called
    """

    root: type[Root]
    parts: Mapping[str, type[Part]]
    kinds: Mapping[str, type[Part]]
    entry: str

    def keys(self, loc: Place) -> list[str]:
        """The keys that the table at `loc` (its last part the unknown key) may have."""
        tables: dict[str, type[Part]] = {**self.parts, **self.kinds}
        inside = [part for part in loc[:-1] if part in tables]
        return list((tables[str(inside[-1])] if inside else self.root).model_fields)


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
        """A problem with the line that a place stands on."""
        return Problem(what, self.path, line_of(place, self.lines), remedy)


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
    return TomlFile(path, text, values)


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
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:WIDE]:
        what = "the file cannot be read: it looks like UTF-16 text."
        raise InputError(Problem(what, path, 1, "Save it as UTF-8."))
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"the file cannot be read: byte {data[error.start]:#04x} is not UTF-8 text."
        raise InputError(Problem(what, path, line, "Save it as UTF-8.")) from None


def _no_toml(path: Path, text: str, error: str) -> Problem:
    """What `tomllib` says, with the line and a remedy."""
    found = re.search(r"at line (\d+)", error)
    line = int(found[1]) if found else text.count("\n") + (not text.endswith("\n"))
    what = error.split(" (at ")[0]
    twice = "overwrite" in what or "twice" in what or "mutate" in what
    remedy = "Write `key = value` lines under [table] headings."
    return Problem(
        f"this is not valid TOML: {what}.", path, line,
        "It stands in the file already: keep one of the two." if twice else remedy,
    )  # fmt: skip


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


def _frozen(values: Any) -> Any:
    """Arrays as tuples, since nothing that was read is changed."""
    if isinstance(values, dict):
        return {key: _frozen(value) for key, value in values.items()}
    return tuple(_frozen(one) for one in values) if isinstance(values, list) else values


def validate[Root: Part](
    layout: Format[Root], file: TomlFile, found: Sequence[Found], context: Any = None
) -> Root:
    """The file as its root table.

    Parameters
    ----------
    found : problems between tables, found in the values of the file
    context : what the validators of names ask

    Raises
    ------
    InputError
        With all problems together, in the order of their lines.
    """
    root, wrong = parsed(layout, file.values, context)
    untold = list(written(file.values))
    told = {place for place, _, _ in untold}  # once: a type of text says the same
    found = [*untold, *found, *(one for one in wrong if one[0] not in told)]
    if root is None or found:
        raise InputError(in_order(file.problem(*one) for one in found))
    return root


def parsed[Root: Part](
    layout: Format[Root], values: Mapping[str, Any], context: Any = None
) -> tuple[Root | None, list[Found]]:
    """A table of a file as its root part, or what is wrong with its form."""
    try:
        return layout.root.model_validate(_frozen(values), context=context), []
    except ValidationError as error:
        wrong = error.errors()
        outer = {one["loc"][:end] for one in wrong for end in range(1, len(one["loc"]))}
        # An array whose parts are wrong is also called too short: only the parts are reported.
        return None, [explain(one, layout) for one in wrong if one["loc"] not in outer]


def sound[P: Part](part: type[P], values: Any, context: Any = None) -> P | None:
    """A table by itself, if its form is right; what is wrong with it is told elsewhere.

    What lies between tables is asked of those that are right, so that one mistake hides no other.
    """
    try:
        return part.model_validate(_frozen(values), context=context)
    except ValidationError:
        return None


def sound_parts(
    values: Any, parts: type[Part] | Mapping[str, type[Part]], known: Known | None = None
) -> dict[int, Any]:
    """The tables of an array by their numbers; keys that are wrong or missing are None in them.

    Names that nobody knows stand as they are written.

    Parameters
    ----------
    parts : what each is, or kind -> what it is
    """
    found: dict[int, Any] = {}
    context = None if known is None else replace(known, strict=False)
    for number, one in enumerate(values if isinstance(values, list) else ()):
        kind = one.get("kind") if isinstance(one, dict) else None
        part = parts.get(kind) if isinstance(kind, str) and isinstance(parts, Mapping) else parts
        if isinstance(one, dict) and isinstance(part, type):
            found[number] = _loosely(_loose(part), one, context)
    return {number: one for number, one in found.items() if one is not None}


def _loosely(part: type[Part], values: Mapping[str, Any], context: Any) -> Part | None:
    try:
        return part.model_validate(_frozen(values), context=context)
    except ValidationError as error:
        wrong = {one["loc"][0] for one in error.errors() if one["loc"]}
        return sound(part, {key: one for key, one in values.items() if key not in wrong}, context)


@cache
def _loose(part: type[Part]) -> type[Part]:
    """The same part, none of whose keys must be there."""
    fields: dict[str, Any] = {}
    for name, one in part.model_fields.items():
        kind: Any = Annotated[one.annotation, *one.metadata] if one.metadata else one.annotation
        default = one.get_default(call_default_factory=True)
        fields[name] = (kind | None, None if one.is_required() else default)
    base = type(part.__name__, (part,), {"model_config": ConfigDict(extra="ignore")})
    return create_model(part.__name__, __base__=base, **fields)


def table(values: Any, key: str) -> Mapping[str, Any]:
    """The table under a key; nothing if it is no table, which is told elsewhere."""
    value = values.get(key) if isinstance(values, dict) else None
    return value if isinstance(value, dict) else {}


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems of one file by their lines, each once."""
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)


def explain(error: Any, layout: Format[Any]) -> Found:
    """A pydantic error as place, message and remedy, in the words of the file."""
    loc: Place = error["loc"]
    before = (None, *loc)
    place: Place = tuple(
        part
        for part, last in zip(loc, before, strict=False)
        # "[key]": it is the key of a table that is wrong, not what stands under it.
        if part != "[key]" and not (isinstance(last, int) and part in layout.kinds)
    )
    names = [part for part in place if isinstance(part, str)]
    if not names:
        return place, f"`{_shown(error['input'])}` is no table.", "Write it as a [table]."
    where = f"in [{'.'.join(names[:-1])}]" if len(names) > 1 else "at the top of the file"
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        remedy = nearest(names[-1], layout.keys(error["loc"]))
        return place, f"unknown key {names[-1]!r} {where}.", remedy
    if kind == "missing":
        return place, f"the key {names[-1]!r} is missing {where}.", f"Add `{names[-1]} = ...`."
    if kind == "union_tag_invalid":
        name = str(value["kind"])
        return (*place, "kind"), f"unknown kind {name!r}.", nearest(name, tuple(layout.kinds))
    if kind == "union_tag_not_found":
        return place, f"{layout.entry} has no `kind`.", f"Known: {', '.join(layout.kinds)}."
    if kind == "name":
        return place, f"{error['msg']}.", error["ctx"]["remedy"]
    says = error["msg"].removeprefix("Value error, ").replace(" after validation", "")
    says = re.sub(r"^(Input|Tuple|String) should", "it must", says)
    says = re.sub(r"be greater than or equal to 0(?![.\d])", "not be negative", says)
    for theirs, ours in PLAIN.items():
        says = says.replace(theirs, ours)
    return place, f"`{shortened(names[-1])} = {_shown(value)}`: {says}.", None


def _shown(value: Any) -> str:
    """A value of a file as one writes it, cut where it is long."""
    return shortened(json.dumps(value, default=str, ensure_ascii=False), LONGEST_SHOWN)
