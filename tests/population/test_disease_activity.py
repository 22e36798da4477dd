"""The activity of the disease: mean 1, quiet spells that last, forgotten sooner in the young."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.special import logit

from gutskin.engine import Course
from gutskin.model.compiled import load_model
from gutskin.population.disease_activity import (
    disease_activity,
    natural_course,
    remembered_activity,
)
from gutskin.population.draw import WIDTH, draw_conduct
from gutskin.population.streams import patient_keys

SEED = 5


def numbers(**changes):
    """The rows of conduct.tsv, without quiet spells and spread but for what is named."""
    plain = {row.id: row.number("value") for row in load_model().tables.conduct.values()}
    calm = {"activity_sd": 0.0, "activity_sd_child": 0.0, "quiet_factor": 1.0,
            "quiet_factor_child": 1.0}  # fmt: skip
    return plain | calm | changes


def course(count, years=40.0, days=400.0, **changes):
    keys = patient_keys(0, "placebo", count)
    return disease_activity(numbers(**changes), keys, SEED, years, -10.0, days)


def test_without_spread_and_spells_every_day_is_the_mean():
    assert np.all(np.asarray(course(3).values) == 1)


def test_it_has_mean_1_from_the_start():
    values = np.asarray(course(4000, activity_sd=0.5, quiet_factor=0.28, days=60).values)
    assert (values > 0).all()
    assert values[0].mean() == pytest.approx(1, abs=0.03)
    assert values[-1].mean() == pytest.approx(1, abs=0.03)


def test_closed_form_share_and_length_of_quiet_spells():
    """Share q_in / (q_in + q_out); who is quiet stays so with the chance of two states."""
    enter, leave, factor = 1 / 250, 1 / 130, 0.25
    found = course(4000, quiet_in=enter, quiet_out=leave, quiet_factor=factor)
    values = np.asarray(found.values)
    share = enter / (enter + leave)
    usual = 1 - share + share * factor
    quiet = values < 1 / usual * (1 + factor) / 2
    assert set(np.round(np.unique(values), 9)) == set(np.round([1 / usual, factor / usual], 9))
    assert quiet.mean() == pytest.approx(share, abs=0.02)
    stayed = (quiet[1:] & quiet[:-1]).sum() / quiet[:-1].sum()
    kept = np.exp(-(enter + leave) * numbers()["noise_step_days"])
    assert stayed == pytest.approx(share + (1 - share) * kept, abs=0.001)


def test_closed_form_a_quiet_spell_of_a_child_is_his_own():
    """The numbers of children hold below the age of the table, those of the grown from it on."""
    until = numbers()["activity_child_until"]
    for years, factor in ((until - 0.1, 0.75), (until, 0.25)):
        own = {"quiet_factor": 0.25, "quiet_factor_child": 0.75}
        values = np.asarray(course(500, years=years, **own).values)
        assert values.min() / values.max() == pytest.approx(factor)


@pytest.mark.parametrize("years", [0.0, 3.0, 40.0])
def test_closed_form_memory_by_age(years):
    given = numbers()
    young, grown = given["activity_days_young"], given["activity_days"]
    memory = young + (grown - young) * years / (given["activity_age"] + years)
    spread = {"activity_sd": 0.6, "activity_sd_child": 0.6}
    logs = np.log(np.asarray(course(3000, years, 60.0, **spread).values))
    near = np.mean([np.corrcoef(a, b)[0, 1] for a, b in pairwise(logs)])
    assert near == pytest.approx(np.exp(-given["noise_step_days"] / memory), abs=0.004)
    assert logs.std() == pytest.approx(0.6, rel=0.05)


def test_closed_form_children_swing_by_a_number_of_their_own():
    ages = np.where(np.arange(2000) < 1000, 11.9, 12.0)
    given = {"activity_sd": 0.7, "activity_sd_child": 0.2, "activity_child_until": 12.0}
    logs = np.log(np.asarray(course(2000, ages, 60.0, **given).values))
    assert logs[:, :1000].std() == pytest.approx(0.2, rel=0.05)
    assert logs[:, 1000:].std() == pytest.approx(0.7, rel=0.05)


def test_each_patient_may_have_numbers_of_his_own_trial():
    keys = patient_keys(0, "placebo", 400)
    sd = np.where(np.arange(400) < 200, 0.1, 0.8)
    given = {**numbers(), "activity_sd": sd}
    both = np.asarray(disease_activity(given, keys, SEED, 40.0, 0.0, 200.0).values)
    calm = np.asarray(
        disease_activity(numbers(activity_sd=0.1), keys[:200], SEED, 40.0, 0.0, 200.0).values
    )
    assert np.array_equal(both[:, :200], calm)
    assert np.log(both[:, 200:]).std() > 4 * np.log(both[:, :200]).std()


def test_what_befalls_a_patient_is_the_challenge_of_days_and_the_activity_at_the_same_times():
    stress, activity = natural_course(numbers(), patient_keys(0, "a", 2), SEED, 4.0, 0.0, 30.0)
    assert (stress.parameter, activity.parameter) == ("stress", "activity")
    assert np.array_equal(stress.times, activity.times)


def test_the_activity_may_begin_before_the_challenge_and_is_the_same_then():
    keys = patient_keys(0, "a", 2)
    given = numbers(activity_sd=0.5, quiet_factor=0.3)
    stress, activity = natural_course(given, keys, SEED, 40.0, -20.0, 30.0, 100.0)
    assert (stress.times[0], activity.times[0]) == (-20.0, -120.0)
    assert stress.times[-1] == activity.times[-1] == 30.0
    alone = disease_activity(given, keys, SEED, 40.0, -120.0, 30.0)
    assert np.array_equal(activity.values, alone.values)


def test_closed_form_what_is_remembered_of_a_constant_of_a_jump_and_of_two_days():
    """A jump t days ago leaves (1 - e^-t/T) of its logarithm, in steps that are short to T."""
    times = np.arange(0.0, 2001.0, 2.0)
    values = np.stack([np.full(len(times), 0.4), np.where(times > 1900.0, 2.0, 1.0)], axis=1)
    constant, jump = remembered_activity(Course("activity", times, values), 120.0)
    assert constant == pytest.approx(0.4)
    assert np.log(jump) / np.log(2.0) == pytest.approx(1 - np.exp(-100 / 120), rel=0.01)
    two = Course("activity", np.array([0.0, 120.0]), np.array([[1.0], [np.e]]))
    kept = 1 / (1 + np.exp(-1))
    assert np.log(remembered_activity(two, 120.0)) == pytest.approx(kept)


def test_every_trial_has_numbers_of_its_own_within_their_widths():
    model = load_model()
    drawn = draw_conduct(model, np.arange(2000), SEED)
    for name, values in drawn.items():
        row = model.tables.conduct[name]
        scale = {"lognormal": np.log, "logit": logit, "normal": np.asarray}[
            row.text("distribution")
        ]
        low, high, middle = (scale(row.number(column)) for column in ("low", "high", "value"))
        assert len(set(values)) == len(values), name
        z = (scale(values) - middle) / (
            (high - low) / WIDTH
        )  # about the value, as wide as declared
        assert abs(z.mean()) < 0.1, name
        assert 0.93 < z.std() < 1.07, name
    assert not [name for name in drawn if name.startswith(("share_", "between_trials_"))]
    assert not {"noise_step_days", "settle_days"} & set(drawn)
    more = draw_conduct(model, np.arange(5, 9), SEED)
    assert all(np.array_equal(more[name], values[5:9]) for name, values in drawn.items())
