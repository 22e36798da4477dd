"""The mixed model for repeated measures: R's numbers, closed forms, and properties."""

import tracemalloc

import numpy as np
import pytest
from reference_stats import numbers, reference, terms, texts
from scipy.stats import ttest_ind

from gutskin.statistics.mmrm import arm_columns, mmrm
from gutskin.statistics.untested import Untested
from gutskin.trials.ancova import ancova


def shaped(name, key, people, visits):
    """A column [patient, visit] of a table with a row for each visit of each patient."""
    return numbers(name, key).reshape(people, visits)


def fev(baseline):
    """Outcome and columns of R's formula; visits of a patient follow each other."""
    y = shaped("fev", "FEV1", 200, 4)
    black = (texts("fev", "RACE") == "Black or African American").reshape(200, 4)
    white = (texts("fev", "RACE") == "White").reshape(200, 4)
    woman = (texts("fev", "SEX") == "Female").reshape(200, 4)
    treated = (texts("fev", "ARMCD") == "TRT").reshape(200, 4)
    at = [np.broadcast_to(np.arange(4) == visit, (200, 4)) for visit in (1, 2, 3)]
    first = [shaped("fev", "FEV1_BL", 200, 4)] if baseline else []
    last = [] if baseline else [woman]
    columns = [np.ones((200, 4)), *first, black, white, *last, treated, *at]
    return y, np.stack([*columns, *(treated * one for one in at)], axis=-1).astype(float)


def orthodont():
    y = shaped("orthodont", "distance", 27, 4)
    girl = (texts("orthodont", "Sex") == "Female").reshape(27, 4)
    at = [np.broadcast_to(np.arange(4) == visit, (27, 4)) for visit in (1, 2, 3)]
    columns = [np.ones((27, 4)), girl, *at, *(girl * one for one in at)]
    return y, np.stack(columns, axis=-1).astype(float)


CASES = {
    "fev": lambda: fev(baseline=False),
    "fev_baseline": lambda: fev(baseline=True),
    "orthodont": orthodont,
}


@pytest.mark.parametrize("adjustment", ["kenward-roger", "satterthwaite"])
@pytest.mark.parametrize("name", CASES)
def test_reference_r(name, adjustment):
    """R stops up to 3e-5 of the likelihood from the optimum; ours lies at it, never below R's."""
    case = f"mmrm {name} {adjustment}"
    y, x = CASES[name]()
    fit = mmrm(y, x, np.eye(x.shape[-1]), adjustment)
    assert fit.untested == 0
    error = terms(case, "error")
    off = np.abs(fit.contrasts.value - terms(case, "value")) / error
    assert off.max() < 3e-4  # of a standard error
    np.testing.assert_allclose(fit.contrasts.standard_error, error, rtol=1e-4)
    np.testing.assert_allclose(fit.contrasts.freedom, terms(case, "freedom"), rtol=1e-3)
    np.testing.assert_allclose(fit.contrasts.p, terms(case, "p"), rtol=2e-3, atol=1e-6)
    theirs = reference(case)
    assert 0 <= fit.log_likelihood - theirs["log_likelihood"] + 1e-9 < 3e-5
    sd = np.sqrt(np.diag(fit.covariance))
    for i in range(4):
        for j in range(i + 1):
            away = fit.covariance[i, j] - theirs[f"covariance {i} {j}"]
            assert abs(away) < 1e-3 * sd[i] * sd[j]


def test_reference_sas_likelihood_of_fev():
    y, x = fev(baseline=False)
    assert -2 * float(mmrm(y, x, np.eye(11)).log_likelihood) == pytest.approx(3386.44988, abs=2e-5)


def made(rng, replicates=6, n=(15, 13), visits=3, missing=0.0):
    """Two arms without an effect; who leaves does not come back."""
    people = sum(n)
    body = rng.normal(0, 1, (replicates, people, 1))
    baseline = body[..., 0] + rng.normal(0, 1, (replicates, people))
    y = 0.8 * body + rng.normal(0, 1, (replicates, people, visits)).cumsum(axis=-1) * 0.7
    leaves = rng.random((replicates, people, visits)) < missing
    y[np.maximum.accumulate(leaves, axis=-1)] = np.nan
    return y, baseline, np.repeat([1, 0], n)


