"""Scripts end as commands do: wrong input is one message and status 2, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "scripts/challenges.py",
    "scripts/demo.py none",
    "scripts/draw_axis.py --check",
    "scripts/measurement_error.py",
    "scripts/write_numbers.py grades",
    "tests/baseline/frozen.py why",
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: Path(command.split()[0]).stem)
def test_a_biology_that_is_not_there_is_one_message_and_status_2(command, tmp_path):
    script, *words = command.split()
    environment = {**os.environ, "GUTSKIN_BIOLOGY": str(tmp_path / "none")}
    done = subprocess.run(
        [sys.executable, str(ROOT / script), *words],
        env=environment, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert f"{tmp_path / 'none'}: " in line
    assert list(tmp_path.iterdir()) == []


def test_a_picture_of_a_report_that_is_not_there_is_one_message(tmp_path):
    command = [sys.executable, str(ROOT / "scripts" / "draw_axis.py"), "--demo", "report.html"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        "report.html: cannot be read: No such file or directory. `make demo` writes it.\n"
    )
