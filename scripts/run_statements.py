"""Run the article's statements under both stances and store what the page shows of them.

    .venv/bin/python scripts/run_statements.py     write src/gutskin/page/statements.json (minutes)

The file holds the hash of the model it was made with; the page states it.
"""

import json
import math

from gutskin.evidence.claims import judge, setting_of
from gutskin.evidence.experiments import files_of, read_experiments
from gutskin.model.compiled import load_model
from gutskin.model.tables import STANCES
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


def main():
    """Run and write."""
    model = load_model()
    everything = read_experiments(files_of("claims", model.biology), model)
    verdicts = {}
    for stance in STANCES:
        setting = setting_of(everything, model, stance, SEED)
        judged = judge(everything, setting)
        verdicts[stance] = {one.statement.id: one.to_json() for one in judged}
    run = {"hash": model.content_hash, "seed": SEED, "statements": stored(verdicts)}
    STORED.write_text(
        json.dumps(run, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
