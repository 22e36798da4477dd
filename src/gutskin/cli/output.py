"""Where a command writes: the terminal, the error stream, files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from gutskin.errors import InputError, Problem


def new_console() -> Any:
    """A console of the terminal's width, or of one that our tables need."""
    from rich.console import Console

    # A log file has no width of its own; the tables need about this much.
    return Console() if sys.stdout.isatty() else Console(width=110)


def tell(text: str) -> None:
    """Say a line on the error stream."""
    print(text, file=sys.stderr, flush=True)


def check_place(path: Path | None) -> None:
    """Refuse a file that cannot be written before the work that fills it."""
    if path is not None and path.is_dir():
        raise InputError(Problem("this is a folder.", path, None, "Name a file in it."))
    if path is not None and not path.absolute().parent.is_dir():
        raise InputError(Problem("there is no such folder.", path.parent, None, "Make it first."))


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise InputError(Problem(f"cannot be written: {error.strerror}.", path)) from None
    finally:
        new.unlink(missing_ok=True)
