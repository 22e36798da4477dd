"""Measure how far our courses lie from exact ones.

    .venv/bin/python scripts/engine_errors.py      the table and the sentences of docs/engine.md

The table compares all states with libRoadRunner at a tolerance of 1e-10: eight settled children
over 56 days, calm and in daily noise, and an infant from birth over a year. What an error is stands
in benchmarks/study.py. The sentences say what the tolerances of a trial do to its result: the
weekly SCORAD of 480 settled children in daily noise, with and without doses, and the mean effect of
the doses at the end, against a tolerance of 1e-5 in 64-bit.
"""

import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from study import EXACT, Study, errors, settled_starts, study_of  # noqa: E402
from whole_models import RoadRunner  # noqa: E402

from gutskin.engine import Schedule, simulate  # noqa: E402
from gutskin.errors import exit_on_input_error  # noqa: E402
from gutskin.population.course import prepare  # noqa: E402
from gutskin.population.patient_file import load_patient  # noqa: E402
from gutskin.trials.screening import ROUGH  # noqa: E402
from gutskin.trials.under_arm import RTOL  # noqa: E402

CHILDREN, DAYS, YEAR = 8, 56, 365
RTOLS = (1e-2, 3e-3, 1e-3, 1e-4)
PEER = (1e-3, 1e-4)
MANY, REFERENCE, WEEK = 480, 1e-5, 7


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


@dataclass(frozen=True)
class ScoreError:
    """What a tolerance does to SCORAD (points, worst and root mean square) and to the effect."""

    worst: float
    rms: float
    effect: float


@cache
def score_errors():
    """(rtol, precision) -> its error against a tolerance of 1e-5 in 64-bit."""
    many = replace(study_of(MANY, DAYS), start=settled_starts(MANY))
    life = many.schedules["doses and daily life"]
    noise = Schedule((), (), life.courses)

    def scores(rtol, precision):
        """SCORAD with and without doses, [dosed, week, patient]."""
        courses = [
            simulate(many.model, many.parameters, many.start, schedule, many.times[::WEEK],
                     rtol=rtol, varying=many.inputs, precision=precision).raise_if_failed()
            for schedule in (life, noise)
        ]  # fmt: skip
        return np.stack([one.quantities(["scorad"])[:, 0] for one in courses])

    def effect(score):
        return float(np.mean(score[0, -1] - score[1, -1]))

    truth, found = scores(REFERENCE, "double"), {}
    for form in ((RTOL, "single"), (RTOL, "double"), (ROUGH, "single")):
        score = scores(*form)
        error = score - truth
        share = abs(effect(score) / effect(truth) - 1)
        found[form] = ScoreError(np.abs(error).max(), np.sqrt(np.mean(error**2)), share)
    return found


def follow_up():
    """What the tolerance of a follow-up does to a trial's result."""
    single, double = (score_errors()[RTOL, bits] for bits in ("single", "double"))
    return (
        f"over {MANY} children and {DAYS // WEEK} weeks in noise, SCORAD is off by "
        f"{single.worst:.2f} points at most ({single.rms:.3f} root mean square) against 1e-5 in "
        f"64-bit, and the effect of doses by {100 * single.effect:.2f}%; in 64-bit by "
        f"{double.worst:.2f} points ({double.rms:.3f}) and {100 * double.effect:.2f}%"
    )


def screening():
    """What that of the noisy weeks and of screening does."""
    rough = score_errors()[ROUGH, "single"]
    return (
        f"in noise SCORAD is off by {rough.worst:.2f} points at most "
        f"({rough.rms:.3f} root mean square)"
    )


if __name__ == "__main__":
    with exit_on_input_error():
        print(f"{follow_up()}\n{screening()}\n{table()}")
