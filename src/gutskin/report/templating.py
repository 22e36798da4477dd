"""The templates of pages and documents: what goes into a page is escaped there, all of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.media import in_tex, without_holes

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
IN_TEX: dict[str, Any] = {  # braces are LaTeX's own
    "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "<<",
    "variable_end_string": ">>", "comment_start_string": "<#", "comment_end_string": "#>",
}  # fmt: skip


@cache
def for_pages() -> Environment:
    """Templates of HTML; a text that is no markup is escaped, also in attributes and titles.

    Each is compiled once, so all who ask have the same; who adds to it takes an overlay.
    """
    environment = _environment(autoescape=True, finalize=_finalize)
    environment.filters["unbroken"] = _unbroken
    return environment


@cache
def for_tex() -> Environment:
    """Templates of LaTeX; the filter `tex` escapes a text."""
    environment = _environment(autoescape=False, **IN_TEX)
    environment.filters["tex"] = in_tex
    return environment


def _environment(**options: Any) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )


def _unbroken(command: str) -> Any:
    """A command of which no line ends within a word: else it would after a hyphen of an option."""
    from markupsafe import Markup

    words = (Markup("<span>{}</span>").format(without_holes(one)) for one in command.split(" "))
    return Markup(" ").join(words)


def _finalize(value: Any) -> Any:
    """A value as a page may hold it: what UTF-8 has no room for is a sign of its own."""
    return without_holes(value) if type(value) is str else value
