"""Text in each medium: shown as it stands, and the medium obeys none of it."""

import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from xml.dom import minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nasty import LABELS, REFUSED

from gutskin.errors import InputError, Problem
from gutskin.media import (
    in_command,
    in_json,
    in_tex,
    in_xml,
    is_hidden,
    let_nothing_be_lost,
    lines,
    one_line,
    without_holes,
)

SOURCES = Path(__file__).parents[1] / "src" / "gutskin"
# A number and a plural: of one it is wrong. Some numbers cannot be 1, or are no count of the noun.
PLURAL = re.compile(
    r"\{(?:len\([^{}]*\)|count|finished|left|removed|lost|there|worlds|patients|replicates|chunks"
    r"|[a-z_.]+\.(?:worlds|patients|replicates|days|courses))(?::,)?\} (?:of |finished |of the )?"
    r"[a-z]+s\b"
)
NEVER_ONE = {
    "cli/verify.py": "a result has several files",
    "engine/batch.py": "of the whole model",
    "model/overlay.py": "of one file its name is told",
    "population/dose_checks.py": "more than fit",
    "population/drugs.py": "more than there are places",
    "population/strain_places.py": "more than there are places",
    "report/axis_words.py": "of the whole model",
    "report/course.py": "of the whole model",
    "report/words.py": "several active arms",
    "trials/plan.py": "more than many",
    "trials/run.py": "beside the words for one",
    "trials/stopped.py": "beside the words for one",
    "user_text.py": "too many",
}
EVERYTHING = {**LABELS, **REFUSED}


@given(st.text())
def test_xml_gives_back_what_it_was_given(text):
    """Property: any text is well-formed XML, as content and in an attribute."""
    shown = in_xml(text)
    root = minidom.parseString(f'<a b="{shown}">{shown}</a>'.encode()).documentElement
    read = root.firstChild.data if root.firstChild else ""
    assert read == without_holes(text).replace("\r\n", "\n").replace("\r", "\n")
    assert root.getAttribute("b").split() == without_holes(text).split()


@given(st.text())
def test_one_line_hides_nothing(text):
    """Property: nothing on the line moves a cursor, and visible text stays."""
    shown = one_line(text)
    assert not any(is_hidden(one) for one in shown)
    left = iter(shown)
    assert all(one in left for one in text if not is_hidden(one))  # in their order


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii", "cp1252", "cp437", "koi8-r"])
@pytest.mark.parametrize("text", EVERYTHING.values(), ids=EVERYTHING)
def test_a_stream_of_any_encoding_prints_every_text(encoding, text):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    let_nothing_be_lost(stream)
    stream.write(f"before −3.2 {text} \udcff after\n")
    stream.flush()
    printed = stream.buffer.getvalue().decode(encoding)
    assert printed.startswith("before")
    assert printed.endswith("after\n")
    assert "3.2" in printed
    assert all(word in printed for word in re.findall("[!-~]+", text))


@given(st.text())
def test_json_is_the_same_document_in_ascii(text):
    """Property: a reader gets the same text, whatever the terminal can show."""
    document = json.dumps([text], ensure_ascii=False)
    shown = in_json(document, "ascii")
    assert shown.isascii()
    assert json.loads(shown) == [text]


def test_json_that_a_terminal_can_show_is_left_alone():
    assert in_json('["é"]', "latin-1") == '["é"]'
    assert in_json('["é"]', None) == '["é"]'


SHELLS = [one for one in (shutil.which("bash"), shutil.which("zsh")) if one]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_reads_a_command_as_it_was_meant(shell):
    texts = [one for one in (*EVERYTHING.values(), "", "-x", "*", "caf\udce9") if "\x00" not in one]
    bytes_of = [one.encode("utf-8", "surrogateescape") for one in texts]
    said = subprocess.run(
        [shell, "-c", f"printf '%s\\0' {in_command(texts)}"], capture_output=True, check=True,
        env={"LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert said.stdout.split(b"\0")[:-1] == bytes_of


@pytest.mark.parametrize("text", EVERYTHING.values(), ids=EVERYTHING)
def test_no_character_of_tex_is_left_to_itself(text):
    shown = in_tex(text)
    bare = shown
    for escaped in (r"\textbackslash{}", r"\textasciitilde{}", r"\textasciicircum{}",
                    r"\textless{}", r"\textgreater{}"):  # fmt: skip
        bare = bare.replace(escaped, "")
    for mark in "{}$&#_%":
        bare = bare.replace(f"\\{mark}", "")
    assert not set(bare) & set("\\{}#_%&~^<>")
    assert all(ord(one) < 256 for one in shown)


@pytest.mark.parametrize("text", LABELS.values(), ids=LABELS)
def test_long_text_is_wrapped_and_nothing_of_it_lost(text):
    found = lines(text, 16)
    assert max(map(len, found)) <= 16
    assert "".join(found).replace(" ", "") == "".join(text.split())
    assert len(lines(text, 16, 2)) <= 2


def test_a_problem_is_one_line_whatever_it_echoes():
    problem = Problem("unknown \x1b[31m 'a\nb'.", "x\n\udcff.toml", 3, "Write\u202e.")
    assert str(InputError([problem])).splitlines() == [
        r"x\n\xff.toml:3: unknown \x1b[31m 'a\nb'. Write\u202e."
    ]


def test_no_number_that_may_be_one_stands_beside_a_plural():
    found = {
        str(path.relative_to(SOURCES)): found
        for path in sorted(SOURCES.rglob("*.py"))
        if (found := [one.group() for one in PLURAL.finditer(path.read_text(encoding="utf-8"))])
    }
    assert {name: texts for name, texts in found.items() if name not in NEVER_ONE} == {}
    assert set(NEVER_ONE) <= set(found)
