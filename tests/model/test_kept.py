"""What is kept on disk is made once, and anew where anything it depends on changed."""

import pytest

from gutskin.model.kept import kept


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GUTSKIN_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def made():
    return []


def test_unit_the_same_is_made_once(folder, made):
    for reasons in (["a", b"b"], ["a", b"b"], ["ab"], ["a", b"c"]):
        assert kept(reasons, lambda: made.append(1) or {"text": "β", "number": 0.1}) == {
            "text": "β", "number": 0.1,
        }  # fmt: skip
    assert len(made) == 3
    assert len(list((folder / "model").iterdir())) == 3


def test_unit_a_broken_file_is_made_anew(folder, made):
    for broken in ("", "{", "[1]"):
        kept(["a"], lambda: made.append(1) or {})
        for path in (folder / "model").iterdir():
            path.write_text(broken)
    assert len(made) == 3


def test_unit_a_folder_that_cannot_be_written_costs_time_alone(folder, made):
    folder.write_text("no folder")
    assert kept(["a"], lambda: {"text": "made"}) == {"text": "made"}
