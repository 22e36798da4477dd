"""Several questions: R's numbers, closed forms, error rates."""

import numpy as np
from reference_stats import reference
from scipy.stats import binom

from gutskin.statistics.multiplicity import fixed_sequence, holm


def test_reference_r_holm():
    theirs = reference("holm")
    p = [theirs[f"p {i}"] for i in range(10)]
    turned = np.random.default_rng(1).permutation(10)
    expected = [theirs[f"adjusted {i}"] for i in range(10)]
    found = holm(np.array(p)[turned])[np.argsort(turned)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_questions_that_could_not_be_tested():
    np.testing.assert_allclose(holm([0.01, np.nan, 0.03]), [0.02, np.nan, 0.03])
    np.testing.assert_allclose(fixed_sequence([0.01, np.nan, 0.03]), [0.01, np.nan, 1.0])
    assert holm(np.empty(0)).shape == (0,)


def test_null_at_least_one_false_claim_in_five_percent():
    p = np.random.default_rng(2).random((20_000, 4))
    low, high = binom.interval(0.999, 20_000, 0.05)
    assert low <= (fixed_sequence(p) < 0.05).any(axis=1).sum() <= high
    exact = 1 - (1 - 0.05 / 4) ** 4  # Holm's first step decides
    low, high = binom.interval(0.999, 20_000, exact)
    assert low <= (holm(p) < 0.05).any(axis=1).sum() <= high
