"""Where a command writes: the terminal, the error stream."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gutskin.media import in_json, one_line

if TYPE_CHECKING:
    from gutskin.report.console import Terminal


def new_console() -> Terminal:
    """Standard output, for tables."""
    from gutskin.report.console import Terminal

    return Terminal()


def tell(text: str) -> None:
    """Say a line on the error stream."""
    print(one_line(text), file=sys.stderr, flush=True)


def print_json(document: str) -> None:
    """Print a JSON document in what characters standard output has; it stays the same document."""
    print(in_json(document, sys.stdout.encoding))
