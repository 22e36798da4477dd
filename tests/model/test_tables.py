"""Tables: rows with their place, and every fault of a file at once."""

import pytest

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.rows import Row, read_table
from gutskin.model.tables import read_tables, start_columns


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "table.tsv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_row_knows_its_line(table):
    path = table("# a comment\nid\tvalue\nk_one\t1\n\n# another\nk_two\t2; 3 ;\n")
    rows = read_table(path)
    assert list(rows) == ["k_one", "k_two"]
    assert (rows["k_two"].file, rows["k_two"].line) == (path, 6)
    assert rows["k_one"].number("value") == 1.0
    assert rows["k_two"].items("value") == ("2", "3")
    assert rows["k_one"].text("nowhere") == ""


def test_quotes_are_letters_like_others(table):
    rows = read_table(table('id\tnote\na\tsaid "so\nb\t"\n'))
    assert [row.text("note") for row in rows.values()] == ['said "so', '"']


def test_a_character_that_nobody_sees_is_found_in_its_line(table):
    with pytest.raises(InputError, match=r"table\.tsv:3: a cell holds U\+202E"):
        read_table(table("id\tnote\na\t1\nb\tx\u202ey\n"))


def test_all_faults_of_a_table_come_together(table):
    path = table("id\tvalue\na\t1\nb\na\t2\n")
    with pytest.raises(InputError) as caught:
        read_table(path, ("id", "value", "unit"))
    places = [(problem.line, problem.message) for problem in caught.value.problems]
    assert places == [
        (1, "column 'unit' is missing."),
        (3, "1 cell under 2 columns."),
        (4, "a stands here and in line 2."),
    ]


@pytest.mark.parametrize("cell", ["", "much", "1,5", "nan"])
def test_a_cell_that_is_no_number_is_told_with_its_place(cell):
    with pytest.raises(InputError, match=r"t\.tsv:3: k: value is"):
        Row({"id": "k", "value": cell}, "t.tsv", 3).number("value")


def test_an_empty_cell_may_have_a_default():
    assert Row({"id": "k", "value": ""}, "t.tsv", 3).number("value", 2.0) == 2.0


def test_the_shipped_tables_are_whole():
    tables = read_tables(shipped_biology())
    assert start_columns(tables) == ("healthy_adult", "severe", "birth_vaginal", "birth_c_section")
