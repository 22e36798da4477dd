"""What commands load: the biology that a user names, and the model of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.cli.output import tell

if TYPE_CHECKING:
    from gutskin.model.biology import Biology


def find_biology(folder: Path | None) -> Biology:
    """The shipped biology with a user's own on top; says what that changes."""
    from gutskin.model.overlay import biology_of, sentence_of, told_of

    biology = biology_of(folder)
    if told := told_of(biology):
        tell(sentence_of(told["overlay"]))
    return biology


def load_model(given: Biology | Path | None) -> Any:
    """The compiled model of a biology, or of a user's folder on top of the shipped one."""
    from gutskin.trials.interrupt import undisturbed

    with undisturbed():
        from gutskin.model.compiled import load_model

    found = find_biology(given) if given is None or isinstance(given, Path) else given
    return load_model(found)
