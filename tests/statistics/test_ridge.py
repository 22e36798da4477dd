"""Ridge regression on groups that were not seen: truth, noise, and how sure the skill is."""

import numpy as np

from gutskin.statistics.ridge import predicted_elsewhere, skill


def made(groups=40, size=30, noise=1.0, columns=6, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(groups * size, columns)) * [1, 100, 1e-3, 1, 1, 1][:columns]
    signal = x[:, 0] + 0.01 * x[:, 1]
    group = np.repeat(np.arange(groups), size)
    return x, signal, signal + noise * rng.normal(size=len(x)), group


def test_closed_form_the_skill_is_the_share_that_can_be_foretold():
    x, _, y, group = made(noise=2.0)  # signal 2, noise 4
    found = skill(predicted_elsewhere(x, y, group), y, group)
    assert abs(found.value - 1 / 3) < 0.06
    assert found.ci95_low < 1 / 3 < found.ci95_high


def test_monte_carlo_noise_foretells_nothing_and_seldom_seems_to():
    rng = np.random.default_rng(2)
    group = np.repeat(np.arange(20), 20)
    seems = 0
    for _ in range(40):
        x, y = rng.normal(size=(400, 5)), rng.normal(size=400)
        found = skill(predicted_elsewhere(x, y, group), y, group)
        assert found.value < 0.03
        seems += found.ci95_low > 0
    assert seems <= 4


def test_monte_carlo_the_interval_holds_the_truth_nineteen_times_in_twenty():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        group = np.repeat(np.arange(30), 10)
        y = rng.normal(size=300) + np.repeat(rng.normal(size=30), 10)
        found = skill(0.3 * y + 0.4 * rng.normal(size=300), y, group)
        truth = 1 - (0.49 * 2 + 0.16) / 2
        held += found.ci95_low < truth < found.ci95_high
    assert 0.90 <= held / 400 <= 0.99


def test_property_places_of_a_group_do_not_foretell_each_other():
    """A column that names the group explains everything within it and nothing elsewhere."""
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(20), 10)
    level = rng.normal(size=20)
    x = np.eye(20)[group]
    found = skill(predicted_elsewhere(x, level[group], group), level[group], group)
    assert found.value < 0.05
