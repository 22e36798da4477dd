"""How long whole commands take, and how much memory: the demo, a cohort from birth, power.

    python benchmarks/commands.py [--repeat 1] [--only demo cohort power]

Each command runs in processes of its own on all cores. Memory is the largest sum over them of what
each holds (proportional set size, which counts what they share once), read ten times a second. Each
row has the time that is asked of it (docs/benchmarks.md); nothing is judged here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
COHORT = str(HERE / "cohort.toml")
GIB = 1024.0**2  # of kB


@dataclass(frozen=True)
class Command:
    """A command, and the seconds that it may take.

    Parameters
    ----------
    words : of `gutskin`
    seconds : that are asked
    """

    words: tuple[str, ...]
    seconds: float


COMMANDS = {
    "demo": Command(("trial", "six-strain-children", "--json"), 15),
    "cohort": Command(("trial", COHORT, "--replicates", "200", "--json"), 180),
    "cohort, 50": Command(("trial", COHORT, "--replicates", "50", "--json"), 180),
    "power": Command(("power", "six-strain-children", "--replicates", "10000", "--json"), 120),
}  # fmt: skip


def main() -> None:
    """Run and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--repeat", type=int, default=1)
    asked.add_argument("--only", nargs="*", choices=[*COMMANDS], default=[*COMMANDS])
    options = asked.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    print(f"{'command':14}{'seconds':>10}{'asked':>8}{'GiB at most':>14}")
    for name in options.only:
        for _ in range(options.repeat):
            seconds, most = measured(COMMANDS[name].words)
            print(f"{name:14}{seconds:10.1f}{COMMANDS[name].seconds:8.0f}{most:14.2f}", flush=True)


def measured(words: tuple[str, ...]) -> tuple[float, float]:
    """Seconds that a command takes, and the most memory it holds (GiB).

    Raises
    ------
    SystemExit
        If it fails.
    """
    before = time.perf_counter()
    running = subprocess.Popen(
        [sys.executable, "-m", "gutskin", *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    most = 0.0
    while running.poll() is None:
        most = max(most, sum(_held(process) for process in _family(running.pid)))
        time.sleep(0.1)
    if running.returncode:
        sys.exit(f"gutskin {' '.join(words)} ended with status {running.returncode}.")
    return time.perf_counter() - before, most / GIB


def _family(process: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield process
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        for child in _read(path).split():
            yield from _family(int(child))


def _held(process: int) -> float:
    """What a process holds (kB); nothing if it has ended."""
    lines = _read(Path(f"/proc/{process}/smaps_rollup")).splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith("Pss:")), 0.0)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has just ended
        return ""


if __name__ == "__main__":
    main()
