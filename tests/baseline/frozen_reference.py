"""The frozen numbers of published models: results and curves, run again from their tables.

    .venv/bin/python tests/baseline/frozen_reference.py

computes them anew and writes `frozen_reference.json`; they move only if a published model is
written down otherwise or the method of solution changes, and a commit says which.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

FROZEN = Path(__file__).with_suffix(".json")
OURS = "own_"  # curves of our own model, which moves with the biology


def published() -> dict[str, list[float]]:
    """Every number that an experiment reproduces, and size, mean, spread and end of each curve."""
    from gutskin.evidence.reference_experiments import EXPERIMENTS

    found: dict[str, list[float]] = {}
    for name, experiment in EXPERIMENTS.items():
        its = experiment()
        for one in its.results:
            if np.isfinite(one.reproduced):
                found[f"{name} {one.id}"] = [one.reproduced]
        for curve, (x, y) in its.curves.items():
            if not curve.startswith(OURS):
                for axis, values in (("x", x), ("y", y)):
                    sizes = len(values), np.mean(values), np.std(values), values[0], values[-1]
                    found[f"{name} {curve} {axis}"] = [float(one) for one in sizes]
    return found


if __name__ == "__main__":
    rows = {name: [float(f"{v:.8g}") for v in values] for name, values in published().items()}
    lines = (f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in rows.items())
    FROZEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
