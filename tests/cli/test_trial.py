"""`gutskin trial`: what it prints, what it writes and keeps, and its exit status."""

import csv
import errno
import io
import json
import os
import re
import shlex
import signal
import sys
import threading

import pytest

from gutskin import cli, trial_files, trial_run
from gutskin.atomic_write import cannot_write
from gutskin.cli import trial
from gutskin.cli.options import Stance
from gutskin.model.biology import biology_folder, shipped_biology
from gutskin.trials.failures import Failure, refuse
from gutskin.trials.result_folder import RESULT_FILES


@pytest.fixture
def no_pictures(monkeypatch):
    """A stand-in for the report, which takes seconds, where something else is asked."""
    monkeypatch.setattr(
        "gutskin.report.page.write_report", lambda path, *given: path.write_text("")
    )
    monkeypatch.setattr(trial_files, "drawn_of", lambda *given: None)
    monkeypatch.setattr(trial_files, "doubts_of", lambda summary: ())


def test_json_is_one_document_and_nothing_else(engine, capsys):
    assert cli.main(["trial", "six-strain-children", "--replicates", "20", "--json"]) == 0
    out, err = capsys.readouterr()
    summary = json.loads(out)
    assert summary["replicates"] == 20
    assert summary["seed"] == 1
    assert "20 of 20" in err
    assert engine == [(20, 1, "evidence")]


def test_a_table_for_spreadsheets_has_the_numbers_of_the_document(engine, capsys, tmp_path):
    path = tmp_path / "trial.csv"
    command = ["trial", "six-strain-children", "--replicates", "40", "--json"]
    assert cli.main([*command, "--csv", str(path)]) == 0
    out, err = capsys.readouterr()
    summary = json.loads(out)
    assert f"Written: {path}" in err
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    assert len(rows) == len(summary["endpoints"]) * len(summary["arms"])
    told = {(row["endpoint"], row["arm"]): row for row in rows}
    active, control = told["scorad", "six_strain"], told["scorad", "placebo"]
    found = summary["endpoints"]["scorad"]["difference"]
    assert float(active["difference_mean"]) == pytest.approx(found["mean"], rel=1e-5)
    assert float(active["true_effect_ci95_low"]) == pytest.approx(
        found["true_effect"]["ci95_low"], rel=1e-5
    )
    assert float(active["share_p_below_0_05_against"]) == pytest.approx(
        found["share_p_below_0_05_against"], rel=1e-5
    )
    ends = summary["endpoints"]["scorad"]["placebo"]
    assert float(control["change_mean"]) == pytest.approx(ends["change_mean"], rel=1e-5)
    assert (control["difference_mean"], control["control"], control["n"]) == ("", "True", "20")
    assert [active["primary"], told["easi", "placebo"]["primary"]] == ["True", "False"]


def test_pictures_that_need_no_result_are_drawn_while_the_trial_is_simulated(
    engine, no_pictures, capsys, monkeypatch, tmp_path
):
    drawn, simulated = threading.Event(), []
    of_stand_in = sys.modules["gutskin.trials.run"].run_trial

    def axis_of(design, model, stance, tell):
        tell("The report lacks the picture of the axis: nobody drew it")
        drawn.set()

    def run_trial(*given, **named):
        simulated.append(drawn.wait(timeout=30))
        return of_stand_in(*given, **named)

    monkeypatch.setattr(trial_files, "axis_of", axis_of)
    monkeypatch.setattr(sys.modules["gutskin.trials.run"], "run_trial", run_trial)
    out = tmp_path / "out"
    command = ["trial", "six-strain-children", "--replicates", "20", "--out", str(out)]
    assert cli.main(command) == 0
    assert simulated == [True, True]
    assert capsys.readouterr().err.count("lacks the picture of the axis") == 1
    assert (out / "report.html").exists()


def test_a_table_of_another_kind_is_refused_with_all_else(engine, capsys, tmp_path):
    assert cli.main(["trial", "six-strian-children", "--csv", str(tmp_path / "a.xlsx")]) == 2
    told = capsys.readouterr().err
    assert "a.xlsx: this table is a .csv file. Write a name with this ending." in told
    assert "six-strain-children" in told
    assert engine == []


def test_the_same_seed_prints_the_same_text(engine, capsys):
    texts = []
    for _ in range(2):
        cli.main(["trial", "six-strain-children", "--replicates", "5", "--seed", "7", "--json"])
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]


