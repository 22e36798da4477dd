"""Processes that compute batches of worlds: what becomes of them when the command is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import multiprocessing, time
from child import busy
if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=busy, daemon=False).start()
    time.sleep(100)
"""
CHILD = """
import os, pathlib
def busy():
    from gutskin.calibration.workers import end_with_parent
    end_with_parent()
    pathlib.Path("pid.part").write_text(str(os.getpid()))
    os.replace("pid.part", "pid")
    while True:
        sum(range(1000))
"""
PATIENCE = 60.0  # seconds


def waited(done) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.05)
    return False


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_busy_process_ends_with_the_one_that_began_it(tmp_path):
    (tmp_path / "child.py").write_text(CHILD)
    (tmp_path / "parent.py").write_text(PARENT)
    parent = subprocess.Popen([sys.executable, "parent.py"], cwd=tmp_path)
    try:
        assert waited((tmp_path / "pid").exists)
        pid = int((tmp_path / "pid").read_text())
        assert running(pid)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    gone = waited(lambda: not running(pid))
    if not gone:
        os.kill(pid, signal.SIGKILL)
    assert gone
