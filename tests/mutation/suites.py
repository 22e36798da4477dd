"""Which tests a mutant is put to: those that run its line, and what stands near them."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mutate import Mutant

START = 15.0  # seconds of a processor for reading what the fault changed
PATIENCE = 2.0  # how much longer a test may take with a fault
EACH = 0.03  # seconds that pytest takes for a test
FILES = 10  # of tests for a mutant: each has to be read
MUCH = 0.3  # of all the seconds for a mutant: tests that take more are asked last
LONGEST = 20.0  # seconds; a test that takes longer is not asked
HASHES = "hashes.json"
RAN = (0, 1, 5)  # statuses of pytest: all passed, some failed, there were none


@dataclass
class Suites:
    """The quick tests, with the lines that each runs and how long it takes.

    Parameters
    ----------
    seconds : test -> how long it takes, once what its file shares is made
    opening : file of tests -> how long it takes to make that
    lines : file -> line -> tests that run it
    most : seconds of tests that a mutant is put to
    unsound : tests that fail without any fault where mutants are tried
    sound : tests that do not
    """

    seconds: dict[str, float]
    opening: Mapping[str, float]
    lines: Mapping[str, Mapping[int, set[str]]]
    most: float = 20.0
    unsound: set[str] = field(default_factory=set)
    sound: set[str] = field(default_factory=set)

    def of(self, mutant: Mutant) -> list[str]:
        """The tests of a mutant: those that run its line, of its own test file first, the quickest
        first; then the others of their files, because what a fixture ran is known of the first
        test alone that asked for it. Of a line that is run on import, all tests of its module.
        One that would take much of the time comes last: it keeps the quick ones out.
        """
        lines = self.lines.get(mutant.file, {})
        first = lines.get(mutant.line, set())
        own = self._own(mutant.file)
        if not first:
            first = own.union(*lines.values())
        files = {_file(name) for name in first}
        near = {name for name in self.seconds if _file(name) in files} | own
        suite, spent, taken = [], 0.0, set()
        long = MUCH * self.most
        for *_, seconds, name in sorted(
            (
                self.seconds[name] > long,
                name not in first,
                name not in own,
                self.seconds[name],
                name,
            )
            for name in (first | near) - self.unsound
        ):
            file = _file(name)
            takes = EACH + seconds + (0 if file in taken else self.opening[file])
            fits = spent + takes <= self.most and (file in taken or len(taken) < FILES)
            if fits or (not suite and takes <= LONGEST):
                suite.append(name)
                spent += takes
                taken.add(file)
        return suite

    def _own(self, file: str) -> set[str]:
        """The tests of the files that mirror a module: test_module.py, test_module_edges.py."""
        stem = Path(file).stem
        mirrors = {
            path for path in self.opening
            if Path(path).stem in (stem, f"test_{stem}")
            or Path(path).name.startswith(f"test_{stem}_")
        }  # fmt: skip
        return {name for name in self.seconds if _file(name) in mirrors}

    def beginning(self, suite: list[str]) -> list[str]:
        """The first tests of a suite, of two files: most faults are noticed there."""
        files = list(dict.fromkeys(_file(name) for name in suite))[:2]
        count = next((n for n, name in enumerate(suite) if _file(name) not in files), len(suite))
        return suite[:count]

    def limit(self, tests: Iterable[str]) -> int:
        """Seconds of a processor after which these have no end."""
        tests = list(tests)
        opening = sum(self.opening[file] for file in {_file(name) for name in tests})
        return int(START + PATIENCE * (opening + sum(self.seconds[name] for name in tests)))

    def learn(self, spent: Mapping[str, float]) -> None:
        """Take over how long tests took, if that is less than was known."""
        for name, seconds in spent.items():
            if name in self.seconds:
                self.seconds[name] = min(self.seconds[name], seconds)


def _file(name: str) -> str:
    return name.partition("::")[0]


def recorded(
    folder: Path, root: Path, environment: Mapping[str, str], fresh: bool, most: float
) -> Suites:
    """The tests by line, from a run of the quick suite; of files that changed since, anew.

    Parameters
    ----------
    folder : where what was recorded lies
    root : the checkout
    fresh : record all anew
    most : seconds of tests that a mutant is put to
    """
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    now = _hashes(root)
    tests = dict(_read(folder))
    hashes = folder / HASHES
    old = json.loads(hashes.read_text(encoding="utf-8")) if hashes.exists() else {}
    changed = {file for file in now.keys() | old.keys() if now.get(file) != old.get(file)}
    stale = {_file(name) for name, found in tests.items() if changed & set(found["lines"])}
    stale |= {file for file in changed if Path(file).name.startswith("test_")}
    if not tests or stale:
        there = sorted(stale & now.keys())
        if there or not tests:
            _record(folder, root, environment, there if tests else [])
        tests = {name: one for name, one in tests.items() if _file(name) not in stale}
        for path in folder.glob("*.json"):
            if path.name not in (HASHES, "all.json"):
                tests |= json.loads(path.read_text(encoding="utf-8"))
                path.unlink()
        (folder / "all.json").write_text(json.dumps(tests), encoding="utf-8")
        hashes.write_text(json.dumps(now), encoding="utf-8")
    if not tests:
        raise SystemExit("no test was recorded: does the quick suite run?")
    lines: dict[str, dict[int, set[str]]] = {}
    for name, found in tests.items():
        for file, numbers in found["lines"].items():
            for number in numbers:
                lines.setdefault(file, {}).setdefault(number, set()).add(name)
    seconds = {name: found["seconds"] - found["setup"] for name, found in tests.items()}
    opening: dict[str, float] = {}
    for name, found in tests.items():
        opening[_file(name)] = max(opening.get(_file(name), 0.0), found["setup"])
    return Suites(seconds, opening, lines, most)


def _read(folder: Path) -> Iterator[tuple[str, dict]]:
    for path in sorted(folder.glob("*.json")):
        if path.name != HASHES:
            yield from json.loads(path.read_text(encoding="utf-8")).items()


def _record(folder: Path, root: Path, environment: Mapping[str, str], files: Sequence[str]) -> None:
    """Have pytest write down the lines that tests run: of these files, or of all quick tests."""
    print("Finding which test runs which line ...", *files, flush=True)
    command = [
        sys.executable, "-m", "pytest", "-q", "-n", "2" if not files else "0", "-m", "not slow",
        "-p", "tests.mutation.lines", "--lines", str(folder), *files,
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=root, env={**environment, "PYTHONPATH": f"{root / 'src'}:{root}"},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode not in RAN:
        raise SystemExit(f"no lines were written down, since pytest says:\n{done.stdout[-2000:]}")


def _hashes(root: Path) -> dict[str, str]:
    paths = [*(root / "src").rglob("*.py"), *(root / "tests").rglob("*.py")]
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
    }
