"""A pytest plugin that writes down which lines of the package each test runs, and how long it took.

`pytest -p tests.mutation.lines --lines FOLDER`; each process writes one JSON file:
test -> {"seconds": s, "setup": s, "lines": {file: [line]}}, `setup` being part of `seconds`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

TOOL = sys.monitoring.COVERAGE_ID
PACKAGE = f"{os.sep}src{os.sep}gutskin{os.sep}"


def pytest_addoption(parser):
    parser.addoption("--lines", default="", help="Folder for the lines that each test runs.")


def pytest_configure(config):
    folder = config.getoption("--lines")
    controls_others = getattr(config.option, "numprocesses", None) and not hasattr(
        config, "workerinput"
    )
    if folder and not controls_others:
        config.pluginmanager.register(_Recorder(Path(folder)), "lines")


class _Recorder:
    def __init__(self, folder: Path) -> None:
        self.folder, self.tests, self.now, self.setup = folder, {}, None, 0.0
        sys.monitoring.use_tool_id(TOOL, "lines")
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.LINE, self._line)
        sys.monitoring.set_events(TOOL, sys.monitoring.events.LINE)

    def _line(self, code, line):
        name = code.co_filename
        if self.now is not None and PACKAGE in name:
            self.now[name].add(line)
        return sys.monitoring.DISABLE

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item, nextitem):
        self.now, start = defaultdict(set), time.monotonic()
        sys.monitoring.restart_events()
        try:
            return (yield)
        finally:
            lines = {
                "src/gutskin/" + name.partition(PACKAGE)[2]: sorted(of)
                for name, of in self.now.items()
            }
            seconds = {"seconds": time.monotonic() - start, "setup": self.setup}
            self.tests[item.nodeid] = {**seconds, "lines": lines}
            self.now = None

    def pytest_runtest_logreport(self, report):
        if report.when == "setup":
            self.setup = report.duration

    def pytest_sessionfinish(self):
        sys.monitoring.set_events(TOOL, sys.monitoring.events.NO_EVENTS)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{os.getpid()}.json"
        path.write_text(json.dumps(self.tests), encoding="utf-8")
