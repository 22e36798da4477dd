"""What takes seconds and has no known end is shown on a terminal, and nowhere else."""

import sys

from gutskin.cli import loading
from gutskin.report import console
from gutskin.report.progress import waiting


def test_a_terminal_is_told_and_a_file_is_not(monkeypatch, capsys):
    with waiting("Making the model"):
        pass
    assert capsys.readouterr().err == ""
    said = []

    class Shown(console.Terminal):
        def status(self, label):
            said.append((label, self.stderr))
            return super().status(label)

    monkeypatch.setattr(console, "Terminal", Shown)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    loading.load_model(None)
    assert said == [("Making the model", True)]
