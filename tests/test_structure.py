"""How the code is cut: functions that are read at a glance, files that hold one concept."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("src", "tests", "benchmarks", "scripts", "examples")
LONGEST = {"file": 400, "function": 60}  # lines, docstrings and comments too
FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def too_long(text):
    """What a text of Python has too much of: its lines, and each function that is too long."""
    lines = len(text.splitlines())
    found = {"file": lines} if lines > LONGEST["file"] else {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, FUNCTIONS):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST["function"]:
                found[node.name] = lines
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_has_over_400_lines_and_no_function_over_60(room):
    here = [path for path in FILES if path.is_relative_to(ROOT / room)]
    found = {path.relative_to(ROOT): too_long(path.read_text("utf-8")) for path in here}
    assert {path: which for path, which in found.items() if which} == {}


def test_the_code_is_found():
    assert len(FILES) > 500
    assert (ROOT / "src" / "gutskin" / "errors.py") in FILES


@pytest.mark.parametrize(("lines", "found"), [(59, {}), (60, {"f": 61})])
def test_closed_form_a_function_of_60_lines_is_allowed(lines, found):
    assert too_long("def f():\n" + "    x = 1\n" * lines) == found


@pytest.mark.parametrize(("lines", "found"), [(400, {}), (401, {"file": 401})])
def test_closed_form_a_file_of_400_lines_is_allowed(lines, found):
    assert too_long("x = 1\n" * lines) == found
