"""The form of files that a user writes in TOML: compared, and every problem told in its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Annotated, Any, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    create_model,
)
from pydantic_core import PydanticCustomError

from gutskin.errors import InputError, Problem, meant, nearest
from gutskin.media import shortened
from gutskin.toml_lines import Place
from gutskin.toml_text import (
    Found,
    TomlFile,
    in_order,
    plainly,
    shown,
    without_consequences,
    written,
)

TAG = re.compile(r"'(\w+)'")  # kinds that a place may have
NAME_OF = "x-name-of"  # keyword of JSON Schema
LISTED_BY = ("drug", "topical")  # names that `gutskin drugs` lists
NO_KEYS = ("[key]", "dose", "prior")  # the first: a key itself is wrong; others: forms of a value
FEW = 12  # names that a message lists beside the nearest

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
    populations, endpoints, antibiotics, drugs, topicals, genotypes : their names
    references : keys of references.bib; not given, they are not checked
    refused : what is no endpoint here -> why not, and what is nearest
    strict : an unknown name is an error, and does not stand as it is written
    strains : id of each strain -> its short code ("" if it has none)
    """

    populations: Sequence[str] = ()
    strains: Mapping[str, str] = field(default_factory=dict)
    endpoints: Sequence[str] = ()
    antibiotics: Sequence[str] = ()
    drugs: Sequence[str] = ()
    topicals: Sequence[str] = ()
    genotypes: Sequence[str] = ()
    references: Sequence[str] | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
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
            if what == "strain" and remedy.startswith("Known:") and meant(name, list(self.strains)):
                remedy = nearest(name, list(self.strains))
            if what == "strain":
                remedy = f"{_by_its_code(name, names) or remedy} [[strains]] describes others."
            if len(options) <= FEW and not remedy.startswith("Known"):
                remedy += f" Known: {', '.join(options)}."
            if what == "endpoint" and name.casefold() in self.refused:
                remedy = self.refused[name.casefold()]
            if what in LISTED_BY:
                remedy += " `gutskin drugs` says of each where it acts."
            context = {"what": what, "name": name, "remedy": remedy}
            raise PydanticCustomError("name", "unknown {what} '{name}'", context)
        return found


def _by_its_code(name: str, names: Mapping[str, str]) -> str:
    """The strain whose code stands in a longer name, as in "L. rhamnosus GG" or "B. lactis BB12".

    Parameters
    ----------
    names : codes and ids, in small letters -> ids
    """
    words = {re.sub(r"\W", "", word) for word in re.split(r"[\s(),]+", name.casefold())}
    for code in names:
        first = re.sub(r"\W", "", code.split(" (")[0])
        if first in words or re.sub(r"\W", "", code) in words:
            return f"Did you mean {names[code]!r}?"
    return ""


@dataclass(frozen=True)
class _NamesOf:
    """What a JSON Schema says of a name: of which kind of thing it is one, in a word of its own."""

    what: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """The check: a name that is known, as it is spelled."""

        def check(name: str, info: ValidationInfo) -> str:
            return name if info.context is None else info.context.spelled(self.what, name)

        return AfterValidator(check).__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(
        self, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), NAME_OF: self.what}


def known_name(what: str) -> _NamesOf:
    """A check that a name is known; without known names nothing is checked.

    JSON Schema has it under `x-name-of`: a form or an editor may offer the names.
    """
    return _NamesOf(what)


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


def _frozen(values: Any) -> Any:
    """Arrays as tuples, since nothing that was read is changed."""
    if isinstance(values, dict):
        return {
            key: _frozen(value) if isinstance(value, dict | list) else value
            for key, value in values.items()
        }
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
    if root is None and not file.values:
        what = "there is nothing in this file."
        raise InputError(Problem(what, file.path, 1, "See docs/ and examples/ for its form."))
    untold = list(written(file.values))
    places_told = {place for place, _, _ in untold}  # once: a type of text says the same
    wrong = [one for one in wrong if one[0] not in places_told]
    found = [*untold, *without_consequences(found, wrong), *wrong]
    if root is None or found:
        raise InputError(in_order(file.problem(*one) for one in found))
    return root


