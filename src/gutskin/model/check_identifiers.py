"""Faults of the links to public vocabularies: each stands only with its name, as it was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gutskin.errors import Problem, nearest
from gutskin.media import counted
from gutskin.model.check_tables import at
from gutskin.model.fragments import SITE
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.model.sbml_notes import QUALIFIERS, THE_MODEL


def identifier_problems(model: Model) -> Iterator[Problem]:
    """Rows of `identifiers.tsv` and `sbo.tsv` for what is not there, misspelled, or not seen."""
    terms = {row.text("term") for row in model.biology.table("sbo.tsv").values()}
    patterns = {
        row.id: row.text("pattern") for row in model.biology.table("collections.tsv").values()
    }
    for row in model.biology.table("sbo.tsv").values():
        yield from _spelling(row, row.text("term"), patterns)
        yield from _sight(row, 1, "name")
    for row in model.biology.table("identifiers.tsv").values():
        yield from _things(row, model)
        links = [link for column in QUALIFIERS for link in row.items(column)]
        for link in links:
            yield from _spelling(row, link, patterns)
        for term in row.items("sbo"):
            if term not in terms:
                yield at(row, f"{term} is not in sbo.tsv.", "Add it there, with its name.")
        yield from _sight(row, len(links), "names")


def _things(row: Row, model: Model) -> Iterator[Problem]:
    """What a row speaks of, where the model has no such thing."""
    known = (*model.state_ids, *model.constants, THE_MODEL)
    sites = model.source.sites if row.id.endswith(SITE) else ("",)
    for name in (row.id.replace(SITE, site) for site in sites):
        if name not in known:
            yield at(row, f"there is no state or compartment {name}.", nearest(name, known))


def _spelling(row: Row, link: str, patterns: dict[str, str]) -> Iterator[Problem]:
    """An identifier that its collection does not write so."""
    collection = link.partition(":")[0]
    if not re.fullmatch(r"[A-Za-z]+:[A-Za-z0-9]+", link):
        yield at(row, f"{link!r} is no identifier.", "Write collection:id, as CL:0000815.")
    elif collection not in patterns:
        yield at(row, f"{link}: collections.tsv has no {collection}.",
                 f"{nearest(collection, tuple(patterns))} Or add a row there.")  # fmt: skip
    elif not re.fullmatch(patterns[collection], link):
        yield at(row, f"{link} is not of the form {patterns[collection]}.", "Look it up.")


def _sight(row: Row, links: int, column: str) -> Iterator[Problem]:
    """Identifiers without their names, or without where they were seen with them."""
    if len(row.items(column)) != links:
        names = counted(len(row.items(column)), "name")
        yield at(row, f"{counted(links, 'identifier')} and {names}.",
                 "Give the name of each there, in the order of the columns.")  # fmt: skip
    if links and not row.text("seen_in"):
        yield at(row, "seen_in is empty.", "Say where the identifier stands with its name.")
