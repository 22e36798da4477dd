"""Fit the populations of newborns and the sensitisation through skin to what cohorts count.

    .venv/bin/python scripts/fit_newborns.py                  the tables as they are
    .venv/bin/python scripts/fit_newborns.py --fit            the values that come nearest
    .venv/bin/python scripts/fit_newborns.py --fit --write    the same, written into the tables

The cohorts, and a prior for each knob, stand in `newborns.tsv`. The same children (same streams)
are followed at every try, all newborns once as carriers of FLG and once without, so that little is
left to chance; each child lives in a world of his own, so that the numbers are those of what the
model holds possible and not of one set of values. Gauss-Newton on logarithms, the slopes measured
once and then corrected by each step (Broyden).
"""

import argparse
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from fitting import set_cells, slopes_at

from gutskin.engine import Schedule, simulate
from gutskin.model.biology import biology_folder
from gutskin.model.compiled import load_model
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.population.disease_activity import natural_course
from gutskin.population.draw import draw_patients, draw_worlds
from gutskin.population.populations import Population, find_population
from gutskin.population.streams import patient_keys

SEED, WEEK, YEAR = 20, 7.0, 364.0
RTOL, STEP, MOST = 1e-2, 0.1, 0.5  # tolerance of noisy courses; a slope's and the longest step (ln)
READ = ("easi", "skin_prick_food")


@dataclass(frozen=True)
class Cohort:
    """What became of a cohort.

    Parameters
    ----------
    eczema : Array [2, patient] (bool), by 12 and by 24 months
    food : Array [patient] (bool), sensitised to food at 12 months
    """

    eczema: np.ndarray
    food: np.ndarray


