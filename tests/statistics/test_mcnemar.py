"""McNemar's test against published numbers, a second program, and trials without any change."""

import numpy as np
import pytest
from scipy.stats import binom

from gutskin.statistics.mcnemar import mcnemar
from gutskin.statistics.untested import Untested


def pairs(both, lost, gained, neither):
    """Patients who have it at both visits, at the first or the second alone, or never."""
    return np.array(
        [[1, 1]] * both + [[1, 0]] * lost + [[0, 1]] * gained + [[0, 0]] * neither, float
    )


def test_reference_airways_of_children_before_and_after_a_transplant():
    """Bentur 2009 as Fagerland 2013 has it: mid-p 0.039 (exact 0.070, asymptotic 0.034)."""
    found = mcnemar(pairs(1, 1, 7, 12))
    assert round(float(found.p), 3) == 0.039
    assert float(found.value) == pytest.approx(6 / 21)
    assert float(found.standard_error) == pytest.approx(np.sqrt(8 - 36 / 21) / 21)


@pytest.mark.parametrize(("lost", "gained"), [(0, 3), (4, 2), (9, 1), (3, 3), (0, 0)])
def test_double_programming_the_probability_of_a_throw_of_coins(lost, gained):
    found = mcnemar(pairs(2, lost, gained, 5))
    many, fewer = lost + gained, min(lost, gained)
    tail = sum(binom.pmf(k, many, 0.5) * (0.5 if k == fewer else 1) for k in range(fewer + 1))
    expected = 2 * tail
    if lost == gained:  # both tails meet in the middle, of which half counts
        expected = 1 - binom.pmf(fewer, many, 0.5) / 2 if many else 1.0
    assert float(found.p) == pytest.approx(expected)
    assert found.untested == Untested.tested


def test_simulation_no_more_than_five_percent_where_as_many_get_it_as_lose_it():
    rng = np.random.default_rng(1)
    for many in (8, 20, 60):
        found = mcnemar(rng.random((10_000, many, 2)) < 0.4)
        tested = found.untested == Untested.tested
        assert tested.mean() > 0.95
        assert 0.005 < (found.p[tested] < 0.05).mean() < 0.056


def test_unit_what_can_change_in_one_direction_alone_is_not_tested():
    values = np.stack([pairs(0, 0, 4, 6), pairs(6, 4, 0, 0), pairs(0, 1, 3, 6)])
    values[2, 9] = np.nan
    found = mcnemar(values)
    assert found.untested.tolist() == [Untested.no_reference, Untested.no_reference, 0]
    assert np.isnan(found.p).tolist() == [True, True, False]
    assert found.value.tolist() == pytest.approx([0.4, -0.4, 2 / 9])
    assert mcnemar(np.full((3, 2), np.nan)).untested == Untested.no_pair