def arm_contrast(visits, visit=-1):
    """The arm's column at one visit."""
    contrast = np.zeros(3 * visits)
    contrast[visits : 2 * visits][visit] = 1.0
    return contrast


def test_closed_form_one_visit_is_the_analysis_of_covariance():
    y, baseline, arm = made(np.random.default_rng(1), visits=1, missing=0.1)
    fit = mmrm(y, arm_columns(baseline, arm, 1), arm_contrast(1))
    active = baseline[:, arm == 1], y[:, arm == 1, 0]
    control = baseline[:, arm == 0], y[:, arm == 0, 0]
    other = ancova(active, control)
    np.testing.assert_allclose(fit.contrasts.value[:, 0], other.difference, rtol=1e-8)
    np.testing.assert_allclose(fit.contrasts.standard_error[:, 0], other.standard_error, rtol=1e-8)
    np.testing.assert_allclose(fit.contrasts.freedom[:, 0], other.freedom, rtol=1e-6)
    np.testing.assert_allclose(fit.contrasts.p[:, 0], other.p, rtol=1e-6)


def test_closed_form_complete_visits_give_each_visits_t_test():
    """Nobody missing, no covariate: at each visit Student's t test, whatever the covariance."""
    y, _, arm = made(np.random.default_rng(2))
    x = arm_columns(np.zeros(y.shape[:-1]), arm, 3)
    for visit in range(3):
        fit = mmrm(y, x, arm_contrast(3, visit))
        theirs = ttest_ind(y[:, arm == 1, visit], y[:, arm == 0, visit], axis=1)
        np.testing.assert_allclose(fit.contrasts.freedom[:, 0], 26, rtol=1e-6)
        np.testing.assert_allclose(fit.contrasts.p[:, 0], theirs.pvalue, rtol=1e-6)


def test_property_a_batch_is_its_members():
    y, baseline, arm = made(np.random.default_rng(3), missing=0.15)
    x = arm_columns(baseline, arm, 3)
    whole = mmrm(y, x, arm_contrast(3))
    assert whole.contrasts.tested.all()
    for number in range(len(y)):
        alone = mmrm(y[number], x[number], arm_contrast(3))
        np.testing.assert_allclose(alone.contrasts.p, whole.contrasts.p[number], rtol=1e-6)


def test_property_units_and_order_do_not_matter():
    y, baseline, arm = made(np.random.default_rng(4), missing=0.15)
    x = arm_columns(baseline, arm, 3)
    plain = mmrm(y, x, arm_contrast(3)).contrasts
    scaled = mmrm(1e6 * y + 3e7, x, arm_contrast(3)).contrasts
    np.testing.assert_allclose(scaled.value, 1e6 * plain.value, rtol=1e-5, atol=1)
    np.testing.assert_allclose(scaled.p, plain.p, rtol=1e-4)
    turned = np.random.default_rng(5).permutation(y.shape[1])
    mixed = mmrm(y[:, turned], x[:, turned], arm_contrast(3)).contrasts
    np.testing.assert_allclose(mixed.p, plain.p, rtol=1e-6)


def test_property_a_visit_missed_in_between_is_used():
    """Visits before and after one that was missed tell of the last: the estimate moves."""
    y, baseline, arm = made(np.random.default_rng(6))
    holes = y.copy()
    holes[:, :6, 1] = np.nan
    x = arm_columns(baseline, arm, 3)
    whole, some = (mmrm(one, x, arm_contrast(3, 1)).contrasts for one in (y, holes))
    assert (np.abs(whole.value - some.value) > 0).all()


def test_columns_that_others_determine_are_taken_out():
    y, baseline, arm = made(np.random.default_rng(7), missing=0.1)
    x = arm_columns(baseline, arm, 3)
    twice = np.concatenate([x, x[..., :1] + x[..., 3:4]], axis=-1)
    contrast = np.append(arm_contrast(3), 0.0)
    np.testing.assert_allclose(
        mmrm(y, twice, contrast).contrasts.p, mmrm(y, x, arm_contrast(3)).contrasts.p, rtol=1e-9
    )
    asked = mmrm(y, twice, np.eye(10)[-1]).contrasts
    assert (asked.untested == Untested.not_estimable).all()
    assert np.isnan(asked.p).all()


