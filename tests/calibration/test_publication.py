"""Behind a filter: closed forms, and what worlds are told of by trials some of which are hidden."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from gutskin.calibration.emulator import Emulator
from gutskin.calibration.leave_out import as_printed
from gutskin.calibration.likelihood import DEGREES, LEVELS, OF_LEVELS, Observations
from gutskin.calibration.posterior import Problem, draw_posterior
from gutskin.calibration.publication import (
    PublicationFilter,
    filter_of,
    passing,
    printed_table,
    shares_of_worlds,
    student_cdf,
)
from gutskin.calibration.targets import read_calibration_targets
from gutskin.model.compiled import load_model

TRIALS, SD = 12, 1.0


def behind(count: int = TRIALS, way: float = -1.0) -> PublicationFilter:
    """One over so many targets, of each trial one."""
    return PublicationFilter(np.arange(count), np.full(count, way), np.full(count, 1.96 * SD))


def observations(found: np.ndarray, through: PublicationFilter | None) -> Observations:
    """Trials of one effect, the structure of which misses next to nothing."""
    count = len(found)
    return Observations(
        found, found, np.full(count, SD**2), np.ones(count), np.arange(count),
        np.zeros(count, int), np.array([1e-9]), np.array([1e-9]), count, through,
    )  # fmt: skip


def problem(found: np.ndarray, through: PublicationFilter | None, prior_sd: float = 2.0) -> Problem:
    """The effect is the first unknown, in units of the width of its prior."""
    count = len(found)
    slopes = np.zeros((count, 2))
    slopes[:, 0] = prior_sd
    one = Emulator(
        np.zeros(count), slopes, np.zeros((0, 2)), np.zeros((0, 4), int), np.zeros((count, 0)),
        np.zeros(count), np.zeros(count), np.ones(count), np.zeros(count, bool),
    )  # fmt: skip
    return Problem(observations(found, through), one, np.zeros(count))


def test_closed_form_the_distribution_is_students_of_the_degrees_that_errors_have() -> None:
    values = np.linspace(-30, 30, 301)
    np.testing.assert_allclose(student_cdf(values), stats.t.cdf(values, DEGREES), atol=1e-12)


def test_closed_form_what_worlds_have_learnt_is_read_by_weight_and_written_in_equal_steps() -> None:
    """Worlds in which little passes weigh nothing: what is left is even between 0.5 and 1."""
    latents = np.stack([np.zeros(4000), np.random.default_rng(1).normal(size=4000)], axis=1)
    log_weights = np.where(latents[:, -1] < 0.0, -np.inf, 2.0)
    shares = shares_of_worlds(latents, log_weights, [0.1, 0.5, 0.9])
    assert shares == pytest.approx([0.55, 0.75, 0.95], abs=0.02)
    *_, names, row = printed_table(latents, log_weights).splitlines()
    assert names.split("\t") == ["id", "shares"]
    name, told = row.split("\t")
    assert name == "product_trials"
    written = [float(one) for one in told.split()]
    assert written == pytest.approx(np.linspace(0.5125, 0.9875, 20), abs=0.02)


@pytest.mark.parametrize("way", [-1.0, 1.0])
def test_closed_form_what_passes_divides_what_is_found(way: float) -> None:
    """Two trials, one significant: passes for the other, over all that could be, by integration."""
    through = behind(2, way)
    found = np.array([way * 3.0, way * 0.5])
    latents = np.array([[0.0, -0.7], [0.0, 2.0]])
    shown = np.array([[way * 0.4, way * -1.0]] * 2)
    plain = observations(found, None).log_likelihood(shown, latents)
    ours = observations(found, through).log_likelihood(shown, latents) - plain
    for world, share in enumerate(stats.norm.cdf(latents[:, 1])):
        beyond = stats.t.sf((1.96 - way * shown[0, world]) / SD, DEGREES)
        wanted = math.log(share) - 2 * math.log(share + (1 - share) * beyond)
        assert ours[world] == pytest.approx(wanted, abs=1e-6)


def test_closed_form_no_filter_is_all_passes() -> None:
    through, found = behind(3), np.array([-3.0, 0.2, 1.0])
    latents, shown = np.array([[0.3, 40.0]]), np.array([[-1.0]] * 3)
    with_it = observations(found, through).log_likelihood(shown, latents)
    np.testing.assert_allclose(with_it, observations(found, None).log_likelihood(shown, latents))


def test_levels_of_sources_are_integrated_over_in_what_passes() -> None:
    through = behind(1)
    middle = LEVELS[:, None, None] * np.array([[2.0]])
    share = np.array([0.25])
    ours = through.log_ratio(np.array([0.0]), middle, np.array([[1.0]]), OF_LEVELS, share)
    rng = np.random.default_rng(1)
    drawn = 2.0 * rng.standard_normal(400_000) + rng.standard_t(DEGREES, 400_000)
    chance = (drawn <= -1.96).mean()
    assert ours[0] == pytest.approx(math.log(0.25) - math.log(0.25 + 0.75 * chance), abs=0.01)


def test_worlds_without_an_effect_are_told_so_although_half_of_what_was_printed_is_significant():
    """Of 12 literatures with 15% of nulls printed: 90% intervals hold 90%."""
    held, plain, off = [], [], []
    through = behind()
    for seed in range(12):
        rng = np.random.default_rng([seed, 4])
        effect = rng.standard_normal() * 2.0
        found = as_printed(
            np.full((TRIALS, 1), effect), observations(np.zeros(TRIALS), through),
            np.zeros(TRIALS), np.array([[0.0, stats.norm.ppf(0.15)]]), seed,
        )[:, 0]  # fmt: skip
        for one, into in ((through, held), (None, plain)):
            drawn = draw_posterior(problem(found, one), 255, seed, chains=64, steps=120)
            low, high = np.quantile(drawn.points[:, 0] * 2.0, [0.05, 0.95])
            into.append(low <= effect <= high)
            if one is None:
                off.append(drawn.points[:, 0].mean() * 2.0 - effect)
    assert np.mean(held) >= 0.8
    assert np.mean(plain) < np.mean(held)
    assert np.mean(off) < -0.1  # what a reader would believe who knows of no filter


def test_what_is_printed_is_significant_as_often_as_the_filter_makes_it() -> None:
    """By rejection; 20,000 trials of no effect."""
    through, worlds = behind(1), 20_000
    latent = np.full((worlds, 2), stats.norm.ppf(0.2))
    printed = as_printed(
        np.zeros((1, worlds)), observations(np.zeros(1), through), np.zeros(1), latent, 1
    )
    chance = stats.t.sf(1.96, DEGREES)
    wanted = chance / (chance + 0.2 * (1 - chance))
    assert through.is_significant(printed).mean() == pytest.approx(wanted, abs=0.01)


def test_a_filter_of_some_targets_counts_them_anew() -> None:
    through = PublicationFilter(np.array([1, 3, 4]), np.array([-1.0, 1.0, -1.0]), np.arange(3.0))
    kept = np.array([False, True, True, False, True])
    mine = through.of(kept)
    assert mine is not None
    assert mine.places.tolist() == [0, 2]
    assert mine.critical.tolist() == [0.0, 2.0]
    assert through.of(~kept | (np.arange(5) == 3)) is not None
    assert through.of(np.array([True, False, True, False, False])) is None
    less = replace(observations(np.zeros(5), through)).without(kept)
    assert less.behind is not None
    assert len(less.behind) == 2


def test_the_shipped_differences_of_product_trials_stand_behind_it_and_nothing_else_does() -> None:
    """Where a p was printed, significance is as it was printed."""
    model = load_model()
    targets = read_calibration_targets(model.biology)
    through = filter_of(targets, model, np.full(len(targets), 9.0))
    assert through is not None
    named = [targets[place] for place in through.places]
    assert {one.id for one in named} == {x.id for x in targets if x.id.endswith(":difference")}
    found = through.is_significant(np.array([one.middle for one in named]))
    told = [
        (one.id, bool(mine), one.number.p)
        for one, mine in zip(named, found, strict=True)
        if one.number is not None and one.number.p
    ]
    assert len(told) >= 3
    for name, mine, p in told:
        assert mine == (p < 0.05), name
    assert passing(np.array([0.0]))[0] == pytest.approx(0.5)
