"""Trials that begin at birth: who is born, what is refused, what early food does to them."""

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.run import run_trial

FOOD = {"kind": "food_early", "level": 1.0, "start_week": 17.0}
EARLY = {"name": "early", "n": 12, "interventions": (FOOD,)}
USUAL = {"name": "usual", "n": 12, "control": True}
ENDPOINTS = ("food_sensitisation", "atopic_eczema", "nonatopic_eczema", "skin_prick_food", "scorad")


def design(**changes):
    return TrialDesign.model_validate(
        {
            "name": "born",
            "population": "newborn_high_risk",
            "start": "birth_vaginal",
            "visits": {"weeks": (0.0, 26.0, 52.0)},
            "arms": (EARLY, USUAL),
            "analysis": {"primary": "skin_prick_food", "endpoints": ENDPOINTS},
            **changes,
        }
    )


@pytest.fixture(scope="module")
def trial():
    return run_trial(design(), load_model(), 2, seed=5, keep_patients=True).data


def test_everybody_is_followed_from_birth_under_both_arms(trial):
    assert trial.latent.notnull().all()
    assert trial.measured.notnull().all()
    first = trial.latent.sel(visit=0)
    assert (first.sel(endpoint="skin_prick_food") == 0).all()
    assert first.sel(given="early").equals(first.sel(given="usual").assign_coords(given="early"))


def test_early_food_lowers_the_wheal_of_every_child_and_nothing_on_the_skin(trial):
    last = trial.latent.sel(visit=52)
    wheal = last.sel(endpoint="skin_prick_food")
    assert (wheal.sel(given="early") < wheal.sel(given="usual")).all()
    score = last.sel(endpoint="scorad")
    assert np.allclose(score.sel(given="early"), score.sel(given="usual"), atol=0.1)


def test_endpoints_with_a_cut_off_are_yes_or_no_in_records_and_in_truth(trial):
    for name in ("food_sensitisation", "atopic_eczema", "nonatopic_eczema"):
        for values in (trial.latent, trial.measured):
            assert set(np.unique(values.sel(endpoint=name))) <= {0.0, 1.0}
    truth = trial.latent.sel(endpoint="food_sensitisation", visit=52)
    wheal = trial.latent.sel(endpoint="skin_prick_food", visit=52)
    assert ((truth == 1) == (wheal >= 3)).all()


BORN = """
name = "born"
population = "POPULATION"
start = "birth_c_section"
[eligibility]
ELIGIBLE
[visits]
weeks = [0, 26]
[[arms]]
name = "one"
n = 2
[[arms]]
name = "other"
n = 2
control = true
[analysis]
primary = "eczema"
endpoints = ["eczema"]
"""


@pytest.mark.parametrize(
    ("population", "eligible", "says"),
    [
        ("ad_child", "", "some are older"),
        ("newborn", "scorad = [0, 20]", "nobody is chosen by `scorad`"),
        ("newborn", "age_years = [0, 1]", "nobody is chosen by `age_years`"),
    ],
)
def test_a_trial_from_birth_refuses_who_is_not_born_then(tmp_path, population, eligible, says):
    path = tmp_path / "born.toml"
    path.write_text(BORN.replace("POPULATION", population).replace("ELIGIBLE", eligible))
    with pytest.raises(InputError, match=says):
        load_trial(path)


def test_a_trial_from_birth_takes_newborns(tmp_path):
    path = tmp_path / "born.toml"
    path.write_text(BORN.replace("POPULATION", "newborn").replace("ELIGIBLE", ""))
    assert load_trial(path).from_birth
