"""Intervals that hold what they say, Monte-Carlo errors, and the one rule for words."""

import numpy as np
import pytest
from scipy.stats import beta

from gutskin.trials.certainty import (
    FEWEST_DRAWS,
    Certainty,
    certainty,
    error_of_mean,
    interval,
    is_nothing,
    mean_of,
    share_of,
)

TRIALS = 4000


@pytest.mark.parametrize("draws", [39, 40, 60, 100, 200, 1000])
def test_property_one_more_draw_lies_in_the_interval_with_probability_95_percent(draws):
    """Exact whatever the distribution: here the uniform, where coverage is the length."""
    rng = np.random.default_rng(draws)
    ends = np.array([interval(one) for one in rng.random((TRIALS, draws))])
    held = ends[:, 1] - ends[:, 0]
    error = held.std(ddof=1) / np.sqrt(TRIALS)
    assert abs(held.mean() - 0.95) < 4 * error
    assert abs(ends[:, 0].mean() - 0.025) < 4 * ends[:, 0].std() / np.sqrt(TRIALS)


def test_fewer_draws_than_the_ends_of_95_percent_need_have_no_interval():
    """The least and the largest of n draws hold (n - 1)/(n + 1) of the next: 95% at n = 39."""
    assert pytest.approx(0.95) == (FEWEST_DRAWS - 1) / (FEWEST_DRAWS + 1)
    assert np.isnan(interval(np.arange(FEWEST_DRAWS - 1.0))).all()
    assert interval(np.arange(FEWEST_DRAWS, dtype=float)) == (0.0, 38.0)


def test_unit_what_is_not_a_number_is_no_draw_and_infinity_is_one():
    with_gaps = np.r_[np.arange(39.0), np.full(20, np.nan)]
    assert interval(with_gaps) == (0.0, 38.0)
    never = np.r_[np.arange(38.0), [np.inf] * 2]
    assert interval(never) == (pytest.approx(0.025), np.inf)
    assert np.isnan(interval(np.full(50, np.nan))).all()


def test_unit_mean_and_its_error():
    values = np.array([1.0, 2.0, 4.0, np.nan])
    assert mean_of(values) == pytest.approx(7 / 3)
    assert error_of_mean(values) == pytest.approx(np.std([1, 2, 4], ddof=1) / np.sqrt(3))
    assert np.isnan(error_of_mean(np.array([1.0, np.nan])))
    assert np.isnan(mean_of(np.array([np.nan])))


@pytest.mark.parametrize(("hits", "draws"), [(0, 10), (10, 10), (3, 10), (180, 1000)])
def test_reference_error_of_a_share_is_that_of_jeffreys_distribution(hits, draws):
    share = share_of(np.arange(draws) < hits)
    assert share.value == hits / draws
    assert share.error == pytest.approx(beta(hits + 0.5, draws - hits + 0.5).std())
    assert share.error > 0


def test_property_a_shares_error_is_how_far_it_is_off():
    rng = np.random.default_rng(3)
    shares = [share_of(one) for one in rng.random((TRIALS, 200)) < 0.2]
    off = np.std([one.value for one in shares])
    assert np.mean([one.error for one in shares]) == pytest.approx(off, rel=0.05)


def test_unit_only_what_counts_is_shared():
    share = share_of(np.array([True, True, False]), np.array([True, False, True]))
    assert (share.value, share.draws) == (0.5, 2)
    assert np.isnan(share_of(np.array([True]), np.array([False])).value)


@pytest.mark.parametrize(
    ("below", "word"),
    [
        (200, Certainty.certain),
        (195, Certainty.certain),
        (194, Certainty.probable),
        (180, Certainty.probable),
        (179, Certainty.open),
        (100, Certainty.open),
        (21, Certainty.open),
        (20, Certainty.probable),
        (5, Certainty.certain),
    ],
)
def test_unit_the_word_is_decided_by_the_share_of_worlds_on_a_side(below, word):
    for size in (1.0, 30.0):  # and not by the size of the effect
        effect = np.where(np.arange(200) < below, -size, 0.5)
        assert certainty(effect, 9.0) is word


def test_unit_few_worlds_and_no_effect_have_their_own_words():
    assert certainty(np.full(38, -5.0), 9.0) is Certainty.too_few
    assert certainty(np.full(39, -5.0), 9.0) is Certainty.certain
    assert certainty(np.full(39, -0.09), 9.0) is Certainty.nothing
    assert certainty(np.full(39, -0.1), 9.0) is Certainty.certain
    assert certainty(np.full(38, -0.01), 9.0) is Certainty.too_few  # other worlds may differ
    assert certainty(np.zeros(1), 9.0) is Certainty.nothing
    assert is_nothing(np.zeros(3), np.nan)
    assert not is_nothing(np.array([0.0, 1e-6]), np.nan)
    assert not is_nothing(np.array([np.nan]), 1.0)


def test_nobody_changed_of_few_is_no_proof_that_nobody_does():
    """Nobody of n leaves a share of 3 / n open; a hundredth of the spread, or 0.001, is nothing.

    Four people in forty worlds had been told "does not change".
    """
    worlds = np.zeros(40)
    assert certainty(worlds, 0.2, people=4) is Certainty.too_few
    assert certainty(worlds, 0.2, people=37) is Certainty.too_few  # 3 / 1480 is above 0.002
    assert certainty(worlds, 0.2, people=38) is Certainty.nothing
    assert certainty(worlds, 0.0, people=74) is Certainty.too_few
    assert certainty(worlds, np.nan, people=76) is Certainty.nothing
    assert certainty(worlds, 0.2) is Certainty.nothing  # of a score
    assert certainty(np.r_[0.25, worlds], 0.2, people=4) is Certainty.open
