"""What commands load: the biology that a user names, and the model of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.cli.output import tell

if TYPE_CHECKING:
    from gutskin.model.biology import Biology


def find_biology(folder: Path | None) -> Biology:
    """The shipped biology with a user's own on top; says what that changes."""
    from gutskin.model.overlay import biology_of, differences, summary_of

    biology = biology_of(folder)
    if biology.overlay is not None:
        tell(summary_of(biology.overlay, differences(biology)))
    return biology


def load_model(given: Biology | Path | None) -> Any:
    """The compiled model of a biology, or of a user's folder on top of the shipped one."""
    from gutskin.model.compiled import load_model

    found = find_biology(given) if given is None or isinstance(given, Path) else given
    return load_model(found)
