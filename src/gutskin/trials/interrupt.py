"""Ctrl-C is heard, and so is SIGTERM, with which clusters and computers that shut down end a run.

Python raises KeyboardInterrupt wherever the main thread happens to be, and drops it where nothing
can be raised, in a finaliser or a callback of the garbage collector. It is therefore raised again
until somebody has caught it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN = 0.2  # seconds


class Terminated(KeyboardInterrupt):
    """The run was told to end (SIGTERM)."""


def _terminate(number: int, frame: Any) -> None:
    raise Terminated


@contextmanager
def sigterm_heard() -> Iterator[None]:
    """SIGTERM inside ends what is inside with `Terminated`; elsewhere it ends the process."""
    usual = signal.getsignal(signal.SIGTERM)
    if not _in_main_thread() or usual is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)


@contextmanager
def ctrl_c_heard() -> Iterator[None]:
    """An interrupt inside ends what is inside; outside of the main thread nothing changes.

    So does SIGTERM within `sigterm_heard`.
    """
    known = (signal.default_int_handler, _terminate)
    usual: dict[int, Any] = {
        number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)
    }
    usual = {number: handler for number, handler in usual.items() if handler in known}
    if not _in_main_thread() or not usual:
        yield
        return
    last = []

    def interrupt(number: int, frame: Any) -> None:
        if number != signal.SIGALRM:
            last.append(number)
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
        usual[last[-1]](number, frame)

    alarm = signal.signal(signal.SIGALRM, interrupt)
    for number in usual:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, handler in usual.items():
            signal.signal(number, handler)
        signal.signal(signal.SIGALRM, alarm)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait for what is inside: an import of JAX that is cut ends in an abort."""
    if not _in_main_thread():
        yield
        return
    came: list[tuple[int, Any]] = []
    usual = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in usual:
        signal.signal(number, lambda number, frame: came.append((number, frame)))
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
    for number, _ in came[:1]:
        signal.raise_signal(number)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
