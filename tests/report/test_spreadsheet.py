"""Tables for spreadsheets: what a cell may hold."""

import csv
import io

import pytest

from gutskin.errors import InputError
from gutskin.report.spreadsheet import check_table, table_of, write_table


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
    check_table(None)
    check_table(tmp_path / "a.CSV")
    with pytest.raises(InputError, match=r"a table is a \.csv file"):
        check_table(tmp_path / "a.xlsx")
    write_table([{"a": 1}], tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "a\n1\n"
    with pytest.raises(InputError):
        write_table([{"a": 1}], tmp_path / "nowhere" / "deep" / "a.csv")
