"""Worlds that meet targets: closed forms, ranks of true worlds, wrong targets, two seeds."""

import numpy as np
import pytest
from known_problem import (
    CLASSES,
    ERROR,
    TARGETS,
    emulator,
    observations,
    printed_by,
    problem,
    true_world,
)
from scipy import stats

from gutskin.calibration.emulator import Emulator
from gutskin.calibration.likelihood import DEGREES, Observations
from gutskin.calibration.posterior import (
    Problem,
    contraction,
    draw_posterior,
    effective_share,
    normal_at_peak,
)

FEW, ALL = 8, 200  # true worlds, quick and slow
DRAWS = 255
BINS = 8


def ranks(worlds: int) -> np.ndarray:
    """Rank of each true unknown among draws of its posterior [world, unknown], 0 to 1."""
    found = []
    for seed in range(worlds):
        point, latents = true_world(seed)
        drawn = draw_posterior(
            problem(printed_by(point, latents, seed)), DRAWS, seed, chains=64, steps=80
        )
        found.append((drawn.points < point).mean(axis=0))
    return np.array(found)


def assert_uniform(found: np.ndarray) -> None:
    """Each unknown's ranks, and all together as far as they are independent."""
    counts = np.array([
        np.histogram(one, bins=BINS, range=(0, 1))[0] for one in found.T
    ])  # fmt: skip
    wanted = len(found) / BINS
    each = stats.chi2.sf(((counts - wanted) ** 2 / wanted).sum(axis=1), BINS - 1)
    assert each.min() > 0.001 / len(each), each
    assert stats.kstest(each, "uniform").pvalue > 0.001


def test_ranks_of_true_worlds_are_uniform_short() -> None:
    """8 worlds: a posterior that is half as wide, or off by an sd, is caught."""
    found = ranks(FEW)
    middle = np.abs(found - 0.5)
    assert found.mean() == pytest.approx(0.5, abs=0.05)
    assert (middle < 0.25).mean() == pytest.approx(0.5, abs=0.08)
    assert (middle < 0.45).mean() == pytest.approx(0.9, abs=0.05)


@pytest.mark.slow
def test_ranks_of_200_true_worlds_are_uniform() -> None:
    assert_uniform(ranks(ALL))


def covered(worlds: int, wrong: int) -> float:
    """How often 90% intervals of what is known hold it, with some targets printed far off."""
    hits = []
    for seed in range(worlds):
        point, latents = true_world(seed)
        printed = printed_by(point, latents, seed)
        rng = np.random.default_rng([seed, 9])
        for place in rng.choice(TARGETS, wrong, replace=False):
            printed[place] += rng.choice([-1, 1]) * 5.0 * ERROR
        drawn = draw_posterior(problem(printed), DRAWS, seed, chains=64, steps=160).points
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        hits.append((low <= point) & (point <= high))
    return float(np.mean(hits))


def test_a_tenth_of_wrong_targets_leaves_intervals_that_hold_short() -> None:
    """Of 8 worlds, 86% measured; normal errors cover 82%."""
    assert covered(8, TARGETS // 10) >= 0.85


@pytest.mark.slow
def test_a_tenth_of_wrong_targets_leaves_intervals_that_hold_in_100_worlds() -> None:
    assert covered(100, TARGETS // 10) >= 0.85
    assert covered(100, 0) == pytest.approx(0.9, abs=0.03)


def test_two_seeds_agree_and_the_known_is_narrower_than_the_prior() -> None:
    point, latents = true_world(4)
    fitted = problem(printed_by(point, latents, 4))
    one, two = (draw_posterior(fitted, 8192, seed).points for seed in (1, 2))
    apart = np.abs(one.mean(axis=0) - two.mean(axis=0)) / one.std(axis=0)
    assert apart.max() < 0.1
    known = contraction(one)
    moved = np.abs(emulator().slopes).sum(axis=0) > 1.5
    assert known[moved].mean() > 0.3


def linear(slope: float, value: float, error: float) -> Problem:
    """One target that is one unknown; a misfit of next to nothing."""
    one = Emulator(
        np.zeros(1), np.array([[slope, 0.0]]), np.zeros((0, 2)), np.zeros((0, 4), int),
        np.zeros((1, 0)), np.zeros(1), np.zeros(1), np.ones(1), np.zeros(1, bool),
    )  # fmt: skip
    told = Observations(
        np.array([value]), np.array([value]), np.array([error**2]), np.array([1e-6]),
        np.array([0]), np.array([0]), np.array([0.1]), np.array([0.1]), 1,
    )  # fmt: skip
    return Problem(told, one, np.zeros(1))


def test_closed_form_one_target_of_one_unknown() -> None:
    drawn = draw_posterior(linear(2.0, 3.0, 0.5), 8192, 1).points
    grid = np.linspace(-6, 6, 24_001)
    density = stats.norm.pdf(grid) * stats.t.pdf((2 * grid - 3.0) / 0.5, DEGREES)
    density /= density.sum()
    mean = float((grid * density).sum())
    sd = float(np.sqrt(((grid - mean) ** 2 * density).sum()))
    assert drawn[:, 0].mean() == pytest.approx(mean, abs=0.02)
    assert drawn[:, 0].std() == pytest.approx(sd, rel=0.05)
    assert drawn[:, 1].std() == pytest.approx(1.0, abs=0.05)  # nothing says anything of it


def test_a_range_asks_nothing_between_its_ends() -> None:
    inside = observations(np.zeros(TARGETS))
    ends = {"low": inside.low - 5.0, "high": inside.high + 5.0}
    wide = Observations(**{**vars(inside), **ends, "size": inside.size * 1e-6})
    still = np.zeros((1, CLASSES + 1))
    shown = [np.full((TARGETS, 1), value) for value in (-4.9, 0.0, 4.9, 6.0)]
    heights = [float(wide.log_likelihood(one, still)[0]) for one in shown]
    assert heights[0] == heights[1] == heights[2] > heights[3]


def test_what_nothing_moves_keeps_its_prior() -> None:
    drawn = draw_posterior(linear(1.0, 5.0, 0.1), 4096, 3).points
    assert stats.kstest(drawn[:, 1], "norm").pvalue > 1e-3


def test_the_peak_of_a_linear_fit_is_where_least_squares_has_it() -> None:
    found = normal_at_peak(linear(1.0, 0.2, 1.0))
    assert found.mean[0] == pytest.approx(
        0.2 * 1.25 / 2.25, abs=0.01
    )  # t: weight 5/4 at its middle


@pytest.mark.parametrize(("weights", "share"), [([0.0] * 4, 1.0), ([0.0, -99, -99, -99], 0.25)])
def test_effective_share(weights: list[float], share: float) -> None:
    assert effective_share(np.array(weights)) == pytest.approx(share)
