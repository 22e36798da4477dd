"""Trials that begin at birth: who is born, what is refused, what early food does to them."""

from dataclasses import replace

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.population.mother import mothers_inputs
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.interventions import calendar_of, schedule_of
from gutskin.trials.run import run_trial
from gutskin.trials.study import prepare

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
def told():
    """What is told of the progress."""
    return []


@pytest.fixture(scope="module")
def trial(told):
    def tell(*one):
        told.append(one)

    found = run_trial(design(), load_model(), 2, seed=5, keep_patients=True, progress=tell)
    return found.data


def test_progress_of_who_neither_settles_nor_is_screened_ends_with_all_of_it(trial, told):
    assert told[-1] == (told[0][1],) * 2


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


MOTHER = {
    "kind": "maternal_probiotic", "strains": ("w23", "w58"), "cfu_per_day": 3e9,
    "weeks_before_birth": 4.0, "end_week": 26.0,
}  # fmt: skip

MOTHERS_ARM = {"name": "mother", "n": 8, "interventions": (MOTHER,)}


@pytest.fixture(scope="module")
def mothers():
    """One product to mothers alone, to mother and child, or to nobody."""
    child = {"kind": "probiotic", "strains": ("w58", "w23"), "cfu_per_day": 3e9, "end_week": 52.0}
    arms = (
        {"name": "both", "n": 8, "interventions": (MOTHER, child)},
        MOTHERS_ARM,
        {"name": "nobody", "n": 8, "control": True},
    )
    its = design(
        arms=arms, analysis={"primary": "scorad", "endpoints": ("scorad", *ENDPOINTS[3:4])}
    )
    return run_trial(its, load_model(), 4, seed=5, keep_patients=True).data


def test_a_mothers_product_reaches_every_child_and_less_than_with_his_own(mothers):
    wheal = mothers.latent.sel(endpoint="skin_prick_food", visit=52)
    mother, both, nobody = (wheal.sel(given=name) for name in ("mother", "both", "nobody"))
    assert (mother != nobody).all()
    assert abs(both - nobody).mean() > abs(mother - nobody).mean()


def test_closed_form_what_mothers_leave_out_is_left_out_of_her_dose():
    study = prepare(design(arms=(MOTHERS_ARM, USUAL)), load_model(), 3, 5, "evidence")
    places = {("w23", True): 1, ("w58", True): 2}
    parameters = {"km_strain": 0.2, "f_own_place": 0.4, **study.traits["mother"]}
    calendar = calendar_of(study.design.arms[0].interventions, 364.0, {})
    assert [one.strain for one in calendar.exposures] == []
    own = {"emollient": np.zeros(3), "topical_steroid": np.zeros(3)}
    for taken in (1.0, 0.5):
        found = schedule_of(
            load_model(), calendar, places, own, {}, 364.0, taken, parameters=parameters
        )
        half = replace(calendar.mother[0], gcfu_per_day=3.0 * taken)
        inputs = mothers_inputs(half, places, parameters)
        days = [0.0, 181.9, 182.0]
        milk = found.values("maternal_strain_signal", days, 0.0)
        assert milk[:2] == pytest.approx(np.stack([inputs["maternal_strain_signal"]] * 2))
        assert (milk[2] == 0).all()
        for name in ("prenatal_strain_signal", "mother_strain_1", "mother_strain_2"):
            assert found.values(name, days, 0.0) == pytest.approx(np.stack([inputs[name]] * 3))
    assert len(np.unique(inputs["maternal_strain_signal"])) == 3  # each world has its own traits


MOTHERS = """interventions = [
  { kind = "maternal_probiotic", strains = ["W23", "W51", "W52", "W55"], cfu_per_day = 1e9 },
  { kind = "probiotic", strains = ["W51", "W56"], cfu_per_day = 1e9 },
  { kind = "probiotic", strains = ["W57"], cfu_per_day = 1e9 },
  { kind = "probiotic", strains = ["W58"], cfu_per_day = 1e9 },
  { kind = "probiotic", strains = ["LGG"], cfu_per_day = 1e9 },
]
"""


MANY = "the arm has too many strains: they name 8 strains; the model has places for 6, and these"
OLD = 'followed from birth. Write `start = "birth_vaginal"` at the top and take newborns'


@pytest.mark.parametrize(("born", "line", "says"), [(True, 12, MANY), (False, 13, OLD)])
def test_what_no_mother_of_a_trial_can_take_is_told_with_its_line(tmp_path, born, line, says):
    path = tmp_path / "born.toml"
    text = BORN.replace("POPULATION", "newborn").replace("ELIGIBLE", "")
    text = text.replace('name = "one"\nn = 2\n', f'name = "one"\nn = 2\n{MOTHERS}')
    if not born:
        text = text.replace('"newborn"', '"ad_child"').replace('start = "birth_c_section"\n', "\n")
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_trial(path)
    found = [(one.line, f"{one.message} {one.remedy}") for one in caught.value.problems]
    assert [at for at, what in found if says in what] == [line], found
