"""A user's own biology, read from its folder and compared with what it is put on top of."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from gutskin.arguments import path_to
from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import PRIOR, Biology, Overlay, Text, parse_toml, shipped_biology
from gutskin.model.rows import parse_table

VARIABLE = "GUTSKIN_BIOLOGY"
MANIFEST, LIMITS = "model.toml", "limits.tsv"  # what a body can take is not a user's
LISTS = ("once", "per_site")  # what an overlay's manifest may say
FREE = ("*.ant", "trials/*.toml")  # files that may have any name
PASSED_OVER = (".*", "*~", "*.md", "*.txt", "*.html")  # notes beside the biology

MOST_FILES = 5_000  # that are no part of a biology, before the folder is given up
LARGEST = 16_000_000  # bytes of a file
NAMED = 20  # files that are no part of a biology, each with a line of its own
LOST = "Lay the folder out like the shipped one."
STRAIN_FILES = frozenset(("strains.tsv", "strain_traits.tsv", "strain_trials.tsv"))
SHOWN = 5  # things that are added or replaced, in one line


@dataclass(frozen=True)
class Difference:
    """One thing that an overlay adds or replaces.

    Parameters
    ----------
    file : its name within the overlay
    id : of the row, table or source; empty where a file is taken whole
    replaces : whether the shipped biology has it too
    """

    file: str
    id: str
    replaces: bool

    @property
    def place(self) -> str:
        """Where it stands: file and id."""
        return f"{self.file}: {self.id}" if self.id else self.file

    def __str__(self) -> str:
        return f"{'replaces' if self.replaces else 'adds'} {self.place}"


def biology_of(source: Biology | str | os.PathLike[str] | None = None) -> Biology:
    """The biology that is meant.

    Parameters
    ----------
    source : a folder to put on top of the shipped one; without it what `GUTSKIN_BIOLOGY` names, and
        the shipped one alone if that is not set

    Raises
    ------
    InputError
        For what is no path, a folder that is none, or one that holds what cannot be read.
    """
    if isinstance(source, Biology):
        return source
    shipped = shipped_biology()
    if source is None:
        source = os.environ.get(VARIABLE)
        if not source:
            return shipped
    return Biology(shipped.folder, read_overlay(path_to("biology", source, "a folder"), shipped))


def overlay_folder(asked: Path | None) -> tuple[Biology, Path | None]:
    """The biology that is meant, and the folder on top of it, which may be new or empty.

    Raises
    ------
    InputError
        As `biology_of` does, but not for a folder that is not there yet or holds nothing.
    """
    named = asked or os.environ.get(VARIABLE)
    folder = Path(named).expanduser() if named else None
    if folder is not None and (
        not folder.exists() or (folder.is_dir() and not any(_files_of(folder)))
    ):
        return shipped_biology(), folder
    return biology_of(folder), folder


def read_overlay(folder: Path, shipped: Biology) -> Overlay:
    """Read a user's own biology.

    Parameters
    ----------
    folder : laid out like the shipped one; every file may be missing, but not all of them
    shipped : what it is put on top of

    Raises
    ------
    InputError
        If it is no folder, holds nothing, files that are no part of a biology, or files that
        cannot be read; all problems together.
    """
    folder = folder.expanduser()
    if not folder.is_dir():
        what = "this is a file, not a folder." if folder.exists() else "there is no such folder."
        remedy = "Name a folder with own tables and fragments, or leave `--biology` out."
        raise InputError(Problem(what, folder, None, remedy))
    problems: list[Problem] = []
    texts: list[tuple[str, str]] = []
    known, unknown = _sorted_out(folder, shipped)
    if not known:
        raise InputError(_no_biology(folder, unknown, shipped))
    problems += (_unknown(path, folder, shipped) for path in unknown[:NAMED])
    if (more := len(unknown) - NAMED) > 0:
        what = f"{more:,} more files here are no part of a biology."
        problems.append(Problem(what, folder, None, "Is it the right folder?"))
    for path in known:
        try:
            texts.append((path.relative_to(folder).as_posix(), _text_of(path)))
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8 text"
            problems.append(Problem(f"the file cannot be read: {why}.", path))
    overlay = Overlay(folder, tuple(texts))
    for name, text in overlay.files.items():
        problems += _faults(name, text, shipped)
    if problems:
        raise InputError(problems)
    return overlay


def _sorted_out(folder: Path, shipped: Biology) -> tuple[list[Path], list[Path]]:
    """The files of a folder that are part of a biology, and those that are not.

    Raises
    ------
    InputError
        For more files than any biology has: it is another folder.
    """
    names = {*_known_names(shipped)}
    known: list[Path] = []
    unknown: list[Path] = []
    for path in _files_of(folder):
        name = path.relative_to(folder).as_posix()
        (known if name in names or _is_free(name) else unknown).append(path)
        if len(unknown) > MOST_FILES:
            what = f"there are more than {MOST_FILES:,} files in this folder that are no part of "
            what += "a biology."
            raise InputError(Problem(what, folder, None, "Is it the right folder?"))
    return sorted(known), sorted(unknown)


def _no_biology(folder: Path, unknown: list[Path], shipped: Biology) -> list[Problem]:
    """What is told of a folder in which nothing is part of a biology."""
    if len(unknown) <= SHOWN:
        unknown_files = [_unknown(path, folder, shipped) for path in unknown]
        if meant := [one for one in unknown_files if LOST not in (one.remedy or "")]:
            return meant
    remedy = "Lay it out like the shipped one: strains.tsv, parameters.tsv, trials/, ..."
    what = "there is no biology in this folder."
    if unknown:
        names = [path.relative_to(folder).as_posix() for path in unknown]
        shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        what = f"nothing in this folder is part of a biology ({len(names):,} files: {shown})."
    return [Problem(what, folder, None, remedy)]


def _text_of(path: Path) -> str:
    """The text of a file of an overlay.

    Raises
    ------
    OSError, UnicodeDecodeError
        If it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise OSError(errno.EFBIG, f"it has more than {LARGEST:,} bytes")
    if b"\0" in data:
        raise OSError(errno.EILSEQ, "the byte 0x00 is no text")
    return data.decode("utf-8-sig").replace("\r\n", "\n")


