"""Workbooks: read back from their parts as any spreadsheet does."""

import io
import re
import zipfile
from xml.etree import ElementTree

from gutskin.report.spreadsheet import write_tables
from gutskin.report.workbook import MOST_CELL, workbook_of

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read(content: bytes) -> dict[str, object]:
    """Cells by place: a text, a number or a truth; nothing else is in a sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    texts = ["".join(one.itertext()) for one in shared.iter(f"{MAIN}si")]
    found = {}
    for cell in sheet.iter(f"{MAIN}c"):
        assert cell.find(f"{MAIN}f") is None, "a formula"
        value = cell.findtext(f"{MAIN}v")
        if value is None:
            continue
        kind = cell.get("t")
        found[cell.get("r")] = (
            texts[int(value)] if kind == "s" else value == "1" if kind == "b" else float(value)
        )
    return found


def test_texts_stay_texts_and_numbers_numbers():
    rows = [
        {"name": "=1+1", "n": 3, "mean": -1.5, "control": False},
        {"name": "https://a.b", "n": None, "mean": float("nan"), "control": True},
        {"name": "12", "n": 0, "mean": 1e-9, "control": None},
    ]
    assert read(workbook_of(rows)) == {
        "A1": "name", "B1": "n", "C1": "mean", "D1": "control",
        "A2": "=1+1", "B2": 3.0, "C2": -1.5, "D2": False,
        "A3": "https://a.b", "D3": True,
        "A4": "12", "B4": 0.0, "C4": 1e-9,
    }  # fmt: skip


def test_any_text_has_room_and_the_same_table_is_the_same_file():
    rows = [{"name": "x" * 40_000 + "\x07"}]
    content = workbook_of(rows)
    assert content == workbook_of(rows)
    assert read(content)["A2"] == "x" * MOST_CELL
    assert not re.search(
        rb"[\x00-\x08]", zipfile.ZipFile(io.BytesIO(content)).read("xl/sharedStrings.xml")
    )
    assert "\x07" not in read(workbook_of([{"name": "a\x07b"}]))["A2"]
    assert read(workbook_of([{"name": "a"}])) == {"A1": "name", "A2": "a"}
    assert workbook_of([])  # a table of nothing is a sheet


def test_a_workbook_has_the_columns_of_the_table(tmp_path):
    rows = [{"arm": "a", "ends": [1.0, 2.0]}, {"arm": "b", "ends": [None, 3.0]}]
    both = (tmp_path / "a.csv", tmp_path / "a.xlsx")
    assert write_tables(rows, *both) == [*both]
    assert both[0].read_text() == "arm,ends_low,ends_high\na,1.0,2.0\nb,,3.0\n"
    cells = read(both[1].read_bytes())
    assert [cells[place] for place in ("A1", "B1", "C1")] == ["arm", "ends_low", "ends_high"]
    assert "B3" not in cells
    assert cells["C3"] == 3.0
