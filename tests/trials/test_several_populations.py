"""A trial of several populations, and doses that nobody reported."""

import numpy as np
import pytest
from trial_texts import problems

from gutskin.model.compiled import load_model
from gutskin.population.draw import draw_patients
from gutskin.population.populations import find_population
from gutskin.population.streams import patient_keys
from gutskin.trials.design import load_trial
from gutskin.trials.interventions import calendar_of, unknown_doses
from gutskin.trials.study import prepare

TRIAL = """\
name = "toddlers"
population = ["ad_infant", "ad_child"]
[eligibility]
age_years = [0.5, 1.5]
[visits]
weeks = [0, 8]
[[arms]]
name = "mix"
n = 20
[[arms.interventions]]
kind = "probiotic"
strains = ["pcc"]
cfu_per_day = { low = 1e9, high = 1e10 }
[[arms]]
name = "killed"
n = 20
[[arms.interventions]]
kind = "probiotic"
strains = ["pcc"]
cfu_per_day = { low = 1e9, high = 1e10 }
viable = false
[[arms]]
name = "placebo"
n = 20
control = true
[analysis]
primary = "scorad"
endpoints = ["scorad"]
"""


def drawn(names, ages, n=4000):
    model = load_model()
    people = [find_population(name, model.biology) for name in names]
    keys = patient_keys(0, "arm", n)
    centres = model.values("evidence")
    return draw_patients(model, people, keys, 1, centres=centres, age_years=ages)


def test_property_ages_are_even_over_both_and_everybody_is_of_the_population_of_his_age():
    both = drawn(["ad_infant", "ad_child"], (0.5, 1.5))
    assert 0.5 <= both.age_years.min() <= both.age_years.max() <= 1.5
    assert np.histogram(both.age_years, 4)[0] == pytest.approx(1000, abs=120)
    young = both.age_years < 1
    for names, who in ((["ad_infant"], young), (["ad_child"], ~young)):
        alone = drawn(names, None)
        for covariate in ("atopy", "severity_scale", "sensitised"):
            assert both.parameters[covariate][who] == pytest.approx(
                alone.parameters[covariate][who]
            )


def test_property_a_gap_between_the_ages_stays_empty():
    ages = drawn(["ad_child", "ad_adult"], (10, 20)).age_years
    assert not ((ages > 13) & (ages < 18)).any()
    assert (ages < 13).mean() == pytest.approx(3 / 5, abs=0.03)


def test_property_where_two_have_an_age_each_is_as_likely():
    both = drawn(["newborn", "newborn_high_risk"], None)
    alone = [drawn([name], None) for name in ("newborn", "newborn_high_risk")]
    share = np.mean(both.parameters["atopy"] == alone[0].parameters["atopy"])
    assert share == pytest.approx(0.5, abs=0.03)


def test_one_population_in_an_array_is_that_population():
    alone, listed = (drawn(["ad_child"], (2, 5), 50), drawn(["ad_child"], (2, 5), 50))
    assert np.array_equal(alone.age_years, listed.age_years)


@pytest.fixture
def trial(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text(TRIAL)
    return load_trial(path)


def test_a_dose_that_nobody_reported_is_one_of_its_product_in_a_replicate(trial):
    study = prepare(trial, load_model(), 300, 1, "evidence")
    dose = study.doses["mix"][0]
    assert np.array_equal(dose, study.doses["killed"][0])
    assert study.doses["placebo"] == {}
    assert np.median(dose) == pytest.approx(10**9.5, rel=0.1)
    assert np.mean((dose > 1e9) & (dose < 1e10)) == pytest.approx(0.95, abs=0.03)


def test_the_calendar_has_the_dose_in_the_middle_until_one_is_drawn(trial):
    arm = trial.arms[0]
    middle = calendar_of(arm.interventions, 56.0, {})
    assert middle.exposures[0].level == pytest.approx(10**0.5)
    own = calendar_of(arm.interventions, 56.0, {}, drawn={0: np.array([2e9, 4e9])})
    assert own.exposures[0].level == pytest.approx([2.0, 4.0])


def test_draws_do_not_hang_on_how_many_replicates_there_are(trial):
    arm = trial.arms[0].interventions
    few, many = (unknown_doses(arm, np.arange(n), 1)[0] for n in (3, 9))
    assert np.array_equal(few, many[:3])


WRONG = {
    "twice": ('["ad_infant", "ad_child"]', '["ad_child", "ad_child"]', 2, "stands twice"),
    "unknown": ('"ad_infant"', '"ad_infnt"', 2, "Did you mean 'ad_infant'"),
    "none": ('["ad_infant", "ad_child"]', "[]", 2, "at least 1"),
    "a number": ('["ad_infant", "ad_child"]', "2", 2, "text in quotes, or an array of such texts"),
    "too old": ("[0.5, 1.5]", "[0.5, 15]", 4, 'population = ["ad_infant", "ad_child", "ad_adol'),
    "alone": ('["ad_infant", "ad_child"]', '"ad_infant"', 4, 'population = ["ad_infant", "ad_ch'),
    "all ages": ("[0.5, 1.5]", "[12, 70]", 4, '["ad_infant", "ad_child", "ad_adolescent", "ad_ad'),
    "no year in common": ("[0.5, 1.5]", "[13, 15]", 4, "Write another range, or"),
    "range upside down": ("low = 1e9, high = 1e10", "low = 1e10, high = 1e9", 13, "above `low`"),
    "no upper end": ("low = 1e9, high = 1e10", "low = 1e9", 13, "'high' is missing"),
    "more than a person takes": ("high = 1e10", "high = 1e20", 13, "`high = 1e20`"),
    "other key": ("{ low", "{ least", 13, "Known: high, low"),
    "text": ("{ low = 1e9, high = 1e10 }", '"much"', 13, "number"),
}  # fmt: skip


def test_only_populations_that_are_needed_are_advised(tmp_path):
    """Children to 13 years stood in the advice for ages from 12 on, which adolescents have."""
    text = TRIAL.replace('["ad_infant", "ad_child"]', '"ad_adult"')
    ((_, says),) = problems(tmp_path, text.replace("[0.5, 1.5]", "[12, 70]"))
    assert 'or write `population = ["ad_adolescent", "ad_adult", "ad_older"]`.' in says


def test_a_range_within_one_of_two_populations_is_sound(tmp_path):
    text = TRIAL.replace('["ad_infant", "ad_child"]', '["ad_child", "ad_adult"]')
    path = tmp_path / "trial.toml"
    path.write_text(text.replace("[0.5, 1.5]", "[20, 30]"))
    assert load_trial(path).eligibility.age_years == (20, 30)


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_name_line_and_remedy(tmp_path, case):
    old, new, line, message = WRONG[case]
    assert old in TRIAL
    found = problems(tmp_path, TRIAL.replace(old, new, 1))
    assert any(at == line and message in says for at, says in found), found
