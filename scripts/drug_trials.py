"""The statements of drugs.toml, each check with its range and what the model shows, as a table.

.venv/bin/python scripts/drug_trials.py      the table and the count (two minutes)
"""

from functools import cache

from gutskin.errors import exit_on_input_error
from gutskin.evidence.claims import judge, setting_of
from gutskin.evidence.experiments import read_experiments, shipped
from gutskin.model.compiled import load_model


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


def _told(value):
    return f"{value:.1f}" if abs(value) >= 2 else f"{value:.2f}"


if __name__ == "__main__":
    with exit_on_input_error():
        print(table(), count(), sep="\n\n")
