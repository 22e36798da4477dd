"""`gutskin plan`: frozen once, compared with a run afterwards."""

import json

import pytest

from gutskin import cli
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.trials.design import load_trial
from gutskin.trials.manifest import RECORD, Manifest
from gutskin.trials.run_record import RunRecord

COMMAND = ["plan", "six-strain-children"]
RESULT = {
    "trial": "six-strain-children", "primary": "scorad", "replicates": 200,
    "arms": [{"n": 20}, {"n": 20}], "model": {"content_hash": "x"},
    "endpoints": {"scorad": {"difference": {"mean": -2.3, "ci95_low": None}}},
}  # fmt: skip


@pytest.fixture
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def finished(folder, seed=1):
    """A finished result of the shipped trial."""
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps(RESULT))
    record = RunRecord.of(
        load_trial("six-strain-children"), biology_of_worlds(), 200, seed, "evidence"
    )
    (folder / RECORD).write_text(Manifest.of(folder, record, "gutskin trial x").to_json())


def test_a_plan_is_written_three_times_and_printed(here, capsys):
    assert cli.main(COMMAND) == 0
    assert "Frozen plan" in capsys.readouterr().out
    names = sorted(one.name for one in (here / "plan" / "six-strain-children").iterdir())
    assert names == ["plan.html", "plan.json", "plan.md"]


def test_json_is_the_plan_itself(here, capsys):
    assert cli.main([*COMMAND, "--out", "p", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((here / "p" / "plan.json").read_text())


def test_the_same_plan_may_be_frozen_again_and_another_is_refused(here, capsys):
    assert cli.main(COMMAND) == 0
    assert cli.main(COMMAND) == 0
    assert cli.main([*COMMAND, "--seed", "2"]) == 2
    assert "the seed changed" in capsys.readouterr().err
    assert cli.main([*COMMAND, "--seed", "2", "--overwrite"]) == 0
    assert json.loads((here / "plan/six-strain-children/plan.json").read_text())["seed"] == 2


def test_a_run_as_planned_is_reported_with_what_is_not_shown(here, capsys):
    finished(here / "out")
    assert cli.main(COMMAND) == 0
    capsys.readouterr()
    assert cli.main([*COMMAND, "--run", "out", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["changed"] == []
    assert found["not_shown"] == 6
    assert (here / "plan/six-strain-children/credibility.html").exists()


def test_another_run_is_told(here, capsys):
    finished(here / "out", seed=5)
    assert cli.main(COMMAND) == 0
    capsys.readouterr()
    assert cli.main([*COMMAND, "--run", "out", "--quick"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "The run is not what was planned" in told
    assert "5 instead of 1" in told


def test_a_changed_result_is_told(here, capsys):
    finished(here / "out")
    (here / "out" / "result.json").write_text(json.dumps({**RESULT, "replicates": 201}))
    assert cli.main(COMMAND) == 0
    capsys.readouterr()
    assert cli.main([*COMMAND, "--run", "out", "--quick", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["damaged"]) == 1


def test_what_is_missing_is_refused_together(here, capsys):
    assert cli.main([*COMMAND, "--run", "out"]) == 2
    told = capsys.readouterr().err
    assert "no frozen plan" in told
    assert "no finished result" in told


def test_results_are_not_taken_by_a_plan(here, capsys):
    (here / "s.json").write_text('{"coverage": {}}')
    assert cli.main([*COMMAND, "--score", "s.json", "--quick"]) == 2
    assert "--score, --quick: a plan that is frozen takes no results" in capsys.readouterr().err


def test_what_a_plan_has_frozen_is_not_asked_again_after_the_run(here, capsys):
    finished(here / "out")
    assert cli.main(COMMAND) == 0
    capsys.readouterr()
    asked = ["--run", "out", "--quick", "--replicates", "200", "--seed", "1"]
    assert cli.main([*COMMAND, *asked]) == 2
    assert "--replicates, --seed: after a run the plan says this" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told_with_all_else_that_is_wrong(here, capsys):
    """Unit: the folder was looked at when all else was right, for a report after the work."""
    (here / "thesis.docx").write_text("years of work")
    words = ["--out", "thesis.docx", "--declare", "none.toml", "--replicates", "0"]
    assert cli.main([*COMMAND, *words]) == 2
    told = capsys.readouterr().err
    for says in (
        "thesis.docx: this is a file",
        "none.toml: the file cannot be read",
        "0 replicates",
    ):
        assert told.count(says) == 1, told
