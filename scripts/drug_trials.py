"""The statements of drugs.toml, each check with its range and what the model shows, as a table.

    .venv/bin/python scripts/drug_trials.py               the table and the count (two minutes)
    .venv/bin/python scripts/drug_trials.py --record      docs/drugs_in_worlds.tsv (ten minutes)
    .venv/bin/python scripts/drug_trials.py --record FILE of `gutskin claims --set drugs --json`

The table is of the centres. What the same checks come to in worlds of the posterior is kept in a
table beside the page, with the hash of its model, and told from there in words.
"""

import argparse
import csv
import json
import math
import re
import sys
from functools import cache
from pathlib import Path

from gutskin.atomic_write import write_file
from gutskin.errors import exit_on_input_error
from gutskin.evidence.claims import judge, setting_of, to_json
from gutskin.evidence.experiments import read_experiments, shipped
from gutskin.evidence.verdicts import LIKELY, NOT_SHOWN, PART, SHOWN
from gutskin.model.biology import POSTERIOR
from gutskin.model.compiled import load_model
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.report.words import listed

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, RECORD = DOCS / "drugs.md", DOCS / "drugs_in_worlds.tsv"
SEED, STANCE = 1, "evidence"  # as `gutskin claims` has them
COMMENT = re.compile(r"<!--.*?-->")
MADE_OF = "# made of model "
CHANGED = "**Tables of the model have changed since.**"
KEPT = ("says", "unit", "observed", "low", "high", "share", "control", "verdict")
COLUMNS = ("id", "from", "to", *KEPT)
TEXTS = ("id", "says", "unit", "verdict")
MOST_DIGITS = 6


@cache
def verdicts():
    """Every statement, judged under the stance of the evidence."""
    model = load_model()
    statements = read_experiments(shipped("drugs"), model)
    return judge(statements, setting_of(statements, model))


def table():
    """One line for each check."""
    lines = ["| | | range | here | |", "| --- | --- | --- | --- | --- |"]
    for one in verdicts():
        name = one.statement.id
        for found, unit in zip(one.findings, one.units, strict=True):
            low, high = found.check.stays or found.check.expected
            words = "" if unit == "1" else f" {unit}"
            here = "—" if found.middle != found.middle else f"{_told(found.middle)}{words}"
            says = found.check.says[0].upper() + found.check.says[1:]
            line = f"| {name} | {says} | {low:g} to {high:g} | {here} | {found.verdict} |"
            lines.append(line)
            name = ""
    return "\n".join(lines)


def count():
    """How many are shown."""
    shown = sum(one.model_verdict == "shown" for one in verdicts())
    return f"{shown} of {len(verdicts())}"


def at_the_centre(page=PAGE):
    """What stands in the table of the page: id -> (what was found, verdict) of each check."""
    found = {}
    name = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [one.strip() for one in COMMENT.sub("", line).strip("|").split("|")]
        if len(cells) == 5 and cells[4] in (SHOWN, PART, NOT_SHOWN):
            name = cells[0] or name
            found.setdefault(name, []).append((cells[3].replace(" %", "%"), cells[4]))
    return found


def judged_in_worlds():
    """What `gutskin claims --set drugs --json` says."""
    model = load_model(biology_of_worlds(draws=POSTERIOR))
    statements = read_experiments(shipped("drugs"), model)
    setting = setting_of(statements, model, STANCE, SEED)

    def told(done, total):
        print(f"{done} of {total} statements", file=sys.stderr, flush=True)

    return json.loads(to_json(judge(statements, setting, told), model, STANCE, SEED))


