"""Own strains with results of their own, from the file to the report: treatment and prevention."""

import json
from pathlib import Path

import numpy as np
import pytest

import gutskin
from gutskin import cli
from gutskin.population.strain_posterior import strain_traits
from gutskin.trials.plan import plan_trial

NEWBORN = """
population = "newborn_high_risk"
start = "birth_vaginal"
[visits]
weeks = [0, 4]
"""
SETTLED = """
population = "{population}"
[visits]
weeks = [0, 2]
"""
ARMS = """
[[arms]]
name = "mine"
n = 2
[[arms.interventions]]
kind = "probiotic"
strains = ["Mine 1", "W52"]
cfu_per_day = 4e9
{mother}
[[arms]]
name = "placebo"
n = 2
control = true
[analysis]
primary = "{primary}"
endpoints = ["{primary}"]
[[strains]]
id = "mine"
label = "Mine 1"
species = "Lactiplantibacillus plantarum"
{traits}
"""
MOTHER = """
[[arms.interventions]]
kind = "maternal_probiotic"
strains = ["Mine 1"]
cfu_per_day = 4e9
weeks_before_birth = 2
"""
RATIO = """
[[strains.trials]]
risk_ratio = {ratio}
se = 0.2
months = 2
given_to = "{given_to}"
cfu_per_day = 6e9
population = "newborn_high_risk"
"""
DIFFERENCE = """
[[strains.trials]]
difference = 5
se = 1.5
weeks = 4
cfu_per_day = 1e10
population = "ad_child"
with = ["W52"]
"""


def written(folder: Path, population: str, traits: str, results: str) -> Path:
    newborn = population.startswith("newborn")
    head = NEWBORN if newborn else SETTLED.format(population=population)
    arms = ARMS.format(
        mother=MOTHER if newborn else "", primary="eczema" if newborn else "scorad", traits=traits
    )
    path = folder / "mine.toml"
    path.write_text(f'name = "mine"\n{head}{arms}{results}')
    return path


@pytest.mark.slow
@pytest.mark.parametrize("population", ["newborn_high_risk", "ad_child", "ad_adult"])
@pytest.mark.parametrize(
    ("traits", "results"),
    [
        ("imprint = 2\nsurvival = 1e-6", RATIO.format(ratio=0.5, given_to="both")),
        ("milk_use = 1\nregulation = { value = -2, low = -4, high = 0 }", DIFFERENCE),
        ("", RATIO.format(ratio=1.8, given_to="mother") + DIFFERENCE),
    ],
)
def test_property_a_trial_with_own_results_comes_to_its_report(
    tmp_path: Path, population: str, traits: str, results: str
) -> None:
    path = written(tmp_path, population, traits, results)
    result = gutskin.run(path, replicates=1, out=tmp_path / "out")
    assert np.isfinite(result.data["latent"].values).all()
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "What is in it: Mine 1 + W52" in page
    assert "The whole axis" in page
    added = result.summary["model"]["overlay"]["adds"]
    assert any(one.startswith("strain_trials.tsv: mine_1") for one in added)


@pytest.mark.slow
def test_property_a_risk_ratio_moves_the_imprint_towards_itself(tmp_path: Path) -> None:
    found = {}
    for ratio in (0.3, 3.0):
        results = RATIO.format(ratio=ratio, given_to="both")
        path = written(tmp_path, "newborn_high_risk", "", results)
        model = gutskin.load_model(plan_trial(str(path)).biology)
        places = {("mine", True): 1}
        traits = strain_traits(model, places, [["mine"]], np.arange(400), 1, "evidence")
        found[ratio] = traits["imprint_strain_1"].mean()
    assert found[0.3] > found[3.0] + 0.2


def test_unit_a_species_that_nobody_knows_is_told_wherever_the_strain_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    text = SETTLED.format(population="ad_child") + ARMS.format(
        mother="", primary="scorad", traits=""
    )
    path.write_text(
        'name = "own"\n' + text.replace("Lactiplantibacillus", "Lactiplantabacillus").replace(
            'species = "', 'class = "homofermentative lactobacilli"\nspecies = "'
        )
    )  # fmt: skip
    plan = plan_trial(path)
    (note,) = plan.unknown_species
    assert note.startswith("Mine 1: nothing is known here of the species 'Lactiplantabacillus pl")
    assert note.endswith("Did you mean 'Lactiplantibacillus plantarum'?")
    assert plan.to_json()["unknown_species"] == [note]
    assert gutskin.run(path, replicates=2).summary["warnings"][0] == note
    trial = gutskin.trial(path)
    assert list(trial.plan().values["unknown_species"]) == [note]
    asked = [
        ["trial", str(path), "--plan"],
        ["strain", "mine", "--file", str(path), "--no-simulate"],
    ]
    for words in (*asked, ["plan", str(path), "--out", str(tmp_path / "p")]):
        assert cli.main(words) == 0
        assert note in " ".join(capsys.readouterr().out.split())
    assert cli.main([*asked[1], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == [note]
    assert "unknown_species" not in plan_trial("six-strain-children").to_json()
