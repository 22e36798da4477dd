"""Logistic regression and risks: R's numbers, closed forms, and data that have no odds ratio."""

import numpy as np
import pytest
import statsmodels.api as sm
from reference_stats import numbers, reference, terms, texts

from gutskin.statistics.logistic import is_separated, logistic
from gutskin.statistics.mantel_haenszel import counted, mantel_haenszel
from gutskin.statistics.standardised_risk import standardised_risks
from gutskin.statistics.untested import Untested


def birthwt():
    race = texts("birthwt", "race")
    age, lwt, smoke = (numbers("birthwt", key) for key in ("age", "lwt", "smoke"))
    x = np.stack([np.ones(len(age)), age, lwt, race == "2", race == "3", smoke], axis=-1)
    return numbers("birthwt", "low"), x.astype(float)


def test_reference_r_logistic():
    y, x = birthwt()
    fit = logistic(y, x)
    np.testing.assert_allclose(fit.coefficients.value, terms("logistic", "value"), rtol=2e-6)
    np.testing.assert_allclose(
        fit.coefficients.standard_error, terms("logistic", "error"), rtol=2e-6
    )
    assert float(fit.log_likelihood) == pytest.approx(reference("logistic")["log_likelihood"], 1e-9)


def test_double_programming_standardised_risks():
    """The same by statsmodels and a numerical derivative."""
    y, x = birthwt()
    model = sm.Logit(y, x).fit(disp=0)

    def risk(beta, value):
        there = x.copy()
        there[:, 5] = value
        return (1 / (1 + np.exp(-there @ beta))).mean()

    def contrast(beta):
        return risk(beta, 1) - risk(beta, 0), np.log(risk(beta, 1) / risk(beta, 0))

    slope = np.array(
        [
            np.subtract(contrast(model.params + step), contrast(model.params - step)) / 2e-6
            for step in 1e-6 * np.eye(6)
        ]
    )
    error = np.sqrt(np.diag(slope.T @ model.cov_params() @ slope))
    found = standardised_risks(y, x[:, 5], x[:, 1:5])
    both = found.difference, found.log_ratio
    np.testing.assert_allclose([one.value for one in both], contrast(model.params), rtol=1e-6)
    np.testing.assert_allclose([one.standard_error for one in both], error, rtol=1e-5)
    assert found.adjusted


def test_closed_form_without_covariates():
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [12, 8, 5, 16])
    arm = np.repeat([1.0, 0.0], [20, 21])
    found = standardised_risks(y, arm)
    a, b = 12 / 20, 5 / 21
    assert found.difference.value == pytest.approx(a - b)
    assert found.difference.standard_error == pytest.approx(
        np.sqrt(a * (1 - a) / 20 + b * (1 - b) / 21)
    )
    assert found.log_odds_ratio.standard_error == pytest.approx(
        np.sqrt(1 / 12 + 1 / 8 + 1 / 5 + 1 / 16)
    )
    constant = standardised_risks(y, arm, np.ones((41, 1)))  # a covariate that tells nothing
    assert constant.difference.standard_error == pytest.approx(
        float(found.difference.standard_error)
    )


def test_nobody_responds_in_one_arm_is_still_a_difference():
    y = np.repeat([1.0, 0.0, 0.0], [8, 12, 20])
    found = standardised_risks(y, np.repeat([1.0, 0.0], 20), np.arange(40.0)[:, None])
    assert not found.adjusted  # arm and covariate tell exactly who responds
    assert found.difference.value == pytest.approx(0.4)
    assert found.difference.p < 0.05
    assert found.log_ratio.untested == Untested.separation
    assert np.isnan(found.log_ratio.p)


def test_separation_is_found_by_another_criterion_than_large_odds():
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(30), rng.normal(size=(30, 2))])
    assert is_separated((x @ [0.1, 2.0, -1.0] > 0).astype(float), x)
    assert not is_separated(rng.permutation(np.repeat([0.0, 1.0], 15)), x)
    y = (x[:, 1] > 0).astype(float)
    assert logistic(y, x).untested == Untested.separation


