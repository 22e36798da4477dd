"""Chunks on threads: order, progress, and what an error does."""

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
