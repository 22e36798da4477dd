"""What the effect hangs on: ranked correlations, their intervals, and what chance gives."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import binom, spearmanr

from gutskin.trials import influence
from gutskin.trials.influence import rank_influence


def test_influence_agrees_with_scipy_and_is_sorted():
    rng = np.random.default_rng(7)
    world = rng.normal(size=(200, 4))
    effect = np.exp(world[:, 2]) + 0.3 * world[:, 0]
    found = rank_influence(world, effect, list("abcd"), ["", "", "strain", ""])
    assert [one.parameter for one in found][:2] == ["c", "a"]
    assert found[0].note == "strain"
    assert found[0].beyond_chance
    for one in found:
        rho = spearmanr(world[:, "abcd".index(one.parameter)], effect).statistic
        assert one.correlation == pytest.approx(rho)
        assert one.share == pytest.approx(rho**2)


def test_ranks_with_ties_agree_with_scipy_which_is_not_asked_for_them():
    code = (
        "import sys, numpy as np\n"
        "from gutskin.trials.influence import rank_influence\n"
        "world = np.arange(20.0)[:, None] % 7\n"
        "print(rank_influence(world, np.arange(20.0) % 3, ['a'], [''])[0].correlation)\n"
        "print('scipy.stats' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rho, asked = done.stdout.split()
    assert float(rho) == pytest.approx(spearmanr(np.arange(20) % 7, np.arange(20) % 3).statistic)
    assert asked == "False"


def test_a_strain_that_two_arms_are_given_is_one_number_and_stands_once():
    """A crossover told the same of its strain twice, once for each sequence."""
    world = np.random.default_rng(9).normal(size=(40, 2))
    twice = world[:, [0, 0, 1]]
    names = ["factor:first", "factor:second", "k"]
    found = rank_influence(twice, world[:, 0], names, ["same", "same", ""])
    assert [one.parameter for one in found] == ["factor:first", "k"]


def test_influence_of_nothing_is_rarely_beyond_chance():
    rng = np.random.default_rng(8)
    names = [f"k{i}" for i in range(50)]
    hits = sum(
        rank_influence(rng.normal(size=(60, 50)), rng.normal(size=60), names, names)[
            0
        ].beyond_chance
        for _ in range(200)
    )
    assert hits <= binom.ppf(0.9999, 200, 0.06)


def test_a_number_that_is_the_same_in_every_world_is_not_listed_nor_counted():
    """Of the central world those of bodies stood there, with shares of 0 to 10%."""
    assert rank_influence(np.ones((10, 1)), np.arange(10.0), ["k"], [""]) == ()
    rng = np.random.default_rng(6)
    own = rng.normal(size=(40, 1))
    effect = own[:, 0] + 1.5 * rng.normal(size=40)
    alone = rank_influence(own, effect, ["a"], ["it"])
    beside = np.hstack([np.full((40, 300), 0.1), own])
    names = [*(f"k{i}" for i in range(300)), "a"]
    assert rank_influence(beside, effect, names, [*names[:-1], "it"]) == alone
    assert alone[0].beyond_chance


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("worlds", [20, 100])
def test_property_the_interval_of_a_share_holds_the_share_in_95_percent(rho, worlds):
    """Normal pairs with correlation r have the rank correlation 6/pi asin(r/2)."""
    rng = np.random.default_rng(9)
    normal = 2 * np.sin(np.pi * rho / 6)
    held = 0
    for _ in range(1000):
        k = rng.normal(size=(worlds, 1))
        effect = normal * k[:, 0] + np.sqrt(1 - normal**2) * rng.normal(size=worlds)
        (one,) = rank_influence(k, effect, ["k"], [""])
        held += one.share_ci95_low <= rho**2 <= one.share_ci95_high
    # Of no correlation at all the share is 0, the end of its scale: a squared interval holds it
    # as often as the interval of the correlation does.
    low, high = binom.ppf([5e-5, 1 - 5e-5], 1000, 0.95)
    assert low - 10 <= held <= high + 10


def test_few_worlds_tell_nothing():
    """In four worlds one of twelve unrelated numbers has the very ranks of the effect."""
    rng = np.random.default_rng(10)
    names = [f"k{i}" for i in range(100)]
    for worlds in (3, 4, 9):
        drawn = rng.normal(size=(worlds, 100)), rng.normal(size=worlds)
        assert rank_influence(*drawn, names, names) == ()
    assert len(rank_influence(rng.normal(size=(10, 100)), rng.normal(size=10), names, names)) == 100


def test_unit_an_effect_that_is_the_same_in_all_worlds_hangs_on_nothing():
    assert (
        rank_influence(
            np.random.default_rng(1).normal(size=(50, 2)), np.zeros(50), ["a", "b"], ["", ""]
        )
        == ()
    )


def test_unit_a_perfect_rank_correlation_has_an_interval_that_ends_at_one():
    (one,) = rank_influence(np.arange(20.0)[:, None], np.arange(20.0) ** 3, ["k"], [""])
    assert one.share == pytest.approx(1.0)
    assert 0.99 < one.share_ci95_low <= one.share_ci95_high <= 1.0


def test_ten_worlds_have_an_interval():
    rng = np.random.default_rng(11)
    (noted,) = rank_influence(rng.normal(size=(11, 1)), rng.normal(size=11), ["k"], ["a note"])
    assert noted.note == "a note"
    (ten,) = rank_influence(rng.normal(size=(10, 1)), rng.normal(size=10), ["k"], [""])
    assert np.isfinite(ten.share_ci95_high)
    assert ten.note == "k"


def test_unit_worlds_without_an_effect_do_not_count():
    rng = np.random.default_rng(12)
    k, effect = rng.normal(size=(20, 1)), rng.normal(size=20)
    effect[3:6] = np.nan
    (some,) = rank_influence(k, effect, ["k"], [""])
    use = np.isfinite(effect)
    (alone,) = rank_influence(k[use], effect[use], ["k"], [""])
    assert some == alone


@pytest.mark.parametrize("rho", [-0.6, 0.05, 0.6])
def test_closed_form_the_interval_is_fishers_squared(rho):
    n = 40
    half = 1.959963984540054 * np.sqrt((1 + rho**2 / 2) / (n - 3))
    ends = np.tanh(np.arctanh(rho) - half), np.tanh(np.arctanh(rho) + half)
    least = 0.0 if ends[0] < 0 < ends[1] else min(ends[0] ** 2, ends[1] ** 2)
    found = influence._interval(rho, n)
    assert found == pytest.approx((least, max(ends[0] ** 2, ends[1] ** 2)))


def test_closed_form_beyond_chance_is_beyond_bonferronis_t():
    """Of 20 worlds and one parameter r must exceed 0.4438 (two-sided 5%); of ten, 0.6084."""
    order = np.arange(20.0)
    for count, least in ((1, 0.4438), (10, 0.6084)):
        rng = np.random.default_rng(13)
        for _ in range(40):
            world = rng.normal(size=(20, count))
            world[:, 0] += order / 12
            for one in rank_influence(world, order, [f"k{i}" for i in range(count)], [""] * count):
                if abs(abs(one.correlation) - least) > 1e-3:
                    assert one.beyond_chance == (abs(one.correlation) > least)
