"""Fit the numbers of the gut that infants alone set, to what infants and children show.

    .venv/bin/python scripts/fit_infants.py                  the tables as they are, beside the aims
    .venv/bin/python scripts/fit_infants.py --fit            the values that come nearest
    .venv/bin/python scripts/fit_infants.py --fit --write    the same, written into parameters.tsv

The aims are rows of `targets/levels.tsv`, each between two ends inside which nothing is asked; a
quarter of the range beyond an end counts as much as a width of a prior. `fit_infants.toml` names
the numbers and the rows; each number is drawn to its prior, the middle of its 95% range. The same
newborns at every try; numbers of the colon that adults set are those of `fit_colon.py`, which goes
first. Levenberg and Marquardt's method, slopes counted once and corrected by each step (Broyden).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tomllib
from fitting import MOST, Knob, search, set_cells

from gutskin.model.biology import biology_folder
from gutskin.model.compiled import load_model
from gutskin.population.targets import Result, evaluate_targets, read_targets

TASK = Path(__file__).with_suffix(".toml")


def main() -> None:
    """Print the aims beside the model, fit, write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--fit", action="store_true")
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--steps", type=int, default=5)
    asked.add_argument("--infants", type=int, default=96)
    options = asked.parse_args()
    task = tomllib.loads(TASK.read_text(encoding="utf-8"))
    model = load_model()
    rows = [read_targets(model)[name] for name in task["targets"]]
    knobs = [Knob.of(model.tables.parameters[name]) for name in task["numbers"]]

    def results(place: np.ndarray) -> list[Result]:
        moved = {one.row.id: one.at(x) for one, x in zip(knobs, place, strict=True)}
        return evaluate_targets(model, options.infants, task["seed"], rows, moved)

    def found(place: np.ndarray) -> np.ndarray:
        return np.array([one.value for one in results(place)])

    here = np.array([one.here for one in knobs])
    before = after = found(here)
    ends = np.array([(row.number("low"), row.number("high")) for row in rows])
    if options.fit:
        here, after = search(lambda seen: misses(ends, seen), here, before, found, options.steps)
    for row, old, new in zip(rows, before, after, strict=True):
        print(f"{row.id:28}{row.text('low'):>8} to {row.text('high'):<8}{old:10.3g}{new:10.3g}")
    for one, x in zip(knobs, here, strict=True):
        end = ", as far as it may go" if abs(x) >= MOST else ""
        now = one.row.number("value")
        print(f"{one.row.id:28}{now:10.4g} -> {one.at(x):9.4g}  {x:+.1f} widths off its prior{end}")
    if options.fit and options.write:
        cells = {
            (one.row.id, "value"): f"{one.at(x):.4g}" for one, x in zip(knobs, here, strict=True)
        }
        set_cells(biology_folder() / "parameters.tsv", cells)


def misses(ends: np.ndarray, seen: Sequence[float] | np.ndarray) -> list[float]:
    """By how many quarters of its range each aim lies beyond its ends; 0 between them.

    Parameters
    ----------
    ends : Array [aim, 2]
    seen : Array [aim]
    """
    low, high = ends.T
    beyond = np.minimum(seen - low, 0.0) + np.maximum(seen - high, 0.0)
    return list(beyond / ((high - low) / 4))


if __name__ == "__main__":
    main()
