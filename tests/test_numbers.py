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
            if its == source and (differences := numbers.differences(standing, write())):
                found[page.name, name] = differences
    assert found == {}, f"Run .venv/bin/python scripts/write_numbers.py {source}."


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
    ],
)
def test_closed_form_a_number_may_differ_by_one_step_of_its_last_digit(old, new, same):
    assert (numbers.differences(old, new) == []) is same