def parsed[Root: Part](
    layout: Format[Root], values: Mapping[str, Any], context: Any = None, name: str = ""
) -> tuple[Root | None, list[Found]]:
    """A table of a file as its root part, or what is wrong with its form.

    Parameters
    ----------
    name : of the table; without it the values are the whole file
    """
    try:
        return layout.root.model_validate(_frozen(values), context=context), []
    except ValidationError as error:
        told = _innermost(error)
        told += [more for one in told for more in _as_it_was_meant(one, layout, context)]
        return None, [explain(one, layout, name) for one in told]


def _innermost(error: ValidationError) -> list[Any]:
    """What is wrong; an array whose parts are wrong is also called too short, which is not told."""
    wrong = error.errors()
    outer = {one["loc"][:end] for one in wrong for end in range(1, len(one["loc"]))}
    return [one for one in wrong if one["loc"] not in outer]


def _as_it_was_meant(error: Any, layout: Format[Any], context: Any) -> Iterator[Any]:
    """What else is wrong with a table whose `kind` is misspelt, as one of the kind it was meant.

    A kind that is for another place of the file is spelled as it was meant.
    """
    if error["type"] != "union_tag_invalid":
        return
    written, known = error["input"]["kind"], TAG.findall(error["ctx"]["expected_tags"])
    if not isinstance(written, str) or written in layout.kinds:
        return
    kind = meant(written, known)
    if kind is None or kind not in layout.kinds:
        return
    try:
        layout.kinds[kind].model_validate({**error["input"], "kind": kind}, context=context)
    except ValidationError as wrong:
        for one in _innermost(wrong):
            yield {**one, "loc": (*error["loc"], kind, *one["loc"])}


def sound[P: Part](part: type[P], values: Any, context: Any = None) -> P | None:
    """A table by itself, if its form is right; what is wrong with it is told elsewhere.

    What lies between tables is asked of those that are right, so that one mistake hides no other.
    """
    try:
        return part.model_validate(_frozen(values), context=context)
    except ValidationError:
        return None


def sound_keys[P: Part](part: type[P], values: Mapping[str, Any], context: Any = None) -> P | None:
    """A table by its keys that are right; one that is wrong or missing is its usual value, or None.

    What lies between keys is asked of those that are right, so that one mistake hides no other.
    """
    return _loosely(_loose(part), values, context)


def sound_parts(
    values: Any, parts: type[Part] | Mapping[str, type[Part]], known: Known | None = None
) -> dict[int, Any]:
    """The tables of an array by their numbers; keys that are wrong or missing are None in them.

    Names that nobody knows stand as they are written; a misspelt kind is the one that was meant.

    Parameters
    ----------
    parts : what each is, or kind -> what it is
    """
    found: dict[int, Any] = {}
    context = None if known is None else replace(known, strict=False)
    for number, one in enumerate(values if isinstance(values, list) else ()):
        kind, table = one.get("kind") if isinstance(one, dict) else None, one
        part = parts
        if isinstance(kind, str) and isinstance(parts, Mapping):
            name = kind if kind in parts else meant(kind, [*parts])
            part, table = parts.get(name or ""), {**one, "kind": name}
        if isinstance(one, dict) and isinstance(part, type):
            found[number] = _loosely(_loose(part), table, context)
    return {number: one for number, one in found.items() if one is not None}


def _loosely(part: type[Part], values: Mapping[str, Any], context: Any) -> Any:
    try:
        return part.model_validate(_frozen(values), context=context)
    except ValidationError as error:
        wrong = {one["loc"][0] for one in error.errors() if one["loc"]}
        return sound(part, {key: one for key, one in values.items() if key not in wrong}, context)


