"""Put small faults into the code around the trial and see whether the quick tests notice.

    make mutants                             every module of SCOPE, a seeded sample of each
    make mutants MUTANTS="--all follow.py"   every mutant of the modules named
    make mutants MUTANTS=--survivors         of the same, what was not killed the last time

Each process works in a copy of the checkout. A mutant is put to the tests of `suites.py` until one
fails. What survives is listed in `survivors.tsv` beside this file, what was found for each module
in `score.tsv`. A survivor whose reason begins with "equivalent" cannot be told from the original by
any test, and is not counted; any other reason says why it is left, and it counts.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from queue import Queue

from lists import KILLED, Found, Key, overall, reasons, update_score, update_survivors
from mutate import Mutant, found_in
from suites import Suites, recorded

ROOT = Path(__file__).parents[2]
SCOPE = (  # rooms and files of src/gutskin
    "trials", "population", "evidence", "optimisation", "credibility", "atomic_write.py",
    "disk_cache.py", "toml_lines.py", "user_text.py", "model/cached_equations.py",
    "report/spreadsheet.py", "report/taking_part.py", "report/told_arm.py", "report/trial_power.py",
)  # fmt: skip
CACHE = ROOT / ".cache" / "mutants"
VERDICTS = CACHE / "verdicts.jsonl"
LEAST = 0.9  # of the mutants are to be killed


def main() -> int:
    """Run mutants, list the survivors; status 1 below 90% killed."""
    asked = _arguments()
    suites = recorded(CACHE / "lines", ROOT, _environment(ROOT), asked.fresh, asked.seconds)
    chosen = _chosen(asked)
    known = _verdicts() if asked.survivors or asked.resume else {}
    left = [one for one in chosen if one.key not in known]
    if asked.survivors:
        left = [one for one in chosen if known.get(one.key, "killed") not in KILLED]
        left = [one for one in left if not reasons().get(one.key)]
    print(f"{len(left)} of {len(chosen)} mutants, {asked.processes} at a time", flush=True)
    found = [Found(one, known[one.key]) for one in chosen if one not in left and one.key in known]
    found += _judged(left, asked, suites)
    everything = list(found_in(_modules(()), ROOT))
    update_survivors(found, everything)
    rows = update_score(found, everything)
    for row in rows:
        print(f"{row.share:5.0%} {row.killed:4} of {row.counted:4}  {row.module}")
    share, low, high = overall(rows)
    print(f"killed: {share:.1%} (95% interval {low:.1%} to {high:.1%})")
    return 0 if share >= LEAST else 1


def _judged(left: Sequence[Mutant], asked: argparse.Namespace, suites: Suites) -> list[Found]:
    servers: Queue[_Server] = Queue()
    ends = time.monotonic() + 60 * asked.minutes
    for number in range(min(asked.processes, len(left))):
        servers.put(_Server(_copy(number)))

    def judged(mutant: Mutant) -> Found | None:
        if time.monotonic() > ends:
            return None
        server = servers.get()
        try:
            return server.verdict(mutant, suites)
        finally:
            servers.put(server)

    found = []
    with ThreadPoolExecutor(asked.processes) as pool, VERDICTS.open("a", encoding="utf-8") as file:
        for one in filter(None, pool.map(judged, left)):
            found.append(one)
            print(f"{len(found):5} {one.verdict:8} {one.mutant}  [{one.by}]", flush=True)
            file.write(json.dumps([one.mutant.key, one.verdict, one.by]) + "\n")
            file.flush()
    return found


def _verdicts() -> dict[Key, str]:
    """What was found before, the newest last."""
    if not VERDICTS.exists():
        return {}
    rows = [json.loads(line) for line in VERDICTS.read_text(encoding="utf-8").splitlines()]
    return {tuple(key): verdict for key, verdict, _ in rows}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="ends of module paths; all of SCOPE without")
    parser.add_argument("--all", action="store_true", help="every mutant, no sample")
    parser.add_argument("--sample", type=int, default=12, help="mutants of a module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--fresh", action="store_true", help="find the tests of each line anew")
    parser.add_argument("--seconds", type=float, default=20.0, help="of tests for one mutant")
    parser.add_argument("--minutes", type=float, default=1e6, help="begin none after these")
    parser.add_argument("--survivors", action="store_true", help="only what was not killed before")
    parser.add_argument("--resume", action="store_true", help="only what was not tried before")
    return parser.parse_args()


def _modules(ends: Sequence[str]) -> list[Path]:
    roots = [ROOT / "src" / "gutskin" / name for name in SCOPE]
    paths = sorted(
        path for one in roots for path in ([one] if one.is_file() else one.rglob("*.py"))
    )
    return [path for path in paths if not ends or str(path).endswith(tuple(ends))]


def _chosen(asked: argparse.Namespace) -> list[Mutant]:
    """A sample of every module, the first of each before the second of any."""
    mutants = list(found_in(_modules(asked.files), ROOT))
    if asked.all:
        return mutants
    ranked = []
    for file, group in groupby(mutants, key=lambda one: one.file):
        shuffled = sorted(group)
        random.Random(f"{asked.seed} {file}").shuffle(shuffled)
        ranked += enumerate(shuffled[: asked.sample])
    return [mutant for _, mutant in sorted(ranked)]


def _environment(copy: Path) -> dict[str, str]:
    """The copy's package before the installed one, and its own cache of code."""
    return os.environ | {
        "PYTHONPATH": f"{copy / 'src'}:{Path(__file__).parent}",
        "JAX_COMPILATION_CACHE_DIR": os.environ.get(
            "JAX_COMPILATION_CACHE_DIR", str(ROOT / ".cache" / "jax")
        ),
        "GUTSKIN_CACHE_DIR": str(copy / ".cache" / "gutskin"),
        "MPLCONFIGDIR": str(ROOT / ".cache" / "matplotlib"),
    }


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
    _clean_cache(copy)
    return copy


