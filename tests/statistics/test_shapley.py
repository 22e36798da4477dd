"""Shapley values against games whose shares are known."""

from itertools import permutations

import numpy as np
import pytest

from gutskin.statistics.shapley import shapley_values


def test_closed_form_a_sum_is_shared_as_it_is_made():
    parts = np.array([1.0, -2.0, 0.5, 4.0])
    worth = [sum(p for n, p in enumerate(parts) if some >> n & 1) for some in range(16)]
    assert shapley_values(np.array(worth) + 7).tolist() == pytest.approx(parts.tolist())


def test_closed_form_gloves_one_left_and_two_right():
    worth = [float(bool(some & 1) and bool(some & 6)) for some in range(8)]
    assert shapley_values(worth).tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_second_program_the_mean_over_all_orders_and_the_sum():
    worth = np.random.default_rng(1).normal(size=(16, 3))
    added = np.zeros((4, 3))
    for order in permutations(range(4)):
        some = 0
        for part in order:
            added[part] += worth[some | 1 << part] - worth[some]
            some |= 1 << part
    found = shapley_values(worth)
    assert found == pytest.approx(added / 24)
    assert found.sum(axis=0) == pytest.approx(worth[-1] - worth[0])


def test_unit_rows_that_are_no_sets_are_refused():
    with pytest.raises(ValueError, match="no power of two"):
        shapley_values([0.0, 1.0, 2.0])