def main() -> None:
    """Print the cohorts beside the model, fit, write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--fit", action="store_true")
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--children", type=int, default=1024)
    asked.add_argument("--steps", type=int, default=8)
    options = asked.parse_args()
    model = load_model()
    rows = list(model.biology.table("newborns.tsv").values())
    now = values_now(model)
    here = np.log([*now.values()])

    def counted(knobs: np.ndarray) -> dict[str, float]:
        tried = {name: float(value) for name, value in zip(now, np.exp(knobs), strict=True)}
        return count(model, tried, options.children) | tried

    before = counted(here)
    after = None
    if options.fit:
        here, after = fit(here, before, rows, counted, options.steps)
    tell(rows, before, after)
    if options.write and after:
        write({name: float(f"{after[name]:.3g}") for name in now})


def values_now(model: Model) -> dict[str, float]:
    """The knobs as the tables have them."""
    rows = model.tables.parameters
    carriers = model.biology.table("genotypes.tsv")["heterozygous"]
    any_child, at_risk = (
        find_population(name, model.biology).covariates for name in ("newborn", "newborn_high_risk")
    )
    return {
        "atopy_any": float(any_child["atopy"].numbers[0]),
        "atopy_high": float(at_risk["atopy"].numbers[0]),
        "atopy_sd": float(any_child["atopy"].numbers[1]),
        "within_any": float(any_child["drive_within"].numbers[0]),
        "within_high": float(at_risk["drive_within"].numbers[0]),
        "k_outgrow": float(any_child["k_outgrow"].numbers[0]),
        "g_newborn_leaning": rows["g_newborn_leaning"].number("value"),
        "entry": carriers.number("flg_penetration"),
        "k_sensitise": rows["k_sensitise"].number("value"),
        "cv_sensitise": rows["k_sensitise"].number("between_patient_cv"),
    }


def count(model: Model, knobs: Mapping[str, float], children: int) -> dict[str, float]:
    """The numbers of `newborns.tsv` that a cohort counts, by id."""

    def born(name: str, median: float, share: float | None = None) -> Cohort:
        within = knobs["within_any" if name == "newborn" else "within_high"]
        who = population(model, name, (median, within), knobs, share)
        return follow(model, who, knobs, children)

    high = born("newborn_high_risk", knobs["atopy_high"])
    plain = born("newborn", knobs["atopy_any"], 0.0)
    carriers = born("newborn", knobs["atopy_any"], 1.0)
    share = sum(find_population("newborn", model.biology).carriers.values())

    def both(part: Callable[[Cohort], np.ndarray]) -> float:
        return (1 - share) * part(plain).mean() + share * part(carriers).mean()

    ill, food = both(lambda one: one.eczema[0]), both(lambda one: one.food)
    together = both(lambda one: one.eczema[0] & one.food)
    return {
        "high_eczema_12": high.eczema[0].mean(),
        "high_eczema_24": high.eczema[1].mean(),
        "any_eczema_24": both(lambda one: one.eczema[1]),
        "flg_odds": odds(carriers.eczema[1].mean()) / odds(plain.eczema[1].mean()),
        "any_food_12": food,
        "high_food_12": high.food.mean(),
        "food_odds": odds(together / ill) / odds((food - together) / (1 - ill)),
    }


def population(
    model: Model,
    name: str,
    medians: tuple[float, float],
    knobs: Mapping[str, float],
    share: float | None,
) -> Population:
    """A population with the outgrowing of the knobs, all or none carriers of FLG.

    Parameters
    ----------
    medians : of atopy, and of the drive from within
    """
    one = find_population(name, model.biology)
    outgrow, within = (one.covariates[key] for key in ("k_outgrow", "drive_within"))
    covariates = {
        **one.covariates,
        "atopy": replace(one.covariates["atopy"], numbers=(medians[0], knobs["atopy_sd"])),
        "drive_within": replace(within, numbers=(medians[1], within.numbers[1])),
        "k_outgrow": replace(outgrow, numbers=(knobs["k_outgrow"], outgrow.numbers[1])),
    }
    carriers = one.carriers if share is None else {"heterozygous": share, "homozygous": 0.0}
    return replace(one, covariates=covariates, carriers=carriers)


def follow(model: Model, who: Population, knobs: Mapping[str, float], children: int) -> Cohort:
    """Two years from birth in the noise of days."""
    keys = patient_keys(0, "newborns", children)
    centres: dict[str, Any] = dict(model.values("evidence"))
    centres |= draw_worlds(model, np.arange(children), SEED, "evidence")
    own: dict[str, Any] = dict(draw_patients(model, who, keys, SEED, centres=centres).parameters)
    z = np.log(own["k_sensitise"] / centres["k_sensitise"])
    cv = model.tables.parameters["k_sensitise"].number("between_patient_cv")
    widths = [np.sqrt(np.log1p(one**2)) for one in (cv, knobs["cv_sensitise"])]
    own["k_sensitise"] = knobs["k_sensitise"] * np.exp(z * widths[1] / widths[0])
    own["g_newborn_leaning"] = knobs["g_newborn_leaning"]
    own["flg_penetration"] = np.where(own["flg_genotype"] < 1, knobs["entry"], 1.0)
    own["age_at_start"] = np.zeros(children)
    numbers = {row.id: row.number("value") for row in model.tables.conduct.values()}
    life = natural_course(numbers, keys, SEED, 0.0, 0.0, 2 * YEAR + 1)
    start = np.repeat(model.initial("birth_vaginal")[:, None], children, axis=1)
    own = {name: np.broadcast_to(np.asarray(value, float), children) for name, value in own.items()}
    courses = simulate(
        model, own, start, Schedule(courses=life), np.arange(0.0, 2 * YEAR + 1, WEEK),
        rtol=RTOL, precision="single", varying=model.input_ids,
    )  # fmt: skip
    easi, wheal = np.moveaxis(courses.quantities(READ), 1, 0)
    ends = model.tables.endpoints
    ill = easi > ends["eczema"].number("cutoff")
    twice = ill[1:] & ill[:-1]
    weeks = int(YEAR / WEEK)
    positive = wheal[weeks] >= ends["food_sensitisation"].number("cutoff")
    return Cohort(np.stack([twice[:weeks].any(axis=0), twice.any(axis=0)]), positive)


def odds(share: float) -> float:
    """Odds of a share that is never quite 0 or 1."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    return share / (1 - share)