@pytest.mark.parametrize(
    ("y", "why"),
    [
        (np.zeros(20), Untested.no_events),
        (np.ones(20), Untested.no_events),
        (np.repeat([np.nan, 1.0, 0.0], [10, 5, 5]), Untested.empty_arm),
        (np.full(20, np.nan), Untested.empty_arm),
        (np.repeat([1.0, 0.0], 10), Untested.separation),
    ],
)
def test_what_cannot_be_tested_says_why(y, why):
    arm = np.repeat([1.0, 0.0], 10)
    for covariates in (None, np.linspace(0, 1, 20)[:, None]):
        found = standardised_risks(y, arm, covariates)
        assert found.difference.untested == why
        assert np.isnan(found.difference.p)
    assert logistic(y, np.column_stack([np.ones(20), arm])).coefficients.untested[1] != 0


def test_property_a_batch_is_its_members():
    rng = np.random.default_rng(2)
    y = (rng.random((8, 30)) < 0.3).astype(float)
    y[:, ::7] = np.nan
    arm, more = np.repeat([1.0, 0.0], 15), rng.normal(size=(8, 30, 2))
    whole = standardised_risks(y, arm, more).difference
    for number in range(8):
        alone = standardised_risks(y[number], arm, more[number]).difference
        np.testing.assert_allclose(alone.p, whole.p[number], rtol=1e-9)


def admissions():
    keys = [texts("admissions", key) for key in ("Admit", "Gender", "Dept")]
    count = numbers("admissions", "Freq")

    def cell(admit, gender, dept):
        return count[(keys[0] == admit) & (keys[1] == gender) & (keys[2] == dept)].item()

    found = []
    for gender in ("Male", "Female"):
        admitted = np.array([cell("Admitted", gender, dept) for dept in "ABCDEF"])
        found += [admitted, admitted + [cell("Rejected", gender, dept) for dept in "ABCDEF"]]
    return found


def test_reference_r_mantel_haenszel():
    theirs = reference("mantel-haenszel admissions")
    found = mantel_haenszel(*admissions())
    assert found.chi_square == pytest.approx(theirs["chi_square"], 1e-9)
    assert found.chi_square_corrected == pytest.approx(theirs["chi_square_corrected"], 1e-9)
    odds = np.exp([found.log_odds_ratio.value, *found.log_odds_ratio.interval()])
    expected = [theirs[key] for key in ("odds_ratio", "odds_ratio_low", "odds_ratio_high")]
    np.testing.assert_allclose(odds, expected, rtol=1e-9)
    cells = [numbers("bcg", key) for key in ("tpos", "tneg", "cpos", "cneg")]
    found = mantel_haenszel(cells[0], cells[0] + cells[1], cells[2], cells[2] + cells[3])
    theirs = reference("mantel-haenszel bcg")
    kinds = {"RR": found.log_ratio, "OR": found.log_odds_ratio, "RD": found.difference}
    for name, one in kinds.items():
        assert one.value == pytest.approx(theirs[f"value {name}"], 1e-9)
        assert one.standard_error == pytest.approx(theirs[f"error {name}"], 1e-9)


def test_strata_of_one_arm_tell_nothing():
    plain = mantel_haenszel([3, 5], [10, 12], [6, 2], [11, 9])
    more = mantel_haenszel([3, 5, 4], [10, 12, 8], [6, 2, 0], [11, 9, 0])
    assert more.p == plain.p
    assert more.difference.value == plain.difference.value
    empty = mantel_haenszel([3], [10], [0], [0])
    assert empty.untested == Untested.empty_arm
    assert np.isnan(empty.p)
    none = mantel_haenszel([0, 0], [10, 12], [0, 0], [11, 9])
    assert none.untested == Untested.no_events


def test_patients_are_counted_by_stratum():
    y = np.array([1, 0, 1, np.nan, 0, 1])
    found = counted(y, np.array([1, 1, 0, 0, 0, 1]), np.array([0, 0, 0, 0, 1, 1]), 2)
    assert [one.tolist() for one in found] == [[1, 1], [2, 1], [1, 0], [1, 1]]
