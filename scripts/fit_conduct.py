"""Fit the course of the disease and the conduct of trials to what control arms did.

    .venv/bin/python scripts/fit_conduct.py                  the tables as they are, beside the aims
    .venv/bin/python scripts/fit_conduct.py --fit            the values that come nearest
    .venv/bin/python scripts/fit_conduct.py --fit --write    the same, written into conduct.tsv

The aims are the rows of `conduct_aims.tsv`: what placebo arms of trials in people of some age and
severity came to, each between two ends inside which nothing is asked. `fit_conduct.toml` names the
trials and the knobs; each knob is drawn to its prior, the middle of its 95% range. The trials are
run as any other (`gutskin.trials.run`), on placebo alone, the same patients at every try; each
replicate draws its own world and its own conduct. Gauss and Newton's method, slopes counted once
and corrected by each step (Broyden).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tomllib
from fitting import MOST, Knob, search, set_cells

from gutskin.model.biology import biology_folder
from gutskin.model.compiled import load_model
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.run import run_trial

TASK = Path(__file__).with_suffix(".toml")
AIMS, CONDUCT = "conduct_aims.tsv", "conduct.tsv"
TRIAL = """
name = "control-arm"
title = "Placebo alone"
population = "{population}"
[eligibility]
age_years = {age_years}
{severity}
[visits]
weeks = {weeks}
screening_weeks = 4
{run_in}
[[arms]]
name = "placebo"
n = {patients}
control = true
[[arms]]
name = "other"
n = 2
[conduct]
in_trial_care = true
rescue = {rescue}
[analysis]
primary = "{endpoint}"
endpoints = ["scorad", "easi", "easi50", "easi75", "easi90"]
"""


def main() -> None:
    """Print the aims beside the model, fit, write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--fit", action="store_true")
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--steps", type=int, default=5)
    options = asked.parse_args()
    task = tomllib.loads(TASK.read_text(encoding="utf-8"))
    model = load_model()
    aims = list(model.biology.table(AIMS).values())
    knobs = [Knob.of(model.tables.conduct[name]) for name in task["knobs"]]
    designs = {name: design_of(**keys) for name, keys in task["trials"].items()}

    def found(place: np.ndarray) -> np.ndarray:
        values = {one.row.id: one.at(x) for one, x in zip(knobs, place, strict=True)}
        own = with_conduct(model, values)
        arms = {
            name: control_arm(design, own, task["replicates"], task["seed"])
            for name, design in designs.items()
        }
        return np.array([statistic(row, arms[row.text("trial")]) for row in aims])

    here = np.array([one.here for one in knobs])
    before = after = found(here)
    if options.fit:

        def misses(seen: np.ndarray) -> list[float]:
            return [miss(row, x) for row, x in zip(aims, seen, strict=True)]

        here, after = search(misses, here, before, found, options.steps)
    tell(aims, before, after, knobs, here)
    if options.write:
        cells = {
            (one.row.id, "value"): f"{one.at(x):.3g}" for one, x in zip(knobs, here, strict=True)
        }
        set_cells(biology_folder() / CONDUCT, cells)


def design_of(**keys: Any) -> TrialDesign:
    """A trial of which the control arm counts."""
    severity = "\n".join(
        f"{name} = {keys.pop(name)}" for name in ("scorad", "easi") if name in keys
    )
    weeks = keys.pop("run_in_weeks", 0)
    run_in = f"[run_in]\nweeks = {weeks}" if weeks else ""
    rescue = str(keys.pop("rescue", False)).lower()
    endpoint = "easi" if severity.startswith("easi") else "scorad"
    text = TRIAL.format(
        severity=severity, run_in=run_in, rescue=rescue, endpoint=endpoint, **keys
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "control-arm.toml"
        path.write_text(text, encoding="utf-8")
        return load_trial(str(path))


def with_conduct(model: Model, values: Mapping[str, float]) -> Model:
    """The model with other numbers of conduct.tsv; their widths go along."""
    rows = dict(model.tables.conduct)
    for name, value in values.items():
        rows[name] = replace(rows[name], cells={**rows[name].cells, "value": repr(value)})
    return replace(model, tables=replace(model.tables, conduct=rows))


def control_arm(
    design: TrialDesign, model: Model, replicates: int, seed: int
) -> dict[str, np.ndarray]:
    """What is written down of the control arm: endpoint -> Array [replicate, patient, visit].

    `true:` and its name: what it is without the error of the record.
    """
    data = run_trial(design, model, replicates, seed=seed, keep_patients=True).data
    own = data.isel(patient=slice(0, design.control.n)).sel(arm=design.control.name)
    return {
        f"{prefix}{name}": own[table].sel(endpoint=name).to_numpy()
        for prefix, table in (("", "measured"), ("true:", "latent"))
        for name in design.analysis.endpoints
    }


def statistic(row: Row, arm: Mapping[str, np.ndarray]) -> float:
    """What one aim comes to, over all replicates."""
    seen = arm[row.text("quantity")]
    first, last = seen[..., 0], seen[..., -1]
    change, kind = last - first, row.text("statistic")
    if kind == "sd_of_step":  # from the last visit but one to the last
        return float(np.nanstd(last - seen[..., -2]))
    if kind == "baseline":
        return float(np.nanmean(first))
    if kind == "change":
        return float(100 * np.nanmean(change) / np.nanmean(first))
    if kind == "sd_of_change":
        return float(np.sqrt(np.nanmean(np.nanvar(change, axis=1, ddof=1))))
    if kind == "sd_between":  # of the mean changes, less what the sampling of patients makes of it
        own = np.nanvar(change, axis=1, ddof=1) / np.isfinite(change).sum(axis=1)
        return float(np.sqrt(max(np.nanvar(np.nanmean(change, axis=1), ddof=1) - own.mean(), 0.0)))
    return float(100 * last.mean())  # "share": who was rescued or has left has not responded


def miss(row: Row, value: float) -> float:
    """How far beyond its ends an aim is missed, in widths; nothing between them."""
    low, high, width = (row.number(name) for name in ("low", "high", "width"))
    return float((min(value - low, 0.0) + max(value - high, 0.0)) / width)


def tell(
    aims: Sequence[Row], before: np.ndarray, after: np.ndarray, knobs: Sequence[Knob],
    place: np.ndarray,
) -> None:  # fmt: skip
    """Print aims and knobs."""
    print(f"{'':72}{'wanted':>16}{'now':>8}{'fitted':>8}")
    for row, old, new in zip(aims, before, after, strict=True):
        ends = f"{row.text('low')} to {row.text('high')}"
        print(f"{row.text('label'):72}{ends:>16}{old:8.3g}{new:8.3g}")
    for one, x in zip(knobs, place, strict=True):
        now = one.row.number("value")
        end = ", as far as it may go" if abs(x) >= MOST else ""
        print(
            f"{one.row.id:30}{now:10.4g} -> {one.at(x):9.4g}   {x:+.1f} widths from its prior{end}"
        )


if __name__ == "__main__":
    main()
