"""The example of a user's own biology runs as CONTRIBUTING.md tells, and changes what it says."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from gutskin.cli import program
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.overlay import biology_of
from gutskin.model.tables import read_tables
from gutskin.model.unfilled import proof_problems
from gutskin.model.usual_draws import NO_POSTERIOR
from gutskin.trials.design import load_trial
from gutskin.trials.run import run_trial
from gutskin.trials.summary import summarise, to_json

ROOT = Path(__file__).parents[1]
OVERLAY = ROOT / "examples" / "overlay"


def test_the_trial_of_the_example_is_simulated_by_its_name(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    command = "gutskin trial --biology examples/overlay my-trial --replicates 2"
    assert command in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert program.main([*command.split()[1:], "--json"]) == 0
    told = capsys.readouterr()
    summary = json.loads(told.out)
    assert summary["trial"] == "my-trial"
    assert summary["model"]["draws"] == "prior"  # it changes a number: no posterior was made of it
    assert NO_POSTERIOR in told.err
    assert summary["endpoints"]["scorad"]["difference"]["mean"] is not None
    overlay = summary["model"]["overlay"]
    assert overlay["name"] == "overlay"
    assert overlay["replaces"] == ["parameters.tsv: km_scratch"]
    assert {"iga.ant", "mechanisms.tsv: M900", "trials/my-trial.toml"} <= set(overlay["adds"])


@pytest.mark.parametrize(
    "command",
    ["simulate examples/healthy_adult.toml --days 1", "evidence M900 --replicates 0"],
    ids=lambda command: command.split()[0],
)
def test_a_course_and_a_card_name_it_on_the_terminal_and_in_json(command, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    command = [*command.split(), "--biology", "examples/overlay"]
    assert program.main(command) == 0
    assert "\nOwn biology 'overlay': adds 8 (" in capsys.readouterr().out
    assert program.main([*command, "--json"]) == 0
    overlay = json.loads(capsys.readouterr().out)["model"]["overlay"]
    assert overlay["name"] == "overlay"
    assert overlay["replaces"] == ["parameters.tsv: km_scratch"]


def test_the_page_of_a_card_names_it(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    page = tmp_path / "card.html"
    command = ["evidence", "M900", "--replicates", "0", "--html", str(page)]
    assert program.main([*command, "--biology", "examples/overlay"]) == 0
    assert "Own biology &#39;overlay&#39;: adds 8 (" in page.read_text(encoding="utf-8")


def test_its_mechanism_moves_what_it_says_and_off_it_does_not():
    model = load_model(OVERLAY)
    assert "clear_products_by_iga" in model.reaction_ids
    place = model.state_ids.index("blood_bacterial_products")
    state = model.initial()[:, None]

    def rate(switch):
        values = {**model.values(), "s_m900": switch}
        wide = [np.full(1, values[one]) for one in model.parameter_ids]
        return float(model.rhs(np.zeros(1), state, wide)[place][0])

    assert rate(1.0) - rate(0.0) == pytest.approx(-model.values()["k_iga_products"], rel=1e-4)


def test_its_mechanism_names_the_experiment_that_fails_without_it():
    """Unit: `model check` of the example, which the pages ask for, ended with status 1."""
    assert [*proof_problems(read_tables(biology_of(OVERLAY)))] == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("iga.ant", "s_m900 *", "2 * s_m900 *"), ("parameters.tsv", "\t0.7\t", "\t0.75\t")],
)
def test_another_fragment_or_row_has_another_hash(tmp_path, name, old, new):
    shutil.copytree(OVERLAY, tmp_path / "own")
    path = tmp_path / "own" / name
    before = biology_of(tmp_path / "own").content_hash
    assert before == biology_of(OVERLAY).content_hash != shipped_biology().content_hash
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert biology_of(tmp_path / "own").content_hash != before


@pytest.mark.slow
def test_workers_of_a_cluster_give_the_same_result_with_it():
    from gutskin.trials.cluster import on_cluster

    model = load_model(OVERLAY)
    design = load_trial("my-trial", model.biology)

    def result(compute):
        its = run_trial(design, model, 3, keep_patients=True, compute=compute)
        return to_json(summarise(its.shown, design, its.analysis, biology=model.biology))

    with on_cluster("local", model, print) as compute:
        there = result(compute)
    assert there == result(None)
