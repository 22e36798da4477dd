"""What the comparison of engines gives to solvers that take one patient, piece by piece."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from callbacks import Pieces, follow
from study import study_of

DAYS = 30


@pytest.mark.parametrize("schedule", ["doses", "doses and daily life"])
def test_between_jumps_a_solver_is_given_every_moment_once_and_pulses_come_between(schedule):
    study = study_of(1, DAYS)
    pieces = Pieces(study, schedule, 0)
    windows = list(pieces.windows())
    assert windows[0][0] == 0
    assert windows[-1][1] == len(pieces.starts)
    assert [after for _, after in windows[:-1]] == [first for first, _ in windows[1:]]
    still = follow(pieces, study, lambda y, moments, *_: np.repeat(y[None], len(moments), axis=0))
    expected = np.repeat(study.start[:, 0][None], DAYS + 1, axis=0)
    pulses = study.schedules[schedule].pulses
    assert len(pulses) > 0
    for pulse in pulses:
        column = study.model.state_ids.index(pulse.state)
        expected[study.times >= pulse.time, column] += np.squeeze(pulse.add)
    assert still == pytest.approx(expected)


def test_the_benchmark_of_the_page_finds_what_it_borrows_from_the_tests():
    """In a process of its own, which has no folders of pytest."""
    import subprocess

    folder = Path(__file__).parents[1] / "benchmarks"
    code = "import page; from browser import BROWSER; from driven import READY"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
