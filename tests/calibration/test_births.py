"""Cohorts from birth in many worlds: in closed form, and by switches of the model."""

import numpy as np
import pytest

from gutskin.calibration.births import births_in_worlds, cohort_of, shares
from gutskin.calibration.targets import read_calibration_targets
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model

TARGETS = [one for one in read_calibration_targets(shipped_biology()) if one.table == "births"]


def test_closed_form_log_odds_of_a_share_with_half_of_one_on_both_sides() -> None:
    seen = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, np.nan], [1.0, np.nan, np.nan, np.nan]])
    values, noise = shares(seen)
    assert values[0] == pytest.approx(np.log(1.5 / 3.5))
    assert noise[0] == pytest.approx(1 / (4 * 0.3 * 0.7))
    assert values[1] == pytest.approx(np.log(0.5 / 3.5))  # nobody is a number too
    assert np.isnan(values[2])  # of one newborn nothing is told
    assert np.isnan(noise[2])


def test_property_the_noise_is_the_variance_of_repeated_cohorts() -> None:
    drawn = (np.random.default_rng(1).random((4000, 96)) < 0.25).astype(float)
    values, noise = shares(drawn)
    assert values.var() == pytest.approx(noise.mean(), rel=0.08)


def test_a_cohort_holds_what_its_targets_ask_for_and_nothing_is_given() -> None:
    some = [one for one in TARGETS if one.row.text("population") == "newborn_high_risk"]
    design = cohort_of("newborn_high_risk", some)
    assert design.from_birth
    assert set(design.analysis.endpoints) == {"eczema", "food_sensitisation"}
    assert design.visits.weeks == (0, 52, 104)
    assert not any(arm.interventions for arm in design.arms)


def test_reference_shares_are_compared_as_log_odds() -> None:
    one = next(one for one in TARGETS if one.id == "risk_eczema_12")
    assert one.value == pytest.approx(np.log(0.267 / 0.733))
    assert one.on_log
    assert not one.is_level


def test_property_skin_that_sensitises_more_sensitises_more_and_two_years_hold_the_first() -> None:
    """Two worlds of the same newborns' odds: k_sensitise as it is, and four times that."""
    model = load_model()
    usual = model.values("evidence")["k_sensitise"]
    worlds = {"k_sensitise": np.array([usual, 4 * usual])}
    found = births_in_worlds(model, TARGETS, worlds, 0, 192, 1)
    by_id = dict(zip([one.id for one in TARGETS], found.values, strict=True))
    assert found.lost.sum() == 0
    for name in ("any_food_12", "risk_food_12"):
        assert by_id[name][1] > by_id[name][0] + 0.7
    assert (by_id["risk_eczema_24"] >= by_id["risk_eczema_12"]).all()
    assert np.isfinite(found.noise).all()
    assert (found.chance == 0).all()


def test_property_who_calls_eczema_more_readily_counts_more_of_it() -> None:
    """Two worlds, in which trials call skin eczema at twice and at half."""
    worlds = {"diagnosis_level": np.array([0.5, 2.0])}
    found = births_in_worlds(load_model(), TARGETS, worlds, 0, 192, 1)
    for one, (strict, ready) in zip(TARGETS, found.values, strict=True):
        if one.row.text("endpoint") == "eczema":
            assert ready > strict + 1.0
