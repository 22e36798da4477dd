"""Statistics of patients: unit tests by closed form, and properties of weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from gutskin.population.target_statistics import quantile, rank_correlation, statistic

ONE = np.array([1.0, 2.0, 4.0, 8.0])
TWO = np.array([3.0, 1.0, 9.0, 10.0])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mean", 3.75),
        ("geometric_mean", 8**0.5),
        ("median", 3.0),
        ("share_above:2", 0.5),
        ("share_below:2", 0.25),
        ("correlation:two", 0.8),
    ],
)
def test_closed_form_a_statistic_of_patients_who_count_alike(words, expected):
    assert statistic(words, ONE, TWO) == pytest.approx(expected)


@pytest.mark.parametrize("words", ["mode", "share_above", "share_above:x", "mean:3", "correlation"])
def test_unit_words_that_name_no_statistic_give_none(words):
    assert statistic(words, ONE) is None


@pytest.mark.parametrize(
    "words", ["mean", "geometric_mean", "share_above:2", "share_below:4", "correlation:two"]
)
@settings(max_examples=30, deadline=None)
@given(times=st.lists(st.integers(1, 4), min_size=4, max_size=4))
def test_property_a_weight_of_three_is_three_such_patients(words, times):
    counted = np.array(times)
    repeated = statistic(words, np.repeat(ONE, counted), np.repeat(TWO, counted))
    weighed = statistic(words, ONE, TWO, counted.astype(float))
    assert weighed == pytest.approx(repeated)


def test_property_equal_weights_are_none():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 300)).round(1)  # with ties
    assert rank_correlation(a, b, np.full(300, 2.5)) == pytest.approx(rank_correlation(a, b))
    assert quantile(a, 0.5, np.full(300, 2.5)) == pytest.approx(np.median(a))


def test_reference_the_rank_correlation_is_that_of_scipy():
    rng = np.random.default_rng(2)
    a = rng.normal(size=200).round(1)
    b = (a + rng.normal(size=200)).round(1)
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a, b).statistic)


def test_unit_who_are_all_the_same_go_with_nothing():
    same = np.ones(5)
    assert rank_correlation(same, np.arange(5.0)) == 0.0
    assert rank_correlation(same, np.arange(5.0), np.arange(1.0, 6.0)) == 0.0
