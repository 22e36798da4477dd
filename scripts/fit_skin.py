"""Fit the numbers of the skin to what people and drugs ask of it, all at once.

    .venv/bin/python scripts/fit_skin.py                  the tables as they are, beside the aims
    .venv/bin/python scripts/fit_skin.py --fit            the values that come nearest
    .venv/bin/python scripts/fit_skin.py --fit --write    the same, written into the tables

The aims are the rows of `skin_aims.tsv`: levels of people at rest, pH of newborns, and what drugs
that hit the loop at different places do to adults who would be admitted to a trial, without noise.
`fit_skin.toml` names the knobs, the groups and the arms. Each knob is drawn to its prior, the
middle of its 95% range. Levenberg and Marquardt's method, with slopes counted once and corrected by
each step (Broyden); the same patients at every try: one seed gives one result. What was tried
goes into `--log` (a table: step, misfit, aims, knobs). Write the references afterwards:
`gutskin model references --write`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomllib
from scipy.special import expit, logit

from gutskin.engine import Hold, Schedule, simulate
from gutskin.model.biology import biology_folder
from gutskin.model.compiled import load_model
from gutskin.model.drugs import drugs
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.population.doses import Drug, dose_schedule
from gutskin.population.draw import WIDTH, draw_patients
from gutskin.population.drugs import drug_places, drug_traits
from gutskin.population.populations import find_population
from gutskin.population.references import NUMBERS, write_values
from gutskin.population.steady_state import run_to_steady_state
from gutskin.population.streams import patient_keys

TASK = Path(__file__).with_suffix(".toml")
AIMS, WEEK, RTOL = "skin_aims.tsv", 7.0, 1e-3
MOST = 1.95  # widths from a prior: a number stays within its 95% range
SOFT = 0.25  # log10 over which the cut of a share is made smooth, so that it has a slope
SCALES = {"lognormal": np.log, "logit": logit, "normal": np.asarray}  # by distribution
BACK = {"lognormal": np.exp, "logit": expit, "normal": np.asarray}
JUST_AFTER = 0.01  # days: what is given begins after the reading at entry


@dataclass(frozen=True)
class Knob:
    """A number that moves: its scale, and its prior as middle and sd on that scale."""

    name: str
    scale: str
    here: float
    prior: float
    width: float

    def at(self, place: float) -> float:
        """The number at a place, counted in widths from the prior."""
        return float(BACK[self.scale](self.prior + place * self.width))


def main() -> None:
    """Print the aims beside the model, fit, write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--fit", action="store_true")
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--steps", type=int, default=12)
    asked.add_argument("--log", type=Path, default=None)
    options = asked.parse_args()
    task = tomllib.loads(TASK.read_text(encoding="utf-8"))
    model = load_model()
    aims = list(model.biology.table(AIMS).values())
    knobs = [knob_of(name, task, model) for name in task["knobs"]]
    fit = Fit(model, task, aims, knobs, options.log)
    place = np.array([(one.here - one.prior) / one.width for one in knobs])
    before = fit.tried(place)
    after = before
    if options.fit:
        place, after = fit.run(place, before, options.steps)
    tell(aims, before, after, knobs, place)
    if options.write:
        write(model, knobs, place)


def knob_of(name: str, task: Mapping[str, Any], model: Model) -> Knob:
    """A row of parameters.tsv, or the median of a covariate of a population."""
    if ":" in name:
        population, covariate = name.split(":")
        now = float(find_population(population, model.biology).covariates[covariate].numbers[0])
        prior = task["populations"][name]
        return Knob(name, "lognormal", np.log(now), np.log(prior["middle"]), prior["width"])
    row = model.tables.parameters[name]
    low, high, now = (row.number(column) for column in ("low", "high", "value"))
    name_of_scale = row.text("distribution")
    scale = SCALES[name_of_scale]
    low, high, now = (float(scale(x)) for x in (low, high, now))
    return Knob(name, name_of_scale, now, (low + high) / 2, (high - low) / WIDTH)


