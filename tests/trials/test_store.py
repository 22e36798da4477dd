"""A store gives back what was put into it, or nothing; what is damaged it knows."""

import os
import random
from dataclasses import replace

import pytest

from gutskin.atomic_write import CannotWrite
from gutskin.trials.chunks import Chunk
from gutskin.trials.run_record import RunRecord
from gutskin.trials.store import Damaged, Store, Stored, file_name, put, read_whole
from gutskin.trials.store_owner import Owner

CHUNK, OTHER = (Chunk("{}", "m", "evidence", seed, 0, 4, "p") for seed in (1, 2))


@pytest.fixture
def store(tmp_path):
    return Store.beside(tmp_path / "result")


def test_a_chunk_comes_back(store):
    assert store.read(CHUNK) is None
    path = store.write(CHUNK, b"rows")
    assert store.write(CHUNK, b"rows") == path  # as two workers that had the same chunk
    assert store.read(CHUNK) == Stored(path, b"rows")
    assert store.read(OTHER) is None
    assert store.finished([OTHER, CHUNK]) == [CHUNK]
    assert [path.name for path in store.folder.iterdir()] == [file_name(CHUNK.name, b"rows")]


def test_property_whatever_byte_changes_the_chunk_is_damaged(store):
    draw = random.Random(1)
    content = draw.randbytes(2000)
    path = store.write(CHUNK, content)
    for place in draw.sample(range(len(content)), 200):
        broken = bytearray(content)
        broken[place] ^= draw.randrange(1, 256)
        path.write_bytes(broken)
        assert store.read(CHUNK) == Stored(path, None)
    for broken in (b"", content[:-1], content + b"\0", content[:1000], b"\0" * 2000):
        path.write_bytes(broken)
        assert store.read(CHUNK) == Stored(path, None)
        assert store.finished([CHUNK]) == []


def test_a_damaged_chunk_is_replaced_by_the_next(store):
    path = store.write(CHUNK, b"rows")
    path.rename(path.with_name(file_name(CHUNK.name, b"other")))
    assert store.read(CHUNK).content is None
    assert store.write(CHUNK, b"rows") == path
    assert list(store.folder.iterdir()) == [path]
    assert store.read(CHUNK).content == b"rows"


def test_a_chunk_of_another_run_under_this_name_is_damaged(store):
    """As whoever renames a file of another seed, with or without its checksum."""
    other = store.write(OTHER, b"rows of another seed")
    rest = other.name.removeprefix(OTHER.name)
    other.rename(other.with_name(CHUNK.name + rest))
    assert store.read(CHUNK).content is None
    (store.folder / f"{CHUNK.name}.parquet").write_bytes(b"rows of another seed")
    assert store.read(CHUNK).content is None


def test_what_cannot_be_read_is_damaged(store, monkeypatch):
    path = store.write(CHUNK, b"rows")
    path.unlink()
    path.mkdir()
    assert store.read(CHUNK) == Stored(path, None)
    path.rmdir()
    path.symlink_to("nowhere")
    assert store.read(CHUNK) == Stored(path, None)
    path.unlink()
    os.mkfifo(path)
    assert store.read(CHUNK) == Stored(path, None)


def test_a_whole_chunk_of_an_earlier_result_goes_before_a_damaged_one_here(tmp_path, store):
    old = Store(tmp_path / "result" / "patients.parquet")
    first = old.write(CHUNK, b"rows")
    here = store.write(CHUNK, b"rows")
    assert store.read(CHUNK) == Stored(first, b"rows")
    first.write_bytes(b"damaged")
    assert store.read(CHUNK) == Stored(here, b"rows")


