"""The rows, the comment and the experiment of a new mechanism, with a `?` where one has to write.

`gutskin model check` names every `?` with its file and line until it is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import Biology
from gutskin.model.check_tables import ROUTES, SIGNS
from gutskin.model.fragments import read_source
from gutskin.model.tables import Tables, read_tables
from gutskin.model.unfilled import ALONE, OPEN

_ID = re.compile(r"M\d\d+")
_FRAGMENT = re.compile(r"\w+\.ant")


@dataclass(frozen=True)
class NewMechanism:
    """What somebody says of a mechanism before its rows are written.

    Parameters
    ----------
    id : such as M139; None for the one above the last
    source, target : ids of states, rules or inputs, or the beginning of one
    sign : of the effect on the target
    route : by which it goes
    fragment : name of the file where it happens; None for that of the target
    """

    id: str | None = None
    source: str = OPEN
    target: str = OPEN
    sign: str = OPEN
    route: str = OPEN
    fragment: str | None = None


@dataclass(frozen=True)
class Draft:
    """Files with the new rows in them.

    Parameters
    ----------
    id : of the mechanism
    files : path -> whole new text
    copied : the shipped fragment that an overlay now holds whole, if it does
    """

    id: str
    files: Mapping[Path, str]
    copied: str | None


def draft_mechanism(new: NewMechanism, biology: Biology, overlay: Path | None) -> Draft:
    """The files with the rows of a new mechanism; nothing is written.

    Parameters
    ----------
    biology : what it is added to
    overlay : a user's own folder to write into; None for the shipped biology, in a checkout

    Raises
    ------
    InputError
        For an id in use, names that are nowhere, a fragment that is none, an installed package;
        all together.
    """
    if overlay is None and not (biology.folder.parents[2] / "pyproject.toml").is_file():
        remedy = "Name a folder of your own: `--biology FOLDER`."
        raise InputError(
            Problem("this package is installed, not a checkout.", biology.folder, None, remedy)
        )
    tables = read_tables(biology)
    fragment = new.fragment or _home(new.target, biology)
    problems = [*_problems(new, tables), *_fragment_problems(fragment, biology, overlay)]
    if problems or fragment is None:
        raise InputError(problems)
    id_ = new.id or _next_id(tables)
    folder = overlay or biology.folder
    files: dict[Path, str] = {}
    for name, rows in _rows(new, id_).items():
        here = folder / name
        old = here.read_text(encoding="utf-8-sig") if here.is_file() else ""
        header = next(iter(biology.table(name).values())).cells
        files[here] = _with_rows(old or "\t".join(header) + "\n", rows)
    text = biology.text(fragment)
    comment = f"\n// {id_} {OPEN} ({_switch(id_)} multiplies its term)\n"
    files[folder / fragment] = _ended(text.text if text else "") + comment
    alone = folder / ALONE
    old = alone.read_text(encoding="utf-8-sig") if alone.is_file() else ""
    files[alone] = _ended(old) + ("\n" if old else "") + _experiment(new, id_)
    copied = text is not None and overlay is not None and text.path.parent == biology.folder
    return Draft(id_, files, fragment if copied else None)


def _switch(id_: str) -> str:
    return f"s_{id_.lower()}"


def _next_id(tables: Tables) -> str:
    """One above the last: a number that was once in use would mean two things."""
    return f"M{1 + max(int(name[1:]) for name in tables.mechanisms if _ID.fullmatch(name)):02}"


def _home(target: str, biology: Biology) -> str | None:
    """The fragment that defines a target."""
    if target == OPEN:
        return None
    definitions = read_source(biology).definitions
    return next((at.file.name for name, at in definitions.items() if name.startswith(target)), None)


def _problems(new: NewMechanism, tables: Tables) -> Iterator[Problem]:
    if new.id is not None and not _ID.fullmatch(new.id):
        yield Problem(f"{new.id!r} is no id of a mechanism.", None, None, "Write M and a number.")
    elif new.id is not None:
        row = tables.mechanisms.get(new.id) or tables.parameters.get(_switch(new.id))
        if row is not None:
            remedy = f"Leave it out, and {_next_id(tables)} is taken."
            yield Problem(f"{new.id} is in use.", row.file, row.line, remedy)
    known = (*tables.parameters, *read_source(tables.biology).definitions)
    for option, name in (("--from", new.source), ("--to", new.target)):
        if name != OPEN and not any(one.startswith(name) for one in known):
            message = f"{option}: no state, rule or input begins with {name!r}."
            yield Problem(message, None, None, nearest(name, known))
    for option, word, words in (("--sign", new.sign, SIGNS), ("--route", new.route, ROUTES)):
        if word != OPEN and word not in words:
            remedy = f"Write one of: {', '.join(words)}."
            yield Problem(f"{option} is {word!r}.", None, None, remedy)


def _fragment_problems(
    name: str | None, biology: Biology, overlay: Path | None
) -> Iterator[Problem]:
    if name is None:
        remedy = "Name its place with `--fragment`, or what it acts on with `--to`."
        yield Problem("it is not known where the mechanism happens.", None, None, remedy)
    elif biology.text(name) is None and (overlay is None or not _FRAGMENT.fullmatch(name)):
        remedy = nearest(name, biology.names("*.ant"))
        yield Problem(f"--fragment: there is no fragment {name!r}.", None, None, remedy)
    elif not _FRAGMENT.fullmatch(name):
        remedy = nearest(name, biology.names("*.ant"))
        yield Problem(f"--fragment: {name!r} is no fragment.", None, None, remedy)


def _rows(new: NewMechanism, id_: str) -> dict[str, list[dict[str, str]]]:
    switch, size = _switch(id_), f"g_{id_.lower()}"
    mechanism = {
        "id": id_, "statement": OPEN, "from": new.source, "to": new.target, "sign": new.sign,
        "route": new.route, "shown_by": id_, "rules_and_reactions": OPEN, "switch": switch,
        "evidence": OPEN, "grade": OPEN,
    }  # fmt: skip
    number = {
        "id": size, "value": OPEN, "unit": OPEN, "distribution": OPEN, "low": OPEN, "high": OPEN,
        "role": "prior", "grade": OPEN, "note": OPEN,
    }  # fmt: skip
    switched = {
        "id": switch, "value": "1", "unit": "1", "distribution": "fixed", "role": "switch",
        "note": f"switch of {id_}: 1 on, 0 off",
    }  # fmt: skip
    return {"mechanisms.tsv": [mechanism], "parameters.tsv": [number, switched]}


def _with_rows(text: str, rows: list[dict[str, str]]) -> str:
    """A table with rows at its end; columns that an overlay left out are added, empty."""
    lines = text.splitlines()
    place = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))
    header = lines[place].split("\t")
    missing = [name for name in dict.fromkeys(n for row in rows for n in row) if name not in header]
    for i, line in enumerate(lines):
        if line and not line.startswith("#"):
            lines[i] = "\t".join([line, *(missing if i == place else [""] * len(missing))])
    columns = [*header, *missing]
    lines += ["\t".join(row.get(column, "") for column in columns) for row in rows]
    return "\n".join(lines) + "\n"


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _experiment(new: NewMechanism, id_: str) -> str:
    """An experiment with the mechanism off and on; its target must move by a hundredth."""
    expected = "[-90, -1]" if new.sign == "-" else "[1, 900]"
    return f"""[{id_}]
experiment = "{OPEN}"
statement = "{OPEN}"
grade = "{OPEN}"
evidence_verdict = "thin"
why = "{OPEN}"
days = 7

[{id_}.arms.off]
label = "mechanism off"
population = "{OPEN}"
off_always = ["{id_}"]

[{id_}.arms.on]
label = "mechanism on"
population = "{OPEN}"

[[{id_}.checks]]
says = "{OPEN}"
quantity = "{new.target}"
read = {{ day = 7 }}
contrast = {{ on = 1, off = -1 }}
scale = "percent"
expected = {expected}
"""
