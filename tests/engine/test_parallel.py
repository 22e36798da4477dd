"""Chunks on threads: order, progress, and what an error does."""

import subprocess
import sys
import threading
import time

import pytest

from gutskin.engine.parallel import run_chunks


@pytest.mark.parametrize("workers", [1, 3])
def test_unit_results_keep_the_order_and_progress_counts_up(workers):
    seen = []

    def late_first(chunk):
        time.sleep(0.02 if chunk == 0 else 0.0)
        return chunk * 10

    got = run_chunks(late_first, range(5), workers, lambda done, of: seen.append((done, of)))
    assert got == [0, 10, 20, 30, 40]
    assert seen == [(n, 5) for n in range(1, 6)]


def test_unit_two_chunks_run_at_the_same_time():
    meeting = threading.Barrier(2, timeout=10)
    run_chunks(lambda _: meeting.wait(), range(2), workers=2)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_unit_an_error_or_interruption_cancels_what_has_not_started(error):
    started = []

    def fail_first(chunk):
        started.append(chunk)
        if chunk == 0:
            raise error
        time.sleep(0.05)

    with pytest.raises(error):
        run_chunks(fail_first, range(50), workers=2)
    assert len(started) < 50


def test_unit_nothing_to_do():
    assert run_chunks(str, []) == []


def program(text):
    """What a Python program of its own prints, that must end within half a minute."""
    command = [sys.executable, "-W", "error", "-c", text]
    return subprocess.run(command, timeout=30, capture_output=True, text=True, check=False)


def test_program_that_hears_of_a_failed_piece_ends_while_another_waits_for_its_chunks():
    done = program("""
import time
from gutskin.engine.parallel import stream

def compute(piece, run):
    if piece == 0:
        time.sleep(0.3)
        raise ArithmeticError("the first piece failed")
    return run(lambda _: time.sleep(0.05), range(2000))

for _ in stream(compute, [0, 1], workers=2):
    pass
""")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ArithmeticError: the first piece failed"


def test_program_that_keeps_the_error_of_a_refused_trial_ends():
    done = program("""
import time
from types import SimpleNamespace
from gutskin.engine import SimulationFailed
from gutskin.model.compiled import load_model
from gutskin.trials import run as room
from gutskin.trials.design import load_trial
from gutskin.trials.failures import Failure

def conduct(chunk, model, work, run):
    first = chunk.first == 0
    run(lambda _: time.sleep(0.3 if first else 0.05), range(1 if first else 2000))
    lost = [Failure(0, "placebo", n, "settling", 0.0, "for a test", {}) for n in range(50)]
    nothing = SimpleNamespace(isel=lambda **axes: None)
    return room.ReplicateBatch(nothing, {}, None, tuple(lost if first else ()))

room.chunk_room.conduct_chunk = conduct
room._summarised = lambda part, design, endpoints: None
try:
    room.run_trial(load_trial("six-strain-children"), load_model(), 204)
except SimulationFailed as error:
    kept = error
    print("refused")
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "refused\n", "")
