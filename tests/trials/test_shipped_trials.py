"""Every shipped trial runs by its name, to the end and to a summary."""

import json

import pytest

from gutskin import cli
from gutskin.trials.design import known_trials


@pytest.mark.slow
@pytest.mark.parametrize("name", known_trials())
def test_every_shipped_trial_runs_by_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["trial", name, "--replicates", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["trial"], found["replicates"]) == (name, 2)
    assert found["endpoints"][found["primary"]]["label"]
