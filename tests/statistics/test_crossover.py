"""The crossover analysis beside ordinary least squares, and its share of false alarms."""

import numpy as np
import pytest
import statsmodels.api as sm

from gutskin.statistics.crossover import crossover
from gutskin.statistics.untested import Untested


def made_up(rng, n, effect=-2.0, period=1.0, shape=()):
    """Two sequences of values at the ends of two periods."""
    found = []
    for order in ((effect, 0.0), (0.0, effect)):
        person = rng.normal(40, 8, (*shape, n, 1))
        found.append(person + np.array(order) + [0.0, period] + rng.normal(0, 3, (*shape, n, 2)))
    return found


def test_double_programming_it_is_least_squares_on_patient_period_and_treatment():
    rng = np.random.default_rng(1)
    first, second = made_up(rng, 6)
    first[2, 1] = np.nan
    found = crossover(first, second)
    rows, y = [], []
    complete = [first[np.isfinite(first).all(axis=1)], second]
    people = sum(len(one) for one in complete)
    number = 0
    for which, values in enumerate(complete):
        for pair in values:
            for period in range(2):
                person = np.eye(people)[number]
                rows.append([period, float((period == 0) == (which == 0)), *person])
                y.append(pair[period])
            number += 1
    fit = sm.OLS(y, np.array(rows)).fit()
    for place, one in ((1, found.treatment), (0, found.period)):
        assert one.value == pytest.approx(fit.params[place])
    assert found.treatment.standard_error == pytest.approx(fit.bse[1])
    assert found.treatment.p == pytest.approx(fit.pvalues[1])
    assert found.treatment.freedom == people - 2 == fit.df_resid


def test_simulation_five_percent_without_an_effect_whatever_the_period_does():
    rng = np.random.default_rng(2)
    found = crossover(*made_up(rng, 8, effect=0.0, period=5.0, shape=(10_000,)))
    share = (found.treatment.p < 0.05).mean()
    assert abs(share - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 10_000)


def test_simulation_five_percent_where_who_fares_badly_leaves_and_sequences_are_uneven():
    rng = np.random.default_rng(3)
    many, few = (made_up(rng, n, effect=0.0, period=5.0, shape=(10_000,)) for n in (14, 8))
    sequences = many[0], few[1]
    for values in sequences:
        gone = rng.random(values.shape[:-1]) < 1 / (1 + np.exp((48 - values[..., 0]) / 4))
        values[..., 1] = np.where(gone, np.nan, values[..., 1])
    assert 0.1 < np.isnan(sequences[0][..., 1]).mean() < 0.4
    found = crossover(*sequences).treatment
    tested = found.untested == Untested.tested
    assert tested.mean() > 0.99
    share, trials = (found.p[tested] < 0.05).mean(), tested.sum()
    assert abs(share - 0.05) < 3.3 * np.sqrt(0.05 * 0.95 / trials)


def test_unit_why_there_is_no_test():
    nobody = crossover(np.full((3, 2), np.nan), np.ones((3, 2)))
    assert nobody.treatment.untested == Untested.nobody
    few = crossover(np.array([[1.0, 2.0]]), np.array([[1.0, 3.0]]))
    assert few.treatment.untested == Untested.too_few
    alike = crossover(np.full((4, 2), 45.7), np.full((4, 2), 45.7))
    assert alike.treatment.untested == Untested.no_spread
    assert np.isnan([nobody.treatment.p, few.treatment.p, alike.treatment.p]).all()
