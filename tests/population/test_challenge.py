"""The challenge of daily life: mean 1, never negative, continuous, and each patient's own."""

import numpy as np
import pytest

from gutskin.engine import Course
from gutskin.model.compiled import load_model
from gutskin.population.challenge import challenge, from_day
from gutskin.population.streams import patient_keys


def numbers():
    return {row.id: row.number("value") for row in load_model().tables.conduct.values()}


def test_it_has_mean_1_from_the_start_and_is_not_negative():
    course = challenge(numbers(), patient_keys(0, "placebo", 4000), 5, -70.0, 30.0)
    values = np.asarray(course.values)
    assert course.parameter == "stress"
    assert (values > 0).all()
    assert values.mean() == pytest.approx(1.0, abs=0.03)
    assert values[:5].mean() == pytest.approx(1.0, abs=0.06)
    assert values[-5:].mean() == pytest.approx(1.0, abs=0.06)


def test_it_covers_its_days_in_equal_steps():
    course = challenge(numbers(), patient_keys(0, "placebo", 2), 5, -70.0, 29.0)
    assert course.times[0] == -70.0
    assert course.times[-1] >= 29.0
    assert set(np.diff(course.times)) == {numbers()["noise_step_days"]}


def test_more_patients_and_days_change_no_course():
    short = challenge(numbers(), patient_keys(0, "placebo", 2), 5, -70.0, 30.0)
    more = challenge(numbers(), patient_keys(0, "placebo", 9), 5, -70.0, 30.0)
    assert np.array_equal(np.asarray(more.values)[:, :2], short.values)


def test_patients_differ_and_are_not_correlated():
    course = challenge(numbers(), patient_keys(0, "placebo", 200), 5, -70.0, 330.0)
    values = np.log(np.asarray(course.values)).T
    off = np.corrcoef(values)[~np.eye(200, dtype=bool)]
    assert abs(off.mean()) < 0.02


def test_a_course_from_each_patient_s_own_day():
    times = np.arange(-4.0, 11.0, 2.0)
    course = Course("stress", times, np.stack([times, 10 * times], axis=1))
    own = from_day(course, np.array([0.0, 4.0]), 6.0)
    assert own.times.tolist() == [0, 2, 4, 6]
    assert np.asarray(own.values).T.tolist() == [[0, 2, 4, 6], [40, 60, 80, 100]]