def _clean_cache(copy: Path) -> None:
    """The cache of the checkout, as it was: a fault may have written into that of the copy."""
    shutil.rmtree(copy / ".cache", ignore_errors=True)
    if (given := ROOT / ".cache" / "gutskin").exists():
        shutil.copytree(given, copy / ".cache" / "gutskin")


def _forget_bytecode(path: Path) -> None:
    """A fault of the same size within a second would not be seen."""
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()


class _Server:
    """A fork server in a copy of the checkout."""

    def __init__(self, copy: Path) -> None:
        self.copy = copy
        command = [sys.executable, str(Path(__file__).with_name("fork_server.py")), str(copy)]
        self.process = subprocess.Popen(
            command, env=_environment(copy), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the fork server of {self.copy} ended")
        return json.loads(line)

    def ask(self, module: str, tests: Sequence[str], seconds: int) -> dict:
        """Run tests; what became of them is told by `fork_server.Outcome`."""
        asked = {"module": module, "tests": tests, "seconds": seconds}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def verdict(self, mutant: Mutant, suites: Suites) -> Found:
        """Put a mutant to its tests. One that fails has to pass without the fault to count."""
        while suite := suites.of(mutant):
            first = suites.beginning(suite)
            outcome = self._with_fault(mutant, first, suites)
            if outcome["status"] == 0 and len(first) < len(suite):
                outcome = self._with_fault(mutant, suite[len(first) :], suites)
            if outcome["status"] == 0:
                return Found(mutant, "survived", f"{len(suite)} tests")
            endless = outcome["status"] == -1
            by = outcome["failed"] or outcome["asked"]
            if suites.sound.issuperset(by) or self._passes(mutant.file, by, suites):
                if endless:
                    return Found(mutant, "timeout")
                return Found(mutant, "killed", by[0] if outcome["failed"] else "no collection")
        return Found(mutant, "untested")

    def _with_fault(self, mutant: Mutant, tests: Sequence[str], suites: Suites) -> dict:
        path = self.copy / mutant.file
        original = path.read_bytes()
        path.write_bytes(mutant.applied(original))
        _forget_bytecode(path)
        try:
            outcome = self.ask(mutant.file, tests, suites.limit(tests))
        finally:
            path.write_bytes(original)
            _forget_bytecode(path)
        if "cache" in mutant.file:
            _clean_cache(self.copy)
        suites.learn({name: outcome["spent"][name] for name in outcome["passed"]})
        return {**outcome, "asked": list(tests)}

    def _passes(self, module: str, tests: Sequence[str], suites: Suites) -> bool:
        outcome = self.ask(module, tests, suites.limit(tests))
        good = outcome["status"] == 0
        (suites.sound if good else suites.unsound).update(
            tests if good else outcome["failed"] or tests
        )
        if not good:
            print("fails without a fault:", *(outcome["failed"] or tests), flush=True)
        return good


if __name__ == "__main__":
    raise SystemExit(main())
