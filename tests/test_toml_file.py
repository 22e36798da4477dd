"""Files that a user writes: whatever is in them, an answer comes at once, with its line."""

import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gutskin.errors import InputError
from gutskin.population.plan import plan_patient
from gutskin.toml_file import Format, Part, validate
from gutskin.toml_lines import DEEPEST, line_of, lines_of
from gutskin.toml_text import read_toml
from gutskin.trials.design import load_trial

BIOLOGY = Path(__file__).parents[1] / "src" / "gutskin" / "biology"


class Anything(Part):
    """A file whose keys nobody knows."""

    n: float = 0.0
    text: str = ""


LAYOUT = Format(Anything, {}, {}, "an entry")


@pytest.fixture
def wrong(tmp_path):
    """The problems of a file with these bytes as (line, message with remedy)."""

    def found(data):
        path = tmp_path / "file.toml"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        with pytest.raises(InputError) as error:
            validate(LAYOUT, read_toml(path), ())
        assert {one.file for one in error.value.problems} == {path}
        return [(one.line, f"{one.message} {one.remedy or ''}") for one in error.value.problems]

    return found


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfn = 1.0", b"n = 1.0\r\n", b"n = 1\r\n\r\n", b""])
def test_files_of_other_editors_are_read(tmp_path, data):
    path = tmp_path / "file.toml"
    path.write_bytes(data)
    assert validate(LAYOUT, read_toml(path), ()).n in (0.0, 1.0)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("share = 0,06", "Write a decimal point: 0.06."),
        ("share = 0,06  # of all, 5 or 6 in 100", "Write a decimal point: 0.06."),
        ("weeks = 0, 4, 8  # visits", "Put several into brackets: [0, 4, 8]."),
        ("n = 5.  # in each arm", "Write a digit after the point: 5.0."),
        ("values = [{ n = 3, change = -9,1 }]", "Write a decimal point: -9.1."),
        ("values = [{ change = -9,1, n = 3 }]", "Write a decimal point: -9.1."),
        ("weeks = 0, 4, 8", "Put several into brackets: [0, 4, 8]."),
        ("n = .5", "Write a digit before the point: 0.5."),
        ("n = 5.", "Write a digit after the point: 5.0."),
        ("share = 5%", "Write the number without the sign: a share of 5% is 0.05."),
        ("values = [{ p = <0.001 }]", "Write the number alone: 0.001."),
        ("rescue = True  # as in Python", "Write true, in small letters."),
        ("rescue = no", "Write false, in small letters."),
        ("name = “mine”", 'Put text into straight quotes, as in "text".'),
        ("primary = scorad", 'Put text into quotes: "scorad".'),
        ('title = "n = 0,5" x', "Write `key = value` lines under [table] headings."),
    ],
)
def test_a_value_that_toml_does_not_take_is_told_as_it_should_be_written(wrong, text, remedy):
    ((line, says),) = wrong(f"# a comment\n{text}\n")
    assert line == 2
    assert says.endswith(remedy)


