"""What the frozen results hold: draws of every stream, and three small trials.

    make baseline WHY="SCORAD is measured with an error of 5 points (was 2.75)"

computes them anew, writes `frozen.json`, and puts the reason into the changelog under Results.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from gutskin.errors import exit_on_input_error

FOLDER = Path(__file__).parent
FROZEN = FOLDER / "frozen.json"
CHANGELOG = FOLDER.parents[1] / "CHANGELOG.md"
TRIALS = ("children", "adults", "killed")
REPLICATES, SEED = 2, 20


def draws() -> dict[str, Any]:
    """The first draws of every stream of a trial."""
    from gutskin.model.compiled import load_model
    from gutskin.population.disease_activity import natural_course
    from gutskin.population.draw import draw_patients, draw_worlds
    from gutskin.population.populations import load_populations
    from gutskin.population.strain_posterior import strain_traits
    from gutskin.population.streams import draw, patient_keys

    model, keys = load_model(), patient_keys(1, "active", 2)
    numbers = {row.id: row.number("value") for row in model.tables.conduct.values()}
    found: dict[str, Any] = {
        f"stream {kind}": draw(SEED, ["a", "b"], keys, 2, kind).ravel().tolist()
        for kind in ("normal", "uniform")
    }
    for stance in ("evidence", "article"):
        worlds = draw_worlds(model, np.arange(2), SEED, stance)
        found |= {f"world {stance} {name}": values.tolist() for name, values in worlds.items()}
        places = {("w51", True): 1, ("w23", False): 2}
        traits = strain_traits(model, places, [["w51", "w23"]], np.arange(2), SEED, stance)
        found |= {f"trait {stance} {name}": values.tolist() for name, values in traits.items()}
    for name, population in load_populations(model.biology).items():
        people = draw_patients(model, population, keys, SEED, centres=model.values())
        own = {key: value for key, value in people.parameters.items() if np.ndim(value)}
        found |= {f"patient {name} {key}": value.tolist() for key, value in own.items()}
    for course in natural_course(numbers, keys, SEED, 5.0, -10.0, 10.0):
        found[f"challenge {course.parameter}"] = np.ravel(course.values).tolist()
    return found


def trials() -> dict[str, Any]:
    """Mean and spread of what each small trial writes down, and its differences.

    Of the worlds that a trial is foretold of by default: a new posterior moves them.
    """
    from gutskin.model.compiled import load_model
    from gutskin.model.usual_draws import biology_of_worlds
    from gutskin.trials.design import load_trial
    from gutskin.trials.run import run_trial

    found: dict[str, Any] = {}
    model = load_model(biology_of_worlds())
    for name in TRIALS:
        design = load_trial(FOLDER / f"{name}.toml")
        trial = run_trial(design, model, REPLICATES, SEED, keep_patients=True)
        data = trial.data
        for endpoint in design.analysis.endpoints:
            one = data.sel(endpoint=endpoint)
            place = f"{name} {endpoint}"
            for arm in data.arm.values:
                records = one.measured.sel(arm=arm)
                found[f"{place} {arm} n"] = records.count("patient").values.ravel().tolist()
                found[f"{place} {arm} measured"] = records.mean("patient").values.ravel().tolist()
                found[f"{place} {arm} sd"] = records.std("patient").values.ravel().tolist()
                course = one.latent.sel(given=arm).mean(("arm", "patient"))
                found[f"{place} {arm} true"] = course.values.ravel().tolist()
        for endpoint, its in trial.analysis.endpoints.items():
            for arm, comparison in its.comparisons.items():
                place = f"{name} {endpoint} {arm}"
                found[f"{place} difference"] = comparison.difference.tolist()
                found[f"{place} p"] = comparison.p.tolist()
                found[f"{place} true effect"] = comparison.true_effect.tolist()
    return found


def renew(why: str) -> None:
    """Compute everything anew, and say why in the changelog."""
    if not why.strip():
        raise SystemExit('Say which numbers moved and why: make baseline WHY="..."')
    line = f"- **Results** {why.strip().rstrip('.')}."
    frozen = {"changelog": line, "draws": draws(), "trials": trials()}
    text = CHANGELOG.read_text(encoding="utf-8").rstrip("\n")
    if line not in text:
        CHANGELOG.write_text(f"{text}\n{line}\n", encoding="utf-8")
    rows = {key: value for key, value in frozen.items() if key == "changelog"}
    for part in ("draws", "trials"):
        rows[part] = {key: [float(f"{v:.10g}") for v in vs] for key, vs in frozen[part].items()}
    FROZEN.write_text(as_text(rows), encoding="utf-8")


def as_text(rows: dict[str, Any]) -> str:
    """JSON with one line for each name, so that a difference can be read."""
    parts = [f'"changelog": {json.dumps(rows["changelog"], ensure_ascii=False)}']
    for part in ("draws", "trials"):
        lines = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in rows[part].items())
        parts.append(f'"{part}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    with exit_on_input_error():
        renew(sys.argv[1] if len(sys.argv) > 1 else "")
