"""The folder of a result: replaced whole or not at all, by the run it belongs to, and no other."""

import errno
import json
import os
from dataclasses import replace

import pytest

from gutskin.atomic_write import CannotWrite
from gutskin.errors import InputError
from gutskin.trials.manifest import Manifest
from gutskin.trials.result_folder import (
    LONGEST_NAME,
    check_out_dir,
    finished_replicates,
    recover,
    replace_folder,
    result_folder,
)
from gutskin.trials.run_record import RunRecord

RECORD = RunRecord("trial", '{"arms": 2}', "m0", "evidence", 1, 200, "p0")
COMMAND = "gutskin trial trial --out result"
SUMMARY = json.dumps({"trial": "trial", "stance": "evidence", "model": {}})


def fill(text=SUMMARY, record=RECORD):
    def write(folder):
        (folder / "result.json").write_text(text)
        (folder / "report.html").write_text("page")
        (folder / "patients.parquet").mkdir()
        (folder / "patients.parquet" / "a.parquet").write_text("rows")
        if record is not None:
            manifest = Manifest.of(folder, record, COMMAND)
            (folder / "run.json").write_text(manifest.to_json())

    return write


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "result"
    replace_folder(folder, fill())
    return folder


def opened(out, record=RECORD, **options):
    with result_folder(out, record, (), **options) as folder:
        return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_interruption_keeps_the_old_result(out, error):
    def write(folder):
        (folder / "result.json").write_text("half")
        raise error

    with pytest.raises(error):
        replace_folder(out, write)
    assert (out / "result.json").read_text() == SUMMARY
    assert names(out.parent) == ["result"]


