"""Of a mistake only its cause is told: what follows from it would give the wrong advice."""

import pytest

from gutskin.errors import InputError
from gutskin.trials.design import load_trial

FILE = """name = "t"
population = "ad_adult"

[visits]
weeks = [0, 4, 16]

[[arms]]
name = "a"
n = 10

[[arms.interventions]]
kind = "drug"
name = "dupilumab"
{dose}

[[arms]]
name = "placebo"
n = 10
control = true

[analysis]
primary = {primary}
endpoints = {endpoints}
"""
GOOD = {"dose": "", "primary": '"easi"', "endpoints": '["easi", "itch"]'}


def told(tmp_path, **changed):
    (tmp_path / "t.toml").write_text(FILE.format(**GOOD | changed), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_trial(tmp_path / "t.toml")
    return [str(one) for one in error.value.problems]


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"dose": "dose_mg = nan\nevery_weeks = 2"}, "must be a finite number"),
        ({"dose": "dose_mg = inf\nevery_weeks = 2"}, "must be a finite number"),
        ({"dose": "dose_mg = -300\nevery_weeks = 2"}, "must not be negative"),
        ({"dose": "dose_mg = 300\nevery_weeks = 0"}, "must be greater than 0"),
        ({"dose": "dose_mg = 300\nevery_weeks = nan"}, "must be a finite number"),
        ({"dose": 'dose_mg = 300\nevery_weeks = "two"'}, "must be a number"),
        ({"dose": "dose_mg = 300\nevery_days = 14"}, "Did you mean 'every_weeks'?"),
        ({"dose": "start_week = 4\nend_week = 2"}, "Start it before its end"),
        ({"endpoints": '"easi"'}, "must be an array in brackets"),
        ({"primary": '"EASI"'}, "Did you mean 'easi'?"),
        ({"dose": "dose_mg = 300"}, "Add `every_weeks = ...`"),
        ({"primary": '"scorad"'}, "is not in `endpoints`"),
    ],
)
def test_one_mistake_is_one_problem(tmp_path, changed, cause):
    found = told(tmp_path, **changed)
    assert len(found) == 1, found
    assert cause in found[0]


def test_two_mistakes_are_two_problems(tmp_path):
    found = told(tmp_path, dose="dose_mg = nan\nevery_weeks = 2", primary='"scorad"')
    assert len(found) == 2
    assert "finite" in found[0]
    assert "is not in `endpoints`" in found[1]


def test_an_unknown_drug_names_the_nearest_and_where_all_are_listed(tmp_path):
    text = FILE.format(**GOOD).replace('"dupilumab"', '"Lebrikizumb"')
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"Did you mean 'lebrikizumab'\?.*`gutskin drugs`"):
        load_trial(tmp_path / "t.toml")
