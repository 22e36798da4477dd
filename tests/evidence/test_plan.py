"""The plan of experiments: who is simulated and meets what, before anything is compiled."""

import json
import sys

import pytest

from gutskin import cli
from gutskin.errors import InputError
from gutskin.evidence.experiments import SHIPPED, files_of
from gutskin.evidence.plan import called, plan_of_experiments
from gutskin.model.biology import shipped_biology
from gutskin.model.vocabulary import vocabulary

EXPERIMENT = """
[X1]
experiment = "daily washing"
evidence_verdict = "thin"
why = "few studies"
days = 28
worlds = 16
patients = 4
sides = { for = { g_tcs = 0.5 }, against = { g_tcs = 0.1 } }

[X1.arms.plain]
population = "ad_child"

[X1.arms.washed]
like = "plain"
age_years = [2, 5]
doses = [{ kind = "washing", washes_per_day = 5, start_day = 7 }, { kind = "wash", day = 3 }]
holds = [{ parameter = "pollen", value = 1 }]
changed = { atopy = "x2" }
off = ["M51"]

[[X1.checks]]
says = "pH rises"
quantity = "skin_ph_nonlesional"
read = { mean = [21, 28] }
contrast = { washed = 1, plain = -1 }
expected = [0, inf]

[X2]
experiment = "the article's trial"
evidence_verdict = "thin"
why = "one trial"
days = 56
trial = "six-strain-children"
replicates = 60

[[X2.trial_checks]]
says = "SCORAD falls"
endpoint = "scorad"
statistic = "true_effect"
expected = [-inf, 0]
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(EXPERIMENT)
    return file


def test_closed_form_arms_and_sizes_are_counted(path):
    one, trial = plan_of_experiments(path, shipped_biology()).experiments
    plain, washed = one.arms
    assert (plain.ages, washed.ages) == ((1, 13), (2, 5))
    assert plain.regimens == ()
    assert [(each.what, each.first, each.last, each.doses) for each in washed.regimens] == [
        ("washing", 7, 27, 105), ("single wash", 3, 3, 1),
    ]  # fmt: skip
    assert (one.sizes.patients, one.sizes.courses, one.sizes.doses) == (64, 64 * 2 * 3, 106)
    assert (trial.sizes.patients, trial.sizes.courses) == (60 * 40, 60 * 40 * 2)


def test_a_plan_is_one_document_and_an_open_end_is_none(path):
    plan = plan_of_experiments(path, shipped_biology())
    document = json.loads(json.dumps(plan.to_json(), allow_nan=False))
    first, second = document["experiments"]
    assert first["checks"][0]["expected"] == [0, None]
    assert first["checks"][0]["quantity_in_words"] != "skin_ph_nonlesional"
    assert first["arms"][1]["washes"] == [{"day": 3, "minutes": 10}]
    assert second["trial"] == "six-strain-children"
    assert (first["trial"], first["replicates"], second["replicates"]) == (None, None, 60)
    assert "expected" in first["checks"][0]
    assert {"near", "grade", "across"}.isdisjoint(first["checks"][0])  # what is not said is absent


@pytest.mark.parametrize(("line", "scorad"), [("", None), ("scorad = [20, 50]", [20, 50])])
def test_unit_the_range_of_scores_is_in_the_plan(path, line, scorad):
    path.write_text(EXPERIMENT.replace("days = 28", f"days = 28\n{line}"))
    (first, _) = plan_of_experiments(path, shipped_biology()).to_json()["experiments"]
    assert first["scorad"] == scorad


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ("easi", "EASI"),  # an endpoint by its id
        ("itch_score", "Itch (0-10)"),  # and by what it measures
        ("gut_treg", "gut Treg"),  # a state
        ("skin_ph_nonlesional", "pH, nonlesional skin"),  # a rule of a site
        ("tewl_nonlesional", "Transepidermal water loss of nonlesional skin"),
        ("gut_permeability", "Permeability of the gut, healthy wall 1"),  # and of none
        ("skin_ph_SITE", "skin_ph_SITE"),
        ("nothing_of_the_kind", "nothing_of_the_kind"),
    ],
)
def test_unit_a_quantity_in_the_words_of_its_table(quantity, words):
    assert called(quantity, vocabulary(shipped_biology())) == words


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_experiment_has_a_plan_with_words(name):
    biology = shipped_biology()
    plan = plan_of_experiments(files_of(name, biology), biology)
    document = json.loads(json.dumps(plan.to_json(), allow_nan=False))
    assert document["sizes"]["courses"] == sum(
        one["sizes"]["courses"] for one in document["experiments"]
    )
    for one in document["experiments"]:
        numbers_alone = all("parameter" in check for check in one["checks"])
        assert (one["sizes"]["courses"] > 0) != numbers_alone
        assert all(check["quantity_in_words"] for check in one["checks"])


def test_the_command_prints_a_plan_and_compiles_nothing(path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "gutskin.evidence.claims", None)
    monkeypatch.setitem(sys.modules, "gutskin.model.compiled", None)
    assert cli.main(["claims", "--file", str(path), "--plan"]) == 0
    out = capsys.readouterr().out
    for says in ("5 times a day", "atopy x2", "without M51", "pollen held at 1", "60 repetitions"):
        assert says in out
    assert cli.main(["claims", "x1", "--file", str(path), "--plan", "--json"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["experiments"]] == ["X1"]
    assert cli.main(["claims", "X3", "--file", str(path), "--plan"]) == 2


def test_a_plan_of_what_is_wrong_is_refused_with_its_lines(path):
    path.write_text(EXPERIMENT.replace("start_day = 7", "start_day = 70"))
    with pytest.raises(InputError, match="after the last day, 28"):
        plan_of_experiments(path, shipped_biology())


@pytest.mark.parametrize(
    ("people", "amounts"),
    [
        ("population = 'ad_adult'", ["600 mg", "300 mg"]),
        (
            "population = 'ad_child'\nage_years = [7, 9]\nalways = { body_weight = 40 }",
            ["400 mg", "200 mg"],
        ),
        ("population = 'ad_child'\nage_years = [1, 2]", ["200 mg", "300 mg"]),
        (
            "population = 'ad_child'\nage_years = [7, 9]\nalways = { body_weight = 'x2' }",
            ["600 mg", "300 mg", "400 mg", "200 mg", "600 mg", "300 mg"],
        ),
    ],
)
def test_unit_of_a_usual_dose_the_plan_has_what_somebody_there_is_given(path, people, amounts):
    dose = '{ kind = "drug", name = "dupilumab", start_day = 0 }'
    text = EXPERIMENT.split("[X2]")[0].replace('population = "ad_child"', people)
    path.write_text(
        text.replace("doses = [{", f"doses = [{dose}, {{").replace("age_years = [2, 5]", "")
    )
    plan = plan_of_experiments((path,), shipped_biology(), [])
    drug = [one for one in plan.experiments[0].arms[1].regimens if one.what.startswith("dupi")]
    assert [one.amount for one in drug] == amounts
