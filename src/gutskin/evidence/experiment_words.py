"""What every check of an experiment says of itself: words, a range, a grade."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict

from gutskin.toml_file import Part
from gutskin.user_text import Prose, Title


def _says_something(text: str) -> str:
    if not text:
        raise ValueError("it is empty; write what it is")
    return text


Said = Annotated[Title, AfterValidator(_says_something)]
SaidAtLength = Annotated[Prose, AfterValidator(_says_something)]
Pair = tuple[float, float]
Grade = Literal["A", "B", "C", "contested", "structure", "none"]


class OpenPart(Part):
    """A table whose numbers may be infinite."""

    model_config = ConfigDict(allow_inf_nan=True)