def _files_of(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it, but for notes and what is hidden."""
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if path.is_file() and not hidden and not any(fnmatch(path.name, p) for p in PASSED_OVER):
            yield path


def _known_names(shipped: Biology) -> tuple[str, ...]:
    """The files that an overlay may have, but for those of any name."""
    tables = (one for one in shipped.names("*.t*") if one != LIMITS)
    return (
        *tables,
        *shipped.names("evidence/*.tsv"),
        *shipped.names("targets/*.tsv"),
        "references.bib",
    )


def _is_free(name: str) -> bool:
    """Whether it is a file that may have any name: a fragment, a trial."""
    deep = name.count("/")
    return any(fnmatch(name, pattern) and pattern.count("/") == deep for pattern in FREE)


def _unknown(path: Path, folder: Path, shipped: Biology) -> Problem:
    """A file that nothing would read."""
    name = path.relative_to(folder).as_posix()
    if name == LIMITS:
        what = f"{LIMITS} stays as it is: what a person can be or take is not a user's to say."
        remedy = "Give a parameter of your own low and high; what it may be follows from them."
        return Problem(what, path, None, remedy)
    close = nearest(name, _known_names(shipped))
    remedy = close if close.startswith("Did") else LOST
    return Problem(f"{name} is no part of a biology.", path, None, f"{remedy} Or put it elsewhere.")


def _faults(name: str, text: Text, shipped: Biology) -> Iterator[Problem]:
    """What can be told of one file of an overlay without the others."""
    if name.endswith(".tsv"):
        yield from _table_faults(name, text, shipped)
    elif name.endswith(".toml") and "/" not in name:
        try:
            raw = parse_toml(text)
        except InputError as error:
            yield from error.problems
            return
        if name == MANIFEST:
            yield from _manifest_faults(raw, text)


def _table_faults(name: str, text: Text, shipped: Biology) -> Iterator[Problem]:
    """Columns that the shipped table does not have, and whatever keeps it from being read."""
    try:
        parse_table(text.text, text.path)
    except InputError as error:
        yield from error.problems
        return
    columns = next(iter(shipped.table(name).values())).cells if shipped.texts(name) else {}
    for number, line in enumerate(text.text.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        for column in line.split("\t") if columns else ():
            if column not in columns:
                message = f"{name} has no column {column!r}."
                yield Problem(message, text.path, number, nearest(column, tuple(columns)))
        return
    yield Problem("the table is empty.", text.path, None, "Write a line with the columns first.")


def _manifest_faults(raw: dict[str, Any], text: Text) -> Iterator[Problem]:
    for key, value in raw.items():
        line = next(
            (i for i, one in enumerate(text.text.splitlines(), 1) if one.startswith(key)), None
        )
        if key not in LISTS:
            yield Problem(f"unknown key {key!r}.", text.path, line, nearest(key, LISTS))
        elif not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            remedy = f'Write `{key} = ["mine.ant"]`.'
            yield Problem(f"{key!r} is no list of fragments.", text.path, line, remedy)


def differences(biology: Biology) -> tuple[Difference, ...]:
    """What an overlay adds and replaces, file by file; nothing without one."""
    overlay = biology.overlay
    if overlay is None:
        return ()
    shipped = Biology(biology.folder)
    return tuple(
        Difference(name, id_, id_ in before if id_ else bool(shipped.texts(name)))
        for name, text in overlay.files.items()
        for before in (_ids(name, shipped.texts(name)),)
        for id_ in _ids(name, (text,))
        if name != MANIFEST
    )


def biology_entry(biology: Biology | None) -> dict[str, Any]:
    """What a result says of its biology beside version and hash of the model.

    Returns
    -------
    dict, empty for the shipped biology and worlds of the prior; with `overlay`: `name` of its
    folder, what it `adds` and `replaces`: lists of `file: id`; with `draws`, of which other worlds
    """
    if biology is None:
        return {}
    drawn = {} if biology.draws == PRIOR else {"draws": biology.draws}
    if biology.overlay is None:
        return drawn
    found = differences(biology)
    return drawn | {
        "overlay": {
            "name": biology.overlay.name,
            "adds": [one.place for one in found if not one.replaces],
            "replaces": [one.place for one in found if one.replaces],
        }
    }


def worlds_entry(biology: Biology | None) -> dict[str, Any]:
    """The same of what is foretold of a trial: `draws` always says of which worlds it is made."""
    return {} if biology is None else {"draws": str(biology.draws)} | biology_entry(biology)


def overlay_sentence(overlay: Mapping[str, Any]) -> str:
    """What an overlay does, in one line.

    Parameters
    ----------
    overlay : as a result tells it, see `biology_entry`

    Examples
    --------
    >>> overlay_sentence({"name": "mine", "adds": [], "replaces": ["strains.tsv: w23"]})
    "Own biology 'mine': adds 0, replaces 1 (strains.tsv: w23)."
    >>> overlay_sentence({"name": "t.toml", "adds": ["strains.tsv: x1"], "replaces": []})
    "Own strains of 't.toml': x1."
    """
    if strains := own_strains_alone(overlay):
        return f"Own strains of {overlay['name']!r}: {', '.join(strains)}."
    parts = []
    for verb in ("adds", "replaces"):
        places = overlay[verb]
        shown = ", ".join(places[:SHOWN]) + (", ..." if len(places) > SHOWN else "")
        parts.append(f"{verb} {len(places)}{f' ({shown})' if shown else ''}")
    return f"Own biology {overlay['name']!r}: {', '.join(parts)}."


def own_strains_alone(overlay: Mapping[str, Any]) -> list[str]:
    """The strains that an overlay adds; none if it changes anything but strains and their data.

    Parameters
    ----------
    overlay : as a result tells it, see `biology_entry`
    """
    files = {place.split(": ")[0] for place in overlay["adds"]}
    if overlay["replaces"] or not files <= STRAIN_FILES:
        return []
    return [one.split(": ")[1] for one in overlay["adds"] if one.startswith("strains.tsv: ")]


def _ids(name: str, texts: Iterable[Text]) -> tuple[str, ...]:
    """The ids that the texts of a file hold; one empty id where a file is taken whole."""
    found: dict[str, None] = {}
    for one in texts:
        if name.endswith(".tsv"):
            found |= dict.fromkeys(parse_table(one.text, one.path))
        elif name.endswith(".bib"):
            found |= dict.fromkeys(re.findall(r"(?m)^@\w+\{([\w-]+),", one.text))
        elif name.endswith(".toml") and "/" not in name:
            found |= dict.fromkeys(parse_toml(one))
        else:
            found[""] = None
    return tuple(found)
