"""A process that has read all libraries and the package once, and forks for each run of tests.

    python fork_server.py COPY

A line of JSON on its input is a run; a line of JSON on its output tells what became of it. In the
fork, the changed module and every module that imports it, at any remove, are read anew.
"""

from __future__ import annotations

import ast
import gc
import importlib
import json
import os
import resource
import select
import signal
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

PACKAGE = "gutskin"
MEMORY = 6 << 30  # bytes that a run may take: a fault may ask for all there are
QUIET = 300.0  # seconds without the end of a test after which it waits for ever
LIBRARIES = (
    "hypothesis", "jax", "jax.numpy", "matplotlib.figure", "numpy", "pandas", "pyarrow.parquet",
    "pytest", "scipy.optimize", "scipy.stats", "statsmodels.api", "sympy", "xarray", "xdist",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What is asked for.

    Parameters
    ----------
    module : the file that was changed, from the project's root; empty for none
    tests : ids of pytest; the first that fails ends the run
    seconds : of a processor after which it is ended
    """

    module: str
    tests: tuple[str, ...]
    seconds: int


@dataclass
class Outcome:
    """What became of it: the exit status (-1 if it came to no end), and each test's own."""

    status: int
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    spent: dict[str, float] = field(default_factory=dict)


def main() -> int:
    """Serve until the input ends."""
    copy = Path(sys.argv[1])
    os.chdir(copy)
    warnings.filterwarnings("ignore", "This process", DeprecationWarning)  # idle threads of pyarrow
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    importers = imported_by(copy / "src")
    _warm_up(importers)
    gc.freeze()
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        run = Run(asked["module"], tuple(asked["tests"]), asked["seconds"])
        print(json.dumps(asdict(_forked(run, copy, importers))), file=answers, flush=True)
    return 0


def imported_by(source: Path) -> Mapping[str, set[str]]:
    """Every module of the package, and the modules that import it, wherever they do."""
    found: dict[str, set[str]] = defaultdict(set)
    names = {_name(path, source): path for path in (source / PACKAGE).rglob("*.py")}
    for name, path in names.items():
        for wanted in _imports(ast.parse(path.read_bytes())):
            if wanted in names and wanted != PACKAGE:
                found[wanted].add(name)
    return found


def _name(path: Path, source: Path) -> str:
    return ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")


def _imports(tree: ast.AST) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def _stale(module: str, importers: Mapping[str, set[str]]) -> set[str]:
    """The module and all that import it, at any remove; of a package, all that is in it."""
    stale, left = set(), [module]
    while left:
        name = left.pop()
        if name not in stale and name != PACKAGE:
            stale.add(name)
            left += importers.get(name, ())
            left += [one for one in importers if one.startswith(f"{name}.")]
    return stale


def _warm_up(importers: Mapping[str, set[str]]) -> None:
    for name in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)
    for name in sorted({*importers, *(one for some in importers.values() for one in some)}):
        if not name.endswith("__main__"):
            importlib.import_module(name)
    from hypothesis import Phase, settings

    settings.register_profile(
        "mutants", deadline=None, database=None, phases=[Phase.explicit, Phase.generate]
    )
    compiled = importlib.import_module("gutskin.model.compiled")
    compiled.load_model()
    from jax._src import xla_bridge

    assert not xla_bridge._backends, "JAX has threads already: a fork would wait for them for ever"


def _forget(names: set[str]) -> None:
    for name in names:
        sys.modules.pop(name, None)
        parent, _, last = name.rpartition(".")
        if parent in sys.modules:
            vars(sys.modules[parent]).pop(last, None)
    package = sys.modules[PACKAGE]
    for name in package.__all__:
        if name in package._HOMES:
            vars(package).pop(name, None)


def _forked(run: Run, copy: Path, importers: Mapping[str, set[str]]) -> Outcome:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(run, copy, importers, writing)
    os.close(writing)
    text = b""
    while part := _read(reading, QUIET):
        text += part
    os.close(reading)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if part is None or os.WTERMSIG(status) == signal.SIGXCPU:
        return Outcome(-1)
    last = text.rpartition(b"\n")[2]
    return Outcome(**json.loads(last)) if last else Outcome(70)


def _read(pipe: int, seconds: float) -> bytes | None:
    """What comes next; None if nothing does in that time."""
    ready, _, _ = select.select([pipe], [], [], seconds)
    return os.read(pipe, 1 << 16) if ready else None


def _child(run: Run, copy: Path, importers: Mapping[str, set[str]], writing: int) -> None:
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    resource.setrlimit(resource.RLIMIT_CPU, (run.seconds, run.seconds + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    outcome = Outcome(70)
    try:
        if run.module:
            name = _name(copy / run.module, copy / "src")
            _forget(_stale(name, importers))
        import pytest

        plugin = _Told(outcome, writing)
        outcome.status = int(pytest.main(_options(run, copy), plugins=[plugin]))
    except BaseException:  # whatever the fault did, the server goes on
        outcome.status = 71
    with os.fdopen(writing, "wb") as file:
        file.write(json.dumps(asdict(outcome)).encode())
    os._exit(0)


def _options(run: Run, copy: Path) -> list[str]:
    return [
        "-q", "-x", "-n0", "--no-header", "--tb=no",
        "--hypothesis-profile=mutants", f"--basetemp={copy / '.tmp'}", *run.tests,
    ]  # fmt: skip


class _Told:
    """A plugin of pytest that writes down how each test ended, and tells when."""

    def __init__(self, outcome: Outcome, pipe: int) -> None:
        self.outcome, self.pipe = outcome, pipe

    def pytest_runtest_logreport(self, report) -> None:
        spent = self.outcome.spent
        spent[report.nodeid] = spent.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.outcome.failed.append(report.nodeid)
        elif report.when == "call":
            self.outcome.passed.append(report.nodeid)
        os.write(self.pipe, b"\n")


if __name__ == "__main__":
    raise SystemExit(main())
