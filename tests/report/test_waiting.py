"""What takes seconds is shown while it lasts: on a terminal at once, elsewhere with a line."""

import ast
import sys
import time
from pathlib import Path

import pytest

from gutskin import cli, trial_run
from gutskin.cli import loading
from gutskin.report import console, progress
from gutskin.report.progress import waiting

COMMANDS = Path(cli.__file__).parent
SHOWN = {"waiting", "progress", "starting", "_waiting", "shown"}
LONG = {  # what takes longer than two seconds on a busy machine, and who calls it
    "check_model": "model", "compute_references": "model", "change_in_trial": "model",
    "render": "model", "page": "page", "follow": "simulate", "judge": "claims",
    "read_experiments": "claims", "plan_of_experiments": "claims", "draw_verdict": "claims",
    "consequence": "evidence", "make_card": "strain", "carried": "strain", "measure": "bench",
    "power_of": "power", "run_trial": "power", "plan_trial": "trial", "write_trial": "trial_run",
    "summarise": "trial_run", "posterior_for": "trial_run",
}  # fmt: skip


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def calls(tree, shown=False):
    """Every call below a node: (its name, whether something is shown meanwhile)."""
    for node in ast.iter_child_nodes(tree):
        inside = shown
        if isinstance(node, ast.With):
            opened = [one for item in node.items for one in ast.walk(item.context_expr)]
            inside |= any(isinstance(one, ast.Call) and name_of(one) in SHOWN for one in opened)
        if isinstance(node, ast.Call):
            yield name_of(node), inside
        yield from calls(node, inside)


@pytest.mark.parametrize(("work", "module"), LONG.items())
def test_whatever_takes_seconds_is_shown_while_it_lasts(work, module):
    path = Path(trial_run.__file__) if module == "trial_run" else COMMANDS / f"{module}.py"
    found = [shown for name, shown in calls(ast.parse(path.read_text("utf-8"))) if name == work]
    assert found
    assert all(found)


def test_a_file_is_told_only_of_what_takes_long(monkeypatch, capsys):
    with waiting("Making the model"):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "PATIENCE", 0.001)
    said = ""
    with waiting("Making the model"):
        for _ in range(1000):
            time.sleep(0.005)
            said += capsys.readouterr().err
            if said:
                break
    assert said == "Making the model ...\n"
    with waiting("Starting", line=False):
        time.sleep(0.02)
    assert capsys.readouterr().err == ""


def test_a_terminal_is_told_at_once(monkeypatch):
    said = []

    class Shown(console.Terminal):
        def status(self, label):
            said.append((label, self.stderr))
            return super().status(label)

    monkeypatch.setattr(console, "Terminal", Shown)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    loading.load_model(None)
    assert said == [("Making the model", True)]
