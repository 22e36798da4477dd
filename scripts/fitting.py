"""What the scripts that fit share: knobs, slopes, the search, and cells written into a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

from gutskin.model.rows import Row
from gutskin.population.draw import WIDTH

SCALES = {"lognormal": (np.log, np.exp), "logit": (logit, expit)}
MOST = 1.5  # widths from a prior
STEP = 0.5  # widths by which a slope is counted: far above what other patients would make of it
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


@dataclass(frozen=True)
class Knob:
    """A number of a table on its own scale: where it is, and its prior."""

    row: Row
    here: float
    prior: float
    width: float

    @classmethod
    def of(cls, row: Row) -> Knob:
        """The knob of a row: the middle of its 95% range is its prior."""
        forth, _ = SCALES[row.text("distribution")]
        low, high, now = (float(forth(row.number(name))) for name in ("low", "high", "value"))
        middle, width = (low + high) / 2, (high - low) / WIDTH
        return cls(row, (now - middle) / width, middle, width)

    def at(self, place: float) -> float:
        """The number at a place counted in widths from the prior."""
        return float(SCALES[self.row.text("distribution")][1](self.prior + place * self.width))


def search(
    misses_of: Callable[[np.ndarray], Sequence[float]],
    here: np.ndarray,
    found: np.ndarray,
    of: Callable[[np.ndarray], np.ndarray],
    steps: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The place that comes nearest, and what it gives; each knob is drawn to its prior.

    Parameters
    ----------
    misses_of : what the model gives [aim] -> by how much each aim is missed, in widths
    here : the knobs [knob], in widths from their priors
    found : what the model gives there
    of : place -> what the model gives
    """
    kept: dict[bytes, np.ndarray] = {here.tobytes(): found}

    def misses(place: np.ndarray) -> np.ndarray:
        if place.tobytes() not in kept:
            kept[place.tobytes()] = of(place)
        return np.array([*misses_of(kept[place.tobytes()]), *place])

    now = misses(here)
    slopes = slopes_at(here, now, misses, STEP)
    damping = 0.3
    for number in range(steps):
        square = slopes.T @ slopes + damping * np.eye(len(here))
        step = np.clip(here - np.linalg.solve(square, slopes.T @ now), -MOST, MOST) - here
        new = misses(here + step)
        slopes += np.outer(new - now - slopes @ step, step) / (step @ step)
        print(f"step {number + 1}: {new @ new:.2f} after {now @ now:.2f}", flush=True)
        if new @ new < now @ now:
            here, now, damping = here + step, new, damping / 3
        else:
            damping *= 4
    return here, kept[here.tobytes()]


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
