"""Counts: R's numbers, Poisson's limit, and data without counts."""

import numpy as np
import pytest
from reference_stats import numbers, reference, terms, texts

from gutskin.statistics.negative_binomial import negative_binomial
from gutskin.statistics.untested import Untested


def epil():
    columns = [numbers("epil", key) for key in ("lbase", "lage", "V4")]
    treated = (texts("epil", "trt") == "progabide").astype(float)
    return numbers("epil", "y"), np.stack([np.ones(236), treated, *columns], axis=-1)


def test_reference_r():
    y, x = epil()
    fit = negative_binomial(y, x)
    theirs = reference("negative binomial")
    assert fit.theta == pytest.approx(theirs["theta"], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"], rel=1e-9)
    np.testing.assert_allclose(
        fit.coefficients.value, terms("negative binomial", "value"), rtol=1e-5
    )
    np.testing.assert_allclose(
        fit.coefficients.standard_error, terms("negative binomial", "error"), rtol=1e-5
    )


def test_reference_r_counts_that_scatter_less_are_poisson():
    """Means of R's Poisson fit, rounded, scatter far less than Poisson's counts do."""
    _, x = epil()
    rate = np.exp(x @ terms("poisson", "value"))
    fit = negative_binomial(np.round(rate), x)
    assert np.isinf(fit.theta)
    weight = np.exp(x @ fit.coefficients.value)
    covariance = np.linalg.inv(x.T @ (x * weight[:, None]))
    np.testing.assert_allclose(fit.coefficients.standard_error**2, np.diag(covariance), rtol=1e-9)


def test_exposure_is_time_watched():
    y = np.array([2.0, 4.0, 0.0, 6.0, 3.0, 1.0])
    plain = negative_binomial(y, np.ones((6, 1)), np.full(6, 2.0))
    assert np.exp(plain.coefficients.value[0]) == pytest.approx(y.mean() / 2)
    gone = negative_binomial(np.append(y, 5.0), np.ones((7, 1)), np.append(np.full(6, 2.0), 0.0))
    assert gone.theta == pytest.approx(float(plain.theta), rel=1e-8)


def test_what_cannot_be_tested_says_why():
    arm = np.column_stack([np.ones(20), np.repeat([1.0, 0.0], 10)])
    rng = np.random.default_rng(1)
    y = rng.poisson(2.0, 20).astype(float)
    cases = [
        (np.zeros(20), Untested.no_events),
        (np.full(20, np.nan), Untested.too_few),
        (np.where(arm[:, 1] == 1, 0.0, y), Untested.separation),
        (np.where(np.arange(20) == 0, y, np.nan), Untested.too_few),
    ]
    for counts, why in cases:
        fit = negative_binomial(counts, arm)
        assert fit.untested == why
        assert np.isnan(fit.coefficients.p).all()
    empty = negative_binomial(np.where(arm[:, 1] == 1, np.nan, y + 1), arm)
    assert empty.coefficients.untested[1] == Untested.not_estimable
    assert np.isnan(empty.coefficients.p[1])