def test_a_report_runs_both_stances_and_writes_everything(engine, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["trial", "six-strain-children", "--replicates", "20", "--report"]) == 0
    folder = tmp_path / "out" / "six-strain-children"
    assert sorted(path.name for path in folder.iterdir()) == sorted(RESULT_FILES)
    assert engine == [(20, 1, "evidence"), (2, 1, "article")]
    out = capsys.readouterr().out
    assert "Under the article stance" in out
    assert "report.html" in out
    assert json.loads((folder / "result.json").read_text())["article_stance"]["replicates"] == 2
    page = (folder / "report.html").read_text()
    plain = re.sub(r"<[^>]+>", "", page)
    assert "--replicates 20 --seed 1 --stance evidence --report" in plain


def test_the_article_stance_reports_the_evidence_beside_it(engine, no_pictures, capsys, tmp_path):
    out = str(tmp_path / "out")
    command = ["trial", "six-strain-children", "--replicates", "20", "--stance", "article"]
    assert cli.main([*command, "--out", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["evidence_stance"]["replicates"] == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "not valid TOML"),
        ('population = "ad_chid"', "Did you mean 'ad_child'?"),
    ],
)
def test_wrong_input_is_one_message_status_2_and_nothing_written(
    engine, capsys, tmp_path, text, says
):
    path = tmp_path / "trial.toml"
    path.write_text(text)
    out = tmp_path / "out"
    assert cli.main(["trial", str(path), "--out", str(out)]) == 2
    stdout, stderr = capsys.readouterr()
    assert stdout == ""
    assert says in stderr
    assert f"{path}:1: " in stderr
    assert not out.exists()
    assert engine == []


