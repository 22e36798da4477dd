"""Where a command writes: the terminal, the error stream."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

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


def print_values(values: Any) -> None:
    """Print plain values as one JSON document; numbers that are none are a fault, not a word."""
    import json

    print_json(json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False))
