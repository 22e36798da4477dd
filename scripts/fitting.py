"""What the scripts that fit share: slopes of a set of misses, and cells written into a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

Cells = Mapping[tuple[str, str], str]  # (row, column) -> what is written there


def slopes_at(
    here: np.ndarray, miss: np.ndarray, misses: Callable[[np.ndarray], np.ndarray], step: float
) -> np.ndarray:
    """How every miss changes with every knob [miss, knob], one knob moved at a time.

    Parameters
    ----------
    here : the knobs [knob] (ln)
    miss : the misses there [miss]
    misses : of other knobs
    step : by which each is moved (ln)
    """
    slopes = np.empty((len(miss), len(here)))
    for place in range(len(here)):
        moved = here.copy()
        moved[place] += step
        slopes[:, place] = (misses(moved) - miss) / step
    return slopes


def set_cells(path: Path, cells: Cells) -> None:
    """Write cells of a table; all others stay as they are, to the letter.

    Raises
    ------
    SystemExit
        For a row or a column that the table does not have.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    header = lines[0].split("\t")
    left = dict(cells)
    for place, line in enumerate(lines[1:], start=1):
        found = line.split("\t")
        for row, column in [one for one in left if one[0] == found[0]]:
            if column in header:
                found[header.index(column)] = left.pop((row, column))
        lines[place] = "\t".join(found)
    if left:
        wanted = ", ".join(f"{row} {column}" for row, column in left)
        raise SystemExit(f"{path.name} has no cell to write: {wanted}.")
    path.write_text("\n".join(lines), encoding="utf-8")
