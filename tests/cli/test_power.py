"""`gutskin power`: its options, what it uses again, what it writes."""

import json
import sys
import types
from pathlib import Path

import pytest
from synthetic import synthetic

from gutskin import cli
from gutskin.cli import loading
from gutskin.cli.power import read_numbers
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.manifest import RECORD, Manifest
from gutskin.trials.result_folder import POWER_FILES, check_out_dir
from gutskin.trials.run_record import RunRecord

MODEL = types.SimpleNamespace(content_hash="abc")
COMMAND = ["power", "six-strain-children"]


@pytest.fixture
def engine(monkeypatch, tmp_path):
    """A stand-in for the simulation, in an empty folder."""
    calls = []

    def run_trial(design, model, replicates, seed, stance, *, store, progress, tell):
        calls.append((replicates, seed, stance, store, [arm.n for arm in design.arms]))
        progress(replicates, replicates)
        short = design.analysis.model_copy(update={"endpoints": ("scorad",)})
        data = synthetic(design.model_copy(update={"analysis": short}), replicates, seed, stance)
        small = design.model_copy(update={"analysis": short})
        return types.SimpleNamespace(shown=data, analysis=analyse(data, small), design=design)

    module = types.ModuleType("gutskin.trials.run")
    module.run_trial = run_trial
    monkeypatch.setitem(sys.modules, "gutskin.trials.run", module)
    monkeypatch.setattr(loading, "load_model", lambda biology: MODEL)
    monkeypatch.chdir(tmp_path)
    return calls


def finished(folder, replicates=60, seed=1, stance="evidence", program="p"):
    """What a finished result says of its run."""
    design = load_trial("six-strain-children")
    biology = biology_of_worlds().content_hash
    record = RunRecord(
        design.name, design.model_dump_json(), biology, stance, seed, replicates, program
    )
    folder.mkdir(parents=True)
    (folder / "result.json").write_text('{"trial": "", "stance": "", "model": ""}')
    (folder / RECORD).write_text(Manifest.of(folder, record, "gutskin trial x").to_json())


