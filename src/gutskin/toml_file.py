"""Files that a user writes in TOML: read, checked, and every problem told with its line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from gutskin.errors import InputError, Problem, nearest

Place = tuple[str | int, ...]
Found = tuple[Place, str, str | None]  # where, what is wrong, what to do
PLAIN = {
    "be greater than or equal to 0": "not be negative",
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
    populations, endpoints : their names
    strains : id of each strain -> its short code ("" if it has none)
    """

    populations: Sequence[str] = ()
    strains: Mapping[str, str] = field(default_factory=dict)
    endpoints: Sequence[str] = ()

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
        if found is None:
            context = {"what": what, "name": name, "remedy": nearest(name, options)}
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


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file and what it says.

    Raises
    ------
    InputError
        If it cannot be read or is not TOML, with the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(Problem(f"the file cannot be read: {why}.", path)) from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        at = int(line[1]) if line else len(text.splitlines())
        what = str(error).split(" (at ")[0]
        remedy = "Write `key = value` lines under [table] headings."
        raise InputError(Problem(f"this is not valid TOML: {what}.", path, at, remedy)) from None


def validate[Root: Part](
    layout: Format[Root],
    raw: Mapping[str, Any],
    text: str,
    path: Path,
    found: Sequence[Found],
    context: Any = None,
) -> Root:
    """The file as its root table.

    Parameters
    ----------
    raw, text, path : of the file
    found : problems between tables, found in `raw`
    context : what the validators of names ask

    Raises
    ------
    InputError
        With all problems together, in the order of their lines.
    """
    found = list(found)
    try:
        # By way of JSON, where an array may become a tuple though nothing else is converted.
        document = json.dumps(raw, default=str)
        root = layout.root.model_validate_json(document, context=context)
        if not found:
            return root
    except ValidationError as error:
        wrong = error.errors()
        outer = {one["loc"][:end] for one in wrong for end in range(1, len(one["loc"]))}
        # An array whose parts are wrong is also called too short: only the parts are reported.
        found += [explain(one, layout) for one in wrong if one["loc"] not in outer]
    problems = [Problem(what, path, line_of(place, text), fix) for place, what, fix in found]
    raise InputError(sorted(problems, key=lambda problem: problem.line or 0))


def explain(error: Any, layout: Format[Any]) -> Found:
    """A pydantic error as place, message and remedy, in the words of the file."""
    place: Place = tuple(part for part in error["loc"] if part not in layout.kinds)
    names = [part for part in place if isinstance(part, str)]
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
    for theirs, ours in PLAIN.items():
        says = says.replace(theirs, ours)
    return place, f"`{names[-1]} = {json.dumps(value, default=str)}`: {says}.", None


def line_of(place: Place, text: str) -> int | None:
    r"""The line of a TOML text (from 1) on which something stands.

    The text is read again line by line: what is new after a line stands in the statement that ends
    there. What is not in the text at all (a missing key) gets the line of the table it belongs to.

    Examples
    --------
    >>> line_of(("visits", "weeks", 1), "[visits]\nweeks = [\n  0,\n  -4,\n]")
    4
    """
    lines = text.splitlines()
    while place:
        begin = 1
        for end in range(1, len(lines) + 1):
            try:
                value: Any = tomllib.loads("\n".join(lines[:end]))
            except tomllib.TOMLDecodeError:
                continue
            try:
                for part in place:
                    value = value[part]
            except (KeyError, IndexError, TypeError):
                begin = end + 1
                continue
            inside = [n for n in range(begin, end + 1) if str(value) in lines[n - 1]]
            return inside[0] if inside and isinstance(place[-1], int) else begin
        place = place[:-1]
    return None
