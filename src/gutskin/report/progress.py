"""How far a long run is, on the error stream: a bar for people, lines for log files."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

PATIENCE = 2.0  # seconds

Progress = Callable[[int, int], None]


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """Give a function (done, total) that shows how far the work is and how long it still takes.

    On a terminal a bar with the time left; elsewhere a line for about every tenth.
    """
    if sys.stderr.isatty():
        with _bar(label) as show:
            yield show
    else:
        yield _Lines(label)


@contextmanager
def waiting(label: str, *, line: bool = True) -> Iterator[None]:
    """Show that something is under way whose end nobody knows.

    On a terminal at once; elsewhere as one line, if it takes longer than somebody waits in peace.

    Parameters
    ----------
    line : whether there is one
    """
    if sys.stderr.isatty():
        from gutskin.report.console import Terminal

        with Terminal(stderr=True).status(label):
            yield
        return
    late = Timer(PATIENCE, print, (f"{label} ...",), {"file": sys.stderr, "flush": True})
    late.daemon = True
    if line:
        late.start()
    try:
        yield
    finally:
        late.cancel()


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from gutskin.report.console import Terminal

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("time left"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Terminal(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Lines:
    def __init__(self, label: str) -> None:
        self.label = label
        self.began = time.monotonic()
        self.shown = 0

    def __call__(self, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if tenth <= self.shown:
            return
        self.shown = tenth
        left = (time.monotonic() - self.began) * (total - done) / max(done, 1)
        text = f"{self.label}: {done} of {total} ({done / total:.0%}), about {left:.0f} s left"
        print(text, file=sys.stderr, flush=True)