def test_json_is_one_document_with_a_row_for_each_number(engine, capsys):
    assert cli.main([*COMMAND, "--n", "20,100", "--replicates", "50", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert [row["n"] for row in summary["power"]] == [20, 100]
    assert cli.main([*COMMAND, "--n", "20,100", "--replicates", "50", "--csv", "power.csv"]) == 0
    head, *rows = Path("power.csv").read_text().splitlines()
    told = [dict(zip(head.split(","), row.split(","), strict=True)) for row in rows]
    for row, one in zip(summary["power"], told, strict=True):
        assert (int(one["n"]), one["arm"]) == (row["n"], "six_strain")
        assert float(one["assurance"]) == pytest.approx(row["assurance"], rel=1e-5)
        assert float(one["assurance_ci95_high"]) == pytest.approx(
            row["assurance_ci95"][1], rel=1e-5
        )
        assert "sizes" not in one
    assert {"power", "assurance", "harm"} <= set(summary["power"][0])
    assert "n_for_80" in summary
    assert engine[0][:3] == (50, 1, "evidence")


def test_without_a_folder_nothing_is_written(engine, capsys, tmp_path):
    assert cli.main([*COMMAND, "--replicates", "50"]) == 0
    assert list(tmp_path.iterdir()) == []
    out = capsys.readouterr().out
    assert "assurance of 80%" in out
    assert "Figure" not in out
    assert engine[0][3] is None


def test_a_folder_gets_numbers_and_figure_and_may_become_a_result(engine, capsys, tmp_path):
    command = [*COMMAND, "--replicates", "50", "--out", "worlds"]
    assert cli.main(command) == 0
    assert sorted(path.name for path in (tmp_path / "worlds").iterdir()) == sorted(POWER_FILES)
    assert "Figure: worlds/power.svg" in capsys.readouterr().out
    written = json.loads((tmp_path / "worlds" / "power.json").read_text())
    assert written["replicates"] == 50
    assert cli.main([*command, "--json"]) == 0  # a second time into the same folder
    assert json.loads(capsys.readouterr().out) == written
    check_out_dir(tmp_path / "worlds")
    assert engine[0][3].folder == tmp_path / ".worlds.unfinished"


@pytest.mark.parametrize("folder", ["out/six-strain-children", "mine"])
def test_the_worlds_of_a_finished_result_are_used_again(engine, capsys, tmp_path, folder):
    finished(tmp_path / folder)
    where = [] if folder.startswith("out/") else ["--out", folder]
    assert cli.main([*COMMAND, "--json", *where]) == 0
    assert engine[0][0] == 60
    store = engine[0][3]
    assert (tmp_path / folder).resolve() in [one.parent.resolve() for one in store.earlier]
    assert store.folder.exists() is False  # what was kept meanwhile is gone, or never was


@pytest.mark.parametrize(
    ("other", "options"),
    [({"seed": 2}, []), ({"stance": "article"}, []), ({}, ["--replicates", "45"])],
)
def test_the_number_of_another_run_is_not_taken_over(engine, tmp_path, capsys, other, options):
    finished(tmp_path / "out" / "six-strain-children", **other)
    assert cli.main([*COMMAND, *options, "--json"]) == 0
    assert engine[0][0] == (45 if options else 200)


def test_very_many_worlds_are_of_fewer_patients_and_so_many_as_are_asked_for(engine, capsys):
    assert cli.main([*COMMAND, "--replicates", "4000", "--n", "20", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert engine[0][4] == [8, 8]
    assert told["simulated"] == {"six_strain": 8, "placebo": 8}
    assert [arm["n"] for arm in told["arms"]] == [20, 20]
    assert told["power"][0]["sizes"] == {"six_strain": 20, "placebo": 20}
    asked = [*COMMAND, "--replicates", "50", "--patients", "12", "--json"]
    assert cli.main(asked) == 0
    assert engine[1][4] == [12, 12]
    capsys.readouterr()
    assert cli.main([*COMMAND, "--replicates", "50", "--patients", "1"]) == 2
    assert "can be no number of patients of an arm" in capsys.readouterr().err


def test_more_worlds_than_a_finished_result_has_are_of_fewer_patients(engine, tmp_path, capsys):
    finished(tmp_path / "out" / "six-strain-children", replicates=1000)
    assert cli.main([*COMMAND, "--replicates", "900", "--json"]) == 0
    assert cli.main([*COMMAND, "--replicates", "5000", "--json"]) == 0
    assert [call[4] for call in engine] == [[20, 20], [8, 8]]


def test_a_folder_with_other_files_is_left_alone(engine, capsys, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "power.png").write_text("a photograph of a power station")
    assert cli.main([*COMMAND, "--out", "mine"]) == 2
    assert "power.png" in capsys.readouterr().err
    assert engine == []


@pytest.mark.parametrize(
    "text", ["0,abc,1e30", "", "20,,50", "1", "1000001", "-5", "2.5", "²", "9" * 50]
)
def test_wrong_numbers_are_one_message_and_status_2_before_anything(engine, capsys, text):
    assert cli.main([*COMMAND, f"--n={text}"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "Write whole numbers from 2 to" in err
    assert engine == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "Nothing is kept: without --out no file is written.\n"),
        (
            ["--out", "mine"],
            "Nothing is kept: none of the 6 chunks of this run was finished yet.\n",
        ),
    ],
)
def test_a_run_that_is_stopped_says_what_is_kept(engine, capsys, monkeypatch, options, says):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["gutskin.trials.run"], "run_trial", interrupted)
    assert cli.main([*COMMAND, *options]) == 130
    assert says + "Interrupted. Earlier results are untouched." in capsys.readouterr().err


def test_all_wrong_numbers_are_named_together(engine, capsys):
    cli.main([*COMMAND, "--n", "0,20,abc,1e30"])
    assert "'0', 'abc', '1e30' can" in capsys.readouterr().err


def test_numbers_are_taken_once_each_in_their_order():
    assert read_numbers(" 50,20, 50 ,2,1000000") == [50, 20, 2, 1_000_000]


def test_one_world_is_refused_and_two_are_enough(engine, capsys):
    assert cli.main([*COMMAND, "--replicates", "1"]) == 2
    assert cli.main([*COMMAND, "--replicates", "2", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["power"][0]["assurance_ci95"] == [None, None]
    assert summary["warnings"]


@pytest.mark.parametrize("changed", [{"seed": 2}, {"stance": "article"}])
def test_nothing_is_written_beside_the_result_of_another_run(engine, tmp_path, capsys, changed):
    finished(tmp_path / "theirs", **changed)
    before = sorted(one.name for one in (tmp_path / "theirs").iterdir())
    assert cli.main([*COMMAND, "--out", "theirs"]) == 2
    says = capsys.readouterr().err
    assert "the folder holds the result of another run" in " ".join(says.split())
    assert "Name another folder with --out." in " ".join(says.split())
    assert engine == []  # nothing was simulated
    assert sorted(one.name for one in (tmp_path / "theirs").iterdir()) == before


def test_its_own_trial_may_be_repeated_oftener_or_less_often(engine, tmp_path):
    finished(tmp_path / "own", replicates=60)
    assert cli.main([*COMMAND, "--out", "own", "--replicates", "40"]) == 0
    assert (tmp_path / "own" / POWER_FILES[0]).is_file()
