"""Sensitisation: the grown keep what was drawn for them, newborns acquire it, food undoes it."""

import numpy as np
import pytest

from gutskin.engine import Hold, Schedule, simulate
from gutskin.model.compiled import load_model
from gutskin.population.draw import draw_patients
from gutskin.population.populations import find_population, load_populations
from gutskin.population.steady_state import drawn_states, run_to_steady_state
from gutskin.population.streams import patient_keys

STATES = ("sensitisation_food", "sensitisation_aero")
READ = (*STATES, "sensitised_now", "skin_prick_food", "skin_prick_aero", "specific_ige_food")
COUNT = 24
CUT_OFF = 3.0
RTOL = 1e-3


@pytest.fixture(scope="module")
def model():
    return load_model()


def drawn(model, population, **changes):
    who = find_population(population, model.biology)
    keys = patient_keys(0, "sensitised", COUNT)
    patients = draw_patients(model, who, keys, 3, centres=model.values("evidence"))
    return dict(patients.parameters) | {k: np.full(COUNT, float(v)) for k, v in changes.items()}


def followed(model, parameters, start, days=(0.0, 120.0, 240.0, 365.0), holds=()):
    courses = simulate(
        model, parameters, start, Schedule(tuple(holds)), days, rtol=RTOL,
        varying=("food_early", "food_on_skin"),
    )  # fmt: skip
    values = courses.quantities(READ)
    return {name: values[:, place] for place, name in enumerate(READ)}


def from_birth(model, days=(0.0, 120.0, 240.0, 365.0), holds=(), **changes):
    parameters = drawn(model, "newborn_high_risk", **changes)
    start = np.repeat(model.initial("birth_vaginal")[:, None], COUNT, axis=1)
    return followed(model, parameters, start, days, holds)


GROWN = ("healthy_adult", "healthy_child", "ad_child", "ad_adult")


@pytest.mark.parametrize("population", GROWN)
def test_property_the_grown_keep_what_was_drawn_while_they_settle_and_afterwards(model, population):
    parameters = drawn(model, population)
    settled = run_to_steady_state(model, parameters, COUNT, rtol=1e-2).states[-1]
    for state, covariate in drawn_states(model.biology).items():
        assert np.array_equal(settled[model.state_ids.index(state)],
                              np.broadcast_to(parameters[covariate], COUNT))  # fmt: skip
    later = followed(model, parameters, settled, (0.0, 84.0))
    food, air = (np.broadcast_to(parameters[name], COUNT) for name in
                 ("sensitised_food", "sensitised"))  # fmt: skip
    assert np.array_equal(later["sensitised_now"][-1], air)
    assert np.array_equal(later["skin_prick_food"][-1] > CUT_OFF, food == 1)
    assert np.array_equal(later["skin_prick_aero"][-1] > CUT_OFF, air == 1)


def test_populations_of_newborns_acquire_and_no_other_does(model):
    acquires = {
        name: "sensitised_acquires" in one.covariates
        for name, one in load_populations(model.biology).items()
    }
    born = {name: one.ages[1] < 0.01 for name, one in load_populations(model.biology).items()}
    assert acquires == born
    assert sum(born.values()) >= 3


def test_nobody_is_sensitised_while_he_settles(model):
    parameters = drawn(model, "ad_child", sensitised=0, sensitised_food=0, sensitised_acquires=1)
    settled = run_to_steady_state(model, parameters, COUNT, rtol=1e-2).states[-1]
    assert not settled[[model.state_ids.index(name) for name in STATES]].any()


def test_newborns_are_born_without_and_acquire_it_through_the_skin(model):
    found = from_birth(model)
    for name in STATES:
        assert not found[name][0].any()
        assert (found[name][-1] > 0.001).all()
    assert (found["sensitised_now"][-1] > 0).all()


def test_with_the_mechanism_off_nobody_acquires_anything(model):
    found = from_birth(model, s_m150=0)
    for name in (*STATES, "sensitised_now", "skin_prick_food", "skin_prick_aero"):
        assert not found[name].any()


def test_food_that_never_meets_the_skin_sensitises_nobody_to_food_but_air_does(model):
    found = from_birth(model, holds=[Hold("food_on_skin", 0.0, 400.0, 0.0)])
    assert not found["sensitisation_food"].any()
    assert (found["sensitisation_aero"][-1] > 0.001).all()


def test_early_food_lowers_it_in_everybody_who_has_it(model):
    usual = from_birth(model)
    early = from_birth(model, holds=[Hold("food_early", 120.0, 400.0, 1.0)])
    assert np.allclose(early["sensitisation_food"][1], usual["sensitisation_food"][1])
    for name in ("sensitisation_food", "skin_prick_food", "specific_ige_food"):
        assert (early[name][-1] < 0.95 * usual[name][-1]).all()


def test_more_food_early_lowers_it_more(model):
    levels = [
        from_birth(model, holds=[Hold("food_early", 120.0, 400.0, level)])["sensitisation_food"][-1]
        for level in (0.0, 0.3, 1.0, 3.0)
    ]
    assert (np.diff(levels, axis=0) < 0).all()


def test_tolerance_undoes_what_is_there_and_does_not_only_hinder_it(model):
    parameters = drawn(model, "newborn_high_risk")
    start = np.repeat(model.initial("birth_vaginal")[:, None], COUNT, axis=1)
    start[model.state_ids.index("sensitisation_food")] = 0.8
    clean = Hold("food_on_skin", 0.0, 400.0, 0.0)  # nothing new is acquired
    fed = Hold("food_early", 120.0, 400.0, 1.0)
    alone = followed(model, parameters, start, holds=[clean])["sensitisation_food"]
    eaten = followed(model, parameters, start, holds=[clean, fed])["sensitisation_food"]
    assert (alone[-1] > 0.55).all()
    assert (eaten[-1] < 0.85 * alone[-1]).all()


def test_without_tolerance_food_by_mouth_does_nothing(model):
    usual = from_birth(model, s_m151=0)
    early = from_birth(model, s_m151=0, holds=[Hold("food_early", 120.0, 400.0, 3.0)])
    assert np.allclose(early["sensitisation_food"], usual["sensitisation_food"], rtol=1e-6)


@pytest.mark.parametrize("changes", [
    {"atopy": 60, "food_on_skin": 100, "allergen_skin": 100},
    {"atopy": 60, "k_sensitise": 1, "k_sensitise_aero": 1},
    {"food_early": 10, "food_on_skin": 100},
], ids=["much of everything", "fast", "much food"])  # fmt: skip
def test_property_states_stay_shares_whatever_a_child_meets(model, changes):
    found = from_birth(model, **changes)
    for name in (*STATES, "sensitised_now"):
        assert (found[name] >= 0).all()
        assert (found[name] <= 1 + RTOL).all()


def test_a_carrier_of_flg_is_sensitised_more(model):
    usual = from_birth(model, flg_genotype=1, flg_penetration=1)
    entry = model.biology.table("genotypes.tsv")["heterozygous"].number("flg_penetration")
    carrier = from_birth(model, flg_genotype=0.5, flg_penetration=entry)
    assert (carrier["sensitisation_food"][-1] > usual["sensitisation_food"][-1]).all()
