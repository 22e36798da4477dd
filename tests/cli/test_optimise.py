"""`gutskin optimise`: its options, what it uses again, what it writes, what it refuses."""

import json
import sys
import types

import pytest
from test_search import simulated

from gutskin import cli
from gutskin.cli import loading
from gutskin.trials.result_folder import OPTIMISE_FILES, check_out_dir
from gutskin.trials.store import file_name

COMMAND = ["optimise", "six-strain-children", "--replicates", "40", "--patients", "8"]
FEW = 'endpoints = ["scorad"]\nweeks = [8]\nbudget = 2e5\n[pilot]\nn = 4\nendpoints = ["scorad"]\n'


@pytest.fixture
def engine(monkeypatch, tmp_path):
    """A stand-in for the simulation, in an empty folder with a file of few candidates."""
    calls = []

    def run_trial(design, model, replicates, seed, stance, *, store, keep_patients, progress, tell):
        calls.append((design, replicates, seed, stance, store, keep_patients))
        progress(replicates, replicates)
        survey = types.SimpleNamespace(design=design, pilot=("six_strain", "placebo"), pilot_n=4)
        trial = simulated(survey, replicates)
        if store is not None:
            store.folder.mkdir(parents=True, exist_ok=True)
            paths = []
            for number, content in enumerate(trial.contents):
                name = f"evidence-{number:08d}-{'0' * 16}"
                paths.append(store.folder / file_name(name, content))
                paths[-1].write_bytes(content)
            trial.contents, trial.files = (), tuple(paths)
        return trial

    module = types.ModuleType("gutskin.trials.run")
    module.run_trial = run_trial
    monkeypatch.setitem(sys.modules, "gutskin.trials.run", module)
    monkeypatch.setattr(loading, "load_model", lambda biology: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few.toml").write_text(FEW)
    return calls


def test_json_is_one_document(engine, capsys):
    assert cli.main([*COMMAND, "--over", "few.toml", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["trial"], summary["worlds"], summary["budget"]) == (
        "six-strain-children", 40, 2e5,
    )  # fmt: skip
    assert summary["cost"]["declared_in_file"] is False
    ((design, replicates, seed, stance, store, keep),) = engine
    assert (replicates, seed, stance, store, keep) == (40, 1, "evidence", None, True)
    assert design.control.n == 12


def test_options_reach_the_simulation_and_the_budget_of_the_command_stands(engine, capsys):
    more = ["--over", "few.toml", "--budget", "300000", "--seed", "3", "--stance", "article"]
    assert cli.main([*COMMAND, *more, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["budget"] == 3e5
    assert engine[0][1:4] == (40, 3, "article")


def test_a_folder_holds_numbers_table_and_figures_and_takes_the_worlds(engine, tmp_path, capsys):
    assert cli.main([*COMMAND, "--over", "few.toml", "--out", "best", "--csv", "all.csv"]) == 0
    out = capsys.readouterr().out
    assert "Of " in out
    assert "best/optimise.svg" in out
    assert sorted(one.name for one in (tmp_path / "best").iterdir()) == sorted(OPTIMISE_FILES)
    numbers = json.loads((tmp_path / "best" / "optimise.json").read_text())
    table = (tmp_path / "best" / "optimise.csv").read_text()
    assert len(table.splitlines()) == numbers["designs"] + 1
    assert (tmp_path / "all.csv").read_text() == table
    assert engine[0][4] is not None
    assert not engine[0][5]
    check_out_dir(tmp_path / "best")  # it may be written again


LATE = """
name = "late-children"
population = "ad_child"
[visits]
weeks = [0, 4, 8, 16]
[[arms]]
name = "six_strain"
label = "Six-strain mix"
n = 8
[[arms.interventions]]
kind = "probiotic"
strains = ["W23"]
cfu_per_day = 4e9
start_week = {start}
[[arms]]
name = "placebo"
n = 8
control = true
[analysis]
primary = "scorad"
endpoints = ["scorad"]
week = 8
"""


@pytest.mark.parametrize(("start", "late"), [(8, {"six_strain": 8.0}), (0, {})])
def test_arms_that_are_compared_before_they_part_are_told_of_first(
    engine, tmp_path, capsys, start, late
):
    (tmp_path / "late.toml").write_text(LATE.format(start=start))
    (tmp_path / "fewer.toml").write_text("dose_factors = [1]\nrecords = [1]\n" + FEW)
    command = ["optimise", "late.toml", *COMMAND[2:], "--over", "fewer.toml", "--out", "best"]
    assert cli.main(command) == 0
    told = " ".join(capsys.readouterr().out.split())
    numbers = json.loads((tmp_path / "best" / "optimise.json").read_text())
    assert numbers["not_parted"] == late
    nothing, _, answer = told.partition("Of 14 designs")
    assert answer
    assert ("In the trial of the file both arms have been given the same by" in nothing) == bool(
        late
    )
    note = "What sets 'six_strain' apart (Six-strain mix) begins at week 8, and arms are compared"
    assert [note in one for one in numbers["warnings"]] == [True] * len(late)
    assert (f"Note: {note} at week 8" in answer) == bool(late)


def test_a_plan_says_what_would_be_simulated_and_simulates_nothing(engine, capsys):
    assert cli.main([*COMMAND, "--plan"]) == 0
    out = capsys.readouterr().out
    assert "504 designs are compared, read from 1 simulated trial." in out
    assert "40 worlds: 2,880 patients, 11,520 courses." in " ".join(out.split())
    assert engine == []


def test_all_that_is_wrong_comes_together_before_anything_is_simulated(engine, capsys):
    wrong = ["--budget", "-1", "--patients", "2", "--csv", "a.txt"]
    assert cli.main([*COMMAND[:2], *wrong, "--replicates", "1"]) == 2
    told = capsys.readouterr().err
    assert "budget -1: nothing costs that" in told
    assert "patients 2: each arm has" in told
    assert "--csv a.txt" in told
    assert "1 replicate" in told
    assert engine == []


@pytest.mark.parametrize("patients", ["4", "500"])
def test_edge_the_fewest_and_the_most_patients_are_taken(engine, patients):
    command = [*COMMAND[:4], "--patients", patients, "--over", "few.toml", "--plan"]
    assert cli.main(command) == 0


@pytest.mark.parametrize("patients", ["3", "501"])
def test_edge_fewer_and_more_are_not(engine, patients):
    assert cli.main([*COMMAND[:4], "--patients", patients, "--plan"]) == 2


def test_a_file_that_is_wrong_is_told_with_its_line(engine, tmp_path, capsys):
    (tmp_path / "wrong.toml").write_text('weeks = [8]\nendpoint = "scorad"\n')
    assert cli.main([*COMMAND, "--over", "wrong.toml"]) == 2
    assert "wrong.toml:2: unknown key 'endpoint'" in capsys.readouterr().err


def test_the_schema_of_candidates_is_printed(capsys):
    assert cli.main(["schema", "candidates"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"budget", "enrichment", "cost", "pilot"} <= set(found["properties"])


def test_an_impossible_budget_is_told_once(engine, capsys):
    assert cli.main([*COMMAND, "--budget", "-5"]) == 2
    assert capsys.readouterr().err.count("budget") == 1