def test_baseline_that_is_the_same_for_everybody_is_no_covariate():
    y, _, arm = made(np.random.default_rng(8), missing=0.1)
    same = np.full(y.shape[:-1], 45.7)
    zero = mmrm(y, arm_columns(np.zeros_like(same), arm, 3), arm_contrast(3)).contrasts
    np.testing.assert_allclose(
        mmrm(y, arm_columns(same, arm, 3), arm_contrast(3)).contrasts.p, zero.p, rtol=1e-9
    )


def test_what_cannot_be_tested_says_why():
    y, baseline, arm = made(np.random.default_rng(9), replicates=7, visits=2)
    y[0, :, 0] = 3.0  # no spread at one visit
    y[1, :, 1] = 2 * y[1, :, 0]  # one visit determines the other
    y[2, arm == 1] = np.nan  # an empty arm
    y[3, 1:] = np.nan  # one patient
    y[4] = np.nan  # nobody
    y[5, ::2, 0], y[5, 1::2, 1] = np.nan, np.nan  # never seen together
    fit = mmrm(y, arm_columns(baseline, arm, 2), arm_contrast(2)).contrasts
    assert np.isnan(fit.p[:6, 0]).all()
    assert np.isfinite(fit.p[6, 0])
    assert fit.untested[:, 0].tolist() == [
        Untested.no_spread, Untested.singular, Untested.not_estimable, Untested.singular,
        Untested.singular, Untested.singular, Untested.tested,
    ]  # fmt: skip


def test_single_visits_missed_need_no_more_memory_in_a_large_batch():
    """Nearly everybody misses other visits, and sums are kept for each set of them."""
    rng = np.random.default_rng(10)
    y, baseline, arm = made(rng, replicates=10, n=(30, 30), visits=8)
    y[rng.random(y.shape) < 0.1] = np.nan
    tracemalloc.start()
    fit = mmrm(y, arm_columns(baseline, arm, 8), arm_contrast(8))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert fit.contrasts.tested.all()
    assert peak < 250e6


@pytest.mark.parametrize(("visits", "people"), [(104, 8), (31, 80), (12, 6)])
def test_visits_without_the_patients_for_them_are_told_before_anything_is_computed(visits, people):
    """A visit in every week of two years of sixteen patients went on for minutes, in gigabytes."""
    y, baseline, arm = made(np.random.default_rng(11), 3, (people, people), visits)
    columns = arm_columns(baseline, arm, visits)
    tracemalloc.start()
    fit = mmrm(y, columns, arm_contrast(visits))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (fit.contrasts.untested == Untested.singular).all()
    assert fit.covariance.shape == (3, visits, visits)
    assert np.isnan(fit.contrasts.p).all()
    assert peak < 50e6


@pytest.mark.parametrize(
    ("people", "visits"), [(0, 3), (1, 1), (1, 4), (2, 1), (2, 2), (3, 2), (4, 4), (6, 4)]
)
@pytest.mark.filterwarnings("error")
def test_edge_fewer_patients_than_a_covariance_needs_are_told_and_get_no_number(people, visits):
    rng = np.random.default_rng(people)
    y, baseline = rng.normal(size=(5, people, visits)), rng.normal(size=(5, people))
    columns = arm_columns(baseline, np.arange(people) % 2, visits)
    found = mmrm(y, columns, arm_contrast(visits)).contrasts
    assert (found.untested == Untested.singular).all()
    assert np.isnan([found.value, found.standard_error, found.p]).all()
    words = Untested.singular.words
    assert "(singular): too few patients" in words
    assert "fewer visits" in words


def test_property_just_enough_patients_keep_one_trial_in_twenty_significant():
    rng, many = np.random.default_rng(3), 2000
    y, baseline = rng.normal(size=(many, 8, 4)), rng.normal(size=(many, 8))
    found = mmrm(y, arm_columns(baseline, np.arange(8) % 2, 4), arm_contrast(4)).contrasts
    tested = found.untested[:, 0] == Untested.tested
    assert tested.mean() > 0.99
    p = found.p[tested, 0]
    assert abs((p < 0.05).mean() - 0.05) < 4 * np.sqrt(0.05 * 0.95 / many)