def test_one_table_where_there_may_be_several_is_told_its_heading(tmp_path):
    """It must be an array in brackets, it said, of tables that nobody writes so."""
    path = tmp_path / "trial.toml"
    path.write_text('[[arms]]\nname = "mix"\nn = 9\n[arms.interventions]\nkind = "fibre"\n')
    with pytest.raises(InputError) as error:
        load_trial(path)
    (told,) = (one for one in error.value.problems if one.message.startswith("`interventions"))
    assert (told.line, told.remedy) == (
        4,
        "Begin each with [[arms.interventions]], in two brackets.",
    )


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"# nothing yet\n\n"])
def test_a_file_without_what_it_must_hold_is_told_to_be_empty(tmp_path, data):
    path = tmp_path / "trial.toml"
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        load_trial(path)
    (problem,) = error.value.problems
    assert (problem.line, problem.message) == (1, "there is nothing in this file.")


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        ("n = 1".encode("utf-16"), 1, "Save it as UTF-8"),
        (b"n = 1\ntext = 'a\0b'\n", 2, "the byte 0x00 is no text"),
        ("n = 1".encode("utf-16-le"), 1, "Save it as UTF-8"),
        (b"n = 1\ntext = \"caf\xe9\"", 2, "byte 0xe9 is not UTF-8"),
        (b"n = 1\n\nn = 2", 3, "keep one of the two"),
        (b"[a]\nb = 1\n[a]\nc = 1", 3, "keep one of the two"),
        (b"[a]\nb = 1\n[[a]]\nc = 1", 3, "begin each with [[a]]"),
        (b"[[a.b]]\nc = 1\n[[a]]\nc = 1", 3, "begin each with [[a]]"),
        (b"n = 1\nn", 2, "not valid TOML"),
        (b"n =", 1, "not valid TOML"),
        (b'n = 1\ntext = "a\\u0001b"', 2, "control character U+0001"),
        (b'n = 1\ntext = "\\u009b2J"', 2, "control character U+009B"),
        (b'n = 1\n"a\\u0007" = 1', 2, "control character U+0007"),
        (b"# a\nn = 100000000000000000000", 2, "more than 64 bits"),
        (b"# a\nn = -0xFFFFFFFFFFFFFFFFFF", 2, "not valid TOML"),
        (b"# a\nn = " + b"9" * 5000, 2, "more than 64 bits"),
        (b"# a\nn = " + b"9" * 4000, 2, "more than 64 bits"),
        (b"# a\nn = -1" + b"0" * 309, 2, "more than 64 bits"),
        (b"# a\nn = [1, {b = 0x" + b"f" * 400 + b"}]", 2, "more than 64 bits"),
        (b"# a\nn = 1e400", 2, "finite"),
        (b"# a\n#\nn = " + b"[" * 5000 + b"]" * 5000, 3, "deep in each other"),
        (b"# a\nn = [\n" + b"[" * 50 + b"]" * 50 + b"]", 3, "deep in each other"),
        (b"# a\nn = " + b"{a = " * 5000 + b"1" + b"}" * 5000, 2, "deep in each other"),
        (b"# a\n" + b".".join([b"a"] * 3000) + b" = 1", 2, "deep in each other"),
        (b"# a\n" + b".".join([b"a"] * 200_000) + b" = 1", 2, "deep in each other"),
        (b"# a\n[" + b" . ".join([b"'a'"] * 3000) + b"]\nb = 1", 2, "deep in each other"),
        (b"# a\nn = {" + b".".join([b"a"] * 3000) + b" = 1}", 2, "deep in each other"),
        (b"n = '" + b"x" * 5_000_000 + b"'", None, "more than 4,000,000 bytes"),
    ],
    ids=lambda value: str(value)[:24],
)  # fmt: skip
def test_strange_files_are_told_at_once_with_line_and_remedy(wrong, data, line, says):
    found = wrong(data)
    assert any(at == line and says in message for at, message in found), found


def test_what_is_no_table_is_told_without_words_of_the_program(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text('name = "x"\nanalysis = [1]\n')
    with pytest.raises(InputError) as error:
        load_trial(path)
    says = {one.line: one.message for one in error.value.problems}
    assert says[2] == "`analysis = [1]`: it must be a table."


def test_what_is_no_file_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "none.toml", tmp_path / ("n" * 300), Path("a\0b")):
        with pytest.raises(InputError, match="the file cannot be read"):
            read_toml(path)


def test_a_text_of_dots_is_no_key(tmp_path):
    path = tmp_path / "file.toml"
    path.write_text('text = "' + "a." * 100 + '"')
    assert validate(LAYOUT, read_toml(path), ()).text.startswith("a.a.")


@settings(deadline=None)
@given(st.integers(1, DEEPEST), st.sampled_from(["array", "table", "dotted"]))
def test_files_of_any_depth_that_is_allowed_are_read(tmp_path_factory, depth, kind):
    text = {
        "array": "n = " + "[" * (depth - 1) + "]" * (depth - 1),
        "table": "n = " + "{a = " * (depth - 1) + "1" + "}" * (depth - 1),
        "dotted": ".".join(["n"] * depth) + " = 1",
    }[kind]
    path = tmp_path_factory.mktemp("deep") / "file.toml"
    path.write_text(text if text != "n = " else "n = 1")
    assert read_toml(path).lines["n",] == 1


def places(values, place=()):
    """Every place of what a file says."""
    inside = values.items() if isinstance(values, dict) else ()
    inside = enumerate(values) if isinstance(values, list) else inside
    for key, value in inside:
        yield (*place, key)
        yield from places(value, (*place, key))


