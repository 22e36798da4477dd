"""Virtual patients: each draw is its own, patients differ as the tables say."""

from dataclasses import replace

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.population.draw import (
    DAYS_PER_YEAR,
    draw_patients,
    draw_worlds,
    uncertain_parameters,
)
from gutskin.population.populations import Marginal, find_population
from gutskin.population.streams import patient_keys

KEYS = patient_keys(0, "placebo", 8)


def patients(model=None, keys=KEYS, seed=5, population=None, **options):
    model = model or load_model()
    population = population or find_population("ad_child")
    return draw_patients(model, population, keys, seed, centres=model.values(), **options)


def same(one, other, names=None):
    return all(
        np.array_equal(np.broadcast_to(one[name], 8), np.broadcast_to(other[name], 8))
        for name in names or one
    )


def settled_for(model, *names):
    """A model in which these parameters are known and the same in everyone."""
    rows = dict(model.tables.parameters)
    for name in names:
        cells = {**rows[name].cells, "role": "fixed", "between_patient_cv": ""}
        rows[name] = replace(rows[name], cells=cells)
    return replace(model, tables=replace(model.tables, parameters=rows))


def test_the_same_seed_draws_the_same_patients():
    assert same(patients().parameters, patients().parameters)
    assert not same(patients().parameters, patients(seed=6).parameters)


def test_more_patients_change_no_patient():
    few, many = patients(), patients(keys=patient_keys(0, "placebo", 300))
    assert np.array_equal(many.age_years[:8], few.age_years)
    assert all(
        np.array_equal(np.broadcast_to(value, 300)[:8], np.broadcast_to(few.parameters[name], 8))
        for name, value in many.parameters.items()
    )


def test_a_parameter_that_varies_changes_no_other():
    model = load_model()
    full = patients().parameters
    less = patients(settled_for(model, "k_transit", "j_starch")).parameters
    assert np.ptp(full["k_transit"]) > 0
    assert np.ndim(less["k_transit"]) == 0
    assert same(full, less, [name for name in full if name not in ("k_transit", "j_starch")])


def test_a_covariate_changes_no_other():
    population = find_population("ad_child")
    more = {"washing": Marginal("uniform", (0, 1)), **population.covariates}
    full = patients(population=replace(population, covariates=more)).parameters
    assert np.ptp(full["washing"]) > 0
    plain = patients().parameters
    assert same(plain, full, [name for name in plain if name != "washing"])


def test_more_replicates_and_parameters_change_no_world():
    model = load_model()
    three = draw_worlds(model, np.arange(3), 5, "evidence")
    two = draw_worlds(model, np.arange(2), 5, "evidence")
    assert all(np.array_equal(three[name][:2], two[name]) for name in three)
    first = uncertain_parameters(model)[0]
    less = draw_worlds(settled_for(model, first), np.arange(3), 5, "evidence")
    assert set(three) - set(less) == {first}
    assert all(np.array_equal(three[name], less[name]) for name in less)


def test_a_world_moves_within_its_prior():
    model = load_model()
    worlds = draw_worlds(model, np.arange(2000), 5, "evidence")
    rows = model.tables.parameters
    for name, values in worlds.items():
        low, high = rows[name].number("low"), rows[name].number("high")
        width = np.percentile(values, 97.5) - np.percentile(values, 2.5)
        assert np.isfinite(values).all()
        if rows[name].text("distribution") == "normal":
            assert width == pytest.approx(high - low, rel=0.15), name


def test_the_stance_moves_the_centre_of_a_world_only():
    model = load_model()
    evidence, article = (
        draw_worlds(model, np.arange(50), 5, stance) for stance in ("evidence", "article")
    )
    claimed = [n for n in evidence if model.tables.parameters[n].text("claimed")]
    same_names = [n for n in evidence if n not in claimed]
    assert claimed
    assert all(np.array_equal(evidence[n], article[n]) for n in same_names)
    assert not any(np.array_equal(evidence[n], article[n]) for n in claimed)


def test_patients_spread_around_their_centre():
    model = load_model()
    many = patients(keys=patient_keys(0, "placebo", 4000))
    values = many.parameters["k_transit"]
    cv = model.tables.parameters["k_transit"].number("between_patient_cv")
    assert np.median(values) == pytest.approx(model.values()["k_transit"], rel=0.02)
    assert np.std(values) / np.mean(values) == pytest.approx(cv, rel=0.1)


def test_ages_are_those_that_a_trial_admits():
    many = patients(keys=patient_keys(0, "placebo", 500), age_years=(0.0, 4.0))
    assert many.age_years.min() >= 1.0  # the population's youngest
    assert many.age_years.max() <= 4.0
    assert np.array_equal(many.parameters["age_at_start"], many.age_years * DAYS_PER_YEAR)
