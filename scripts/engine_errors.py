"""Measure how far our courses lie from those of libRoadRunner at a tolerance of 1e-10.

    .venv/bin/python scripts/engine_errors.py      the table of docs/engine.md

Eight settled children over 56 days, calm and in daily noise, and an infant from birth over a year.
What an error is stands in benchmarks/study.py.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from engines import RoadRunner  # noqa: E402
from study import EXACT, Study, errors, settled_starts, study_of  # noqa: E402

from gutskin.engine import simulate  # noqa: E402
from gutskin.errors import exit_on_input_error  # noqa: E402
from gutskin.population.course import prepare  # noqa: E402
from gutskin.population.patient_file import load_patient  # noqa: E402

CHILDREN, DAYS, YEAR = 8, 56, 365
RTOLS = (1e-2, 3e-3, 1e-3, 1e-4)
PEER = (1e-3, 1e-4)


def infant():
    """The infant of the examples, from birth, as a study of one."""
    case = prepare(load_patient(ROOT / "examples" / "infant_from_birth.toml"), YEAR)
    return Study(
        case.model, dict(case.parameters), case.start[:, None], np.arange(YEAR + 1.0),
        {"infant": case.schedule}, case.model.input_ids,
    )  # fmt: skip


def studies():
    """Who is followed: title, study, schedule."""
    some = replace(study_of(CHILDREN, DAYS), start=settled_starts(CHILDREN))
    yield "8 children, 56 days", some, "doses"
    yield "the same in daily noise", some, "doses and daily life"
    yield "an infant's first year", infant(), "infant"


def row(name, found):
    """A line of the table from errors (worst, root mean square) of every study."""
    return f"| {name} | " + " | ".join(f"{worst:.1e}, {rms:.1e}" for worst, rms in found) + " |"


def table():
    """Worst error and root mean square, as Markdown."""
    cases = [(title, study, name) for title, study, name in studies()]
    peers = [RoadRunner(study, name, range(study.patients)) for _, study, name in cases]
    truths = [peer.run(EXACT, 1)[1] for peer in peers]
    lines = ["| rtol | " + " | ".join(title for title, _, _ in cases) + " |", "| --- " * 4 + "|"]
    for rtol in RTOLS:
        found = []
        for (_, study, name), truth in zip(cases, truths):
            courses = simulate(
                study.model, study.parameters, study.start, study.schedules[name], study.times,
                rtol=rtol, varying=study.inputs,
            ).raise_if_failed()  # fmt: skip
            found.append(errors(study.model, courses.states, truth))
        lines.append(row(f"{rtol:.0e}", found))
    for rtol in PEER:
        found = [
            errors(study.model, peer.run(rtol, 1)[1], truth)
            for (_, study, _), peer, truth in zip(cases, peers, truths)
        ]
        lines.append(row(f"libRoadRunner {rtol:.0e}", found))
    return "\n".join(lines).replace("e-0", "e-")


if __name__ == "__main__":
    with exit_on_input_error():
        print(table())
