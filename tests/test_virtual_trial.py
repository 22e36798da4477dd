"""A trial asked from Python: the same numbers as the commands, refused in the same words."""

import json

import pytest

import gutskin
from gutskin import api, cli, virtual_trial
from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.usual_draws import usual_draws
from gutskin.trials.design import trial_path
from gutskin.virtual_trial import Answer

FEW = """endpoints = ["scorad"]
weeks = [8]
dose_factors = [1]
records = [1]
budget = 2e5
[[enrichment]]
name = "ill"
upper_half = ["scorad"]
[pilot]
n = 4
endpoints = ["scorad"]
"""


@pytest.fixture(scope="module")
def trial():
    return gutskin.trial("six-strain-children")


def test_it_is_asked_in_the_worlds_of_the_commands_or_in_others(monkeypatch):
    assert gutskin.trial("lgg-infants").biology.draws == usual_draws(shipped_biology())
    told = []
    monkeypatch.setattr(virtual_trial, "carry_out", lambda plan, *_, **how: told.append(how))
    for draws in ("1", usual_draws(shipped_biology())):
        gutskin.trial("lgg-infants", draws=draws).run(2)
    assert [how["command"] for how in told] == [
        "gutskin.trial('lgg-infants', draws='1').run(2, seed=1)",
        "gutskin.trial('lgg-infants').run(2, seed=1)",
    ]


def test_a_run_says_how_it_is_repeated(monkeypatch, tmp_path):
    told = []
    monkeypatch.setattr(virtual_trial, "carry_out", lambda plan, *_, **how: told.append(how))
    monkeypatch.setattr(api, "carry_out", lambda plan, *_, **how: told.append(how))
    path = tmp_path / "mine.toml"
    path.write_text(trial_path("lgg-infants", shipped_biology()).read_text("utf-8"), "utf-8")
    design = gutskin.load_trial(path)
    gutskin.trial(path).run(2, stance="article", out=tmp_path / "o", explain=True)
    gutskin.run(design, replicates=2)
    gutskin.trial(design).run(2)
    changed = design.model_copy(update={"title": "Another"})
    gutskin.run(changed, replicates=2)
    gutskin.trial(changed).run(2)
    own = repr(str(path))
    words = ", where `design` was made or changed in Python: "
    first, second, third, fourth, fifth = (how["command"] for how in told)
    assert first == (
        f"gutskin.trial({own}).run(2, seed=1, stance='article', out={str(tmp_path / 'o')!r}, "
        "explain=True)"
    )
    assert second == f"gutskin.run({own}, replicates=2, seed=1)"
    assert third == f"gutskin.trial({own}).run(2, seed=1)"
    assert fourth.startswith(f"gutskin.run(design, replicates=2, seed=1){words}")
    assert fifth.startswith(f"gutskin.trial(design).run(2, seed=1){words}")


