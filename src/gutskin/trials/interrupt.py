"""Ctrl-C is heard.

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


@contextmanager
def ctrl_c_heard() -> Iterator[None]:
    """An interrupt inside ends what is inside; outside of the main thread nothing changes."""
    usual = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    if not main or usual is not signal.default_int_handler:
        yield
        return

    def interrupt(number: int, frame: Any) -> None:
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
        signal.default_int_handler(number, frame)

    alarm = signal.signal(signal.SIGALRM, interrupt)
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGINT, usual)
        signal.signal(signal.SIGALRM, alarm)
