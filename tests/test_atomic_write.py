"""A file is there whole or not at all; where it cannot be written one message says why."""

import errno
import os
import resource
import stat
from contextlib import contextmanager

import pytest

from gutskin.atomic_write import CannotWrite, check_place, make_folder, write_file, write_files
from gutskin.errors import InputError


@contextmanager
def files_of_at_most(size):
    """As a full disk: a write beyond so many bytes fails half-way."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_unit_text_and_bytes_are_written_and_nothing_is_left_beside(tmp_path):
    for content in ("β", b"bytes"):
        write_file(tmp_path / "a", content)
    assert (tmp_path / "a").read_bytes() == b"bytes"
    assert os.listdir(tmp_path) == ["a"]


def test_unit_a_disk_that_fills_keeps_the_old_file_and_is_told_with_a_remedy(tmp_path):
    path = tmp_path / "a"
    write_file(path, "old")
    with files_of_at_most(1000), pytest.raises(InputError, match="File too large") as caught:
        write_file(path, "x" * 100_000)
    assert "Free some space" in str(caught.value)
    assert str(path) in str(caught.value)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("when", ["write", "fsync", "replace"])
def test_unit_no_space_at_any_step_leaves_the_old_file(tmp_path, monkeypatch, when):
    path = tmp_path / "a"
    write_file(path, "old")

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if when == "write":
        monkeypatch.setattr(os, "fchmod", full)
    elif when == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(type(path), "replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_file(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("none/a", "No such file or directory. Make the folder first."),
        ("folder", "Is a directory. Name a file in it."),
        ("file/a", "Not a directory"),
        ("x" * 300, "File name too long. Name a shorter one."),
    ],
)
def test_unit_a_place_that_is_none_is_named(tmp_path, name, says):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as caught:
        write_file(tmp_path / name, "text")
    assert says in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_unit_what_is_no_ordinary_file_is_written_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_file(pipe, "text")
    assert os.read(reader, 10) == b"text"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    write_file(tmp_path / "../../../../../../../../../dev/null", "text")


def test_unit_a_link_is_followed_and_the_mode_is_kept(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    target, link = own / "a", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_file(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_unit_a_file_that_may_not_be_written_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match=r"Permission denied\. Name a place that you may write to"):
        write_file(path, "new")
    assert path.read_text() == "old"


def closed(monkeypatch, folder):
    right = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != folder and right(path, mode))


def test_unit_a_place_is_refused_before_the_work(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    check_place(None)
    check_place(tmp_path / "new")
    check_place(tmp_path / "file")
    check_place(type(tmp_path)("/dev/null"))
    for place, says in (
        (tmp_path, "this is a folder. Name a file in it."),
        (tmp_path / "none" / "a", "there is no such folder. Make it first."),
        (tmp_path / ("x" * 300), "File name too long. Name a shorter one."),
    ):
        with pytest.raises(InputError) as caught:
            check_place(place)
        assert says in str(caught.value)
    closed(monkeypatch, tmp_path)
    with pytest.raises(InputError, match="Permission denied"):
        check_place(tmp_path / "new")
    assert os.listdir(tmp_path) == ["file"]


def test_unit_a_folder_is_made_or_told(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    for place, says in (
        (tmp_path / "file", "this is a file. Name a folder."),
        (tmp_path / "file" / "b", "Not a directory"),
    ):
        with pytest.raises(InputError) as caught:
            make_folder(place)
        assert says in str(caught.value)
    closed(monkeypatch, tmp_path / "a")
    with pytest.raises(InputError, match="Permission denied"):
        make_folder(tmp_path / "a")


def test_unit_several_files_are_written_or_all_are_as_they_were(tmp_path, monkeypatch):
    old, new, last = tmp_path / "old", tmp_path / "new", tmp_path / "last"
    old.write_text("before")
    last.write_text("kept")
    inode = last.stat().st_ino
    write_files({old: "before", new: "text"})
    assert new.read_text() == "text"
    new.unlink()
    with files_of_at_most(1000), pytest.raises(CannotWrite):
        write_files({old: "after", new: "text", last: "x" * 100_000})
    assert old.read_text() == "before"
    assert last.stat().st_ino == inode  # what was not changed is not written again
    assert sorted(os.listdir(tmp_path)) == ["last", "old"]


def test_unit_of_several_files_no_one_is_touched_if_one_has_no_place(tmp_path):
    old = tmp_path / "old"
    old.write_text("before")
    inode = old.stat().st_ino
    with pytest.raises(InputError, match="there is no such folder"):
        write_files({old: "after", tmp_path / "none" / "a": "text"})
    assert (old.read_text(), old.stat().st_ino) == ("before", inode)
