"""Another Python beside this one, with a lock of its own: it does what it is asked, call by call.

Python lets one thread of a process at a time run its code, so what is not computed by a library
takes as long on eight cores as on one. A process that was begun early is ready when it is needed.
It ends with the one that began it, killed or not, and Ctrl-C is for that one alone.

Not the processes of `multiprocessing`: those run the script of the user once more, who may not have
guarded it.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

BEGIN = """
import pickle, sys
try:
    sys.path[:] = pickle.load(sys.stdin.buffer)
except EOFError:  # who began it was interrupted meanwhile
    sys.exit()
from gutskin.engine.interpreter import serve
serve()
"""
HOME = str(Path(__file__).parents[2])  # of gutskin: a path relative to where we were is none
LOOKS = 1.0  # seconds between two looks whether who began it is still there
TOLD, FOUND, RAISED = "told", "found", "raised"


class Gone(Exception):
    """The process ended before it answered, or its answer cannot be had."""


class Elsewhere(Exception):
    """Where an error was raised in the other process: the cause of what is raised here."""


class Interpreter:
    """A process of this Python, begun at once.

    Raises
    ------
    Gone
        If none can be begun.
    """

    def __init__(self) -> None:
        if not sys.executable:
            raise Gone
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I" if sys.flags.isolated else "-P", "-c", BEGIN],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise Gone from error
        self._asked: Any = self._process.stdin
        self._answers: Any = self._process.stdout
        with suppress(OSError):  # the first call says that it is gone
            _send(self._asked, [*sys.path, HOME])

    def __call__(
        self, function: Callable[..., Any], *given: Any, hear: Callable[[Any], None] | None = None
    ) -> Any:
        """What a function gives there; one call after the other.

        Parameters
        ----------
        function : of a module, so that it is found there by its name
        given : copied
        hear : told what the function tells on its way: the function's last argument is called

        Raises
        ------
        Gone
            If the process has ended.
        Exception
            What the function raises, its traceback as the cause; or what cannot be sent.
        """
        asked = _packed((function, given))
        try:
            kind, what = self._answer(asked)
            while kind == TOLD:
                if hear is not None:
                    hear(what)
                kind, what = self._answer()
        except BaseException:
            self.end()  # what it still answers would be taken for the answer to the next call
            raise
        if kind == RAISED:
            error, place = what
            raise error from Elsewhere(place)
        return what

    def _answer(self, asked: bytes = b"") -> tuple[str, Any]:
        """The next answer, to what is asked if anything is."""
        try:
            self._asked.write(asked)
            self._asked.flush()
            return pickle.load(self._answers)
        except Exception as error:  # it ended, or was ended; or nothing can be made of what came
            raise Gone from error

    def end(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._asked, self._answers):
            with suppress(OSError):
                pipe.close()


def serve() -> None:
    """Do what is asked until nobody can ask any more. Standard output is for answers alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    asked = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(EOFError, OSError):  # nobody asks, or nobody hears
        while True:
            function, given = pickle.load(asked)
            done = _done(function, given, lambda what: _send(answers, (TOLD, what)))
            try:
                _send(answers, done)
            except OSError:
                raise
            except Exception:  # it cannot be sent
                _send(answers, (RAISED, (Gone(), traceback.format_exc())))


def _done(
    function: Callable[..., Any], given: tuple[Any, ...], tell: Callable[[Any], None]
) -> tuple[str, Any]:
    try:
        return FOUND, function(*given, tell)
    except Exception as error:
        return RAISED, (error, "\n" + traceback.format_exc())


def _packed(what: Any) -> bytes:
    """All of it, or an error before any of it is sent."""
    return pickle.dumps(what, pickle.HIGHEST_PROTOCOL)


def _send(to: BinaryIO, what: Any) -> None:
    to.write(_packed(what))
    to.flush()


def _end_with(parent: int) -> None:
    """End this process when the one that began it is gone, in the middle of a call too."""
    while os.getppid() == parent:
        time.sleep(LOOKS)
    os._exit(1)
