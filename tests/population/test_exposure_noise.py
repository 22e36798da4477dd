"""The challenge of daily life: mean 1, never negative, continuous, and each patient's own."""

from itertools import pairwise

import numpy as np
import pytest

from gutskin.engine import Course
from gutskin.model.compiled import load_model
from gutskin.population.exposure_noise import exposure_noise, from_day, usual_stress
from gutskin.population.streams import patient_keys


def numbers():
    return {row.id: row.number("value") for row in load_model().tables.conduct.values()}


def test_it_has_mean_1_from_the_start_and_is_not_negative():
    course = exposure_noise(numbers(), patient_keys(0, "placebo", 4000), 5, -70.0, 30.0)
    values = np.asarray(course.values)
    assert course.parameter == "stress"
    assert (values > 0).all()
    assert values.mean() == pytest.approx(1.0, abs=0.03)
    assert values[:5].mean() == pytest.approx(1.0, abs=0.06)
    assert values[-5:].mean() == pytest.approx(1.0, abs=0.06)


def test_closed_form_the_usual_challenge_lies_between_mean_and_geometric_mean():
    keys, bouts = patient_keys(0, "placebo", 3), 0.04 * 2 * 2 / (1 - np.exp(-0.5))
    given = numbers() | {"noise_fast_sd": np.array([0.0, 0.8, 0.8]), "noise_shot_rate": 0.04,
                         "noise_shot_mean": 2.0, "noise_shot_days": 4.0}  # fmt: skip
    for way in (0.0, 0.6, 1.0):
        found = usual_stress(given | {"usual_stress": way}, keys)
        fast = np.exp(-way * np.array([0.0, 0.8, 0.8]) ** 2 / 2)
        np.testing.assert_allclose(found, (fast + bouts) / (1 + bouts))
    quiet = usual_stress(given | {"usual_stress": 1.0, "noise_shot_rate": 0.0}, keys)
    course = exposure_noise(given | {"noise_shot_rate": 0.0}, keys, 5, 0.0, 40_000.0)
    true = np.exp(np.log(np.asarray(course.values)).mean(axis=0))
    np.testing.assert_allclose(quiet, true, rtol=0.05)


def test_it_covers_its_days_in_equal_steps():
    course = exposure_noise(numbers(), patient_keys(0, "placebo", 2), 5, -70.0, 29.0)
    assert course.times[0] == -70.0
    assert course.times[-1] >= 29.0
    assert set(np.diff(course.times)) == {numbers()["noise_step_days"]}


def test_more_patients_and_days_change_no_course():
    short = exposure_noise(numbers(), patient_keys(0, "placebo", 2), 5, -70.0, 30.0)
    more = exposure_noise(numbers(), patient_keys(0, "placebo", 9), 5, -70.0, 30.0)
    assert np.array_equal(np.asarray(more.values)[:, :2], short.values)


def test_patients_differ_and_are_not_correlated():
    course = exposure_noise(numbers(), patient_keys(0, "placebo", 200), 5, -70.0, 330.0)
    values = np.log(np.asarray(course.values)).T
    off = np.corrcoef(values)[~np.eye(200, dtype=bool)]
    assert abs(off.mean()) < 0.02


def test_a_course_from_each_patient_s_own_day():
    times = np.arange(-4.0, 11.0, 2.0)
    course = Course("stress", times, np.stack([times, 10 * times], axis=1))
    own = from_day(course, np.array([0.0, 4.0]), 6.0)
    assert own.times.tolist() == [0, 2, 4, 6]
    assert np.asarray(own.values).T.tolist() == [[0, 2, 4, 6], [40, 60, 80, 100]]


def only(**changes):
    """The numbers of the challenge with everything off that is not named."""
    off = {"noise_fast_sd": 0.0, "noise_shot_rate": 0.0}
    return numbers() | off | changes


def test_closed_form_without_noise_every_day_is_the_mean():
    assert np.all(
        np.asarray(exposure_noise(only(), patient_keys(0, "a", 3), 5, 0.0, 20.0).values) == 1
    )


def test_closed_form_spread_and_memory_of_the_log_normal_part():
    """sd of the logarithm; correlation exp(-step / memory) from one step to the next."""
    sd, memory = 0.6, 8.0
    given = only(noise_fast_sd=sd, noise_fast_days=memory)
    course = exposure_noise(given, patient_keys(0, "placebo", 3000), 5, 0.0, 40.0)
    logs = np.log(np.asarray(course.values))
    assert logs.std() == pytest.approx(sd, rel=0.04)
    assert logs.mean() == pytest.approx(-(sd**2) / 2, abs=0.02)
    step = given["noise_step_days"]
    near = np.mean([np.corrcoef(a, b)[0, 1] for a, b in pairwise(logs)])
    assert near == pytest.approx(np.exp(-step / memory), abs=0.02)
    assert logs[0].std() == pytest.approx(sd, rel=0.06)  # stationary from the first day


def test_closed_form_rate_size_and_fading_of_bouts():
    rate, size, fades = 0.05, 3.0, 5.0
    given = only(noise_shot_rate=rate, noise_shot_mean=size, noise_shot_days=fades)
    course = exposure_noise(given, patient_keys(0, "placebo", 3000), 5, 0.0, 120.0)
    values = np.asarray(course.values)
    step, keep = given["noise_step_days"], np.exp(-given["noise_step_days"] / fades)
    mean = rate * step * size / (1 - keep)
    level = values * (1 + mean) - 1
    jumps = level[1:] - keep * level[:-1]
    new = jumps[jumps > 1e-9]
    assert len(new) / jumps.size == pytest.approx(rate * step, rel=0.04)
    assert new.mean() == pytest.approx(size, rel=0.04)
    assert new.std() == pytest.approx(size, rel=0.05)  # exponential
    assert values.mean() == pytest.approx(1.0, abs=0.02)
    assert np.abs(jumps[jumps <= 1e-9]).max() < 1e-9
