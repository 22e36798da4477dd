"""Put small faults into the code around the trial and see whether the quick tests notice.

    make mutants                             every module of SCOPE, a seeded sample of each
    make mutants MUTANTS="--all follow.py"   every mutant of the modules named
    make mutants MUTANTS=--survivors         only what survived the last time

Each process works in a copy of the checkout. A mutant is put to the tests that run its line, those
of the module's own test file first, then the quickest, until one fails. What survives is listed in
`survivors.tsv` beside this file; one with a reason cannot be told from the original by any test.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from queue import Queue

from mutate import Mutant, found_in

ROOT = Path(__file__).parents[2]
SCOPE = ("trials", "population", "evidence")
LISTED = Path(__file__).with_name("survivors.tsv")
CACHE = ROOT / ".cache" / "mutants"
SECONDS = 60.0  # of unmutated tests that a mutant is put to
PATIENCE = 3.0  # how much longer they may take with the fault


def main() -> int:
    """Run mutants, list the survivors; status 1 below 90% killed."""
    asked = _arguments()
    tests = _tests_by_line(asked.fresh)
    chosen = _chosen(asked)
    print(f"{len(chosen)} mutants, {asked.processes} at a time", flush=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    copies: Queue[Path] = Queue()
    for number in range(asked.processes):
        copies.put(_copy(number))

    def judged(mutant: Mutant) -> tuple[Mutant, str]:
        copy = copies.get()
        try:
            return mutant, _verdict(mutant, copy, tests)
        finally:
            copies.put(copy)

    results = []
    with ThreadPoolExecutor(asked.processes) as pool:
        for mutant, verdict in pool.map(judged, chosen):
            results.append((mutant, verdict))
            print(f"{len(results):5} {verdict:9} {mutant}", flush=True)
    return _report(results)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="ends of module paths; all of SCOPE without")
    parser.add_argument("--all", action="store_true", help="every mutant, no sample")
    parser.add_argument("--sample", type=int, default=12, help="mutants of a module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--fresh", action="store_true", help="find the tests of each line anew")
    parser.add_argument("--survivors", action="store_true", help="only those of survivors.tsv")
    return parser.parse_args()


def _modules(ends: Sequence[str]) -> list[Path]:
    rooms = [ROOT / "src" / "gutskin" / room for room in SCOPE]
    paths = sorted(path for room in rooms for path in room.rglob("*.py"))
    return [path for path in paths if not ends or str(path).endswith(tuple(ends))]


def _chosen(asked: argparse.Namespace) -> list[Mutant]:
    mutants = list(found_in(_modules(asked.files), ROOT))
    if asked.survivors:
        known = {row["mutant"] for row in _listed() if not row["reason"]}
        return [one for one in mutants if str(one) in known]
    if asked.all:
        return mutants
    chosen = []
    for file, group in groupby(mutants, key=lambda one: one.file):
        everything = list(group)
        dice = random.Random(f"{asked.seed} {file}")
        chosen += sorted(dice.sample(everything, min(asked.sample, len(everything))))
    return chosen


def _environment(copy: Path) -> dict[str, str]:
    """The same caches for all; the copy's package before the installed one."""
    return os.environ | {
        "PYTHONPATH": str(copy / "src"),
        "JAX_COMPILATION_CACHE_DIR": os.environ.get(
            "JAX_COMPILATION_CACHE_DIR", str(ROOT / ".cache" / "jax")
        ),
        "GUTSKIN_CACHE_DIR": str(ROOT / ".cache" / "gutskin"),
        "MPLCONFIGDIR": str(ROOT / ".cache" / "matplotlib"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _tests_by_line(fresh: bool) -> dict[str, dict]:
    """Test -> seconds and lines, found by one run of the quick suite."""
    folder = CACHE / "lines"
    if fresh and folder.exists():
        shutil.rmtree(folder)
    if not folder.exists():
        print("Finding which test runs which line ...", flush=True)
        command = [
            sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not slow", "-p",
            "tests.mutation.lines", "--lines", str(folder),
        ]  # fmt: skip
        subprocess.run(
            command, cwd=ROOT, env=_environment(ROOT) | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            check=False, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    tests: dict[str, dict] = {}
    for path in folder.glob("*.json"):
        for name, found in json.loads(path.read_text(encoding="utf-8")).items():
            found["lines"] = {file: set(lines) for file, lines in found["lines"].items()}
            tests[name] = found
    if not tests:
        raise SystemExit("no test was recorded: does the quick suite run?")
    return tests


def _copy(number: int) -> Path:
    copy = CACHE / f"copy-{number}"
    if copy.exists():
        shutil.rmtree(copy)
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    for name in files:
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


def _suite(mutant: Mutant, tests: Mapping[str, dict]) -> list[str]:
    """The tests of a mutant's line: those of its own file first, then the quickest."""
    own = f"test_{Path(mutant.file).stem}.py"
    running = [
        (own not in name, found["seconds"], name)
        for name, found in tests.items()
        if mutant.line in found["lines"].get(mutant.file, ())
    ]
    suite, spent = [], 0.0
    for _, seconds, name in sorted(running):
        if suite and spent + seconds > SECONDS:
            continue
        suite.append(name)
        spent += seconds
    return suite


def _verdict(mutant: Mutant, copy: Path, tests: Mapping[str, dict]) -> str:
    suite = _suite(mutant, tests)
    if not suite:
        return "no test"
    path = copy / mutant.file
    original = path.read_bytes()
    spent = sum(tests[name]["seconds"] for name in suite)
    command = [
        sys.executable, "-m", "pytest", "-q", "-x", "-n0",
        "--no-header", "--tb=no", *suite,
    ]  # fmt: skip
    path.write_bytes(mutant.applied(original))
    try:
        ended = subprocess.run(
            command, cwd=copy, env=_environment(copy), timeout=60 + PATIENCE * spent,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "killed"
    finally:
        path.write_bytes(original)
    return "survived" if ended.returncode == 0 else "killed"


def _listed() -> list[dict[str, str]]:
    if not LISTED.exists():
        return []
    with LISTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _report(results: Sequence[tuple[Mutant, str]]) -> int:
    """Bring the list of survivors up to date and say how many were killed."""
    judged = {str(mutant) for mutant, _ in results}
    reasons = {row["mutant"]: row["reason"] for row in _listed()}
    alive = {str(mutant) for mutant, verdict in results if verdict != "killed"}
    alive |= {name for name in reasons if name not in judged}
    with LISTED.open("w", encoding="utf-8", newline="") as file:
        file.write("mutant\treason\n")
        file.writelines(f"{name}\t{reasons.get(name, '')}\n" for name in sorted(alive))
    by_room: dict[str, list[bool]] = {}
    for mutant, verdict in results:
        equal = bool(reasons.get(str(mutant)))
        if not equal:
            by_room.setdefault(Path(mutant.file).parent.name, []).append(verdict == "killed")
    for room, killed in by_room.items():
        print(f"{room}: {sum(killed)} of {len(killed)} killed ({sum(killed) / len(killed):.0%})")
    everything = [one for room in by_room.values() for one in room]
    return 0 if sum(everything) >= 0.9 * len(everything) else 1


if __name__ == "__main__":
    raise SystemExit(main())
