"""The value of information against closed forms of normal benefits."""

import numpy as np
import pytest
from scipy.stats import norm

from gutskin.statistics.value_of_information import (
    by_chance,
    partial_information,
    perfect_information,
    regressed,
)

MEAN, A, B = -0.3, 0.8, 0.6


def gain(mean, sd):
    """Expected gain of choosing between nothing and a normal benefit, over choosing now."""
    return mean * norm.cdf(mean / sd) + sd * norm.pdf(mean / sd) - max(mean, 0.0)


def toy(draws, rng):
    """Benefits of doing nothing and of something that two unknowns decide on."""
    x, y = rng.normal(size=(2, draws))
    return np.column_stack([np.zeros(draws), MEAN + A * x + B * y]), x, y


def test_closed_form_of_everything():
    benefit, *_ = toy(40_000, np.random.default_rng(1))
    found = perfect_information(benefit)
    assert found.value == pytest.approx(gain(MEAN, 1.0), abs=4 * found.error)
    assert found.error == pytest.approx(np.maximum(benefit[:, 1], 0).std(ddof=1) / 200, rel=1e-6)
    assert found.changes == pytest.approx(norm.cdf(MEAN), abs=0.01)


@pytest.mark.parametrize(("which", "sd"), [(0, A), (1, B)])
def test_closed_form_of_one_unknown(which, sd):
    benefit, *unknown = toy(40_000, np.random.default_rng(2))
    found = partial_information(benefit, unknown[which])
    assert found.value == pytest.approx(gain(MEAN, sd), abs=4 * found.error)
    assert found.changes == pytest.approx(norm.cdf(MEAN / sd), abs=0.01)


@pytest.mark.parametrize("noise", [0.5, 2.0])
def test_closed_form_of_a_study_with_noise(noise):
    """E(benefit | result) has the spread A / sqrt(1 + noise^2)."""
    rng = np.random.default_rng(3)
    benefit, x, _ = toy(40_000, rng)
    found = partial_information(benefit, x + noise * rng.normal(size=len(x)))
    assert found.value == pytest.approx(gain(MEAN, A / np.hypot(1, noise)), abs=4 * found.error)


def test_closed_form_of_a_benefit_that_bends():
    """x^2 - 1.5: three degrees of polynomials see it, a straight line would not."""
    x = np.random.default_rng(4).normal(size=40_000)
    benefit = np.column_stack([np.zeros(len(x)), x**2 - 1.5])
    edge = np.sqrt(1.5)
    expected = 2 * (edge * norm.pdf(edge) + norm.sf(edge)) - 1.5 * 2 * norm.sf(edge)
    assert partial_information(benefit, x).value == pytest.approx(expected, abs=0.02)


def test_the_better_of_two_options_is_what_is_decided_between():
    """Nothing is worth knowing of what moves both alike."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 20_000))
    benefit = np.column_stack([10 + x + 0.1 * y, 10 + x - 0.1 * y])
    assert partial_information(benefit, x).value < 0.002
    assert partial_information(benefit, y).value == pytest.approx(gain(0, 0.2), abs=0.01)


def test_a_monotone_change_of_the_unknown_is_the_same_unknown():
    benefit, x, _ = toy(500, np.random.default_rng(6))
    assert partial_information(benefit, np.exp(x)) == partial_information(benefit, x)


def test_expectations_average_to_the_means_of_the_options():
    benefit, x, _ = toy(300, np.random.default_rng(7))
    assert regressed(benefit, x).mean(axis=0) == pytest.approx(benefit.mean(axis=0))


def test_property_what_tells_nothing_exceeds_chance_once_in_twenty():
    rng = np.random.default_rng(8)
    above = 0
    for _ in range(200):
        benefit, *_ = toy(60, rng)
        known = rng.normal(size=(60, 3))
        largest = max(partial_information(benefit, one).value for one in known.T)
        above += largest > by_chance(benefit, known, rng, 60)
    assert above / 200 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    assert above > 0


def test_a_number_that_tells_nothing_is_mostly_fitted_by_no_degree_at_all():
    """What is left out decides: with the fit's own errors the highest degree would always win."""
    rng = np.random.default_rng(12)
    plain = [
        np.ptp(regressed(rng.normal(size=(60, 1)), rng.normal(size=60))) < 1e-9 for _ in range(100)
    ]
    assert np.mean(plain) > 0.5


def test_what_tells_much_exceeds_chance():
    rng = np.random.default_rng(9)
    benefit, x, y = toy(200, rng)
    chance = by_chance(benefit, np.column_stack([x, y, rng.normal(size=200)]), rng)
    assert partial_information(benefit, x).value > 2 * chance > 0


def test_edge_an_unknown_with_one_value_is_worth_nothing():
    benefit, *_ = toy(50, np.random.default_rng(10))
    found = partial_information(benefit, np.ones(50))
    assert found.value == pytest.approx(0.0, abs=1e-12)


def test_edge_few_draws_are_fitted_by_a_straight_line_at_most():
    """Twelve draws: a third degree would go through whatever they are."""
    x = np.random.default_rng(11).normal(size=12)
    z = norm.ppf((np.argsort(np.argsort(x)) + 0.5) / 12)
    fitted = regressed(np.column_stack([z, z**2, 3 * z + z**3]), x)
    assert fitted[:, 0] == pytest.approx(z)
    slope = np.polyfit(z, fitted[:, 2], 1)
    assert fitted[:, 2] == pytest.approx(np.polyval(slope, z))
    assert np.ptp(fitted[:, 1] - np.polyval(np.polyfit(z, fitted[:, 1], 1), z)) < 1e-9
