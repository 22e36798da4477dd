"""A table as a workbook (.xlsx): one sheet, its header in sight, every text a text."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gutskin.media import one_line

MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same table is the same file
MOST_CELL = 32767  # characters that a cell holds
WIDEST = 40  # characters that a column shows


def workbook_of(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows of single values as a workbook; what is not known is an empty cell.

    Texts are neither formulas nor links, whatever they begin with.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": MADE})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("gutskin")
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(rows[0] if rows else ()):
            sheet.write_string(0, column, name, bold)
            cells = [row[name] for row in rows]
            for place, value in enumerate(cells, 1):
                _write(sheet, place, column, value)
            longest = max(len(name), *(len(str(one)) for one in cells if isinstance(one, str)), 8)
            sheet.set_column(column, column, min(longest, WIDEST) + 1)
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        if math.isfinite(value):
            sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, one_line(str(value))[:MOST_CELL])