def misses(found: Mapping[str, float], rows: list[Row]) -> np.ndarray:
    """How far each number lies from its cohort, and each knob from its prior, in widths."""

    def of(row: Row, value: float) -> float:
        return np.log(odds(value) if row.text("scale") == "logit" else max(value, 1e-6))

    return np.array(
        [(of(r, found[r.id]) - of(r, r.number("value"))) / r.number("width") for r in rows]
    )


def fit(
    here: np.ndarray,
    before: Mapping[str, float],
    rows: list[Row],
    counted: Callable[[np.ndarray], dict[str, float]],
    steps: int,
) -> tuple[np.ndarray, dict[str, float]]:
    """The knobs (logarithms) that come nearest, and what they give."""
    best, found = here, dict(before)
    miss = misses(before, rows)
    slopes = slopes_at(here, miss, lambda knobs: misses(counted(knobs), rows), STEP)
    damping = 1.0
    for number in range(steps):
        square = slopes.T @ slopes + damping * np.eye(len(here))
        step = np.clip(-np.linalg.solve(square, slopes.T @ miss), -MOST, MOST)
        tried = counted(best + step)
        new = misses(tried, rows)
        slopes += np.outer(new - miss - slopes @ step, step) / (step @ step)
        print(f"step {number + 1}: {np.sum(new**2):.2f} after {np.sum(miss**2):.2f}", flush=True)
        if np.sum(new**2) < np.sum(miss**2):
            best, miss, found, damping = best + step, new, tried, damping / 3
        else:
            damping *= 4
    return best, found


def tell(rows: list[Row], before: Mapping[str, float], after: Mapping[str, float] | None) -> None:
    """Print the numbers."""
    print(f"{'':66s} {'wanted':>9s} {'now':>9s} {'fitted' if after else '':>9s}")
    for row in rows:
        last = f"{after[row.id]:9.3g}" if after else ""
        print(f"{row.text('label'):66s} {row.number('value'):9.3g} {before[row.id]:9.3g} {last}")


def write(values: Mapping[str, float]) -> None:
    """Put the values into the tables."""
    folder = biology_folder()
    cells = {"g_newborn_leaning": ("g_newborn_leaning", "value"),
             "k_sensitise": ("k_sensitise", "value"),
             "cv_sensitise": ("k_sensitise", "between_patient_cv")}  # fmt: skip
    parameters = load_model().tables.parameters
    new: dict[tuple[str, str], str] = {}
    for knob, (row, column) in cells.items():
        new[row, column] = f"{values[knob]:g}"
        if column == "value":  # low and high keep their ratio to it
            ratio = values[knob] / parameters[row].number("value")
            new |= {
                (row, end): f"{parameters[row].number(end) * ratio:.3g}" for end in ("low", "high")
            }
    set_cells(folder / "parameters.tsv", new)
    carriers = ("heterozygous", "homozygous")
    entry = {(one, "flg_penetration"): f"{values['entry']:g}" for one in carriers}
    set_cells(folder / "genotypes.tsv", entry)
    path = folder / "populations.toml"
    text = path.read_text(encoding="utf-8")
    drawn = find_population("newborn", load_model().biology).covariates
    sd, wide = (drawn[key].numbers[1] for key in ("k_outgrow", "drive_within"))
    for name, which in (("newborn", "any"), ("newborn_high_risk", "high")):
        atopy, within = values[f"atopy_{which}"], values[f"within_{which}"]
        text = set_spread(text, name, "atopy", f"{atopy:g}, {values['atopy_sd']:g}")
        text = set_spread(text, name, "drive_within", f"{within:g}, {wide:g}")
        text = set_spread(text, name, "k_outgrow", f"{values['k_outgrow']:g}, {sd:g}")
    path.write_text(text, encoding="utf-8")


def set_spread(text: str, population: str, covariate: str, numbers: str) -> str:
    """Other numbers for one log-normal covariate of a population."""
    pattern = rf"(\[{population}\]\n(?:(?!\[).*\n)*?{covariate} = \{{ lognormal = \[)"
    new, count = re.subn(pattern + r"([^,\]]+), ([^\]]+)\]", rf"\g<1>{numbers}]", text)
    if count != 1:
        raise SystemExit(f"populations.toml has no {covariate} of {population} to write.")
    return new


if __name__ == "__main__":
    main()