def said_by(capsys, *command):
    assert cli.main([*command, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("n", "named"),
    [
        ([], "nothing"), ([1], "1"), ([20, 1_000_001], "1000001"), ([20.0], "20.0"),
        (["20"], "'20'"), ([True, 1, 50], "True, 1"), ([-5, 10**12], "-5, 1000000000000"),
    ],
)  # fmt: skip
def test_numbers_of_patients_that_cannot_be_are_refused_before_any_work(
    trial, monkeypatch, n, named
):
    monkeypatch.setattr(virtual_trial, "load_model", None)
    with pytest.raises(InputError) as caught:
        trial.power(n)
    assert str(caught.value).startswith(f"n: {named} can be no number of patients.")


def test_power_is_that_of_the_command(trial, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    answer = trial.power([20, 100], replicates=3, seed=2)
    command = ["power", "six-strain-children", "--n", "20,100", "--replicates", "3", "--seed", "2"]
    assert json.loads(answer.to_json()) == said_by(capsys, *command)
    assert "SCORAD" in str(answer)
    assert repr(answer) == f"Answer (power).\n{answer}"
    assert answer.plot(tmp_path / "p.svg").read_text().startswith("<?xml")


def test_an_explanation_is_that_of_the_command(trial, capsys):
    answer = trial.explain(replicates=2, shared=1, seed=2)
    command = [
        "explain",
        "six-strain-children",
        "--replicates",
        "2",
        "--shared",
        "1",
        "--seed",
        "2",
    ]
    assert json.loads(answer.to_json()) == said_by(capsys, *command)
    assert str(answer)


def test_designs_are_those_of_the_command(trial, capsys, tmp_path):
    (tmp_path / "few.toml").write_text(FEW)
    answer = trial.optimise(tmp_path / "few.toml", budget=3e5, replicates=4, patients=6)
    command = ["optimise", "six-strain-children", "--over", str(tmp_path / "few.toml")]
    command += ["--budget", "300000", "--replicates", "4", "--patients", "6"]
    assert json.loads(answer.to_json()) == said_by(capsys, *command)
    assert answer.plot(tmp_path / "o.png").stat().st_size > 1000


def test_a_plan_is_that_of_the_command(trial, capsys, tmp_path):
    command = ["plan", "six-strain-children", "--out", str(tmp_path / "p"), "--seed", "3"]
    assert json.loads(trial.plan(seed=3).to_json()) == said_by(capsys, *command)


def test_a_plan_is_printed_as_the_command_prints_it(trial, capsys, tmp_path):
    plan = trial.plan(seed=3)
    assert cli.main(["plan", "six-strain-children", "--out", str(tmp_path), "--seed", "3"]) == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.strip().split("\n")]
    assert str(plan).split("\n") == printed
    assert repr(plan) == (
        f"FrozenPlan of six-strain-children: 200 replicates, seed 3, checksum {plan.checksum[:12]}."
    )
    assert plan._repr_html_().startswith("<pre>Frozen plan: ")


def test_a_run_is_that_of_gutskin_run(trial):
    assert trial.run(2, seed=3).summary == gutskin.run(trial.design, replicates=2, seed=3).summary


def test_a_share_that_is_none_cannot_be_declared_to_be_printed(trial):
    with pytest.raises(InputError, match="passes: -1 is no share"):
        trial.score(passes=-1)


def test_what_was_not_published_cannot_be_scored(trial):
    with pytest.raises(InputError, match="six-strain-children: "):
        trial.score()


@pytest.mark.parametrize("ask", ["run", "power", "explain", "optimise", "plan", "score"])
def test_a_stance_that_nobody_knows_is_refused_before_anything_is_simulated(trial, ask):
    with pytest.raises(InputError, match="stance 'strong' is not known"):
        getattr(trial, ask)(stance="strong")


def test_a_literature_passes_on_what_it_was_asked_and_refuses_what_is_wrong(monkeypatch):
    with pytest.raises(InputError, match=r"-0\.5, 2 is no share"):
        gutskin.meta(passes=(0.5, -0.5, 2))
    with pytest.raises(InputError, match="an interval of 95% needs 39"):
        gutskin.meta(replicates=38)
    with pytest.raises(InputError, match="stance"):
        gutskin.meta(stance="strong")
    seen = {}

    def summarise(reports, left_out, filters, model, seed, stance):
        seen.update(reports=len(reports), filters=filters, seed=seed, stance=stance)
        raise InputError([])

    monkeypatch.setattr("gutskin.evidence.literature_summary.summarise_literature", summarise)
    monkeypatch.setattr("gutskin.evidence.literature.report_trial", lambda *asked: asked[2:])
    monkeypatch.setattr(virtual_trial, "load_model", lambda biology: None)
    with pytest.raises(InputError):
        gutskin.meta(passes=(0.5, 0.5, 0), replicates=39, seed=4)
    assert seen["reports"] >= 3
    assert (seen["filters"], seen["seed"], seen["stance"]) == ([0.5, 0.0], 4, "evidence")


def test_an_answer_is_shown_in_a_notebook_and_draws_what_has_a_figure(tmp_path):
    answer = Answer("score", {}, ("a < b", "c"))
    assert answer._repr_html_() == "<p>a &lt; b</p><p>c</p>"
    with pytest.raises(InputError, match=r"an \.svg or a \.png"):
        answer.plot(tmp_path / "a.pdf")


def test_a_file_that_is_wrong_is_told_as_the_command_tells_it(tmp_path):
    (tmp_path / "t.toml").write_text("name = 3\n")
    with pytest.raises(InputError) as error:
        gutskin.trial(tmp_path / "t.toml")
    assert any(one.line == 1 for one in error.value.problems)
