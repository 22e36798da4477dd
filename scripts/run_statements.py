"""Run the statements in worlds of the posterior, under both stances; store what the page shows.

    .venv/bin/python scripts/run_statements.py     write src/gutskin/page/statements.json (minutes)
    .venv/bin/python scripts/run_statements.py --only C01 C02     these alone, into what is there

The file holds the hash of the model that it was made with, worlds and all, which the page states.
"""

import argparse
import json
import math

from gutskin.evidence.claims import courses_of, judge, setting_of
from gutskin.evidence.experiments import files_of, read_experiments
from gutskin.model.compiled import load_model
from gutskin.model.tables import STANCES
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.page.drawn import figure_of
from gutskin.page.statements import DIGITS, STORED

SEED = 1  # as `gutskin claims` has it


def number(value):
    """A number to as many digits as `gutskin claims` prints; none where there is none."""
    return float(f"{value:.{DIGITS}g}") if value is not None and math.isfinite(value) else None


def short(row):
    """What is kept of a check."""
    return [row["verdict"], *(number(row[key]) for key in ("observed", "low", "high"))]


def stored(verdicts):
    """What is kept of both stances, from their verdicts in plain numbers."""
    found = {}
    for name, one in verdicts[STANCES[0]].items():
        checks = [
            [row["says"], row["unit"], [number(end) for end in row["expected"] or (None, None)]]
            for row in one["checks"]
        ]
        found[name] = {"checks": checks, "found": {}}
    for stance, some in verdicts.items():
        for name, one in some.items():
            rows = [short(row) for row in one["checks"]]
            found[name]["found"][stance] = [one["model_verdict"], rows]
    return found


def figures(judged, settings):
    """The figure of every statement whose experiment ran, by id."""
    found = {}
    for name, of in judged.items():
        ran = {stance: one for stance, one in of.items() if one.findings and one.statement.arms}
        courses = {stance: courses_of(one, settings[stance])[1] for stance, one in ran.items()}
        if courses:
            found[name] = figure_of(next(iter(ran.values())).statement, courses)
    return found


def main():
    """Run and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="ID", help="of the model that is stored")
    asked = parser.parse_args().only
    model = load_model(biology_of_worlds())
    everything = read_experiments(files_of("claims", model.biology), model)
    before = json.loads(STORED.read_text(encoding="utf-8"))
    if asked and before["hash"] != model.content_hash:
        parser.error("what is stored is of another model: run them all")
    some = {name: one for name, one in everything.items() if not asked or name in asked}
    settings = {stance: setting_of(everything, model, stance, SEED) for stance in STANCES}
    verdicts = {stance: judge(some, setting) for stance, setting in settings.items()}
    judged = {
        one.statement.id: {stance: of[number] for stance, of in verdicts.items()}
        for number, one in enumerate(verdicts[STANCES[0]])
    }
    told = {stance: {o.statement.id: o.to_json() for o in of} for stance, of in verdicts.items()}
    found = stored(told)
    for name, figure in figures(judged, settings).items():
        found[name]["figure"] = figure
    if asked:
        found = before["statements"] | found
    run = {
        "hash": model.content_hash,
        "seed": SEED,
        "statements": found,
    }
    STORED.write_text(
        json.dumps(run, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
