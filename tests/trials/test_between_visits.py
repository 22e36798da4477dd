"""What a visit hears of the time since the last one: closed forms, and cohorts of few visits."""

import json

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.trials.between_visits import days_asked, days_looked, told
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.run import run_trial


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def endpoints(model):
    return endpoints_of(model, ["food_sensitisation", "eczema", "scorad"])


NUMBERS = {"asked_first_year": 91.0, "asked_later": 182.0}


@pytest.mark.parametrize(
    ("until", "weeks"),
    [
        (10.0, (0.0,)),
        (26.0, (0.0, 13.0, 26.0)),
        (52.0, (0.0, 13.0, 26.0, 39.0, 52.0)),
        (103.0, (0.0, 13.0, 26.0, 39.0, 52.0, 78.0)),
        (156.0, (0.0, 13.0, 26.0, 39.0, 52.0, 78.0, 104.0, 130.0, 156.0)),
    ],
)
def test_closed_form_parents_are_asked_by_quarters_then_by_half_years(until, weeks):
    assert days_asked(7 * until, NUMBERS) == tuple(7 * week for week in weeks)


def test_closed_form_how_often_parents_are_asked_is_a_number_of_conduct():
    often = {"asked_first_year": 182.0, "asked_later": 364.0}
    assert days_asked(1092.0, often) == (0.0, 182.0, 364.0, 728.0, 1092.0)


def test_reference_conduct_asks_by_months_then_by_two(model):
    asked = {name: model.tables.conduct[name].number("value") for name in NUMBERS}
    assert asked == {"asked_first_year": 28.0, "asked_later": 56.0}


def test_unit_days_are_added_for_who_has_ever_had_something_from_birth_on(endpoints):
    days = np.array([0.0, 140.0, 364.0])
    both = np.array([0.0, 91.0, 140.0, 182.0, 273.0, 364.0])
    np.testing.assert_array_equal(days_looked(days, endpoints, NUMBERS, from_birth=True), both)
    np.testing.assert_array_equal(days_looked(days, endpoints, NUMBERS, from_birth=False), days)
    without = [one for one in endpoints if not one.ever]
    np.testing.assert_array_equal(days_looked(days, without, NUMBERS, from_birth=True), days)


def test_closed_form_the_worst_since_the_visit_before_of_who_is_asked_about(endpoints):
    looked, days = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), np.array([0.0, 2.0, 5.0])
    one = np.array([[5.0, 1.0, 2.0, 9.0, 4.0, 3.0], [1.0, 7.0, 2.0, 3.0, np.nan, 4.0]]).T
    true = np.stack([one, 10.0 * one, one])
    found = told(endpoints, true, looked, days)
    np.testing.assert_array_equal(found[0], one[[0, 2, 5]])
    np.testing.assert_array_equal(found[2], one[[0, 2, 5]])
    np.testing.assert_array_equal(found[1].T, [[50.0, 20.0, 90.0], [10.0, 70.0, np.nan]])
    np.testing.assert_array_equal(told(endpoints, true, looked, looked), true)


def test_closed_form_the_level_of_a_trial_moves_what_it_calls_eczema_and_nothing_else(endpoints):
    days = np.array([0.0, 1.0])
    true = np.ones((3, 2, 2))
    found = told(endpoints, true, days, days, np.array([0.5, 2.0]))
    np.testing.assert_array_equal(found[1], [[0.5, 2.0], [0.5, 2.0]])
    np.testing.assert_array_equal(found[[0, 2]], true[[0, 2]])


def shares(model, weeks):
    """Of newborns with a family history, who has had eczema by the visits: true, and as told."""
    asked = {
        "name": "seen", "title": "Seen", "population": ["newborn_high_risk"],
        "start": "birth_vaginal", "arms": [{"name": "born", "n": 40}],
        "visits": {"weeks": weeks, "end_week": weeks[-1]},
        "analysis": {"primary": "eczema", "endpoints": ["eczema"]},
    }  # fmt: skip
    design = TrialDesign.model_validate_json(json.dumps(asked))
    data = run_trial(design, model, 8, 3, keep_patients=True, explained=False).data
    both = data["latent"].isel(given=0), data["measured"]
    return [read.isel(endpoint=0, arm=0) for read in both]


OFTEN = [0, 12, 24, 40, 52, 76, 104]  # weeks of which parents are asked


def test_property_a_cohort_of_few_visits_finds_who_one_of_many_finds(model):
    """In the body, those who were worse between visits count; some are found by raters' error."""
    (many, told_often), (few, told_seldom) = (shares(model, one) for one in (OFTEN, [0, 52, 104]))
    differ = np.mean(few.sel(visit=[52, 104]).values != many.sel(visit=[52, 104]).values)
    assert differ < 0.01  # steps end elsewhere
    found, of = (float(one.sel(visit=104).mean()) for one in (told_seldom, told_often))
    assert 0.9 * of < found <= 1.05 * of
