"""Size and onset of what a product does in children: from treatment trials by their duration.

    .venv/bin/python scripts/fit_tolerance.py              the tables as they are, and the trials
    .venv/bin/python scripts/fit_tolerance.py --fit        the values that come nearest
    .venv/bin/python scripts/fit_tolerance.py --fit --write the same, written into parameters.tsv

The trials stand in `duration_results.tsv`, each by rows of the evidence tables that may be
calibrated on, with the spread between products beside its own error. The knobs are `g_strain_treg`
(how much a product does to Treg of the gut), `g_tolerance_skin` (how much of it reaches the skin as
learnt tolerance) and `k_tolerance` (how fast that is learnt, and forgotten); their priors are the
widths in parameters.tsv. Children without noise, the same at every try, all traits of the strains
at their centres. What is left after the last dose follows and is not fitted.
"""

import argparse
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from fitting import set_cells, slopes_at

from gutskin.engine import Hold, Schedule, simulate
from gutskin.model.biology import biology_folder
from gutskin.model.compiled import load_model
from gutskin.model.evidence import load_evidence
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.population.draw import WIDTH, draw_patients
from gutskin.population.populations import find_population
from gutskin.population.steady_state import run_to_steady_state
from gutskin.population.strain_places import equal_parts, places_for
from gutskin.population.strains import CFU_PER_GCFU, prior_traits
from gutskin.population.streams import patient_keys

SEED, WEEK = 20, 7.0
WEEKS = (0, 2, 4, 6, 8, 10, 12, 16, 20, 24, 28, 32, 36)
STOP = 24  # weeks after which the six strains are stopped, to read what is left
SIX = ("w23", "w51", "w55", "w56", "w57", "w58")
KNOBS = ("g_strain_treg", "g_tolerance_skin", "k_tolerance")
READ = ("scorad", "treg_share_cd4", "serum_ige", "gut_permeability", "blood_tolerance")
STEP = 0.2  # of a slope (ln)
CHILDREN, LEAST = 96, 25  # children, and the settled SCORAD from which they are told of
SHORT = 8  # weeks of a course that is usual in trials


def main() -> None:
    """Print the trials beside the model, fit, write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--fit", action="store_true")
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--children", type=int, default=CHILDREN)
    asked.add_argument("--steps", type=int, default=3)
    options = asked.parse_args()
    model = load_model()
    rows = list(model.biology.table("duration_results.tsv").values())
    seen = [measured(row) for row in rows]
    knobs = [model.tables.parameters[name] for name in KNOBS]
    here = np.log([row.number("value") for row in knobs])
    prior = np.log([prior_of(row) for row in knobs])
    widths = np.log([row.number("high") / row.number("low") for row in knobs]) / WIDTH

    def tried(place: np.ndarray) -> np.ndarray:
        return effects(model, dict(zip(KNOBS, np.exp(place), strict=True)), rows, options.children)

    def misses(place: np.ndarray, found: np.ndarray) -> np.ndarray:
        own = [(x - y) / s for x, (y, s) in zip(found, seen, strict=True)]
        return np.array([*own, *((place - prior) / widths)])

    found = tried(here)
    for _ in range(options.steps if options.fit else 0):
        now = misses(here, found)
        slopes = slopes_at(here, now, lambda place: misses(place, tried(place)), STEP)
        here = here - np.linalg.lstsq(slopes, now, rcond=None)[0]
        found = tried(here)
        print("   ", *(f"{n} {v:.3g}" for n, v in zip(KNOBS, np.exp(here), strict=True)))
    for row, (value, error), got in zip(rows, seen, found, strict=True):
        print(f"{row.id:18} week {row.text('weeks'):>2}  {value:6.2f} ({error:.1f})  {got:6.2f}")
    tell_course(model, dict(zip(KNOBS, np.exp(here), strict=True)), options.children)
    if options.fit and options.write:
        write(dict(zip(KNOBS, np.exp(here), strict=True)))


def prior_of(row: Row) -> float:
    """The middle of a knob's width: what it was before any trial."""
    return math.sqrt(row.number("low") * row.number("high"))


def measured(row: Row) -> tuple[float, float]:
    """Difference from placebo (points, of others percent), and its error with that of products."""
    evidence = load_evidence()
    found = [evidence[name] for name in row.items("evidence")]
    for one in found:
        if not one.calibratable:
            raise SystemExit(f"{row.id}: {one.id} may not be calibrated on")
    if row.text("value"):
        return row.number("value"), row.number("error")
    if len(found) == 1:
        fields = found[0].fields
        value = float(fields["estimate"])
        error = (float(fields["ci_high"]) - float(fields["ci_low"])) / WIDTH
    else:
        arms = [one.fields for one in found]
        value = float(arms[0]["change_from_baseline"]) - float(arms[1]["change_from_baseline"])
        error = row.number("error", 0.0) or math.sqrt(
            sum(float(one["sd"]) ** 2 / float(one["n"]) for one in arms)
        )
    return value, math.hypot(error, row.number("between"))


def effects(model: Model, knobs: Mapping[str, float], rows: list[Row], children: int) -> np.ndarray:
    """On the product less without, at the weeks of the rows [row] (points; of others percent)."""
    own, start = settled(model, knobs, children)
    without = course(model, own, start, (), 0.0, True, 0)
    found = []
    for row in rows:
        given = course(
            model, own, start, row.items("strains"), row.number("cfu_per_day"),
            row.text("viable") == "1", WEEKS[-1],
        )  # fmt: skip
        age = own["age_at_start"] / 365.25
        least, most = row.number("scorad_low"), row.number("scorad_high")
        who = (age >= row.number("youngest")) & (age <= row.number("oldest"))
        who &= (without[0, 0] >= least) & (without[0, 0] <= most)
        if not who.any():
            raise SystemExit(f"{row.id}: none of {children} children is such; ask for more.")
        place = READ.index(row.text("quantity"))
        change = given[:, place] - without[:, place]
        if place:
            change = 100 * change / without[:, place]
        mean, weeks = change[:, who].mean(axis=1), np.array(WEEKS, float)
        when = (row.number("weeks"), row.number("less_week", 0.0))
        found.append(float(np.diff(np.interp(when[::-1], weeks, mean))[0]))
    return np.array(found)


