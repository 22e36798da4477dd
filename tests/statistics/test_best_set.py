"""Multiple comparisons with the best: who is left out, and how often the best is."""

import numpy as np
import pytest

from gutskin.statistics.best_set import against_best


def possibly_best(*given, **more):
    return against_best(*given, **more).possible


def bootstrapped(draws, rng, times=200):
    """Means of draws [world, candidate], and the same in bootstrap samples of the worlds."""
    worlds = len(draws)
    weights = rng.multinomial(worlds, np.full(worlds, 1 / worlds), times) / worlds
    return draws.mean(axis=0), weights @ draws


@pytest.mark.parametrize("shared", [0.0, 3.0])
def test_property_of_equal_candidates_the_best_is_left_out_once_in_twenty(shared):
    """Each is the best one; candidate 0 stands for it."""
    rng = np.random.default_rng(4)
    out = 0
    for _ in range(400):
        draws = rng.normal(size=(80, 12)) + shared * rng.normal(size=(80, 1))
        out += not possibly_best(*bootstrapped(draws, rng))[0]
    assert out / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_property_the_best_is_kept_and_clearly_worse_ones_are_left_out():
    rng = np.random.default_rng(5)
    kept = np.zeros(4)
    for _ in range(100):
        draws = rng.normal([0.0, 0.5, 0.0, -1.0], 0.5, (100, 4)) + rng.normal(size=(100, 1))
        kept += possibly_best(*bootstrapped(draws, rng))
    assert kept[1] >= 97
    assert kept[0] <= 3
    assert kept[3] == 0


def test_what_all_share_hides_no_difference():
    """A pair that moves together is told apart where two that do not are not."""
    rng = np.random.default_rng(6)
    common, own = rng.normal(size=(100, 1)), rng.normal(0, 0.05, (100, 2))
    apart = rng.normal(size=(100, 2))
    apart += [0.2, 0.0] - apart.mean(axis=0)
    together = common + own + [0.2, 0.0]
    assert possibly_best(*bootstrapped(together, rng)).tolist() == [True, False]
    assert possibly_best(*bootstrapped(apart, rng)).all()


@pytest.mark.parametrize("spread", [0.0, 0.2])
def test_property_each_end_of_how_far_the_best_is_is_passed_once_in_twenty(spread):
    """Of a candidate named beforehand, and the most of all at once."""
    rng = np.random.default_rng(9)
    truth = np.linspace(0, spread, 8)
    behind = truth.max() - truth
    low, high = 0, 0
    for _ in range(400):
        draws = rng.normal(truth, 1.0, (80, 8)) + rng.normal(size=(80, 1))
        found = against_best(*bootstrapped(draws, rng))
        low += found.least[3] > behind[3]
        high += (found.most < behind - 1e-9).any()
        assert (found.least <= found.most).all()
        assert (found.possible == (found.least == 0)).all()
    most = 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert low / 400 < most
    assert high / 400 < most


@pytest.mark.parametrize(("margin", "found"), [(0.0, [True, False]), (0.2, [True, True])])
def test_a_difference_below_the_margin_leaves_nobody_out(margin, found):
    rng = np.random.default_rng(7)
    draws = rng.normal(size=(200, 1)) + rng.normal(0, 0.01, (200, 2)) + [0.1, 0.0]
    assert possibly_best(*bootstrapped(draws, rng), margin).tolist() == found


def test_edge_identical_candidates_are_both_kept_and_a_sure_difference_counts():
    repeated = np.random.default_rng(8).normal(size=(50, 1)) + np.zeros((50, 2))
    assert possibly_best([1.0, 1.0], repeated + 1.0).all()
    assert possibly_best([1.0, 0.5], repeated + np.array([1.0, 0.5])).tolist() == [True, False]
    assert possibly_best([0.3], np.full((50, 1), 0.3)).tolist() == [True]


def test_closed_form_two_candidates_are_told_apart_by_a_one_sided_normal_bound():
    """A difference of 1.8 standard errors: beyond 1.645, not beyond 2.33."""
    rng = np.random.default_rng(9)
    draws = rng.normal(size=(100, 2))
    error = (draws[:, 1] - draws[:, 0]).std() / 10
    draws += [0.0, 1.8 * error] - draws.mean(axis=0)
    means, repeated = bootstrapped(draws, rng, 4000)
    assert possibly_best(means, repeated, alpha=0.05).tolist() == [False, True]
    assert possibly_best(means, repeated, alpha=0.01).tolist() == [True, True]