def record_of(document):
    """The table beside the page, of what `gutskin claims --set drugs --json` says."""
    model = document["model"]
    failed = [one["id"] for one in document["claims"] if one["failure"]]
    asked = {"draws": POSTERIOR, "stance": STANCE, "seed": SEED}
    is_asked = {"draws": model.get("draws"), **{one: document[one] for one in ("stance", "seed")}}
    if failed or is_asked != asked:
        sys.exit(f"not a whole run of {asked}: {is_asked}, without a result: {failed}")
    lines = [MADE_OF + model["content_hash"], "\t".join(COLUMNS)]
    for one in document["claims"]:
        for check in one["checks"]:
            cells = [one["id"], *check["expected"], *(check[key] for key in KEPT)]
            lines.append("\t".join(map(_cell, cells)))
    return "\n".join(lines) + "\n"


def in_worlds(record=RECORD):
    """What is kept beside the page: the hash of its model, and id -> checks."""
    first, *lines = record.read_text(encoding="utf-8").splitlines()
    found = {}
    for row in csv.DictReader(lines, delimiter="\t"):
        check = {key: text if key in TEXTS else _number(text) for key, text in row.items()}
        found.setdefault(row["id"], []).append(check)
    return first.removeprefix(MADE_OF), found


def compared(record=RECORD, page=PAGE):
    """How the worlds' verdicts differ from those of the centres, in sentences.

    Only what is on one side: what both miss stands in the table.
    """
    made_of, found = in_worlds(record)
    centre = {name: all(v == SHOWN for _, v in its) for name, its in at_the_centre(page).items()}
    assert centre.keys() == found.keys(), "the table of the page and what is kept differ in ids"
    missed = {
        name: [one for one in checks if one["verdict"] != SHOWN] for name, checks in found.items()
    }
    met = [name for name, some in missed.items() if not some and not centre[name]]
    lost = [
        f"{name} ({'; '.join(map(_miss, some))})"
        for name, some in missed.items() if some and centre[name]
    ]  # fmt: skip
    shown = sum(not some for some in missed.values())
    text = f"There {shown} of {len(found)} are shown (model `{made_of}`)."
    text += f" Shown there and missed with the centres: {listed(met) if met else 'none'}."
    text += f" Missed there and shown with the centres: {listed(lost) if lost else 'none'}."
    return text if made_of == biology_of_worlds().content_hash else f"{text} {CHANGED}"


def _miss(check):
    """A check that is not shown: what it is, its number, what was asked."""
    low, high = check["from"], check["to"]
    unit = {"1": "", "%": "%"}.get(check["unit"], f" {check['unit']}")
    is_none = math.isnan(check["observed"])
    here = "no value" if is_none else f"{_beside(check['observed'], low, high)}{unit}"
    text = f"{check['says']}: {here}, {_end(low)} to {_end(high)} asked"
    if not _within(check["observed"], low, high):
        return text
    if check["share"] < LIKELY:
        return f"{text}, the expected way in {check['share']:.0%} of worlds"
    return text if math.isnan(check["control"]) else f"{text}, its control {check['control']:.3g}"


def _beside(value, low, high):
    """A number with as many digits as tell on which side of the ends it lies."""
    text = _told(value)
    for digits in range(2, MOST_DIGITS):
        if _within(float(text), low, high) == _within(value, low, high):
            break
        text = f"{value:.{digits}f}"
    return text


def _within(value, low, high):
    """Whether a number lies in a range, of which an end that is not kept is open."""
    return not (value < low or value > high or math.isnan(value))


def _end(value):
    return "any" if math.isnan(value) else f"{value:g}"


def _told(value):
    return f"{value:.1f}" if abs(value) >= 2 else f"{value:.2f}"


def _cell(value):
    return "" if value is None else value if isinstance(value, str) else f"{value:.6g}"


def _number(text):
    return float(text) if text else math.nan


def main(arguments):
    """Print, or keep what the posterior says."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--record", nargs="?", const="", default=None, metavar="FILE")
    kept = asked.parse_args(arguments).record
    if kept is None:
        print(table(), count(), sep="\n\n")
        return
    document = json.loads(Path(kept).read_text(encoding="utf-8")) if kept else judged_in_worlds()
    write_file(RECORD, record_of(document))


if __name__ == "__main__":
    with exit_on_input_error():
        main(sys.argv[1:])
