"""Figures that need no result, kept on disk: another run of the same trial draws them no more.

They hang on the trial, the model and the stance, and on the code that draws them. Not on seed nor
number of replicates.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from gutskin.disk_cache import DiskCache, key_of
from gutskin.report.figures import Figure
from gutskin.trials.chunks import program

if TYPE_CHECKING:
    from gutskin.model.model import Model
    from gutskin.trials.design import TrialDesign

PATTERNS = ("*.py", "evidence/*.py", "report/*.py")  # code that draws, beside what simulates


@cache
def drawing() -> str:
    """The code that draws, as one name."""
    root, digest = Path(__file__).parents[1], hashlib.sha256(program().encode())
    for path in sorted(path for pattern in PATTERNS for path in root.glob(pattern)):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update(version("matplotlib").encode())
    return digest.hexdigest()


def kept_figure(
    name: str, design: TrialDesign, model: Model, stance: str, make: Callable[[], Figure]
) -> Figure:
    """A figure of a trial under a name: that which is kept, or made now and kept.

    Whatever `make` raises is raised, and nothing is kept.
    """
    store = DiskCache.of("figures")
    key = key_of([name, design.model_dump_json(), model.content_hash, stance, drawing()])
    if (content := store.read(key)) is not None:
        with suppress(ValueError, TypeError):  # an entry of another form is made anew
            return Figure(**json.loads(content))
    figure = make()
    store.write(key, json.dumps(asdict(figure)).encode())
    return figure
