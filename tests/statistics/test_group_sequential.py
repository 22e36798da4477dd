"""Looks before the end: R's numbers, and the error rate by simulation."""

import numpy as np
import pytest
from reference_stats import reference
from scipy.stats import binom, norm

from gutskin.statistics.group_sequential import boundaries

KINDS = ("obrien-fleming", "pocock", "spending obrien-fleming", "spending pocock")


@pytest.mark.parametrize("kind", KINDS)
def test_reference_r(kind):
    theirs = reference(f"boundaries {kind}")
    found = boundaries([theirs[f"information {i}"] for i in range(3)], kind)
    np.testing.assert_allclose(found.z, [theirs[f"z {i}"] for i in range(3)], atol=1e-7)
    np.testing.assert_allclose(found.spent, [theirs[f"spent {i}"] for i in range(3)], atol=2e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_null_false_alarms_over_all_looks(kind):
    shares = np.array([0.3, 0.5, 0.8, 1.0])
    steps = np.sqrt(np.diff(shares, prepend=0))
    paths = np.cumsum(steps * np.random.default_rng(1).normal(size=(40_000, 4)), axis=1)
    crossed = (paths / np.sqrt(shares) > boundaries(shares, kind).z).any(axis=1).sum()
    low, high = binom.interval(0.999, 40_000, 0.025)
    assert low <= crossed <= high


def test_closed_form_one_look():
    assert boundaries([1.0], "pocock").z == pytest.approx(norm.ppf(0.975))
    assert boundaries([1.0], "spending obrien-fleming").p == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("information", "alpha", "words"),
    [([0.5, 0.4, 1.0], 0.025, "rise"), ([0.5], 0.025, "must be 1"), ([1.0], 0.6, "one-sided"),
     ([], 0.025, "rise"), ([0.0, 1.0], 0.025, "rise"),
     ([float("nan"), 1.0], 0.025, "rise")],
)  # fmt: skip
def test_looks_that_cannot_be(information, alpha, words):
    with pytest.raises(ValueError, match=words):
        boundaries(information, "pocock", alpha)
