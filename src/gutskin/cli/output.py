"""Where a command writes: the terminal, the error stream."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.media import in_json, one_line

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.report.console import Terminal
    from gutskin.report.sheet import Sheet


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


def model_entry(biology: Biology) -> dict[str, Any]:
    """What a document says of the model behind it: hash, worlds, and what an overlay changes."""
    from gutskin.model.overlay import worlds_entry

    return {"content_hash": biology.content_hash, **worlds_entry(biology)}


def check_written(sheet: Path | None, csv: Path | None, xlsx: Path | None) -> None:
    """Refuse a summary and tables of another kind, or at places that cannot be written.

    Raises
    ------
    InputError
        With all that is wrong.
    """
    from gutskin.errors import together
    from gutskin.report.sheet import check_sheet
    from gutskin.report.spreadsheet import check_tables

    together(lambda: check_tables(csv, xlsx), lambda: check_sheet(sheet))


def write_summary(path: Path | None, sheet: Callable[[], Sheet]) -> None:
    """Write an answer on one sheet, if that is asked for, and say so."""
    if path is None:
        return
    from gutskin.report.sheet import write_sheet

    write_sheet(path, sheet())
    tell(f"Written: {path}")