def test_a_folder_in_the_way_is_found_before_the_work(engine, capsys, tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    assert cli.main(["trial", "six-strain-children", "--out", str(tmp_path)]) == 2
    assert "thesis.docx" in capsys.readouterr().err
    assert engine == []


def test_an_interrupted_run_says_so_and_keeps_the_old_result(
    engine, no_pictures, capsys, tmp_path, monkeypatch
):
    command = ["trial", "six-strain-children", "--replicates", "4", "--out", str(tmp_path / "out")]
    assert cli.main(command) == 0
    old = (tmp_path / "out" / "result.json").read_bytes()

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("gutskin.report.page.write_report", interrupted)
    assert cli.main([*command, "--seed", "2", "--overwrite"]) == 130
    err = capsys.readouterr().err
    assert "2 of 2 chunks are finished and kept in" in err
    assert f"--seed 2 --stance evidence --out {tmp_path / 'out'} --overwrite` goes on" in err
    assert "Interrupted" in err
    assert (tmp_path / "out" / "result.json").read_bytes() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.unfinished", "out"]


def test_a_full_disk_is_one_message_that_says_what_is_kept(
    engine, no_pictures, capsys, tmp_path, monkeypatch
):
    def full(path, *args):
        raise cannot_write(path, OSError(errno.ENOSPC, "No space left on device"))

    monkeypatch.setattr("gutskin.report.page.write_report", full)
    command = ["trial", "six-strain-children", "--replicates", "4", "--out", str(tmp_path / "out")]
    assert cli.main(command) == 2
    first, second, third = capsys.readouterr().err.splitlines()[-3:]
    assert "report.html: cannot be written: No space left on device. Free some space" in first
    assert second == f"2 of 2 chunks are finished and kept in {tmp_path / '.out.unfinished'}."
    again = " ".join(["gutskin", *command[:4], "--seed 1 --stance evidence", *command[4:]])
    assert third == f"`{again}` goes on from there."
    assert [path.name for path in tmp_path.iterdir()] == [".out.unfinished"]


def test_another_run_into_the_folder_of_a_result_is_refused_before_the_work(
    engine, no_pictures, capsys, tmp_path, monkeypatch
):
    command = ["trial", "six-strain-children", "--replicates", "4", "--out", str(tmp_path / "out")]
    assert cli.main(command) == 0
    old = (tmp_path / "out" / "result.json").read_bytes()
    calls = list(engine)
    with monkeypatch.context() as patch:
        patch.setattr(trial_run, "load_model", lambda biology: pytest.fail("compiled first"))
        assert cli.main([*command, "--seed", "2"]) == 2
    assert "(seed 2 instead of 1). Add --overwrite to replace it" in capsys.readouterr().err
    assert (tmp_path / "out" / "result.json").read_bytes() == old
    assert engine == calls
    assert cli.main(command) == 0
    assert (tmp_path / "out" / "result.json").read_bytes() == old
    assert cli.main([*command, "--seed", "2", "--overwrite"]) == 0
    assert json.loads((tmp_path / "out" / "result.json").read_text())["seed"] == 2


def test_two_runs_into_one_folder_the_second_is_refused(
    engine, no_pictures, capsys, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    command = ["trial", "six-strain-children", "--replicates", "4", "--out", str(out)]
    inner = []

    def meanwhile(path, *args):
        inner.append(cli.main([*command, "--seed", "2", "--overwrite"]))

    monkeypatch.setattr("gutskin.report.page.write_report", meanwhile)
    assert cli.main(command) == 0
    assert inner == [2]
    err = capsys.readouterr().err
    assert f"{out}: another run writes into this folder: process {os.getpid()}" in err
    assert "--seed 1 --stance evidence --out" in err
    assert json.loads((out / "result.json").read_text())["seed"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_run_that_is_ended_says_what_is_kept(engine, capsys, tmp_path, monkeypatch):
    def ended(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(sys.modules["gutskin.trials.run"], "run_trial", ended)
    command = ["trial", "six-strain-children", "--replicates", "4"]
    assert cli.main([*command, "--out", str(tmp_path / "out")]) == 143
    err = capsys.readouterr().err
    assert "Nothing is kept: none of the 2 chunks of this run was finished yet." in err
    assert "Ended from outside. Earlier results are untouched." in err
    assert cli.main(command) == 143
    assert "Nothing is kept: without --out or --report" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_run_with_too_many_failures_stops_and_lists_them(engine, capsys, tmp_path, monkeypatch):
    lost = Failure(3, "placebo", 7, "settling", 2.0, "it grows", {"name": "x", "start": "given"})

    def run_trial(*args, **kwargs):
        refuse([lost], 40)

    monkeypatch.setattr(sys.modules["gutskin.trials.run"], "run_trial", run_trial)
    assert cli.main(["trial", "six-strain-children", "--out", str(tmp_path / "out")]) == 1
    err = capsys.readouterr().err
    assert "1 of 40 patients could not be computed; more than 0.1%" in err
    assert "Candidate 7 of arm placebo, replicate 3, settling, day 2: it grows." in err
    (listed,) = (tmp_path / ".out.unfinished" / "failed").iterdir()
    assert 'start = "given"' in listed.read_text()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_a_terminal_of_any_encoding_gets_the_whole_result(engine, monkeypatch, tmp_path, encoding):
    title = "Käse [abc] ≥ 5 $ 🧀"
    text = (biology_folder() / "trials" / "six-strain-children.toml").read_text(encoding="utf-8")
    path = tmp_path / "trial.toml"
    path.write_text(re.sub("title = .*", f'title = "{title}"', text), encoding="utf-8")

    def printed(*more):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        assert cli.main(["trial", str(path), "--replicates", "3", *more]) == 0
        stream.flush()
        return stream.buffer.getvalue().decode(encoding)

    assert json.loads(printed("--json"))["title"] == title
    table = printed()
    assert "se [abc] " in table
    assert "research model" in table
    assert (title in table) == (encoding == "utf-8")


def test_the_command_that_repeats_a_trial_is_read_by_a_shell_as_it_was_meant():
    said = trial._command(
        "-my $(trial).toml", 3, 1, Stance.evidence, None, shipped_biology(), overwrite=False
    )
    assert shlex.split(said)[2] == "./-my $(trial).toml"


def test_an_explanation_stands_in_the_result_where_it_is_asked_for(
    engine, monkeypatch, tmp_path, capsys
):
    asked = []

    def explained(plan, model, stance, progress):
        asked.append((plan.replicates, stance))
        return {"nothing": True, "unit": "points", "arm_label": "mix", "label": "SCORAD",
                "routes": {"effect": {"mean": 0.0}}}  # fmt: skip

    monkeypatch.setattr(trial_run, "_explained", explained)
    command = ["trial", "six-strain-children", "--replicates", "50"]
    assert cli.main([*command, "--explain", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["explanation"]["nothing"]
    assert asked == [(50, "evidence")]
    assert cli.main([*command, "--json"]) == 0
    assert "explanation" not in json.loads(capsys.readouterr().out)
