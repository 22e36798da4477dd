"""What is text and what is refused; two texts that look alike are alike."""

import tomllib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nasty import LABELS, PATHS, REFUSED
from pydantic import TypeAdapter, ValidationError

from gutskin import user_text
from gutskin.media import is_hidden
from gutskin.user_text import (
    NAME_BYTES,
    FileName,
    Identifier,
    Label,
    Prose,
    Title,
    as_title,
    canonical,
    wrong_with,
)

LABEL, TITLE, PROSE = TypeAdapter(Label), TypeAdapter(Title), TypeAdapter(Prose)


@pytest.mark.parametrize("text", LABELS.values(), ids=LABELS)
def test_a_label_stands_as_it_was_written(text):
    assert LABEL.validate_python(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_nobody_can_see_is_refused_by_its_code(text):
    with pytest.raises(ValidationError, match=rf"U\+{ord(text[1]):04X}"):
        LABEL.validate_python(text)


def test_white_space_is_folded_and_composed_letters_are_one():
    assert LABEL.validate_python("  a \u00a0b  c\u2003 ") == "a b c"
    assert PROSE.validate_python("\n a\t\u00a0b\n  c\u2003\n") == "a b c"
    assert LABEL.validate_python("Ka\u0308se") == "K\u00e4se"


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "\na", "a\r\nb", "a\u2028b"])
def test_a_label_of_several_lines_is_refused_and_not_silently_folded(text):
    for kind in (LABEL, TITLE):
        with pytest.raises(ValidationError, match=r"write it on one line|nobody can see"):
            kind.validate_python(text)


def test_a_label_has_an_end():
    assert LABEL.validate_python("x" * 80)
    with pytest.raises(ValidationError, match="81 characters; write at most 80"):
        LABEL.validate_python("x" * 81)


@pytest.mark.parametrize("name", PATHS)
def test_a_name_is_no_path(name):
    assert wrong_with(name) is not None


@pytest.mark.parametrize("name", ["trial-1", "Käse", "קרם", "a b", "v1.2", "😀"])
def test_names_of_files(name):
    assert wrong_with(name) is None


@given(st.text(max_size=80))
def test_a_name_that_is_taken_makes_one_file_in_its_folder(tmp_path_factory, name):
    """Property: whatever passes is the name of one file, and comes back from the disk as it is."""
    if wrong_with(name) is None:
        taken = TypeAdapter(FileName).validate_python(name)
        folder = tmp_path_factory.mktemp("names")
        (folder / f".{taken}.unfinished-4194304").write_text("")
        (folder / taken).write_text("")
        assert (folder / taken).resolve().parent == folder.resolve()
        assert len(taken.encode()) <= NAME_BYTES
        assert taken in [path.name for path in folder.iterdir()]


@given(st.text())
def test_any_text_makes_a_title(text):
    """Property: the name of any file is shown, on one line, with nothing hidden in it."""
    title = as_title(text)
    assert len(title) <= user_text.TITLE
    assert not any(is_hidden(one) for one in title)
    assert TypeAdapter(Label).validate_python(title[:80]) is not None


@given(st.text(max_size=80))
def test_a_label_is_taken_once_and_for_all(text):
    """Property: what is taken is taken again unchanged, and TOML can hold it."""
    try:
        taken = LABEL.validate_python(text)
    except ValidationError:
        return
    assert LABEL.validate_python(taken) == taken
    quoted = taken.replace("\\", "\\\\").replace('"', '\\"')
    assert tomllib.loads(f'x = "{quoted}"')["x"] == taken


@pytest.mark.parametrize("name", ["", "1a", "a-b", "ä", "a" * 65, "a\n", "a b"])
def test_identifiers_are_plain(name):
    with pytest.raises(ValidationError):
        TypeAdapter(Identifier).validate_python(name)


@pytest.mark.parametrize(("one", "other"), [("A", "a"), ("Käse", "KA\u0308SE"), ("ﬁn", "FIN")])
def test_what_a_disk_without_case_takes_for_one(one, other):
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("kind", "most"), [(TITLE, 240), (PROSE, 2000)])
def test_closed_form_a_title_and_prose_have_an_end(kind, most):
    assert kind.validate_python("x" * most)
    with pytest.raises(ValidationError, match=f"{most + 1} characters; write at most {most}"):
        kind.validate_python("x" * (most + 1))
