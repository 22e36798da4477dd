"""The disk cache believes nothing that another could have written, and nothing that is damaged."""

import os
import random
import stat

import pytest

from gutskin import disk_cache
from gutskin.disk_cache import DiskCache, cache_root


@pytest.fixture(autouse=True)
def said(monkeypatch, caplog):
    disk_cache._say_once.cache_clear()
    yield lambda: [record.getMessage() for record in caplog.records]
    disk_cache._say_once.cache_clear()


@pytest.fixture
def cache(tmp_path):
    return DiskCache(tmp_path / "cache" / "kind")


def test_unit_an_entry_comes_back_and_is_its_owners_alone(cache, said):
    assert cache.read("a") is None
    cache.write("a", b"content")
    assert cache.read("a") == b"content"
    assert cache.read("b") is None
    assert stat.S_IMODE(cache.folder.stat().st_mode) == 0o700
    assert [path.name for path in cache.folder.iterdir()] == ["a"]
    assert stat.S_IMODE((cache.folder / "a").stat().st_mode) == 0o600
    assert said() == []


def test_property_no_changed_byte_is_believed(cache):
    cache.write("a", b"machine code")
    path, draw = cache.folder / "a", random.Random(1)
    whole = path.read_bytes()
    for place in range(len(whole)):
        broken = bytearray(whole)
        broken[place] ^= draw.randrange(1, 256)
        path.write_bytes(broken)
        assert cache.read("a") is None
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert cache.read("a") is None
    path.write_bytes(whole + b"\0")
    assert cache.read("a") is None


def test_unit_an_entry_under_another_name_is_not_believed(cache):
    cache.write("a", b"content")
    (cache.folder / "a").rename(cache.folder / "b")
    assert cache.read("b") is None


def test_unit_a_folder_to_which_others_may_write_is_not_used_and_one_line_says_so(cache, said):
    cache.write("a", b"content")
    for mode in (0o770, 0o707, 0o1777):
        cache.folder.chmod(mode)
        assert cache.read("a") is None
        cache.write("b", b"content")
        assert not (cache.folder / "b").exists()
    (line,) = said()
    assert f"{cache.folder} is not used: others may write to it" in line
    assert "GUTSKIN_CACHE_DIR" in line
    cache.folder.chmod(0o755)
    assert cache.read("a") == b"content"


def test_unit_an_entry_to_which_others_may_write_is_made_anew(cache):
    cache.write("a", b"content")
    for mode in (0o660, 0o606):
        (cache.folder / "a").chmod(mode)
        assert cache.read("a") is None
    cache.write("a", b"new")
    assert cache.read("a") == b"new"


def test_unit_what_another_user_owns_is_not_believed(cache, said, monkeypatch):
    cache.write("a", b"content")
    monkeypatch.setattr(disk_cache, "ROOT", 888_888)
    monkeypatch.setattr(os, "geteuid", lambda: 888_887)
    assert cache.read("a") is None
    cache.write("b", b"content")
    assert [path.name for path in cache.folder.iterdir()] == ["a"]
    assert "belongs to another user" in said()[0]


def test_unit_what_root_wrote_is_believed(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 888_887)
    assert disk_cache.why_not_trusted(os.stat_result((0o100644, 1, 1, 1, 0, 0, 1, 0, 0, 0))) is None
    assert disk_cache.why_not_trusted(os.stat_result((0o100644, 1, 1, 1, 1, 0, 1, 0, 0, 0)))


def test_unit_folders_above_are_made_where_they_are_missing(tmp_path):
    cache = DiskCache(tmp_path / "a" / "b" / "kind")
    cache.write("a", b"content")
    assert cache.read("a") == b"content"


def test_unit_a_file_of_another_user_in_my_folder_is_not_believed(cache, monkeypatch):
    cache.write("a", b"content")
    right = disk_cache.why_not_trusted
    monkeypatch.setattr(
        disk_cache,
        "why_not_trusted",
        lambda found: right(found) if stat.S_ISDIR(found.st_mode) else "it belongs to another user",
    )
    assert cache.read("a") is None


def test_unit_links_are_not_followed(cache, said, tmp_path):
    cache.write("a", b"content")
    elsewhere = cache.folder.rename(tmp_path / "elsewhere")
    cache.folder.symlink_to(elsewhere)
    assert cache.read("a") is None
    assert "it is a symbolic link" in said()[0]
    cache.folder.unlink()
    cache.write("b", b"content")
    (cache.folder / "a").symlink_to(elsewhere / "a")
    assert cache.read("a") is None
    cache.write("a", b"new")
    assert cache.read("a") == b"new"
    assert DiskCache(elsewhere).read("a") == b"content"


def test_unit_a_pipe_in_the_place_of_an_entry_does_not_hang(cache):
    cache.write("a", b"content")
    os.mkfifo(cache.folder / "b", 0o600)
    assert cache.read("b") is None


def test_unit_a_folder_that_cannot_be_made_costs_one_line(tmp_path, said):
    (tmp_path / "file").write_text("")
    cache = DiskCache(tmp_path / "file" / "kind")
    cache.write("a", b"content")
    cache.write("b", b"content")
    assert cache.read("a") is None
    (line,) = said()
    assert "cannot be written (" in line
    assert "Name a folder of your own in GUTSKIN_CACHE_DIR" in line


def test_unit_a_full_disk_leaves_no_half_entry(cache, said):
    import resource

    cache.write("a", b"content")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        cache.write("b", bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert [path.name for path in cache.folder.iterdir()] == ["a"]
    assert "cannot be written (File too large)" in said()[0]


def test_unit_the_root_is_what_the_environment_says_or_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("GUTSKIN_CACHE_DIR", "~/here")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_root() == tmp_path / "here"
    assert DiskCache.of("kind").folder == tmp_path / "here" / "kind"
    monkeypatch.setattr(disk_cache, "user_cache_path", lambda name: disk_cache.Path("~/.cache"))
    monkeypatch.delenv("GUTSKIN_CACHE_DIR")
    assert cache_root() is None
    nowhere = DiskCache.of("kind")
    nowhere.write("a", b"content")
    assert nowhere.read("a") is None


def test_unit_a_folder_for_another_program_is_made_private_and_one_line_says_if_it_cannot_be(
    tmp_path, said
):
    made = disk_cache.private_folder(tmp_path / "a" / "b")
    assert made == tmp_path / "a" / "b"
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert said() == []
    (tmp_path / "file").touch()
    assert disk_cache.private_folder(tmp_path / "file" / "b", "OTHER_DIR") is None
    (line,) = said()
    assert "cannot be written (" in line
    assert "Name a folder of your own in OTHER_DIR" in line


def test_unit_no_descriptor_is_left_open(cache):
    cache.write("a", b"content")
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        cache.read("a")
        cache.write("b", b"content")
    assert len(os.listdir("/proc/self/fd")) == len(before)
