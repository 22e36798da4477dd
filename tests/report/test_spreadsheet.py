"""Tables for spreadsheets: what a cell may hold."""

import csv
import io

import pytest

from gutskin import extras
from gutskin.errors import InputError
from gutskin.report.spreadsheet import check_tables, rows_of_power, table_of, write_tables


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-cmd", "@sum", "\tx"])
def test_no_text_is_a_formula(text):
    (row,) = csv.DictReader(io.StringIO(table_of([{"label": text, "number": -1.5}])))
    assert row == {"label": f"'{text}", "number": "-1.5"}


def test_texts_with_commas_quotes_and_lines_come_back_whole():
    rows = [{"label": 'a, "b"\nc', "ends": [1.0, None]}, {"label": "", "ends": [2.5, 3.0]}]
    assert list(csv.DictReader(io.StringIO(table_of(rows)))) == [
        {"label": 'a, "b"\nc', "ends_low": "1.0", "ends_high": ""},
        {"label": "", "ends_low": "2.5", "ends_high": "3.0"},
    ]


def test_only_tables_of_this_kind_are_written(tmp_path):
    check_tables(None, None)
    check_tables(tmp_path / "a.CSV", tmp_path / "a.XLSX")
    with pytest.raises(InputError) as both:
        check_tables(tmp_path / "a.xlsx", tmp_path / "nowhere" / "a.csv")
    assert [one.message for one in both.value.problems] == [
        f"--csv {tmp_path / 'a.xlsx'}: this table is a .csv file.",
        f"--xlsx {tmp_path / 'nowhere' / 'a.csv'}: this table is a .xlsx file.",
        "there is no such folder.",
    ]
    assert write_tables([{"a": 1}], tmp_path / "a.csv", None) == [tmp_path / "a.csv"]
    assert (tmp_path / "a.csv").read_text() == "a\n1\n"
    with pytest.raises(InputError):
        write_tables([{"a": 1}], None, tmp_path / "nowhere" / "deep" / "a.xlsx")


def test_a_workbook_needs_its_package(tmp_path, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    check_tables(tmp_path / "a.csv", None)
    with pytest.raises(InputError, match=r'pip install "gutskin\[tables\]"'):
        check_tables(None, tmp_path / "a.xlsx")


def test_a_table_of_nothing_is_an_empty_line():
    assert table_of([]) == "\n"


def test_power_has_a_row_for_each_number_of_patients_without_what_fits_no_cell():
    row = {"n": 20, "power": 0.1, "power_ci95": [0.05, 0.2], "sizes": {"a": 20}, "many": [1, 2, 3]}
    summary = {
        "trial": "t", "stance": "evidence", "replicates": 40, "seed": 1, "endpoint": "scorad",
        "model": {"content_hash": "f00"}, "arm": "mix", "power": [row, {**row, "n": 50}],
    }  # fmt: skip
    one, other = rows_of_power(summary)
    assert (one["n"], other["n"], one["arm"], one["model"]) == (20, 50, "mix", "f00")
    assert one["power_ci95"] == [0.05, 0.2]
    assert "sizes" not in one
    assert "many" not in one
    both = {**summary, "by_arm": {"a": {"power": [row]}, "b": {"power": [row]}}}
    assert [each["arm"] for each in rows_of_power(both)] == ["a", "b"]
