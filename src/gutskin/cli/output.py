"""Where a command writes: the terminal, the error stream."""

from __future__ import annotations

import sys
from typing import Any


def new_console() -> Any:
    """A console of the terminal's width, or of one that our tables need."""
    from rich.console import Console

    # A log file has no width of its own; the tables need about this much.
    return Console() if sys.stdout.isatty() else Console(width=110)


def tell(text: str) -> None:
    """Say a line on the error stream."""
    print(text, file=sys.stderr, flush=True)