def test_a_full_disk_leaves_no_half_and_says_so(store):
    import resource

    kept = store.write(CHUNK, b"rows")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        with pytest.raises(CannotWrite, match=r"File too large\. Free some space"):
            store.write(OTHER, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert list(store.folder.iterdir()) == [kept]


def test_only_the_files_of_the_run_are_removed(store):
    for chunk in (CHUNK, OTHER):
        store.write(chunk, b"rows")
    assert store.count([CHUNK]) == 1
    (store.folder / "notes.txt").write_text("mine")
    store.remove([CHUNK])
    assert store.read(OTHER).content == b"rows"
    assert sorted(path.name for path in store.folder.iterdir()) == [
        store.read(OTHER).path.name,
        "notes.txt",
    ]
    (store.folder / "failed").mkdir()
    (store.folder / "failed" / "1-placebo-2-settling.toml").write_text("a patient")
    store.remove([OTHER])
    assert os.listdir(store.folder) == ["notes.txt"]
    (store.folder / "notes.txt").unlink()
    store.remove([])
    assert not store.folder.exists()


RUN = RunRecord("t", "{}", "m", "evidence", 1, 4, "p")


def written(tmp_path, record, chunk, command):
    """A chunk that a run left when it was killed."""
    store = Store.beside(tmp_path / "result", Owner.of(record, [chunk], command))
    return store.write(chunk, b"rows"), store


def tidied(tmp_path, record=RUN, chunk=CHUNK):
    told = []
    store = Store.beside(tmp_path / "result", Owner.of(record, [chunk], "now"))
    store.tidy(told.append)
    return store, told


def test_chunks_of_another_run_wait_for_its_command_and_those_of_the_same_run_are_its_own(tmp_path):
    path, _ = written(tmp_path, replace(RUN, seed=2), OTHER, "gutskin trial t --seed 2")
    mine, _ = written(tmp_path, RUN, CHUNK, "now")
    for _ in range(2):
        store, told = tidied(tmp_path)
        assert path.exists()
        assert store.read(CHUNK) == Stored(mine, b"rows")
        assert told == [
            f"1 finished chunk of other runs lies in {store.folder} and is left there "
            "(`gutskin trial t --seed 2` goes on with it). Remove that folder if nobody needs "
            "it."
        ]
    store.remove([CHUNK])
    assert sorted(one.suffix for one in store.folder.iterdir()) == [".json", ".parquet"]
    assert path.exists()


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"program": "p0"}, False), ({"model": "m0"}, False), ({"seed": 2}, True),
        ({"model": "m0", "overlay": "mine"}, True),
    ],
)  # fmt: skip
def test_chunks_that_nobody_can_use_again_are_removed_with_a_word(tmp_path, changes, left):
    path, _ = written(tmp_path, replace(RUN, **changes), OTHER, "c")
    store, told = tidied(tmp_path)
    assert path.exists() == left
    assert ("left there" if left else "no command can use it, and it is removed") in told[0]
    store.leave()
    assert store.folder.exists() == left


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"program": "p"}'])
def test_chunks_of_no_known_owner_go_and_files_of_others_stay(tmp_path, text):
    path, store = written(tmp_path, RUN, OTHER, "c")
    (owner,) = store.folder.glob("*.run.json")
    owner.unlink() if text is None else owner.write_text(text)
    for name in ("notes.txt", "mine.parquet", ".123-456.new"):
        (store.folder / name).write_text("mine")
    (store.folder / "failed").mkdir()
    (store.folder / "failed" / "1-placebo-2-settling.toml").write_text("a patient")
    tidied(tmp_path)
    assert not path.exists()
    assert sorted(one.name for one in store.folder.rglob("*")) == [
        "failed", "mine.parquet", "notes.txt",
    ]  # fmt: skip


@pytest.mark.parametrize("linked", [True, False])
def test_files_are_put_into_a_result_whole_or_not_at_all(store, tmp_path, monkeypatch, linked):
    def none(*args):
        raise OSError("another disk")

    if not linked:
        monkeypatch.setattr(os, "link", none)
    path = store.write(CHUNK, b"rows")
    (placed,) = put([path], tmp_path / "patients")
    assert placed == tmp_path / "patients" / path.name
    assert placed.read_bytes() == b"rows"
    path.write_bytes(b"damaged")
    with pytest.raises(Damaged, match=path.name):
        put([path], tmp_path / "again")
    path.unlink()
    with pytest.raises(CannotWrite):
        put([path], tmp_path / "gone")


def test_a_file_is_read_whole_or_not_at_all(store, tmp_path):
    path = store.write(CHUNK, b"rows")
    assert read_whole(path) == b"rows"
    path.write_bytes(b"rowz")
    with pytest.raises(Damaged, match=f"{path.name} was damaged after it was written"):
        read_whole(path)
    path.unlink()
    with pytest.raises(Damaged):
        read_whole(path)
