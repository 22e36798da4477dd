"""Missing values: simple rules, Rubin's rules against R, and what imputation must give back."""

import numpy as np
import pytest
from reference_stats import reference
from scipy.stats import binom
from scipy.stats import t as student

from gutskin.statistics.missing_values import carried_forward, completers, failed_if_missing
from gutskin.statistics.multiple_imputation import imputations
from gutskin.statistics.rubin import pooled
from gutskin.trials.ancova import ancova

N = 60
ARM = np.repeat([1, 0], N // 2)


def generators(trials):
    return [np.random.default_rng([7, number]) for number in range(trials)]


@pytest.mark.parametrize("term", ["(Intercept)", "age", "bmi"])
def test_reference_r_rubin(term):
    theirs = reference(f"rubin {term}")
    values = [theirs[f"estimate {i}"] for i in range(5)]
    errors = np.sqrt([theirs[f"variance {i}"] for i in range(5)])
    found = pooled(values, errors, 22)
    ours = [
        found.estimate.value, found.within, found.between, found.estimate.standard_error**2,
        found.estimate.freedom, found.missing_information,
    ]  # fmt: skip
    expected = [theirs[key] for key in ("estimate", "ubar", "b", "t", "df", "fmi")]
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


def test_closed_form_nothing_missing_is_one_analysis():
    found = pooled(np.full(5, 2.0), np.full(5, 0.5), 30)
    assert found.estimate.standard_error == 0.5
    assert found.estimate.freedom == pytest.approx(30 * 31 / 33)
    assert found.missing_information == 0


def test_simple_rules():
    y = np.array([[1.0, np.nan, 0.0], [np.nan, 1.0, np.nan], [np.nan] * 3])
    np.testing.assert_equal(carried_forward(y), [[1, 1, 0], [np.nan, 1, 1], [np.nan] * 3])
    assert np.isnan(completers(y)).all()
    failed = failed_if_missing(y, [True, True, False])
    np.testing.assert_equal(failed, [[1, 0, 0], [0, 1, 0], [np.nan] * 3])


def trials_of(rng, trials, effect=0.0, leave=0.12):
    body = rng.normal(0, 1, (trials, N, 1))
    baseline = body[..., 0] + rng.normal(0, 0.7, (trials, N))
    y = body + rng.normal(0, 0.7, (trials, N, 3)) + effect * ARM[:, None] * [0.3, 0.6, 1.0]
    before = np.concatenate([baseline[..., None], y[..., :-1]], axis=-1)
    gone = rng.random(y.shape) < 2 * leave / (1 + np.exp(-before))
    return baseline, np.where(np.maximum.accumulate(gone, axis=-1), np.nan, y), y


def analysed(baseline, imputed):
    fit = ancova(
        (np.broadcast_to(baseline, imputed.shape[:-1])[..., ARM == 1], imputed[..., ARM == 1, -1]),
        (np.broadcast_to(baseline, imputed.shape[:-1])[..., ARM == 0], imputed[..., ARM == 0, -1]),
    )
    return pooled(fit.difference, fit.standard_error, fit.freedom[0])


def test_what_was_recorded_stays_and_the_rest_is_drawn():
    baseline, y, _ = trials_of(np.random.default_rng(1), 4)
    found, possible = imputations(y, baseline, ARM, generators(4), 6)
    assert possible.all()
    assert np.isfinite(found).all()
    seen = np.isfinite(y)
    np.testing.assert_array_equal(found[:, seen], np.broadcast_to(y[seen], (6, seen.sum())))
    assert (found[:, ~seen].std(axis=0) > 0).all()


def test_property_a_trials_draws_do_not_depend_on_the_others():
    baseline, y, _ = trials_of(np.random.default_rng(2), 3)
    y[:, ::9, 1] = np.nan  # visits missed in between too
    whole, _ = imputations(y, baseline, ARM, generators(3), 4)
    alone, _ = imputations(y[2:], baseline[2:], ARM, generators(3)[2:], 4)
    np.testing.assert_allclose(alone[:, 0], whole[:, 2], rtol=1e-9)


def test_at_random_is_unbiased_where_completers_are_not():
    """Who is worse leaves: means of who stays are too low, those with what is imputed are not."""
    baseline, y, whole = trials_of(np.random.default_rng(3), 300, leave=0.3)
    found, _ = imputations(y, baseline, ARM, generators(300), 5)
    truth = whole[..., -1].mean()
    stays = np.nanmean(y[..., -1])
    imputed = found[..., -1].mean()
    error = whole[..., -1].mean(axis=1).std() / np.sqrt(300)
    assert stays < truth - 10 * error
    assert abs(imputed - truth) < 4 * error


def test_visits_missed_in_between_are_imputed_at_random():
    rng = np.random.default_rng(4)
    baseline, _, whole = trials_of(rng, 200, leave=0.0)
    y = whole.copy()
    y[..., 1][rng.random(y.shape[:2]) < 1 / (1 + np.exp(-whole[..., 0]))] = np.nan
    found, _ = imputations(y, baseline, ARM, generators(200), 4)
    error = whole[..., 1].mean(axis=1).std() / np.sqrt(200)
    assert abs(found[..., 1].mean() - whole[..., 1].mean()) < 4 * error
    assert np.nanmean(y[..., 1]) < whole[..., 1].mean() - 10 * error
    spread = found[..., 1].std() / whole[..., 1].std()
    assert 1.0 < spread < 1.06  # draws of thirty people's variance are wider than it
    together = [
        np.corrcoef(one[..., 1].ravel(), one[..., 2].ravel())[0, 1] for one in (found[0], whole)
    ]
    assert together[0] == pytest.approx(together[1], abs=0.05)


@pytest.mark.parametrize(
    ("rule", "share"), [("at random", 1.0), ("jump to reference", 0.5), ("copy increments", 0.8)]
)
def test_closed_form_who_leaves_an_effective_arm(rule, share):
    """Half of the active arm leaves at random after visit 2, at 0.6 of the effect.

    Of the effect of 10 the reference-based rules keep none, or 0.6, in those who left.
    """
    rng = np.random.default_rng(5)
    baseline, _, y = trials_of(rng, 100, effect=10.0, leave=0.0)
    y = y.copy()
    y[:, : N // 4, 2] = np.nan
    found, _ = imputations(y, baseline, ARM, generators(100), 10, rule)
    effect = analysed(baseline, found).estimate.value
    # What a patient deviated from his arm's means stays: 0 on average.
    assert effect.mean() == pytest.approx(10 * share, abs=4 * effect.std() / 10)


def test_too_few_patients_are_told():
    baseline, y, _ = trials_of(np.random.default_rng(6), 2, leave=0.0)
    y[0, 2:] = np.nan
    found, possible = imputations(y, baseline, ARM, generators(2), 3)
    assert possible.tolist() == [False, True]
    np.testing.assert_equal(found[:, 0], np.broadcast_to(y[0], (3, N, 3)))


def test_visits_that_do_not_scatter_are_imputed_as_they_are():
    y = np.full((1, N, 3), 2.0)
    y[:, ::3, 1], y[:, ::5, 2] = np.nan, np.nan
    found, possible = imputations(y, np.zeros((1, N)), ARM, generators(1), 3)
    assert possible.all()
    np.testing.assert_allclose(found, 2.0, rtol=1e-6)


def null(trials, rule):
    baseline, y, _ = trials_of(np.random.default_rng(8), trials)
    found, _ = imputations(y, baseline, ARM, generators(trials), 20, rule)
    return analysed(baseline, found).estimate


@pytest.mark.parametrize("trials", [400, pytest.param(4000, marks=pytest.mark.slow)])
def test_null_at_random(trials):
    assert (
        binom.ppf(0.0005, trials, 0.045)
        <= (null(trials, "at random").p < 0.05).sum()
        <= binom.ppf(0.9995, trials, 0.055)
    )


@pytest.mark.parametrize("trials", [400, pytest.param(4000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("rule", ["jump to reference", "copy increments"])
def test_null_reference_based_rules_are_conservative(rule, trials):
    """Rubin's variance is larger than that of a reference-based estimate over trials.

    By as much as it is larger, fewer are significant: Student's tail at so many of his errors.
    """
    found = null(trials, rule)
    larger = np.sqrt(np.mean(np.square(found.standard_error))) / found.value.std()
    assert larger > 1.1
    freedom = np.median(found.freedom)
    size = 2 * student.sf(student.isf(0.025, freedom) * larger, freedom)
    low, high = binom.ppf(0.0005, trials, 0.8 * size), binom.ppf(0.9995, trials, 1.25 * size)
    assert low <= (found.p < 0.05).sum() <= high
