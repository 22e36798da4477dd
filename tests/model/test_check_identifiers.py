"""Links to public vocabularies: each fault of a row is found, in its line."""

import dataclasses
import shutil

import pytest

from gutskin.model.biology import Biology
from gutskin.model.check_identifiers import identifier_problems
from gutskin.model.compiled import load_model

TABLES = ("identifiers.tsv", "sbo.tsv", "collections.tsv")
FAULTS = [
    ("identifiers.tsv", "colon", "UBERON:0001155", "uberon:0001155", "has no uberon"),
    ("identifiers.tsv", "colon", "UBERON:0001155", "UBERON:colon", "is not of the form"),
    ("identifiers.tsv", "colon", "\tcolon", "\t", "1 identifier and 0 names"),
    ("identifiers.tsv", "colon", "\tcolon", "\tcolon;bowel", "1 identifier and 2 names"),
    ("identifiers.tsv", "skin_mast", "CELLxGENE ontology guide 1.11.1: CL 2026-03-26", "",
     "seen_in is empty"),
    ("identifiers.tsv", "colon", "SBO:0000290", "SBO:0000291", "SBO:0000291 is not in sbo.tsv"),
    ("sbo.tsv", "rate", "kinetic constant", "", "1 identifier and 0 names"),
    ("sbo.tsv", "rate", "SBO:0000009", "SBO:9", "is not of the form"),
]  # fmt: skip


def of(model, biology):
    """The model with the tables of another biology beside its equations."""
    return dataclasses.replace(model, tables=dataclasses.replace(model.tables, biology=biology))


@pytest.mark.parametrize(("name", "row", "old", "new", "words"), FAULTS)
def test_a_link_without_its_name_or_not_written_as_its_collection_does_is_found(
    tmp_path, name, row, old, new, words
):
    model = load_model()
    for table in TABLES:
        shutil.copy(model.biology.folder / table, tmp_path)
    lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
    (place,) = [i for i, line in enumerate(lines) if line.startswith(f"{row}\t")]
    assert old in lines[place]
    lines[place] = lines[place].replace(old, new)
    (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = identifier_problems(of(model, Biology(tmp_path)))
    assert [one.line for one in found if words in one.message] == [place + 1]


def test_the_shipped_links_are_sound():
    assert list(identifier_problems(load_model())) == []