@cache
def _loose(part: type[Part]) -> type[Part]:
    """The same part, none of whose keys must be there; so too each table that lies in it."""
    fields: dict[str, Any] = {}
    for name, one in part.model_fields.items():
        kind: Any = Annotated[one.annotation, *one.metadata] if one.metadata else one.annotation
        for inner in (one.annotation, *get_args(one.annotation)):
            if isinstance(inner, type) and issubclass(inner, Part):
                kind = Annotated[kind, BeforeValidator(partial(_by_its_keys, inner))]
        default = one.get_default(call_default_factory=True)
        fields[name] = (kind | None, None if one.is_required() else default)
    base = type(part.__name__, (part,), {"model_config": ConfigDict(extra="ignore")})
    return create_model(part.__name__, __base__=base, **fields)


def _by_its_keys(part: type[Part], value: Any, info: ValidationInfo) -> Any:
    """A table in another by its keys that are right; what is none, as it is."""
    found = _loosely(_loose(part), value, info.context) if isinstance(value, dict) else None
    return value if found is None else found


def table(values: Any, key: str) -> Mapping[str, Any]:
    """The table under a key; nothing if it is no table, which is told elsewhere."""
    value = values.get(key) if isinstance(values, dict) else None
    return value if isinstance(value, dict) else {}


def _is_array(root: type[Part], key: str) -> bool:
    """Whether a key holds tables, not one."""
    return get_origin(root.model_fields[key].annotation) is tuple


def explain(error: Any, layout: Format[Any], name: str = "") -> Found:
    """A pydantic error as place, message and remedy, in the words of the file.

    Parameters
    ----------
    name : of the table that is the root; without it that is the whole file
    """
    loc: Place = error["loc"]
    key = len(loc) - (error["type"] == "extra_forbidden")  # an unknown key may have any name
    place: Place = tuple(
        part
        for n, (part, last) in enumerate(zip(loc, (None, *loc), strict=False))
        if n == key or not (part in NO_KEYS or (isinstance(last, int) and part in layout.kinds))
    )
    names = [part for part in place if isinstance(part, str)]
    if not names:
        return place, f"`{shown(error['input'])}` is no table.", "Write it as a [table]."
    inside = [*([name] if name else []), *names[:-1]]
    where = f"in [{'.'.join(inside)}]" if inside else "at the top of the file"
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        remedy = nearest(names[-1], layout.keys(error["loc"]))
        return place, f"unknown key {names[-1]!r} {where}.", remedy
    if kind == "missing" and isinstance(place[-1], int):
        what = f"`{shortened(names[-1])} = {shown(value)}`: a value is missing in it."
        return place[:-1], what, f"Write {place[-1] + 1} or more values in brackets."
    if kind == "missing":
        if not inside and names[-1] in layout.parts:
            head = f"[[{names[-1]}]]" if _is_array(layout.root, names[-1]) else f"[{names[-1]}]"
            return place, f"the section {head} is missing.", f"Add `{head}` with its keys."
        return place, f"the key {names[-1]!r} is missing {where}.", f"Add `{names[-1]} = ...`."
    if kind == "union_tag_invalid":
        unknown = value["kind"]
        if not isinstance(unknown, str):
            return (*place, "kind"), f"`kind = {shown(unknown)}`: it must be text in quotes.", None
        here = TAG.findall(error["ctx"]["expected_tags"])
        if unknown in layout.kinds:
            fix = f"Known: {', '.join(here)}."
            return (*place, "kind"), f"the kind {unknown!r} is for another place of the file.", fix
        return (*place, "kind"), f"unknown kind {unknown!r}.", nearest(unknown, here)
    if kind == "union_tag_not_found":
        return place, f"{layout.entry} has no `kind`.", f"Known: {', '.join(layout.kinds)}."
    if kind == "name":
        return place, f"{error['msg']}.", error["ctx"]["remedy"]
    says = f"`{shortened(names[-1])} = {shown(value)}`: {plainly(error['msg'])}."
    of_tables = isinstance(value, dict) and ("kind" in value or names[-1] in layout.parts)
    if kind == "tuple_type" and of_tables:
        return place, says, f"Begin each with [[{'.'.join(inside + names[-1:])}]], in two brackets."
    return place, says, None
