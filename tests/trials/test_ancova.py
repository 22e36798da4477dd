"""The analysis of covariance: by two programs, in closed form, and where software stumbles."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import binom, ttest_ind

from gutskin.trials.ancova import Untested, ancova


def ols(active, control):
    """The same comparison by statsmodels: difference, standard error, p."""
    x = np.concatenate([active[0], control[0]])
    y = np.concatenate([active[1], control[1]])
    arm = np.repeat([1.0, 0.0], [active[0].size, control[0].size])
    seen = np.isfinite(x) & np.isfinite(y)
    fit = sm.OLS(y[seen], np.column_stack([np.ones(seen.sum()), x[seen], arm[seen]])).fit()
    return fit.params[2], fit.bse[2], fit.pvalues[2]


def arms(rng, replicates=20, n=(20, 17), missing=0.1):
    """Two arms of unequal size with missing values."""
    made = []
    for size in n:
        x = rng.normal(45, 9, (replicates, size))
        y = 10 + 0.6 * x + rng.normal(0, 8, x.shape)
        y[rng.random(x.shape) < missing] = np.nan
        made.append((x, y))
    return made


@pytest.mark.parametrize("n", [(20, 20), (20, 17), (4, 3), (2, 60)])
def test_double_programming_ancova(n):
    active, control = arms(np.random.default_rng(1), n=n, missing=0.1 if min(n) > 5 else 0)
    ours = ancova(active, control)
    for r in range(20):
        theirs = ols(tuple(v[r] for v in active), tuple(v[r] for v in control))
        got = ours.difference[r], ours.standard_error[r], ours.p[r]
        np.testing.assert_allclose(got, theirs, rtol=1e-9, atol=1e-10)


def test_closed_form_without_a_covariate_effect():
    """Balanced baselines unrelated to the outcome leave the difference of the means."""
    x = np.array([1.0, 1.0, 3.0, 3.0])
    y = np.array([1.0, 3.0, 1.0, 3.0])
    fit = ancova((x, y + 5), (x, y))
    assert fit.difference == pytest.approx(5.0)
    # Residual sum of squares 8 on 5 degrees of freedom, two arms of four.
    assert fit.standard_error == pytest.approx(np.sqrt(8 / 5 * (1 / 4 + 1 / 4)))


def test_closed_form_baseline_is_adjusted_for():
    """Arms that differ at baseline only, on the same line, do not differ."""
    rng = np.random.default_rng(2)
    x1, x0 = rng.normal(50, 5, 30), rng.normal(40, 5, 30)
    noise = rng.normal(0, 1e-9, 60)
    fit = ancova((x1, 2 * x1 + noise[:30]), (x0, 2 * x0 + noise[30:]))
    assert abs(fit.difference) < 1e-8


def test_null_gives_five_percent_false_positives():
    """Exchanging labels at random: the count of p < 0.05 lies in its binomial bound."""
    rng = np.random.default_rng(3)
    trials = 20_000
    active, control = arms(rng, replicates=trials, n=(20, 20), missing=0.025)
    count = int((ancova(active, control).p < 0.05).sum())
    low, high = binom.interval(0.999, trials, 0.05)
    assert low <= count <= high


def test_exchanging_arms_turns_the_sign():
    active, control = arms(np.random.default_rng(4))
    there, back = ancova(active, control), ancova(control, active)
    np.testing.assert_allclose(there.difference, -back.difference, rtol=1e-10)
    np.testing.assert_allclose(there.p, back.p, rtol=1e-10)


def test_missing_patients_are_as_if_never_enrolled():
    active, control = arms(np.random.default_rng(6), replicates=1, missing=0)
    holes = (active[0].copy(), active[1].copy())
    holes[1][0, :5] = np.nan
    kept = tuple(v[:, 5:] for v in active)
    np.testing.assert_allclose(ancova(holes, control).p, ancova(kept, control).p, rtol=1e-12)


def test_too_few_patients_give_no_number():
    x = np.array([1.0, 2.0])
    fit = ancova((x, np.array([np.nan, 1.0])), (x, x))
    assert np.isnan(fit.p)


CONSTANT = (0.1, 1 / 3, 45.7)


def trials_without_effect(baseline, trials=4000, n=(20, 20), seed=5):
    """Trials whose arms do not differ; `baseline` makes the values at entry from a generator."""
    rng = np.random.default_rng(seed)
    return [(baseline(rng, (trials, size)), rng.normal(40, 12, (trials, size))) for size in n]


def near(spread):
    return lambda rng, shape: 45.7 * (1 + spread * rng.standard_normal(shape))


def constant(value):
    return lambda rng, shape: np.full(shape, value)


def a_few_values(rng, shape):
    return rng.integers(0, 3, shape) / 3


BASELINES = {
    **{f"constant {value:g}": constant(value) for value in CONSTANT},
    **{
        f"constant within {spread:g}": near(spread) for spread in (1e-16, 3e-16, 1e-14, 1e-12, 1e-6)
    },
    "normal": lambda rng, shape: rng.normal(45, 9, shape),
    "three values": a_few_values,
}


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("n", [(20, 20), (13, 29), (3, 4)])
def test_property_five_percent_are_significant_where_nothing_differs(name, n):
    """Within the Monte-Carlo error of 4000 trials: 3.5 to 6.7% hold with all but 1 in 100 000."""
    trials = 4000
    fit = ancova(*trials_without_effect(BASELINES[name], trials, n))
    tested = fit.untested == Untested.tested
    assert tested.all()
    low, high = binom.ppf([5e-6, 1 - 5e-6], trials, 0.05)
    assert low <= (fit.p < 0.05).sum() <= high
    # And not in the tails alone: p is uniform.
    assert abs(np.mean(fit.p) - 0.5) < 5 / np.sqrt(12 * trials)


@pytest.mark.parametrize("value", CONSTANT)
def test_double_programming_a_constant_baseline_leaves_the_t_test(value):
    active, control = trials_without_effect(constant(value), 50, (20, 17))
    fit = ancova(active, control)
    theirs = ttest_ind(active[1], control[1], axis=-1)
    np.testing.assert_allclose(fit.p, theirs.pvalue, rtol=1e-9)
    np.testing.assert_allclose(fit.t, theirs.statistic, rtol=1e-9)
    assert (fit.freedom == 35).all()


def test_double_programming_a_baseline_constant_in_each_arm_is_no_covariate():
    """It cannot be told from the arm, whatever rounding makes of it."""
    rng = np.random.default_rng(6)
    y1, y0 = rng.normal(size=(2, 30, 20))
    fit = ancova((np.full((30, 20), 0.3), y1), (np.full((30, 20), 0.1), y0))
    np.testing.assert_allclose(fit.p, ttest_ind(y1, y0, axis=-1).pvalue, rtol=1e-9)


@pytest.mark.parametrize("spread", [1e-12, 1e-9, 1e-3])
def test_double_programming_a_baseline_that_hardly_varies_is_still_one(spread):
    active, control = trials_without_effect(near(spread), 20)
    fit = ancova(active, control)
    assert (fit.freedom == 37).all()
    scaled = [(x - 45.7, y) for x, y in (active, control)]  # exact for values this close
    np.testing.assert_allclose(fit.p, ancova(*scaled).p, rtol=1e-3)


@pytest.mark.parametrize("value", [0.0, *CONSTANT])
def test_unit_values_that_do_not_scatter_cannot_be_tested(value):
    """Rounding must not make a significant difference of two equal arms."""
    rng = np.random.default_rng(7)
    x = rng.normal(45, 9, (2, 50, 20))
    fit = ancova((x[0], np.full((50, 20), value)), (x[1], np.full((50, 20), value)))
    assert (fit.untested == Untested.no_spread).all()
    assert np.isnan(fit.p).all()
    np.testing.assert_allclose(fit.difference, 0.0, atol=1e-12)
    line = ancova((x[0], 2 * x[0] + 1), (x[1], 2 * x[1]))
    assert (line.untested == Untested.no_spread).all()
    np.testing.assert_allclose(line.difference, 1.0)


def test_unit_why_a_trial_cannot_be_tested():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(2, 2, 6))
    gone = np.full(6, np.nan)
    assert ancova((x[0], gone), (x[1], y[1])).untested == Untested.nobody
    one = np.where(np.arange(6) < 1, y, np.nan)
    assert ancova((x[0], one[0]), (x[1], one[1])).untested == Untested.too_few
    two = np.where(np.arange(6) < 2, y, np.nan)
    fit = ancova((x[0], two[0]), (x[1], two[1]))  # n = 2: one degree of freedom
    assert fit.untested == Untested.tested
    assert fit.freedom == 1
    assert 0 < fit.p < 1
    fit = ancova((x[0], two[0]), (x[1], one[1]))  # three people, three coefficients
    assert fit.untested == Untested.too_few
    assert len({reason.words for reason in Untested}) == len(Untested)


def test_property_the_reported_error_is_how_far_trials_scatter():
    """Unequal arms, a covariate, a true difference of 2."""
    rng = np.random.default_rng(9)
    pairs = []
    for size, effect in ((15, 2.0), (40, 0.0)):
        x = rng.normal(45, 9, (4000, size))
        pairs.append((x, 0.6 * x + effect + rng.normal(0, 8, x.shape)))
    fit = ancova(*pairs)
    assert fit.difference.mean() == pytest.approx(2.0, abs=4 * fit.difference.std() / np.sqrt(4000))
    assert np.sqrt(np.mean(fit.standard_error**2)) == pytest.approx(fit.difference.std(), rel=0.04)
    assert np.sqrt(np.mean(fit.residual_sd**2)) == pytest.approx(8.0, rel=0.01)
