"""The biology that a model is made of: the shipped texts and tables, and a user's on top of them.

A user's own is a folder laid out like the shipped one, an overlay. A row with the id of a shipped
row takes its place, any other is added; a fragment or a trial with a shipped name takes its place,
any other is added. It is read whole when it is named, so that whatever is computed afterwards sees
one and the same biology, and can hand it on to another machine.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from stat import S_ISREG
from typing import Any

from gutskin.errors import InputError, Problem
from gutskin.model.rows import Row, parse_table

# tables of strains, drugs, weights: what they say is given to the equations from outside
FROM_OUTSIDE = ("strain*.tsv", "drugs.tsv", "topicals.tsv", "body_weight.tsv")
# how worlds are drawn: from the widths of single numbers, from worlds that meet the targets of the
# calibration, or not at all (all at their centre)
PRIOR, POSTERIOR, CENTRE = "prior", "posterior", "1"
DRAWS = (PRIOR, POSTERIOR, CENTRE)
DEFAULT_DRAWS = POSTERIOR  # of what foretells a trial, where there is one of these numbers
ENSEMBLE = "posterior.tsv"  # worlds of the posterior: made of all else
OUTSIDE = "targets/outside.tsv"  # how much wider their intervals are outside the evidence
PRINTED = "targets/printed.tsv"  # of product trials without a benefit, the share that is printed
DECIDES = ("*.ant", "*.tsv", "*.toml")  # files that decide what the model is
EXPERIMENTS = (  # ask the model, and decide none of its numbers
    "claims.toml", "perturbations.toml", "ecology.toml", "drugs.toml", "mechanisms_alone.toml",
)  # fmt: skip


@dataclass(frozen=True)
class Text:
    """A file that was read: where it stands and what it says."""

    path: Path
    text: str


def _text_of(path: Path) -> Text | None:
    """A file, read once for as long as it stays as it is; none where there is no file."""
    try:
        about = path.stat()
    except (OSError, ValueError):
        return None
    return _read(path, about.st_mtime_ns, about.st_size) if S_ISREG(about.st_mode) else None


@lru_cache(maxsize=256)
def _read(path: Path, changed: int, size: int) -> Text:
    """A file that was changed then and is so large; every trial with a strain of its own asks."""
    return Text(path, path.read_text(encoding="utf-8"))


@lru_cache(maxsize=32)
def _parsed(text: str) -> Mapping[str, Any]:
    """What TOML says; every card of a mechanism asks for that of all experiments."""
    return tomllib.loads(text)


def parse_toml(text: Text) -> dict[str, Any]:
    """What a TOML file of the biology says: its tables are read by all, and changed by nobody.

    Raises
    ------
    InputError
        If it is not TOML, with the line.
    """
    try:
        return dict(_parsed(text.text))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else len(text.text.splitlines())
        what = str(error).split(" (at ")[0]
        remedy = "Write `key = value` lines under [table] headings."
        raise InputError(
            Problem(f"this is not valid TOML: {what}.", text.path, line, remedy)
        ) from None


@dataclass(frozen=True)
class Overlay:
    """A user's own biology.

    Parameters
    ----------
    folder : as the user wrote it
    texts : name within the folder, with slashes, and text of every file, in order of the names
    """

    folder: Path
    texts: tuple[tuple[str, str], ...]

    @cached_property
    def files(self) -> Mapping[str, Text]:
        """Its files by name."""
        return {name: Text(self.folder / name, text) for name, text in self.texts}

    @property
    def name(self) -> str:
        """What it is called: the name of its folder."""
        return self.folder.absolute().name


@dataclass(frozen=True)
class Biology:
    """Texts and tables of the shipped folder, and of an overlay if there is one.

    Parameters
    ----------
    folder : the shipped one
    overlay : a user's own
    draws : how worlds are drawn, one of `DRAWS`
    """

    folder: Path
    overlay: Overlay | None = None
    draws: str = PRIOR

    def texts(self, name: str) -> tuple[Text, ...]:
        """A file of the folder and the overlay's of the same name, in this order; those there are.

        Parameters
        ----------
        name : within the folder, with slashes
        """
        found = [] if (here := _text_of(self.folder / name)) is None else [here]
        if self.overlay is not None and name in self.overlay.files:
            found.append(self.overlay.files[name])
        return tuple(found)

    def text(self, name: str) -> Text | None:
        """A file that is taken whole: the overlay's, else the shipped one."""
        found = self.texts(name)
        return found[-1] if found else None

    def names(self, pattern: str) -> tuple[str, ...]:
        """Names of the files that fit a pattern, such as `trials/*.toml`, in order."""
        here = {path.relative_to(self.folder).as_posix() for path in self.folder.glob(pattern)}
        mine = self.overlay.files if self.overlay is not None else ()
        deep = pattern.count("/")
        here |= {name for name in mine if fnmatch(name, pattern) and name.count("/") == deep}
        return tuple(sorted(here))

    def table(self, name: str, required: tuple[str, ...] = ("id",)) -> dict[str, Row]:
        """A table by id: the shipped rows in their order, then those that an overlay adds.

        Raises
        ------
        InputError
            For missing columns, rows of another width, and ids given twice; all together.
        An overlay's table may leave columns out: the cells in them are empty.
        """
        rows: dict[str, Row] = {}
        columns: dict[str, str] = {}
        for one in self.texts(name):
            if not columns:
                rows = parse_table(one.text, one.path, required)
                columns = dict.fromkeys(next(iter(rows.values())).cells, "") if rows else {}
                continue
            for row in parse_table(one.text, one.path).values():
                rows[row.id] = Row({**columns, **row.cells}, row.file, row.line)
        return rows

    def entries(self, name: str) -> dict[str, Any]:
        """The tables of a TOML file by name; an overlay's take the place of shipped ones.

        Raises
        ------
        InputError
            If the overlay's is not TOML.
        """
        found: dict[str, Any] = {}
        for one in self.texts(name):
            found |= parse_toml(one)
        return found

    @cached_property
    def content_hash(self) -> str:
        """Sixteen hexadecimal digits that change with every byte which decides the model.

        The worlds of the posterior are among them where worlds are drawn of it, how much wider
        their intervals are outside the evidence, and what share of trials is printed.
        """
        named = () if self.draws == PRIOR else (("draws", self.draws.encode()),)
        ensemble = self.draws == POSTERIOR
        return _digest((*self._numbers(ensemble=ensemble), *named))

    @cached_property
    def numbers_hash(self) -> str:
        """The same without experiments and the worlds of the posterior: what these were made of."""
        return _digest(
            one for one in self._numbers(ensemble=False) if Path(one[0]).name not in EXPERIMENTS
        )

    @cached_property
    def equations_hash(self) -> str:
        """The same of what decides the equations: strains and drugs come and go without them."""
        return _digest(
            one
            for one in self._deciding()
            if not any(Path(one[0]).match(name) for name in (*FROM_OUTSIDE, ENSEMBLE))
        )

    def _numbers(self, *, ensemble: bool) -> Iterator[tuple[str, bytes]]:
        """All that decides the model, with the worlds of the posterior or without."""
        yield from (one for one in self._deciding() if ensemble or not one[0].endswith(ENSEMBLE))
        for name in (OUTSIDE, PRINTED) if ensemble else ():
            if (learnt := self.text(name)) is not None:
                yield name, learnt.text.encode()

    def _deciding(self) -> Iterator[tuple[str, bytes]]:
        shipped = (path for pattern in DECIDES for path in self.folder.glob(pattern))
        for path in sorted(shipped):
            yield path.name, path.read_bytes()
        for name, text in self.overlay.texts if self.overlay is not None else ():
            if "/" not in name:
                yield f"overlay/{name}", text.encode()


def _digest(named: Iterable[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, content in named:
        digest.update(name.encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def biology_folder() -> Path:
    """The folder that holds the biology: text, tables, evidence."""
    return Path(str(files("gutskin") / "biology"))


def shipped_biology() -> Biology:
    """What comes with gutskin."""
    return Biology(biology_folder())
