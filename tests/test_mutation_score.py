"""What mutation testing found stands in score.tsv; here is held what it has to say."""

import os
from pathlib import Path

import lists
import mutate
import pytest
import run
import suites

ROOT = Path(__file__).parents[1]
FLOOR = run.LEAST  # of the mutants


def mutants(tmp_path, text):
    path = tmp_path / "module.py"
    path.write_text(text, encoding="utf-8")
    return mutate.mutants_of(path, tmp_path)


def test_structure_nearly_all_code_in_scope_has_a_score():
    scored = {row.module for row in lists.scores()}
    files = [mutant.file for mutant in mutate.found_in(run._modules(()), ROOT)]
    without = [file for file in files if file not in scored]
    assert len(without) <= 0.1 * len(files), f"Run make mutants for {sorted(set(without))}."


def test_reference_nine_of_ten_mutants_are_killed_and_eight_in_any_module_that_was_tried():
    rows = lists.scores()
    assert lists.overall(rows)[0] >= FLOOR
    assert {row.module: row.share for row in rows if row.counted >= 10 and row.share < 0.8} == {}


def test_closed_form_the_share_weighs_modules_by_their_mutants():
    rows = [lists.Score("a", 100, 10, 0, 10, 0), lists.Score("b", 300, 12, 2, 5, 0)]
    share, low, high = lists.overall(rows)
    assert share == pytest.approx((100 * 1.0 + 300 * 0.5) / 400)
    a, b = 11 / 12, 6 / 12
    variance = 0.25**2 * 0.9 * a * (1 - a) / 12 + 0.75**2 * 0.96 * b * (1 - b) / 12
    assert (high - low) / 2 == pytest.approx(1.96 * variance**0.5)


def test_closed_form_the_interval_of_a_whole_module_has_no_width():
    share, low, high = lists.overall([lists.Score("a", 8, 8, 1, 7, 2)])
    assert share == low == high == 1.0


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("def f(a, b):\n    return a < b\n", {"<=", ">=", "None"}),
        ("def f(a, b):\n    if a and b:\n        g(a)\n", {"or", "True", "False", "pass"}),
        ("def f(a):\n    x = not a\n", {""}),
        ("N = 0.5\n", {"1.5", "0.25"}),
        ("def f(x):\n    y = x.max()\n", {"min"}),
        ("def f(x):\n    for a, b in zip(x, x, strict=True):\n        pass\n", set()),
        ("def f(x: int = 3):\n    raise ValueError(x + 1)\n", {"4", "pass"}),
        ("def f(x):\n    return where(x, 1, 2)\n", {"2, 1", "2", "3", "None"}),
    ],
)
def test_unit_what_is_put_into_a_line(tmp_path, text, changed):
    assert {one.after for one in mutants(tmp_path, text)} == changed


def test_unit_a_mutant_changes_its_own_bytes_alone_and_is_found_again_after_other_lines(tmp_path):
    text = "def f(a):\n    return a + a  # µ\n"
    (before,) = [one for one in mutants(tmp_path, text) if one.after == "-"]
    assert before.applied(text.encode()).decode() == "def f(a):\n    return a - a  # µ\n"
    (after,) = [one for one in mutants(tmp_path, "import x\n\n" + text) if one.after == "-"]
    assert after.key == before.key
    assert after.line == before.line + 2


def test_unit_a_mutant_is_put_to_its_own_tests_first_and_to_slow_ones_last(tmp_path):
    (one,) = [each for each in mutants(tmp_path, "def f(a):\n    return a + a\n")
              if each.after == "-"]  # fmt: skip
    seconds = {"test_module.py::slow": 9.0, "test_module.py::quick": 0.5, "test_x.py::y": 0.1,
               "test_x.py::near": 0.1, "test_z.py::z": 0.1,
               "test_module_edges.py::also_its_own": 0.6}  # fmt: skip
    opening = dict.fromkeys((name.partition("::")[0] for name in seconds), 0.0)
    lines = {one.file: {2: {"test_module.py::slow", "test_module.py::quick", "test_x.py::y"}}}
    usual = ["test_module.py::quick", "test_x.py::y", "test_module_edges.py::also_its_own",
             "test_x.py::near"]  # fmt: skip
    found = suites.Suites(seconds, opening, lines)
    assert found.of(one) == [*usual, "test_module.py::slow"]
    found.most = 5.0  # the slow one has no room
    assert found.of(one) == usual
    found.unsound = set(usual)  # and is asked where there is no other
    assert found.of(one) == ["test_module.py::slow"]


def recording(root):
    """A checkout of one module and its test, and how to record it."""
    (root / "src" / "gutskin").mkdir(parents=True)
    (root / "src" / "gutskin" / "__init__.py").touch()
    (root / "src" / "gutskin" / "few.py").write_text("def f():\n    return 1\n")
    (root / "tests" / "mutation").mkdir(parents=True)
    for name in ("__init__.py", "mutation/__init__.py"):
        (root / "tests" / name).touch()
    lines = (ROOT / "tests" / "mutation" / "lines.py").read_text()
    (root / "tests" / "mutation" / "lines.py").write_text(lines)
    (root / "pytest.ini").write_text(
        "[pytest]\nmarkers = slow\naddopts = --import-mode=importlib\n"
    )
    for name in ("one", "two"):
        (root / "tests" / f"test_{name}.py").write_text(
            f"from gutskin.few import f\n\ndef test_{name}():\n    assert f() == 1\n"
        )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return lambda: suites.recorded(root / "lines", root, environment, False, 20.0)


def test_edge_tests_that_are_gone_are_forgotten_and_what_cannot_be_read_is_told(tmp_path):
    again = recording(tmp_path)
    assert {name.partition("::")[2] for name in again().seconds} == {"test_one", "test_two"}
    (tmp_path / "tests" / "test_two.py").unlink()
    assert {name.partition("::")[2] for name in again().seconds} == {"test_one"}
    (tmp_path / "tests" / "test_one.py").write_text("from gutskin.few import nothing\n")
    with pytest.raises(SystemExit, match="nothing"):
        again()
    (tmp_path / "tests" / "test_one.py").write_text(
        "from gutskin.few import f\n\ndef test_mended():\n    assert f() == 1\n"
    )
    assert {name.partition("::")[2] for name in again().seconds} == {"test_mended"}
