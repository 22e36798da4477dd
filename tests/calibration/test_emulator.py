"""The emulator: what it finds of functions that are known, and the error it says it has."""

import numpy as np
import pytest

from gutskin.calibration.emulator import FEWEST, curved, fit_emulator, left_out, relevance

RNG = np.random.default_rng(5)
POINTS = RNG.standard_normal((400, 60))
NOISE = 0.3


def known(points: np.ndarray) -> np.ndarray:
    return 2.0 + points[:, 3] - 0.5 * points[:, 7] + 0.6 * points[:, 3] * points[:, 11]


VALUES = known(POINTS) + NOISE * RNG.standard_normal(len(POINTS))


def test_closed_form_few_slopes_among_many_unknowns() -> None:
    y = POINTS[:, 3] - 0.5 * POINTS[:, 7] + NOISE * RNG.standard_normal(len(POINTS))
    found, determined = relevance(POINTS, y)
    assert found[4] == pytest.approx(1.0, abs=0.05)
    assert found[8] == pytest.approx(-0.5, abs=0.05)
    assert np.abs(np.delete(found, [0, 4, 8])).max() < 0.08
    assert determined < 25


def test_closed_form_of_nothing_it_finds_nothing() -> None:
    found, _ = relevance(POINTS, RNG.standard_normal(len(POINTS)))
    assert np.abs(found).max() < 0.2
    assert left_out(POINTS, RNG.standard_normal(len(POINTS))) == pytest.approx(1.0, abs=0.25)


def test_of_500_numbers_that_say_nothing_hardly_any_stays() -> None:
    rng = np.random.default_rng(8)
    wide = rng.standard_normal((300, 500))
    found, determined = relevance(wide, rng.standard_normal(300))
    assert (found[1:] != 0).sum() <= 8  # of 500, where three standard errors leave one or two
    assert determined < 10


def test_products_are_found_and_the_error_is_that_of_worlds_not_seen() -> None:
    one = fit_emulator(POINTS, VALUES[None], np.array([NOISE**2]))
    fresh = np.random.default_rng(6).standard_normal((500, 60))
    miss = one.at(fresh)[0] - known(fresh)
    assert np.sqrt((miss**2).mean()) < 0.15
    assert one.residual[0] == pytest.approx(NOISE**2, rel=0.4)
    assert one.of_coefficients[0] == pytest.approx((miss**2).mean(), rel=3.0)
    assert one.explained[0] > 0.97
    assert {3, 7, 11} <= set(one.active.tolist())


def test_worlds_that_do_not_show_a_target_are_left_out_of_it() -> None:
    holes = VALUES.copy()
    holes[::3] = np.nan
    few = np.full(len(VALUES), np.nan)
    few[: FEWEST - 1] = 1.0
    one = fit_emulator(POINTS, np.stack([holes, few]), np.array([NOISE**2, 0.0]))
    assert one.slopes[0, 3] == pytest.approx(1.0, abs=0.1)
    assert np.isinf(one.residual[1])
    assert np.isnan(one.explained[1])


def test_features_are_normal_over_the_prior() -> None:
    features = curved(np.random.default_rng(1).standard_normal((40_000, 3)))
    assert features.mean(axis=0) == pytest.approx(np.zeros(6), abs=0.03)
    assert np.cov(features.T) == pytest.approx(np.eye(6), abs=0.06)
