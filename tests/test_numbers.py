"""Numbers that stand in the pages are those that the program gives."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def loaded():
    path = ROOT / "scripts" / "write_numbers.py"
    spec = importlib.util.spec_from_file_location("write_numbers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


numbers = loaded()
SOURCES = [
    pytest.param(source, marks=[pytest.mark.slow] if source in numbers.SLOW else [])
    for source in dict.fromkeys(source for source, _ in numbers.BLOCKS.values())
]


@pytest.mark.parametrize("source", SOURCES)
def test_reference_what_stands_in_a_block_is_what_is_computed(source, tmp_path, monkeypatch):
    monkeypatch.setattr(numbers, "DEMO", tmp_path / "demo")  # computed, not found
    found = {}
    for page in numbers.pages():
        for name, standing in numbers.blocks_of(page).items():
            its, write = numbers.BLOCKS[name]
            if its == source and (differences := apart(source, standing, write())):
                found[page.name, name] = differences
    assert found == {}, f"Run .venv/bin/python scripts/write_numbers.py {source}."


def apart(source, standing, computed):
    """What tells them apart: what is read and not computed has no last digit of its own."""
    if source != "pages":
        return numbers.differences(standing, computed)
    return [] if standing == computed else [(standing, computed)]


def rows_of(head):
    """The ids of the table of docs/claims.md that begins behind these words."""
    text = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    assert text.count(head) == 1
    table = text[text.index(head) + len(head) :].lstrip().split("\n\n")[0]
    return {line[2:5] for line in table.splitlines()[2:]}


def test_structure_every_statement_that_is_missed_and_no_other_has_a_row_that_says_why():
    """A calibration moves verdicts: whoever renews the numbers is told which reasons to write."""
    import from_pages

    missed = {one for stance in from_pages.STANCES for one in from_pages.missed_statements(stance)}
    assert rows_of("<!-- end of numbers --> What is left:") == missed
    of_drugs = {
        name for name, checks in from_pages.drug_trials.at_the_centre().items()
        if any(verdict != "shown" for _, verdict in checks)
    }  # fmt: skip
    assert rows_of("Missed with the centres (`--draws 1`) are:") == of_drugs


def test_structure_every_block_that_is_written_stands_in_a_page():
    standing = {name for page in numbers.pages() for name in numbers.blocks_of(page)}
    assert standing == set(numbers.BLOCKS)


@pytest.mark.parametrize("page", numbers.pages(), ids=lambda path: path.name)
def test_structure_every_block_of_a_page_has_an_end(page):
    text = page.read_text(encoding="utf-8")
    assert text.count("<!-- numbers: ") == text.count("<!-- end of numbers -->")
    assert text.count("<!-- numbers: ") == len(numbers.BLOCK.findall(text))


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("falls by 7.7 points", "falls by 7.8 points", True),
        ("falls by 7.7 points", "falls by 7.9 points", False),
        ("falls by 7.7 points", "rises by 7.7 points", False),
        ("error 8.1e-3", "error 8.2e-3", True),
        ("error 8.1e-3", "error 1.4e-2", False),
        ("n = 20", "n = 22", False),
        ("-3 points", "3 points", False),
        ("missed: D31", "missed: D32", False),
        ("9 are shown", "10 are shown", True),
        ("model `9e99912345678901`", "model `9e99912345678901`", True),
        ("model `9e99912345678901`", "model `9e99912345678902`", False),
    ],
)
def test_closed_form_a_number_may_differ_by_one_step_of_its_last_digit(old, new, same):
    assert (numbers.differences(old, new) == []) is same
