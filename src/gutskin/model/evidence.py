"""What is known, and how far each piece may be trusted: the evidence tables and their sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from gutskin.errors import InputError, Problem
from gutskin.model.biology import Biology, Text
from gutskin.model.overlay import biology_of
from gutskin.model.rows import Row

SEEN_IN = ("full text", "table", "code", "abstract", "secondary", "unverified", "computed")
NEVER_CALIBRATED = ("unverified", "computed")
WITHHELD = "evidence/withheld.tsv"

_ENTRY = re.compile(r"@(?P<kind>\w+)\{(?P<key>[\w-]+),")
_FIELD = re.compile(r"\s+(?P<name>\w+) = \{(?P<value>.+)\},")


@dataclass(frozen=True)
class Evidence:
    """One observed or published value, its source, and how that source was read.

    Parameters
    ----------
    id : two letters for the table and a number, as in `RV0225`
    table : name of the table without `.tsv`
    line : line of the table, counted from 1
    fields : the cells by column; an empty cell means not known, never zero
    withheld : why the row is not used although its source was seen; empty if it may be used

    Examples
    --------
    >>> survival = load_evidence()["RV0225"]
    >>> survival.fields["value"], survival.fields["unit"], survival.calibratable
    ('23.5', '% of dose', True)
    """

    id: str
    table: str
    line: int
    fields: Mapping[str, str]
    withheld: str = ""

    @property
    def seen_in(self) -> str:
        """How the source was read: one of `SEEN_IN`."""
        return self.fields["seen_in"]

    @property
    def calibratable(self) -> bool:
        """Whether a parameter may be fitted to this row."""
        return self.seen_in not in NEVER_CALIBRATED and not self.withheld

    @property
    def source(self) -> str:
        """Where the value stands: DOI, PMID, repository or citation; empty if not known."""
        if "source" in self.fields:
            return self.fields["source"]
        known = [name for name in ("doi", "pmid") if self.fields[name]]
        return "; ".join(f"{name}:{self.fields[name]}" for name in known)

    @property
    def study(self) -> str:
        """What it was seen in: the trial, else the paper."""
        return self.fields.get("trial_id") or self.fields.get("item_id") or self.source or self.id


@dataclass(frozen=True)
class Reference:
    """One source of the evidence tables, as far as it is known.

    Parameters
    ----------
    key : name used in docstrings and tables, as in `Huang2017`
    kind : BibTeX type of the entry
    fields : BibTeX fields by name; a field that was not seen is absent

    Examples
    --------
    >>> print(load_references()["Miyano2022SA"].citation)
    Miyano, T., Irvine, A. D., Tanaka, R. J. 2022. Model-Based Meta-Analysis to Optimize \
Staphylococcus aureus-Targeted Therapies for Atopic Dermatitis. JID Innovations. \
doi:10.1016/j.xjidi.2022.100110
    """

    key: str
    kind: str
    fields: Mapping[str, str]

    @property
    def citation(self) -> str:
        """One line for a reader: authors and year, title, journal, DOI or PMID."""
        names = self.fields.get("author", self.key).replace(" and others", " et al.")
        parts = [f"{names.replace(' and ', ', ')} {self.fields.get('year', '')}".strip()]
        parts += [self.fields[name] for name in ("title", "journal") if name in self.fields]
        for scheme, name in (("doi", "doi"), ("pmid", "pmid"), ("arxiv", "eprint")):
            if name in self.fields:
                parts.append(f"{scheme}:{self.fields[name]}")
                break
        return ". ".join(parts)


def load_evidence(biology: Biology | None = None) -> Mapping[str, Evidence]:
    """Read every evidence table once.

    Parameters
    ----------
    biology : see `biology_of`

    Returns
    -------
    read-only mapping of id -> Evidence, tables in the order of their names, rows as they stand

    Raises
    ------
    InputError
        For rows of another width, an id that stands twice, an unknown word under `seen_in`, and
        a withheld id that is in no table; all together, each with its file and line.
    """
    return _evidence_of(biology_of(biology))


@cache
def _evidence_of(biology: Biology) -> Mapping[str, Evidence]:
    problems: list[Problem] = []
    withheld = _read(biology, WITHHELD, ("id", "reason"), problems)
    found: dict[str, Evidence] = {}
    for name in biology.names("evidence/*.tsv"):
        if name == WITHHELD:
            continue
        for row in _read(biology, name, ("id", "seen_in"), problems).values():
            problems += _problems_of(row, found)
            reason = withheld[row.id].text("reason") if row.id in withheld else ""
            found[row.id] = Evidence(
                row.id, row.file.stem, row.line, MappingProxyType(dict(row.cells)), reason
            )
    problems += [
        Problem(f"{row.id} is in no evidence table.", row.file, row.line, "Correct or remove it.")
        for row in withheld.values()
        if row.id not in found
    ]
    if problems:
        raise InputError(problems)
    return MappingProxyType(found)


def _read(
    biology: Biology, name: str, columns: tuple[str, ...], problems: list[Problem]
) -> Mapping[str, Row]:
    """The rows of a table; what is wrong with it is added to the problems."""
    try:
        return biology.table(name, columns)
    except InputError as error:
        problems += error.problems
        return {}


def _problems_of(row: Row, found: Mapping[str, Evidence]) -> Iterator[Problem]:
    """What is wrong with one row, given the rows before it."""
    if row.id in found:
        other = found[row.id]
        yield Problem(
            f"{row.id} stands here and in {other.table}.tsv, line {other.line}.",
            row.file,
            row.line,
            "Give one of the two a new id.",
        )
    if row.text("seen_in") not in SEEN_IN:
        yield Problem(
            f"{row.id}: seen_in is {row.text('seen_in')!r}.",
            row.file,
            row.line,
            "Write one of: " + ", ".join(SEEN_IN) + ".",
        )


def load_references(biology: Biology | None = None) -> Mapping[str, Reference]:
    """Read the sources of the evidence tables once: BibTeX with one field a line.

    Parameters
    ----------
    biology : see `biology_of`

    Returns
    -------
    read-only mapping of key -> Reference, in the order of the file

    Raises
    ------
    InputError
        For lines that cannot be read and keys that stand twice; all together.
    """
    return _references_of(biology_of(biology))


@cache
def _references_of(biology: Biology) -> Mapping[str, Reference]:
    problems: list[Problem] = []
    found: dict[str, Reference] = {}
    for one in biology.texts("references.bib"):
        found |= _references_in(one, problems)
    if problems:
        raise InputError(problems)
    return MappingProxyType(found)


def _references_in(text: Text, problems: list[Problem]) -> Mapping[str, Reference]:
    """The sources of a BibTeX text; what cannot be read is added to the problems."""
    path, found = text.path, {}
    fields: dict[str, str] | None = None
    for number, line in enumerate(text.text.splitlines(), start=1):
        if fields is None and (entry := _ENTRY.fullmatch(line)):
            fields, key = {}, entry["key"]
            if key in found:
                problems.append(Problem(f"{key} stands twice.", path, number, "Rename one."))
            found[key] = Reference(key, entry["kind"], MappingProxyType(fields))
        elif fields is not None and (field := _FIELD.fullmatch(line)):
            # double braces keep capitals in BibTeX; a reader does not want them
            fields[field["name"]] = re.sub(r"[{}]", "", field["value"])
        elif fields is not None and line == "}":
            fields = None
        elif fields is not None or (line and not line.startswith("%")):
            remedy = "Write '@kind{key,', then one 'name = {value},' a line, then '}'."
            problems.append(Problem(f"cannot read {line!r}.", path, number, remedy))
    return found