@pytest.mark.parametrize("which", [".result.new", "result"])
def test_interruption_at_either_rename_restores_the_old_result(out, monkeypatch, which):
    rename = type(out).rename

    def interrupted(self, target):
        if self.name == which:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(type(out), "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_folder(out, fill("new"))
    assert (out / "result.json").read_text() == SUMMARY
    assert names(out.parent) == ["result"]


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_a_run_killed_at_any_rename_leaves_a_whole_result_to_the_next(out, renames):
    """SIGKILL: nothing is tidied up."""
    import subprocess
    import sys

    script = f"""
import os, pathlib, signal, shutil
from gutskin.trials import result_folder
out, done, rename = pathlib.Path({str(out)!r}), [], pathlib.Path.rename
def killing(self, target):
    if len(done) == {renames}: os.kill(os.getpid(), signal.SIGKILL)
    done.append(1)
    return rename(self, target)
pathlib.Path.rename = killing
shutil.rmtree = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL) if done else None
def write(folder):
    (folder / "result.json").write_text('{SUMMARY.replace("evidence", "article")}')
    (folder / "run.json").write_text((out / "run.json").read_text())
result_folder.replace_folder(out, write)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    opened(out)
    stance = json.loads((out / "result.json").read_text())["stance"]
    assert stance == ("article" if renames == 2 else "evidence")
    assert names(out.parent) == ["result"]


def test_a_full_disk_is_told_and_the_old_result_stays(out):
    def write(folder):
        (folder / "result.json").write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(CannotWrite, match=r"No space left on device\. Free some space"):
        replace_folder(out, write)
    assert (out / "result.json").read_text() == SUMMARY
    assert names(out.parent) == ["result"]


@pytest.mark.parametrize("name", [".result.old", ".result.new"])
def test_what_is_not_ours_is_not_removed(out, name):
    (out.parent / name).mkdir()
    (out.parent / name / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match="stands in the way"):
        opened(out)
    with pytest.raises(InputError, match="stands in the way"):
        replace_folder(out, fill())
    assert (out.parent / name / "thesis.docx").read_text() == "years of work"


def test_what_cannot_be_removed_is_told_before_the_work(out, monkeypatch):
    (out.parent / ".result.old").mkdir()
    monkeypatch.setattr("shutil.rmtree", lambda *args, **kwargs: None)
    with pytest.raises(InputError, match="left of an earlier run and cannot be removed"):
        recover(out)


def test_the_same_run_again_is_fine_and_the_folder_stays_until_it_is_replaced(out):
    opened(out)
    assert (out / "result.json").read_text() == SUMMARY


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seed": 2}, "seed 2 instead of 1"),
        ({"replicates": 20}, "20 replicates instead of 200"),
        ({"stance": "article"}, "article stance instead of evidence"),
        ({"model": "m1"}, "another model"),
        ({"design": "{}"}, "another design"),
        ({"design": "{}", "trial": "other"}, "trial other instead of trial"),
    ],
)
def test_another_run_is_refused_with_a_remedy_unless_it_may_overwrite(out, changes, says):
    other, told = replace(RECORD, **changes), []
    with pytest.raises(InputError) as caught:
        opened(out, other)
    assert f"holds the result of another run ({says})" in str(caught.value)
    assert "Add --overwrite to replace it, or name another folder with --out." in str(caught.value)
    opened(out, other, overwrite=True, tell=told.append)
    assert f"({says}) and will be replaced" in told[0]
    assert (out / "result.json").read_text() == SUMMARY  # until it is


def test_another_version_of_the_program_replaces_the_result_and_says_so(out):
    told = []
    opened(out, replace(RECORD, program="p1"), tell=told.append)
    assert "another version of the program" in told[0]


@pytest.mark.parametrize("record", ["", "{", "[]", "{}", '{"trial": "trial"}', None])
def test_a_result_whose_record_is_damaged_is_another(out, record):
    if record is None:
        (out / "run.json").unlink()
    else:
        (out / "run.json").write_text(record)
    with pytest.raises(InputError, match=r"run\.json is missing or damaged"):
        opened(out)
    opened(out, overwrite=True)


def test_a_file_that_changed_is_named_when_the_same_run_comes_again(out):
    told = []
    opened(out, tell=told.append)
    assert told == []
    (out / "report.html").write_text("another page")
    (out / "result.json").write_text(SUMMARY + " ")
    opened(out, tell=told.append)
    assert sorted(told) == [
        f"{out / name}: the file was changed or damaged after it was written. It is written anew."
        for name in ("report.html", "result.json")
    ]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda out: None, None),
        (lambda out: (out / "report.html").write_text("x"), f"written. `{COMMAND}` writes it anew"),
        (lambda out: (out / "report.html").unlink(), "report.html: the file is missing"),
        (lambda out: (out / "run.json").write_text("{}"), "run.json is missing or damaged"),
    ],
)
def test_whoever_takes_worlds_of_a_finished_result_is_told_what_is_damaged_in_it(out, damage, says):
    damage(out)
    told = []
    there = finished_replicates(out, RECORD, told.append)
    assert there == (None if says and "run.json" in says else 200)
    assert len(told) == (says is not None)
    assert not told or says in told[0]


def test_a_folder_with_other_files_is_not_replaced(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match=r"thesis\.docx"):
        check_out_dir(tmp_path)
    with pytest.raises(InputError, match="a file"):
        check_out_dir(tmp_path / "thesis.docx")
    with pytest.raises(InputError, match="nothing can be written"):
        check_out_dir(tmp_path / "thesis.docx" / "below")
    assert check_out_dir(tmp_path / "new") == tmp_path / "new"


@pytest.mark.parametrize(
    ("put", "names"),
    [
        (lambda out: (out / "report.html").write_text("mine"), "report.html"),
        (lambda out: (out / "result.json").write_text("{}"), "result.json"),
        (lambda out: (out / "patients.parquet").mkdir(), "patients.parquet"),
        (lambda out: (out / "patients.parquet").write_text("my table"), "patients.parquet"),
    ],
)
def test_a_folder_whose_files_only_have_our_names_is_not_replaced(tmp_path, put, names):
    out = tmp_path / "mine"
    out.mkdir()
    put(out)
    with pytest.raises(InputError, match="holds other files") as caught:
        opened(out, overwrite=True)
    assert names in str(caught.value)
    assert os.listdir(out) == [names]


@pytest.mark.parametrize(
    "place", ["notes.txt", "patients.parquet/notes.txt", "failed/notes.txt", "deep"]
)
def test_a_result_into_which_somebody_put_a_file_is_not_replaced(out, place):
    (out / "failed").mkdir()
    if place == "deep":
        (out / place).mkdir()
    else:
        (out / place).write_text("mine")
    with pytest.raises(InputError, match="holds other files") as caught:
        opened(out, overwrite=True)
    assert place in str(caught.value)
    assert (out / place).exists()


def test_a_link_within_a_result_is_not_followed(out, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (out / "failed").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="other files"):
        opened(out)


def test_a_link_is_followed_to_the_folder_itself(out, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(out)
    folder = opened(link)
    assert folder.path == out
    folder.replace(fill(SUMMARY.replace("evidence", "article")))
    assert link.is_symlink()
    assert json.loads((out / "result.json").read_text())["stance"] == "article"
    assert names(tmp_path) == ["link", "result"]


def test_a_place_that_cannot_be_replaced_is_told_before_the_work(tmp_path, monkeypatch):
    here = tmp_path / "here" / "deeper"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    for folder in (".", "..", str(here)):
        with pytest.raises(InputError, match="the folder you are in"):
            check_out_dir(type(here)(folder))
    with pytest.raises(InputError, match="root of a disk"):
        check_out_dir(type(here)("/"))
    with pytest.raises(InputError, match=r"too long\. Name a shorter"):
        check_out_dir(tmp_path / ("ä" * (LONGEST_NAME // 2 + 1)))
    check_out_dir(tmp_path / ("ä" * (LONGEST_NAME // 2)))
    with pytest.raises(InputError, match=r"too long\. Name a shorter"):
        check_out_dir(tmp_path / ("x" * 300) / "result")


def test_a_closed_folder_is_told_before_the_work(out, monkeypatch):
    closed = out
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed)
    with pytest.raises(InputError, match="nothing can be written in") as caught:
        check_out_dir(out)
    assert str(out) in str(caught.value)
    closed = out.parent
    with pytest.raises(InputError, match="nothing can be written in"):
        check_out_dir(out)
