"""Smoothed weights: closed forms, and means of what heavy weights tell."""

import numpy as np
import pytest
from scipy import stats

from gutskin.calibration.pareto_smoothing import LIMIT, fit_pareto, pareto_quantile, smooth
from gutskin.calibration.posterior import effective_share


@pytest.mark.parametrize("shape", [0.1, 0.4, 0.9])
def test_reference_quantiles_are_those_of_the_distribution(shape: float) -> None:
    """By scipy's genpareto."""
    places = np.linspace(0, 0.99, 34)
    wanted = stats.genpareto.ppf(places, shape, scale=1.7)
    np.testing.assert_allclose(pareto_quantile(places, shape, 1.7), wanted, rtol=1e-10)


@pytest.mark.parametrize("shape", [0.0, 0.3, 0.8])
def test_the_shape_and_scale_of_known_weights_are_found(shape: float) -> None:
    rng = np.random.default_rng(3)
    found = [
        fit_pareto(np.sort(stats.genpareto.rvs(shape, scale=2.0, size=400, random_state=rng)))
        for _ in range(50)
    ]
    shapes, scales = np.mean(found, axis=0)
    assert shapes == pytest.approx(shape, abs=0.05)
    assert scales == pytest.approx(2.0, rel=0.08)


def test_property_only_the_largest_move_none_beyond_the_largest_and_the_order_stays() -> None:
    logs = 2.0 * np.random.default_rng(1).standard_normal(2816)
    logs[7] = -np.inf
    found = smooth(logs)
    moved = found.log_weights != logs - logs.max()
    assert moved.sum() <= 3 * np.sqrt(2815) + 1
    assert (np.argsort(found.log_weights[moved]) == np.argsort(logs[moved])).all()
    assert found.log_weights.max() <= 0.0
    assert found.log_weights[7] == -np.inf


def test_means_by_smoothed_weights_are_nearer_where_weights_are_heavy() -> None:
    """A normal of sd 1 foretells one of 1.4: the second moment, in 200 samples."""
    rng, plain, ours = np.random.default_rng(5), [], []
    for _ in range(200):
        drawn = rng.standard_normal(500)
        logs = stats.norm.logpdf(drawn, scale=1.4) - stats.norm.logpdf(drawn)
        for one, into in ((logs, plain), (smooth(logs).log_weights, ours)):
            weights = np.exp(one - one.max())
            into.append(weights @ drawn**2 / weights.sum() - 1.4**2)
    assert np.sqrt(np.mean(np.square(ours))) < np.sqrt(np.mean(np.square(plain)))


def test_equal_weights_stay_and_hopeless_ones_are_told() -> None:
    same = smooth(np.zeros(1000))
    assert effective_share(same.log_weights) == 1.0
    assert same.shape < LIMIT
    assert smooth(np.array([0.0, -np.inf, -np.inf])).shape == np.inf
    heavy = np.log(stats.pareto.rvs(0.8, size=4000, random_state=1))
    assert smooth(heavy).shape > LIMIT
