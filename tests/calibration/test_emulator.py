"""The emulator: what it finds of functions that are known, and the error it says it has."""

import numpy as np
import pytest

from gutskin.calibration.emulator import FEWEST, fit_emulator
from gutskin.calibration.polynomial import coordinates, curved, terms_of
from gutskin.calibration.relevance import left_out, relevance

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


def test_what_is_left_over_is_measured_where_worlds_were_drawn() -> None:
    rng = np.random.default_rng(4)
    far = 3.0 * rng.standard_normal((400, 60))  # the cube of one unknown is no line out there
    near = 0.3 * rng.standard_normal((400, 60))
    points = np.concatenate([far, near])
    values = (2.0 + points[:, 3] + points[:, 5] ** 3)[None]
    drawn = np.arange(800) >= 400
    whole = fit_emulator(points, values, np.zeros(1))
    there = fit_emulator(points, values, np.zeros(1), counted=drawn)
    assert there.residual[0] < 0.2 * whole.residual[0]
    fresh = 0.3 * rng.standard_normal((500, 60))
    miss = there.at(fresh)[0] - (2.0 + fresh[:, 3] + fresh[:, 5] ** 3)
    assert there.residual[0] == pytest.approx((miss**2).mean(), rel=0.5)
    few = np.arange(800) >= 801 - FEWEST  # too few to say anything: all count
    assert fit_emulator(points, values, np.zeros(1), counted=few).residual == whole.residual


def test_features_are_normal_over_the_prior() -> None:
    features = curved(np.random.default_rng(1).standard_normal((40_000, 3)), terms_of(np.arange(3)))
    assert features.mean(axis=0) == pytest.approx(np.zeros(6), abs=0.03)
    assert np.cov(features.T) == pytest.approx(np.eye(6), abs=0.06)


def test_a_threshold_that_many_push_together_is_bent_along_their_sum() -> None:
    rng = np.random.default_rng(9)
    weights = np.zeros(60)
    weights[:30] = rng.choice([-1.0, 1.0], 30) / np.sqrt(30)  # no two of them bend it by much
    points = rng.standard_normal((1500, 60))

    def above(worlds: np.ndarray) -> np.ndarray:
        return np.maximum(worlds @ weights - 0.5, 0.0)

    shown = np.stack([above(points), points[:, 50]])
    frozen = np.arange(60) == 0
    plain, bent = (
        fit_emulator(points, shown, np.zeros(2), straight=frozen, leading=leading)
        for leading in (None, np.array([True, False]))
    )
    assert bent.explained[0] > 0.88 > plain.explained[0] + 0.1
    assert not plain.directions.size
    assert bent.directions.shape == (1, 60)
    assert bent.directions[0, 0] == 0.0  # what is not to bend is in no direction
    assert (bent.directions @ bent.directions.T).item() == pytest.approx(1.0)
    fresh = rng.standard_normal((400, 60))
    fresh[:, 0] = 0.0
    miss = bent.at(fresh)[0] - above(fresh)
    assert miss.var() < 0.12 * above(fresh).var()
    assert set(range(1, 30)) <= set(bent.active.tolist())


def test_closed_form_the_polynomials_of_a_direction_are_normal_to_each_other() -> None:
    rng = np.random.default_rng(1)
    points = coordinates(rng.standard_normal((200_000, 2)), np.array([[0.6, 0.8]]))
    assert points[:, 2] == pytest.approx(points[:, :2] @ [0.6, 0.8])
    powers = curved(points, terms_of(np.array([2]), (1, 2, 3, 4)))
    assert powers.mean(axis=0) == pytest.approx(np.zeros(4), abs=0.02)
    assert np.cov(powers.T) == pytest.approx(np.eye(4), abs=0.2)
