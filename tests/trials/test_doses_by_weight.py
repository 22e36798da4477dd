"""Amounts for each kilogram: closed forms of what reaches whom, and what is refused."""

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.drugs import drugs
from gutskin.population.body_weight import body_weight, usual_weights
from gutskin.trials.applicability import applicability
from gutskin.trials.design import load_trial
from gutskin.trials.doses_by_weight import heaviest
from gutskin.trials.doses_given import doses_of
from gutskin.trials.interventions import calendar_of, places_of, schedule_of
from gutskin.trials.plan import plan_trial
from gutskin.trials.run import run_trial

BIOLOGY = shipped_biology()
TABLE = drugs(BIOLOGY)
FILE = """
name = "by-weight"
population = "ad_child"

[eligibility]
age_years = [2, 6]

[visits]
weeks = [0, 8]

[[arms]]
name = "active"
n = 4

[[arms.interventions]]
{}

[[arms]]
name = "placebo"
n = 4
control = true

[analysis]
primary = "scorad"
endpoints = ["scorad"]
"""
LINE = FILE.splitlines().index("{}") + 1
MIX = 'kind = "probiotic"\nstrains = ["LGG"]\ncfu_per_day = {}\nper_kg = {}'
DUPILUMAB = 'kind = "drug"\nname = "dupilumab"\n'
PEOPLE = {"body_weight": np.array([10.0, 40.0]), "age_at_start": np.array([730.0, 4000.0])}


def trial(tmp_path, given, **changed):
    text = FILE.format(given)
    for old, new in changed.items():
        text = text.replace(f"{old} = [2, 6]", new)
    path = tmp_path / "by-weight.toml"
    path.write_text(text)
    return path


def schedule(path):
    its = load_trial(path).arms[0].interventions
    own = {"emollient": np.zeros(2), "topical_steroid": np.zeros(2)}
    return schedule_of(
        load_model(), calendar_of(its, 56.0, TABLE), places_of(its, load_model().tables), own, {},
        56.0, adherence=0.5, parameters=PEOPLE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "name", "levels"),
    [
        (MIX.format("1e8", "true"), "dose_strain_1", [0.5, 2.0]),  # 1e8 * 10 kg, half taken
        (MIX.format("1e8", "false"), "dose_strain_1", [0.05, 0.05]),
        ('kind = "inulin"\ng_per_day = 0.162\nper_kg = true', "dose_inulin", [5.0, 20.0]),
        ('kind = "lactulose"\ng_per_day = 0.171\nper_kg = true', "dose_lactulose", [5.0, 20.0]),
    ],
)
def test_closed_form_everybody_takes_it_by_his_weight(tmp_path, given, name, levels):
    found = schedule(trial(tmp_path, given)).values(name, np.array([1.0]), 0.0)
    assert np.broadcast_to(np.ravel(found), 2).tolist() == pytest.approx(levels)


def test_closed_form_an_injection_by_the_kilogram(tmp_path):
    given = DUPILUMAB + "dose_mg = 4\nloading_mg = 8\nevery_weeks = 4\nper_kg = true"
    found = schedule(trial(tmp_path, given)).pulses
    share = TABLE["dupilumab"].number("bioavailability")
    assert [one.time for one in found] == [0.0, 28.0]
    for pulse, mg in zip(found, (8.0, 4.0), strict=True):
        assert pulse.add.tolist() == pytest.approx([share * mg * 10, share * mg * 40])


@pytest.mark.parametrize(("flag", "dose"), [("true", 2e9), ("false", 1e8)])
def test_closed_form_the_dose_that_is_compared_is_that_of_a_weight(tmp_path, flag, dose):
    design = load_trial(trial(tmp_path, MIX.format("1e8", flag)))
    assert doses_of(design, kg=20.0) == pytest.approx([dose])


def test_closed_form_the_heaviest_are_those_of_the_ages_or_of_the_weights_that_are_asked():
    raw = {"population": "ad_child", "eligibility": {"age_years": [2, 6]}}
    most = usual_weights(2, 6, BIOLOGY)[1]
    assert heaviest(raw, BIOLOGY) == most
    asked = {**raw["eligibility"], "weight_kg": [5, 20]}
    assert heaviest({**raw, "eligibility": asked}, BIOLOGY) == 20
    assert heaviest({**raw, "eligibility": {**asked, "weight_kg": [5, 200]}}, BIOLOGY) == most
    assert heaviest({"population": "nobody"}, BIOLOGY) == 300


