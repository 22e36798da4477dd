"""Ctrl-C where Python cannot raise."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gutskin.trials.interrupt import Terminated, ctrl_c_heard, sigterm_heard


class Finaliser:
    """Is interrupted while it is cleared away."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_a_finaliser_drops_is_raised_again():
    outer = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _dropped_and_raised_again()
    finally:
        signal.signal(signal.SIGINT, outer)


def _dropped_and_raised_again():
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)

    def interrupted():
        with ctrl_c_heard():
            Finaliser()  # dropped here
            time.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)) == handlers
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_sigterm_ends_what_is_inside_and_only_that():
    usual = signal.getsignal(signal.SIGTERM)
    assert usual is signal.SIG_DFL

    def ended():
        with sigterm_heard():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)

    with pytest.raises(Terminated):
        ended()
    assert signal.getsignal(signal.SIGTERM) is usual


class Terminating:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_sigterm_that_a_finaliser_drops_is_raised_again():
    def ended():
        with sigterm_heard(), ctrl_c_heard():
            Terminating()  # dropped here
            time.sleep(5)

    with pytest.raises(Terminated):
        ended()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_another_thread_may_run_a_trial():
    def work():
        with ctrl_c_heard():
            pass

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()  # raises what the thread raised


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_unit_what_is_undisturbed_ends_before_the_interrupt_is_heard(number):
    from gutskin.trials.interrupt import undisturbed

    heard, done = [], []
    usual = signal.signal(number, lambda *given: heard.append(given[0]))
    try:
        with undisturbed():
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)
            done.append(list(heard))
        assert done == [[]]
        assert heard == [number]  # once
        os.kill(os.getpid(), number)
        assert heard == [number] * 2
    finally:
        signal.signal(number, usual)
