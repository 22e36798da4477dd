"""Run the experiments whose numbers stand in docs/open_questions.md and docs/claims.md.

    .venv/bin/python scripts/challenges.py      every number, by experiment and check

One run serves every block of those pages (see write_numbers.py).
"""

import re
import tempfile
from pathlib import Path

from gutskin.errors import exit_on_input_error
from gutskin.evidence.claims import judge, setting_of
from gutskin.evidence.experiments import read_experiments, shipped
from gutskin.model.compiled import load_model

PERTURBATIONS = (
    "P08", "P11", "P12", "P13", "P28", "P30", "P40", "P42", "P43", "P46", "P47", "P48", "P49",
    "P50",
)  # fmt: skip
CLAIMS = ("C46", "C48")
WEEKS = (8, 10, 16, 20, 24, 40)  # from the first dose of an eight-week course
HALF = """
[[P45.checks]]
says = "half of it"
quantity = "scorad"
read = { return_to = [0.5, 56] }
contrast = { mix = 1, none = -1 }
expected = [1, 280]
"""
DAY = """
[[P45.checks]]
says = "week WEEK"
quantity = "scorad"
read = { day = DAYS }
contrast = { mix = 1, none = -1 }
expected = [-30, 0]
"""


PREVENTION = """
[C48.arms.infant]
like = "none"

[[C48.arms.infant.doses]]
kind = "probiotic"
strains = ["W23", "W52", "W58"]
cfu_per_day = 3e9
start_day = 0
end_day = 336

[[C48.checks]]
says = "new cases by seven years, mother and child"
quantity = "easi"
read = { ever_above = [3.5, 0, 2548] }
contrast = { product = 1, none = -1 }
scale = "ratio"
expected = [0.2, 1]

[[C48.checks]]
says = "new cases by 48 weeks, infant alone"
quantity = "easi"
read = { ever_above = [3.5, 0, 336] }
contrast = { infant = 1, none = -1 }
scale = "ratio"
expected = [0.2, 1]
"""


def without_checks(name, of):
    """The text of a shipped experiment up to its first check."""
    text = shipped(of).read_text(encoding="utf-8")
    start = text.index(f"[{name}]\n")
    return text[start : text.index(f"[[{name}.checks]]", start)]


def prevention():
    """The experiment C48 with new cases in place of severity, and with an infant dosed alone."""
    own = without_checks("C48", "claims").replace("[C48]\n", '[C48]\nstatement = "new cases"\n')
    own = re.sub(r"^worlds = .*$", "worlds = 48", own, flags=re.M)
    own = re.sub(r"^patients = .*$", "patients = 48", own, flags=re.M)
    return own.replace("evidence_verdict", 'grade = "C"\nevidence_verdict') + PREVENTION


def after_stopping():
    """The experiment P45, read at the end of the course and long after."""
    own = without_checks("P45", "perturbations")
    own = re.sub(r"^days = .*$", f"days = {7 * WEEKS[-1]}", own, flags=re.M)
    days = [DAY.replace("WEEK", str(week)).replace("DAYS", str(7 * week)) for week in WEEKS]
    return own + "".join(days) + HALF


def findings():
    """What every check came to: (experiment, number of the check) -> finding.

    Those of experiments that stand in no file are ("stopped", n) and ("prevented", n).
    """
    model = load_model()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.toml"
        for name, text in (("stopped", after_stopping()), ("prevented", prevention())):
            path.write_text(text, encoding="utf-8")
            own = read_experiments(path, model)
            for one in judge(own, setting_of(own, model)):
                found |= {(name, number): its for number, its in enumerate(one.findings)}
        files = [
            {name: read_experiments(shipped("perturbations"), model)[name]
             for name in PERTURBATIONS},
            {name: read_experiments(shipped("claims"), model)[name] for name in CLAIMS},
        ]  # fmt: skip
    for file in files:
        for one in judge(file, setting_of(file, model)):
            found |= {(one.statement.id, number): its for number, its in enumerate(one.findings)}
    return found


if __name__ == "__main__":
    with exit_on_input_error():
        rows = findings().items()
    for (name, number), found in rows:
        print(name, number, f"{found.middle:.4g} ({found.low:.4g} to {found.high:.4g})",
              found.verdict, found.check.says, sep="\t")  # fmt: skip