@pytest.mark.parametrize(
    ("given", "line", "says"),
    [
        (DUPILUMAB + "per_kg = true", 2, "the usual dose of dupilumab goes by age and weight"),
        ('kind = "drug"\nname = "abrocitinib"\ndose_mg = 3\nper_kg = true', 3, "is a tablet"),
        (DUPILUMAB + "dose_mg = 80\nevery_weeks = 4\nper_kg = true", 2,
         "`dose_mg = 80` a kilogram, for who weighs 3"),
        (MIX.format("1e13", "true"), 2, "`cfu_per_day = 1e13` a kilogram, for who weighs 3"),
        ('kind = "inulin"\ng_per_day = 3\nper_kg = true', 1, "a kilogram, for who weighs 3"),
        ('kind = "fibre"\nfactor = 2\nper_kg = true', 2, "unknown key 'per_kg'"),
    ],
)  # fmt: skip
def test_refused_what_goes_by_weight_already_and_what_nobody_can_take(tmp_path, given, line, says):
    with pytest.raises(InputError) as refused:
        load_trial(trial(tmp_path, given))
    (one,) = refused.value.problems
    assert says in one.message
    assert one.line == LINE + line


def test_edge_the_most_that_the_heaviest_can_take_is_taken(tmp_path):
    most = 60 / heaviest({"population": "ad_child", "eligibility": {"age_years": [2, 6]}}, BIOLOGY)
    for times, fits in ((0.99, True), (1.01, False)):
        path = trial(tmp_path, f'kind = "inulin"\ng_per_day = {times * most}\nper_kg = true')
        if fits:
            load_trial(path)
        else:
            with pytest.raises(InputError):
                load_trial(path)


def test_a_plan_says_that_it_goes_by_weight_and_where_it_stands_is_told_of_the_whole(tmp_path):
    path = trial(tmp_path, MIX.format("1e8", "true"))
    (one,) = plan_trial(path, 10).arms[0].courses
    assert one.amount == "1e8 CFU a kilogram a day"
    given = DUPILUMAB + "dose_mg = 4\nevery_weeks = 4\nper_kg = true"
    (dose,) = [
        one for one in applicability(load_trial(trial(tmp_path, given)), BIOLOGY).axes
        if one.axis == "dose"
    ]  # fmt: skip
    middle = float(body_weight(4.0, 0.0, BIOLOGY))  # 4 mg every four weeks
    assert dose.asked == f"{middle:.3g} mg of dupilumab a week"
    assert plan_trial(path, 10).arms[0].courses[0].amount == "4 mg a kilogram"


@pytest.mark.parametrize(
    ("weights", "kg"), [("[10, 14]", 14.0), ("[18, 20]", 18.0), ("[10, 30]", None)]
)
def test_edge_where_it_stands_is_told_for_a_weight_that_is_admitted(tmp_path, weights, kg):
    asked = f"age_years = [2, 6]\nweight_kg = {weights}"
    given = DUPILUMAB + "dose_mg = 4\nevery_weeks = 4\nper_kg = true"
    found = applicability(load_trial(trial(tmp_path, given, age_years=asked)), BIOLOGY)
    (dose,) = [one for one in found.axes if one.axis == "dose"]
    assert dose.asked == f"{kg or float(body_weight(4.0, 0.0, BIOLOGY)):.3g} mg of dupilumab a week"


def test_property_who_weighs_more_takes_more_in_a_trial_that_is_run(tmp_path):
    """By the kilogram 20 kg stand for the dose: the same mean, another one in each patient."""
    designs = [
        load_trial(trial(tmp_path, MIX.format(dose, flag)))
        for dose, flag in (("2e9", "false"), ("1e8", "true"))
    ]
    found = [
        run_trial(one, load_model(), 2, keep_patients=True, explained=False) for one in designs
    ]
    whole, by_weight = (one.data["latent"].sel(given="active", visit=8).values for one in found)
    control = [one.data["latent"].sel(given="placebo").values for one in found]
    assert np.array_equal(control[0], control[1], equal_nan=True)
    assert not np.array_equal(whole, by_weight, equal_nan=True)
    assert np.nanmean(by_weight) == pytest.approx(np.nanmean(whole), abs=1.0)
