"""How a call names the trial that it simulates, so that a reader can repeat it."""

from __future__ import annotations

import hashlib
import os
from os import PathLike
from typing import TYPE_CHECKING

from gutskin.toml_file import Part

if TYPE_CHECKING:
    from gutskin.model.biology import Biology

SOURCE = "_source"  # of a design that was read: its name or path, and its checksum as it was read
DESIGN = "design"  # what a call names a design that stands in no file
FEW = 12  # characters of a checksum that tell designs apart


def design_checksum(design: Part) -> str:
    """SHA-256 of a design as JSON; a frozen plan has the same."""
    return hashlib.sha256(design.model_dump_json().encode()).hexdigest()


def with_source[Design: Part](design: Design, name_or_path: str | PathLike[str]) -> Design:
    """The design, which from now on knows where it was read; it stays equal to any like it."""
    known = (os.fspath(name_or_path), design_checksum(design))
    object.__setattr__(design, SOURCE, known)  # no field: it is no part of the trial
    return design


def source_of(trial: Part | str | PathLike[str]) -> str | None:
    """The name or the path of a trial; None of a design that was made or changed in Python.

    Examples
    --------
    >>> from gutskin.trials.design import load_trial
    >>> design = load_trial("six-strain-children")
    >>> source_of(design), source_of(design.model_copy(update={"title": "Mine"}))
    ('six-strain-children', None)
    """
    if isinstance(trial, str | PathLike):
        return os.fspath(trial)
    known = trial.__dict__.get(SOURCE)
    return known[0] if known is not None and known[1] == design_checksum(trial) else None


def arguments(
    trial: Part | str | PathLike[str], biology: Biology | str | PathLike[str] | None
) -> list[str]:
    """What a call writes for a trial, and for a biology of the user's own.

    >>> arguments("mine.toml", "folder")
    ["'mine.toml'", "biology='folder'"]
    """
    source = source_of(trial)
    parts = [DESIGN if source is None else repr(source)]
    if isinstance(biology, str | PathLike):
        parts.append(f"biology={os.fspath(biology)!r}")
    elif biology is not None:
        parts.append("biology=biology")
    return parts


def repeatable(call: str, trial: Part | str | PathLike[str]) -> str:
    """A call, and in words what its `design` is where no file has it.

    >>> repeatable("gutskin.run('mine.toml', replicates=2, seed=1)", "mine.toml")
    "gutskin.run('mine.toml', replicates=2, seed=1)"
    """
    if isinstance(trial, str | PathLike) or source_of(trial) is not None:
        return call
    return (
        f"{call}, where `{DESIGN}` was made or changed in Python: the SHA-256 of "
        f"design.model_dump_json() begins with {design_checksum(trial)[:FEW]}"
    )