@dataclass(frozen=True)
class Fit:
    """The aims as a function of the knobs, and the search."""

    model: Model
    task: Mapping[str, Any]
    aims: list[Row]
    knobs: list[Knob]
    log: Path | None

    def tried(self, place: np.ndarray) -> np.ndarray:
        """What the aims come to at a place of the knobs [aim]."""
        values = {one.name: one.at(x) for one, x in zip(self.knobs, place, strict=True)}
        wanted: dict[str, set[str]] = {}
        for row in self.aims:
            wanted.setdefault(row.text("group"), set()).add(row.text("quantity"))
            other = row.text("versus")
            if other:
                group, quantity = other.split(":")
                wanted.setdefault(group, set()).add(quantity)
        read = {name: self.followed(name, values, sorted(wanted[name])) for name in wanted}
        return np.array([aim(row, read) for row in self.aims])

    def followed(
        self, group: str, values: Mapping[str, float], quantities: list[str]
    ) -> dict[tuple[str, float, str], np.ndarray]:
        """Each quantity [patient] of a group by arm, week and name."""
        task, model = self.task["groups"][group], self.model
        own, start = settled(model, task, values, self.task["seed"])
        rows = [row for row in self.aims if row.text("group") == group]
        found: dict[tuple[str, float, str], np.ndarray] = {}
        for arm in dict.fromkeys(["", *(row.text("arm") for row in rows)]):
            of_arm = {row.number("week") for row in rows if row.text("arm") == arm}
            own_weeks = sorted({0.0, *of_arm})
            times = np.array([*own_weeks, own_weeks[-1] + 0.1 / WEEK]) * WEEK
            arms = self.task["arms"]
            patients, plan = given(model, arms[arm] if arm else {}, own, float(times[-1]))
            read = simulate(
                model, patients, start, plan, times,
                rtol=RTOL, precision="single", varying=model.input_ids,
            ).quantities(tuple(quantities))  # fmt: skip
            for i, week in enumerate(own_weeks):
                for j, quantity in enumerate(quantities):
                    found[arm, week, quantity] = read[i, j]
        return found

    def misses(self, place: np.ndarray, found: np.ndarray) -> np.ndarray:
        """How far aims and priors are missed, in their widths."""
        own = [(x - row.number("value")) / row.number("width")
               for row, x in zip(self.aims, found, strict=True)]  # fmt: skip
        return np.array([*own, *place])

    def run(self, here: np.ndarray, found: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """The place that comes nearest, and what it gives."""
        now = self.misses(here, found)
        self.note(0, here, found, now)
        slopes = np.empty((len(now), len(here)))
        for knob in range(len(here)):
            moved = here.copy()
            moved[knob] += self.task["slope"]
            got = self.misses(moved, self.tried(moved))
            slopes[:, knob] = (got - now) / self.task["slope"]
        damping = 1.0
        for number in range(steps):
            square = slopes.T @ slopes + damping * np.eye(len(here))
            step = -np.linalg.solve(square, slopes.T @ now)
            step *= min(1.0, self.task["longest"] / np.abs(step).max())
            step = np.clip(here + step, -MOST, MOST) - here
            if not step.any():
                break  # every knob is where it may go
            tried = self.tried(here + step)
            new = self.misses(here + step, tried)
            slopes += np.outer(new - now - slopes @ step, step) / (step @ step)
            print(f"step {number + 1}: {new @ new:.1f} after {now @ now:.1f}", flush=True)
            self.note(number + 1, here + step, tried, new)
            if new @ new < now @ now:
                here, now, found, damping = here + step, new, tried, damping / 3
            else:
                damping *= 4
        return here, found

    def note(self, step: int, place: np.ndarray, found: np.ndarray, miss: np.ndarray) -> None:
        """One line of what was tried."""
        if self.log is None:
            return
        names = [*(row.id for row in self.aims), *(one.name for one in self.knobs)]
        values = [*found, *(one.at(x) for one, x in zip(self.knobs, place, strict=True))]
        if step == 0:
            self.log.write_text("\t".join(["step", "misfit", *names]) + "\n", encoding="utf-8")
        with self.log.open("a", encoding="utf-8") as text:
            text.write("\t".join([str(step), *(f"{x:.5g}" for x in (miss @ miss, *values))]) + "\n")


def settled(
    model: Model, task: Mapping[str, Any], values: Mapping[str, float], seed: int
) -> tuple[dict[str, Any], np.ndarray]:
    """The patients of a group who are counted: parameters, states [state, patient].

    At rest, within the scores of the group; or on their first day.
    """
    count, name = task["patients"], task["population"]
    plain = {key: value for key, value in values.items() if ":" not in key}
    centres = {**model.values("evidence"), **plain}
    who = find_population(name, model.biology)
    keys = patient_keys(0, f"skin {name}", count)
    own: dict[str, Any] = dict(draw_patients(model, who, keys, seed, centres=centres).parameters)
    for key, value in values.items():
        if key.startswith(f"{name}:"):
            covariate = key.split(":")[1]
            own[covariate] = own[covariate] * value / who.covariates[covariate].numbers[0]
    own = {key: np.broadcast_to(np.asarray(value, float), count) for key, value in own.items()}
    if task.get("born"):
        own["age_at_start"] = np.zeros(count)
        return own, np.repeat(model.initial(task["born"])[:, None], count, axis=1)
    start = run_to_steady_state(
        model, own, count, rtol=RTOL, precision="single", varying=model.input_ids
    )
    kept = np.ones(count, bool)
    for quantity in ("scorad", "easi", "s_aureus_log10_lesional"):
        if quantity in task:
            low, high = task[quantity]
            value = start.quantities((quantity,))[-1, 0]
            kept &= (value >= low) & (value <= high)
    if not kept.any():
        sys.exit(f"nobody of {name} is within the range of {task}")
    return {key: value[kept] for key, value in own.items()}, start.states[-1][:, kept]


def given(
    model: Model, arm: Mapping[str, Any], own: Mapping[str, Any], days: float
) -> tuple[dict[str, Any], Schedule]:
    """What an arm is given: a drug at its usual or another dose, or inputs held from day 0 on.

    Returns
    -------
    parameters of the patients with the drug in its place; the schedule
    """
    if "drug" not in arm:
        holds = tuple(Hold(key, JUST_AFTER, np.inf, value) for key, value in arm.items())
        return dict(own), Schedule(holds)
    amounts = {key: value for key, value in arm.items() if key != "drug"}
    dose = Drug(kind="drug", name=arm["drug"], start_day=JUST_AFTER, **amounts)
    count = len(own["age_at_start"])
    traits = drug_traits(model.biology, drug_places([dose], drugs(model.biology)))
    placed = {**own, **{key: np.full(count, value) for key, value in traits.items()}}
    doses = dose_schedule([dose], model, {}, placed, days)
    return placed, Schedule(doses.holds, doses.pulses)


def aim(row: Row, read: Mapping[str, Mapping[tuple[str, float, str], np.ndarray]]) -> float:
    """What one aim comes to."""
    group, quantity, arm = row.text("group"), row.text("quantity"), row.text("arm")
    value = read[group][arm, row.number("week"), quantity]
    statistic = row.text("statistic")
    if statistic.startswith("share_above:"):
        cut = float(statistic.split(":")[1])
        return float(expit((value - cut) / SOFT).mean())
    if statistic.startswith("median_above:"):
        return float(np.median(value[value > float(statistic.split(":")[1])]))
    if row.text("operation") == "percent":
        return float((100 * (value / read[group]["", 0.0, quantity] - 1)).mean())
    other = row.text("versus")
    if other:
        base, name = other.split(":")
        return float(value.mean() / read[base]["", 0.0, name].mean())
    return float(value.mean())


def tell(
    aims: list[Row], before: np.ndarray, after: np.ndarray, knobs: list[Knob], place: np.ndarray
) -> None:
    """Print aims and knobs."""
    print(f"{'':56}{'wanted':>9}{'width':>8}{'now':>9}{'fitted':>9}")
    for row, old, new in zip(aims, before, after, strict=True):
        print(f"{row.text('label'):56}{row.number('value'):9.3g}{row.number('width'):8.2g}"
              f"{old:9.3g}{new:9.3g}")  # fmt: skip
    for one, x in zip(knobs, place, strict=True):
        now = float(BACK[one.scale](one.here))
        print(f"{one.name:30}{now:10.4g} -> {one.at(x):9.4g}   {x:+.1f} widths from its prior")


def write(model: Model, knobs: list[Knob], place: np.ndarray) -> None:
    """Put the numbers into parameters.tsv and populations.toml."""
    found = {one.name: one.at(x) for one, x in zip(knobs, place, strict=True)}
    plain = {name: f"{value:.4g}" for name, value in found.items() if ":" not in name}
    write_values(biology_folder() / NUMBERS, plain, model.tables.parameters)
    path = biology_folder() / "populations.toml"
    text = path.read_text(encoding="utf-8")
    for name, value in found.items():
        if ":" in name:
            population, covariate = name.split(":")
            pattern = rf"(?ms)(^\[{population}\]$.*?^{covariate} = \{{ lognormal = \[)[^,]+"
            text = re.sub(pattern, rf"\g<1>{value:.3g}", text, count=1)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
