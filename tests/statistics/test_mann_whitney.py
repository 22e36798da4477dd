"""The rank test: R's and scipy's numbers, ties, and data that have no ranks."""

import numpy as np
import pytest
from reference_stats import numbers, reference, texts
from scipy.stats import mannwhitneyu

from gutskin.statistics.mann_whitney import mann_whitney
from gutskin.statistics.untested import Untested


def test_reference_r_with_ties():
    change = numbers("anorexia", "Postwt") - numbers("anorexia", "Prewt")
    treat = texts("anorexia", "Treat")
    found = mann_whitney(change[treat == "CBT"], change[treat == "Cont"])
    theirs = reference("mann-whitney anorexia")
    assert found.statistic == theirs["statistic"]
    assert found.p == pytest.approx(theirs["p"], 1e-12)


@pytest.mark.parametrize(("n1", "n0"), [(1, 4), (3, 4), (7, 12), (30, 45), (60, 20)])
def test_double_programming_scipy(n1, n0):
    rng = np.random.default_rng(n1)
    active, control = rng.normal(0.4, 1, (4, n1)), rng.normal(0, 1, (4, n0))
    found = mann_whitney(active, control)
    how = "exact" if max(n1, n0) < 50 else "asymptotic"
    theirs = mannwhitneyu(active, control, axis=1, method=how)
    np.testing.assert_array_equal(found.statistic, theirs.statistic)
    np.testing.assert_allclose(found.p, theirs.pvalue, rtol=1e-9)
    pairs = active[:, :, None] - control[:, None, :]
    np.testing.assert_allclose(found.shift, np.median(pairs.reshape(4, -1), axis=1))


def test_rounded_values_and_missing_ones():
    rng = np.random.default_rng(1)
    active, control = np.round(rng.normal(0.5, 1, (5, 20))), np.round(rng.normal(0, 1, (5, 25)))
    active[:, :4] = np.nan
    found = mann_whitney(active, control)
    theirs = mannwhitneyu(active[:, 4:], control, axis=1, method="asymptotic")
    np.testing.assert_allclose(found.p, theirs.pvalue, rtol=1e-9)


def test_what_cannot_be_tested_says_why():
    nobody, same = np.full(5, np.nan), np.full(5, 2.0)
    assert mann_whitney(nobody, same).untested == Untested.empty_arm
    assert mann_whitney(np.empty(0), same).untested == Untested.empty_arm
    assert mann_whitney(same, same).untested == Untested.no_spread
    assert mann_whitney(same[:1], same[:1] + 1).untested == Untested.too_few
    for pair in ((nobody, same), (same, same)):
        assert np.isnan(mann_whitney(*pair).p)