@pytest.mark.parametrize(
    "path",
    sorted([*BIOLOGY.glob("*.toml"), *BIOLOGY.glob("*/*.toml")]),
    ids=lambda path: path.stem,
)
def test_double_programming_every_place_of_our_files_has_the_line_that_bears_its_name(path):
    """The walk against `tomllib`: it finds every place, and nothing else."""
    text = path.read_text(encoding="utf-8")
    lines, written = lines_of(text), text.split("\n")
    assert set(lines) == set(places(tomllib.loads(text)))
    for place, line in lines.items():
        if isinstance(place[-1], str):
            assert place[-1] in written[line - 1]


STRANGE = (
    r'''
"quoted \u0041" . 'lit' = 1   # a comment with [ and "
long = """
x = 1 [ { \""" # ""
""""
raw = '''
    + "'''\n'' ' \\\n'''"
    + r"""
[a.b]   # head
c = [ # one
  { d = 1, e.f = [[1], [2,
  3]] }, "]", '#',
]
date = 1979-05-27 07:32:00Z
[[t]]
[[t.u]]
v = 1
[[t.u]]
[t.u.w]
x = 1
[[t]]
  [[ t . u ]]
  v = { }
"""
)


def test_the_walk_takes_every_form_of_the_grammar():
    lines = lines_of(STRANGE)
    assert set(lines) == set(places(tomllib.loads(STRANGE)))
    assert lines["quoted A", "lit"] == 2
    assert lines["raw",] == 6
    assert lines["a", "b", "c", 0, "e", "f", 1, 1] == 12
    assert lines["a", "b", "c", 2] == 12
    assert lines["t", 0, "u", 1, "w", "x"] == 20
    assert lines["t", 1, "u", 0, "v"] == 23
    assert line_of(("t", 1, "u", 0, "nothing"), lines) == 22


def test_a_long_file_is_searched_once():
    """The work grows with the file, not with its square."""

    def steps(tables):
        text = "[[doses]]\nkind = 'wash'\nday = 1.5\n\n" * tables
        counted = 0

        def count(frame, event, argument):
            nonlocal counted
            counted += event == "line"
            return count

        before = sys.gettrace()
        sys.settrace(count)
        try:
            lines = lines_of(text)
        finally:
            sys.settrace(before)
        assert lines["doses", tables - 1, "day"] == 4 * tables - 1
        return counted

    assert 100 < steps(100) < steps(1000) < 11 * steps(100)


def test_unit_no_space_is_needed_round_an_equals_sign():
    lines = lines_of('n=[\n1,\n2]\nm={a="b",\nc=[3]}\n[t]\nx.y=1')
    assert line_of(("n", 1), lines) == 3
    assert line_of(("m", "c", 0), lines) == 5
    assert line_of(("t", "x", "y"), lines) == 7


def test_a_word_that_nobody_reads_to_its_end_is_cut(tmp_path):
    path = tmp_path / "long.toml"
    path.write_text(f'"{"k" * 100_000}" = 1\nn = 1.0\n')
    with pytest.raises(InputError) as error:
        validate(LAYOUT, read_toml(path), ())
    says = str(error.value)
    assert says.startswith(f"{path}:1: unknown key 'kkkk")
    assert len(says) < len(str(path)) + 300


WRONG_NUMBERS = {
    "days": "days = {}", "age": "age_years = {}", "a parameter": "[parameters]\nkm_mast = {}",
    "a state": "[states]\ngut_butyrate = {}", "a seed": "[noise]\nseed = {}",
    "a dose": '[[doses]]\nkind = "emollient"\nlevel = {}',
    "a time": '[[pulses]]\nstate = "gut_butyrate"\nadd = 1.0\nday = {}',
}  # fmt: skip


@pytest.mark.parametrize("where", WRONG_NUMBERS)
@pytest.mark.parametrize("number", ["9" * 4000, "1e400", "-inf", "nan"])
def test_no_number_of_any_size_ends_in_a_traceback(tmp_path, where, number):
    path = tmp_path / "patient.toml"
    text = WRONG_NUMBERS[where].format(number)
    path.write_text(f'name = "p"\nstart = "healthy_adult"\n{text}\n')
    with pytest.raises(InputError) as error:
        plan_patient(path, None)
    assert f"{path}:{2 + len(text.splitlines())}:" in str(error.value)
    assert len(str(error.value)) < 2000
