"""One run at a time writes into a folder, and a dead one locks nobody out."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading

import pytest

from gutskin.errors import InputError
from gutskin.trials.folder_lock import locked

HOLDER = """
import pathlib, sys, time
from gutskin.trials.folder_lock import locked
with locked(pathlib.Path(sys.argv[1]), "gutskin trial x --out result", print):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "result")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "held\n"
        yield running
        running.kill()


def hold(folder):
    with locked(folder, "mine", print):
        pass


def test_who_comes_second_is_told_who_holds_it_and_what_to_do(tmp_path, holder):
    with pytest.raises(InputError) as caught:
        hold(tmp_path / "result")
    text = str(caught.value)
    assert f"another run writes into this folder: process {holder.pid} on " in text
    assert "`gutskin trial x --out result`" in text
    assert "Wait until it is done, end it (kill " in text
    assert "or name another folder with --out" in text
    hold(tmp_path / "another")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_dead_owner_locks_nobody_out(tmp_path, holder, number):
    holder.send_signal(number)
    holder.wait()
    assert (tmp_path / ".result.lock").exists()
    hold(tmp_path / "result")
    assert os.listdir(tmp_path) == []


def test_a_lock_file_without_a_holder_is_nobodys(tmp_path):
    for content in ("", "{", "[1]", '{"process": "x"}'):
        (tmp_path / ".result.lock").write_text(content)
        hold(tmp_path / "result")
    assert os.listdir(tmp_path) == []


def test_a_holder_that_has_not_signed_yet_is_a_holder(tmp_path):
    path = tmp_path / ".result.lock"
    for content in ("", "{", "[1]"):
        with path.open("w") as file:
            file.write(content)
            file.flush()
            fcntl.flock(file, fcntl.LOCK_EX)
            with pytest.raises(InputError, match=r"another run writes into this folder\. Wait"):
                hold(tmp_path / "result")


def test_of_many_at_once_one_holds_it(tmp_path):
    inside, most, refused, lock = [0], [0], [], threading.Lock()

    def work():
        for _ in range(100):
            try:
                with locked(tmp_path / "result", "mine", print):
                    with lock:
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                    with lock:
                        inside[0] -= 1
            except InputError:
                refused.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert len(refused) < 800


def test_a_link_in_its_place_is_not_followed(tmp_path):
    (tmp_path / "precious").write_text("years of work")
    (tmp_path / ".result.lock").symlink_to(tmp_path / "precious")
    with pytest.raises(InputError, match="cannot be written"):
        hold(tmp_path / "result")
    assert (tmp_path / "precious").read_text() == "years of work"


def test_a_disk_without_locks_is_told_and_used(tmp_path, monkeypatch):
    def none(file, how):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", none)
    told = []
    with locked(tmp_path / "result", "mine", told.append):
        pass
    assert "has no locks: start no second run" in told[0]
    assert os.listdir(tmp_path) == []
