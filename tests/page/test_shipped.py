"""The compiled module that travels with the package is of this model; no other is taken for it."""

import dataclasses
import json

import pytest

from gutskin.model.biology import CENTRE
from gutskin.model.compiled import load_model
from gutskin.page import compiled
from gutskin.page.compiled import compile_for_web, compiled_here
from gutskin.page.shipped import MODULE, OF, SHIPPED, made_of, ship, shipped_module, wrong_with
from gutskin.page.wasm_link import Linked

MODEL = load_model()


@pytest.fixture
def folder(tmp_path):
    ship(MODEL, Linked(b"\0asm of a test", {"rows": 8}, 16), tmp_path)
    return tmp_path


def test_the_shipped_module_is_of_this_model_and_of_this_code():
    assert wrong_with(MODEL) == ""


def test_it_is_taken_as_it_is_without_compiling(monkeypatch):
    monkeypatch.setattr(compiled, "object_file", None)
    assert compile_for_web(MODEL).module == (SHIPPED / MODULE).read_bytes()


def test_what_is_shipped_comes_back(folder):
    assert shipped_module(MODEL, folder) == Linked(b"\0asm of a test", {"rows": 8}, 16)


def test_the_module_of_another_model_is_refused(folder):
    other = dataclasses.replace(MODEL, content_hash="0123456789abcdef")
    assert shipped_module(other, folder) is None
    wrong = wrong_with(other, folder)
    assert "0123456789abcdef" in wrong
    assert MODEL.content_hash in wrong
    assert "make page" in wrong


def test_worlds_of_the_posterior_are_no_part_of_the_module(folder):
    worlds = load_model(dataclasses.replace(MODEL.biology, draws=CENTRE))
    assert worlds.content_hash != MODEL.content_hash
    assert made_of(worlds) == made_of(MODEL) == MODEL.content_hash
    assert shipped_module(worlds, folder) is not None


@pytest.mark.parametrize(
    ("key", "says"), [("written_by", "code that writes"), ("module", "belong together")]
)
def test_the_module_of_other_code_or_of_another_file_is_refused(folder, key, says):
    of = json.loads((folder / OF).read_text())
    (folder / OF).write_text(json.dumps({**of, key: "0" * 32}))
    assert says in wrong_with(MODEL, folder)
    assert shipped_module(MODEL, folder) is None


@pytest.mark.parametrize("name", [MODULE, OF])
def test_without_one_of_both_files_there_is_none(folder, name):
    (folder / name).unlink()
    assert "make page" in wrong_with(MODEL, folder)


@pytest.mark.slow
def test_the_shipped_module_is_what_this_code_compiles():
    """To the last byte, with the packages that uv.lock names."""
    linked = compiled_here(MODEL)
    assert linked == shipped_module(MODEL)
