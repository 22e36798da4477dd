"""Pooling of trials: R's numbers, closed forms, and literatures of one trial."""

import numpy as np
import pytest
from reference_stats import numbers, reference

from gutskin.statistics.meta_analysis import meta_analysis
from gutskin.statistics.untested import Untested


def bcg(scale):
    a, b, c, d = (numbers("bcg", key) for key in ("tpos", "tneg", "cpos", "cneg"))
    if scale == "logRR":
        return np.log(a / (a + b) / (c / (c + d))), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d


@pytest.mark.parametrize("test", ["normal", "hartung-knapp"])
@pytest.mark.parametrize("method", ["reml", "dersimonian-laird", "fixed"])
@pytest.mark.parametrize("scale", ["logRR", "logOR"])
def test_reference_r(scale, method, test):
    """R stops when tau2 moves by less than 1e-5; ours is at the maximum."""
    found = meta_analysis(*bcg(scale), method, test)
    low, high = found.mean.interval()
    ours = {
        "value": found.mean.value, "error": found.mean.standard_error, "low": low, "high": high,
        **{name: value for name, value in vars(found).items() if name != "mean"},
    }  # fmt: skip
    for name, value in reference(f"meta {scale} {method} {test}").items():
        if name == "p":
            assert found.mean.p == pytest.approx(value, rel=1e-3)
        elif name.startswith("tau2_") and name != "tau2_error":
            assert ours[name] == pytest.approx(value, rel=3e-4)
        else:
            assert ours[name] == pytest.approx(value, rel=1e-4, abs=1e-9), name


def test_closed_form_equal_variances():
    """Trials of the same size: the variance between them is what is left, REML is exact."""
    effect = np.array([-2.0, -4.0, 0.0, -6.0])
    found = meta_analysis(effect, np.full(4, 1.5))
    assert found.tau2 == pytest.approx(effect.var(ddof=1) - 1.5)
    assert found.mean.standard_error == pytest.approx(effect.std(ddof=1) / 2)
    assert found.mean.freedom == 3


def test_property_a_batch_is_its_members_and_missing_trials_are_as_if_never_run():
    rng = np.random.default_rng(1)
    effect, variance = rng.normal(-2, 2, (5, 9)), rng.uniform(0.5, 4, (5, 9))
    effect[:, 2], variance[:, 5] = np.nan, -1.0
    whole = meta_analysis(effect, variance)
    use = [0, 1, 3, 4, 6, 7, 8]
    for number in range(5):
        alone = meta_analysis(effect[number, use], variance[number, use])
        np.testing.assert_allclose(alone.tau2, whole.tau2[number], rtol=1e-8)
        np.testing.assert_allclose(alone.mean.p, whole.mean.p[number], rtol=1e-8)


def test_what_cannot_be_pooled_says_why():
    one = meta_analysis([1.0], [1.0])
    assert one.mean.untested == Untested.too_few
    assert np.isnan(one.mean.p)
    assert meta_analysis([1.0], [1.0], test="normal").mean.tested
    assert np.isnan(meta_analysis([1.0, 2.0], [1.0, 1.0]).prediction_low)
    assert meta_analysis([np.nan], [1.0], test="normal").mean.untested == Untested.too_few
    same = meta_analysis([1.0, 1.0, 1.0], [1.0, 2.0, 3.0])
    assert same.tau2 == 0
    assert same.mean.untested == Untested.no_spread  # Hartung and Knapp see no spread at all
