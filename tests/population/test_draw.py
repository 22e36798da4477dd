"""Virtual patients: each draw is its own, patients differ as the tables say."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit, ndtri

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.joint_draws import jointly_drawn, read_joint_draws
from gutskin.population.draw import (
    DAYS_PER_YEAR,
    Patients,
    draw_patients,
    draw_worlds,
    spread_at,
    uncertain_parameters,
)
from gutskin.population.populations import Marginal, find_population
from gutskin.population.streams import patient_keys

KEYS = patient_keys(0, "placebo", 8)


def patients(model=None, keys=KEYS, seed=5, population=None, **options):
    model = model or load_model()
    population = population or find_population("ad_child", shipped_biology())
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


@pytest.mark.parametrize("which", [np.array([1, 0, 1, 0, 0], bool), [4, 0], slice(1, 3)])
def test_some_patients_are_those_and_as_they_were(which):
    keys, age = np.arange(15, dtype=np.uint32).reshape(5, 3), np.arange(5.0)
    some = Patients(keys, {"own": 10 * age, "shared": 3.0}, age)[which]
    assert np.array_equal(some.keys, keys[which])
    assert np.array_equal(some.parameters["own"], 10 * age[which])
    assert np.array_equal(some.age_years, age[which])
    assert some.parameters["shared"] == 3.0


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
    population = find_population("ad_child", shipped_biology())
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
    together = jointly_drawn(model.biology)
    first = next(name for name in uncertain_parameters(model) if name not in together)
    less = draw_worlds(settled_for(model, first), np.arange(3), 5, "evidence")
    assert set(three) - set(less) == {first}
    assert all(np.array_equal(three[name], less[name]) for name in less)


SCALES = {"lognormal": np.log, "logit": logit, "normal": np.asarray}


def test_closed_form_95_of_100_worlds_lie_within_the_width_of_each_prior():
    """On the scale of its distribution a prior is normal: its width is 3.92 sd."""
    model = load_model()
    worlds = draw_worlds(model, np.arange(4000), 5, "evidence")
    rows, seen, together = model.tables.parameters, set(), jointly_drawn(model.biology)
    for name, values in worlds.items():
        if name in together:
            continue
        kind = rows[name].text("distribution")
        seen.add(kind)
        scale = SCALES[kind]
        low, high = scale(rows[name].number("low")), scale(rows[name].number("high"))
        sd = (high - low) / (2 * ndtri(0.975))
        drawn = scale(values)
        assert drawn.std() == pytest.approx(sd, rel=0.05), name
        assert abs(drawn.mean() - scale(model.values()[name])) < 4 * sd / np.sqrt(4000), name
    assert seen == set(SCALES)


def test_what_was_fitted_together_is_drawn_together():
    """Every world holds one set of the table, by its place in the priors' widths, and all occur."""
    model = load_model()
    rows, centres = model.tables.parameters, model.values()
    worlds = draw_worlds(model, np.arange(4000), 5, "evidence")
    for one in read_joint_draws(model.biology):
        found = []
        for name in one.ids:
            kind, held = rows[name].text("distribution"), worlds[name]
            if rows[name].text("role") == "reference":
                found.append(held / centres[name])
                continue
            low, high, centre = (
                SCALES[kind](value)
                for value in (rows[name].number("low"), rows[name].number("high"), centres[name])
            )
            found.append((SCALES[kind](held) - centre) / (high - low) * 2 * ndtri(0.975))
        drawn = np.array(found)
        apart = np.abs(drawn[:, :, None] - one.draws[:, None, :]).max(axis=0)  # [world, draw]
        which = apart.argmin(axis=1)
        assert apart.min(axis=1).max() < 1e-9
        counts = np.bincount(which, minlength=one.draws.shape[1])
        expected = 4000 / one.draws.shape[1]
        assert counts.min() > 0
        assert counts.max() < expected + 6 * np.sqrt(expected)


def test_numbers_of_the_colon_that_have_a_width_and_were_fitted_are_drawn():
    model = load_model()
    worlds = draw_worlds(model, np.arange(40), 5, "evidence")
    for name in (
        "f_proximal",
        "k_absorb_distal",
        "a_starch_but",
        "g_crowding",
        "butyrate_reference",
    ):
        assert np.ptp(worlds[name]) > 0.05 * model.values()[name]
    assert set(jointly_drawn(model.biology)) <= set(model.individual_ids)
    assert "butyrate_reference" not in uncertain_parameters(model)
    assert np.corrcoef(worlds["butyrate_reference"], worlds["a_starch_but"])[0, 1] != 0


@pytest.mark.parametrize(
    ("kind", "centre", "low", "high"),
    [("lognormal", 2.0, 1.0, 4.0), ("logit", 0.5, 0.2, 0.8), ("normal", 1.0, -3.0, 5.0)],
)
def test_closed_form_the_ends_of_a_prior_are_its_97_5_and_2_5_percent(kind, centre, low, high):
    cells = {"id": "k", "distribution": kind, "low": str(low), "high": str(high)}
    row = replace(next(iter(load_model().tables.parameters.values())), cells=cells)
    found = spread_at(row, centre, ndtri(np.array([0.025, 0.5, 0.975])))
    assert np.allclose(found, [low, centre, high])


def test_closed_form_between_patients_a_parameter_has_its_median_and_cv():
    """All that vary, not one of them: log-normal, median at the centre, sd as the CV says."""
    model = load_model()
    many = patients(keys=patient_keys(0, "placebo", 4000)).parameters
    varying = {
        name: row.number("between_patient_cv")
        for name, row in model.tables.parameters.items()
        if row.number("between_patient_cv", 0.0) > 0 and row.text("role") != "patient"
    }
    varying = {
        k: v
        for k, v in varying.items()
        if k not in find_population("ad_child", shipped_biology()).covariates
    }
    assert varying
    for name, cv in varying.items():
        logs, sd = np.log(many[name]), np.sqrt(np.log1p(cv**2))
        assert logs.std() == pytest.approx(sd, rel=0.06), name
        assert abs(logs.mean() - np.log(model.values()[name])) < 4.5 * sd / np.sqrt(4000), name


def test_closed_form_a_patient_s_own_traits_fill_their_width():
    model = load_model()
    many = patients(keys=patient_keys(0, "placebo", 4000)).parameters
    own = [row for row in model.tables.parameters.values() if row.text("role") == "patient"]
    assert own
    for row in own:
        scale = SCALES[row.text("distribution")]
        width = scale(row.number("high")) - scale(row.number("low"))
        assert scale(many[row.id]).std() == pytest.approx(width / 3.92, rel=0.06), row.id


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


def test_ages_that_the_population_does_not_have_are_refused():
    with pytest.raises(InputError, match="nobody of the population is 14 to 17"):
        patients(age_years=(14.0, 17.0))


def test_closed_form_what_goes_together_between_patients_does():
    """Correlation of the logarithms as the row says it; neither spread is changed by it."""
    own = patients(keys=patient_keys(0, "placebo", 6000)).parameters
    rows = load_model().tables.parameters
    for name in ("lean_th17", "lean_th1"):
        other, size = rows[name].text("correlated_with").split(":")
        one, two = np.log(own[name]), np.log(own[other])
        assert np.corrcoef(one, two)[0, 1] == pytest.approx(float(size), abs=0.03)
        cv = rows[name].number("between_patient_cv")
        assert one.std() == pytest.approx(np.sqrt(np.log1p(cv**2)), rel=0.03)
    assert abs(np.corrcoef(np.log(own["lean_th2"]), np.log(own["lean_th22"]))[0, 1]) < 0.04