def settled(
    model: Model, knobs: Mapping[str, float], children: int
) -> tuple[dict[str, Any], np.ndarray]:
    """Children with eczema, settled: their parameters and states [state, patient]."""
    keys = patient_keys(0, "tolerance", children)
    centres = {**model.values("evidence"), **knobs}
    who = find_population("ad_child", model.biology)
    own: dict[str, Any] = dict(draw_patients(model, who, keys, SEED, centres=centres).parameters)
    own = {name: np.broadcast_to(np.asarray(value, float), children) for name, value in own.items()}
    start = run_to_steady_state(
        model, own, children, rtol=1e-3, precision="single", varying=model.input_ids
    )
    return own, start.states[-1]


def course(
    model: Model,
    own: Mapping[str, Any],
    start: np.ndarray,
    strains: tuple[str, ...],
    cfu_per_day: float,
    viable: bool,
    weeks: int,
) -> np.ndarray:
    """The course of the read quantities on a product of these strains [week, quantity, patient]."""
    places = places_for([(strain, viable) for strain in strains], model.tables)
    children = start.shape[1]
    traits = prior_traits(model, places, "evidence")
    parameters = {**own} | {name: np.full(children, value) for name, value in traits.items()}
    holds = tuple(
        Hold(f"dose_strain_{place}", 0.0, weeks * WEEK, part)
        for place, part in equal_parts(places, cfu_per_day / CFU_PER_GCFU).items()
    )
    found = simulate(
        model, parameters, start, Schedule(holds), np.array(WEEKS) * WEEK,
        rtol=1e-3, precision="single", varying=model.input_ids,
    )  # fmt: skip
    return found.quantities(READ)


def tell_course(model: Model, knobs: Mapping[str, float], children: int) -> None:
    """The course of the six strains at 4e9 CFU a day, given for 24 weeks and stopped."""
    own, start = settled(model, knobs, children)
    without = course(model, own, start, (), 0.0, True, 0)
    on = course(model, own, start, SIX, 4e9, True, STOP)
    more = course(model, own, start, SIX, 4e10, True, STOP)
    who = without[0, 0] >= LEAST
    print(
        f"six strains, 4e9 CFU a day for {STOP} weeks, {who.sum()} children of SCORAD 25 and more"
    )
    for place, week in enumerate(WEEKS):
        change = (on - without)[place, :, who].mean(axis=0)
        relative = (on / without)[place, :, who].mean(axis=0) * 100 - 100
        tenfold = (more - without)[place, 0, who].mean()
        rest = ", ".join(f"{n} {r:+.1f}%" for n, r in zip(READ[1:], relative[1:], strict=True))
        print(f"  week {week:2}: SCORAD {change[0]:6.2f} (tenfold dose {tenfold:6.2f}); {rest}")


@cache
def six_strains() -> dict[int, np.ndarray]:
    """Change of SCORAD on the six strains, 4e9 CFU a day, at `WEEKS`, by the weeks of the course.

    The tables as they are; children of a settled SCORAD of 25 and more, who are `CHILDREN` before.
    """
    model = load_model()
    knobs = {name: model.tables.parameters[name].number("value") for name in KNOBS}
    own, start = settled(model, knobs, CHILDREN)
    without = course(model, own, start, (), 0.0, True, 0)
    who = without[0, 0] >= LEAST
    given = {weeks: course(model, own, start, SIX, 4e9, True, weeks) for weeks in (SHORT, STOP)}
    return {weeks: (on - without)[:, 0, who].mean(axis=1) for weeks, on in given.items()}


def course_in_words() -> str:
    """How a product goes on in a course of `STOP` weeks, and what is left of it, in words."""
    by = dict(zip(WEEKS, six_strains()[STOP], strict=True))
    left = by[STOP + 12] / by[STOP]
    return (
        f"about {by[4]:.1f} SCORAD points at 4 weeks, {by[8]:.1f} at 8, {by[12]:.1f} at 12 and "
        f"{by[STOP]:.1f} at {STOP} (-5 in the one pool of longer trials); {left:.0%} of it is left "
        "12 weeks after the last dose"
    )


def lasting_in_words() -> str:
    """How the effect of a course of `SHORT` weeks outlasts it, in words."""
    short = dict(zip(WEEKS, six_strains()[SHORT], strict=True))
    most = min(short, key=lambda week: short[week])
    return (
        f"They are largest {most - SHORT} weeks after the last dose of a course of {SHORT} weeks; "
        f"8 and 16 weeks after it {short[16] / short[SHORT]:.0%} and "
        f"{short[24] / short[SHORT]:.0%} are left. On a product that is not stopped they go on to "
        f"{six_strains()[STOP][WEEKS.index(STOP)]:.1f} points at half a year"
    )


def write(knobs: Mapping[str, float]) -> None:
    """Put the values into parameters.tsv."""
    cells = {(name, "value"): f"{value:.3g}" for name, value in knobs.items()}
    set_cells(biology_folder() / "parameters.tsv", cells)


if __name__ == "__main__":
    main()
