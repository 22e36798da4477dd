"""What is peculiar to one trial of a product: its size, who shares it, and who does not see it."""

import math

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.model.evidence import load_evidence
from gutskin.population.strain_places import places_for
from gutskin.population.strain_posterior import strain_traits
from gutskin.population.strains import product_name
from gutskin.population.trial_spread import shifts_of_trial, spreads_between_trials
from gutskin.trials.design import load_trial
from gutskin.trials.interventions import traits_of
from gutskin.trials.parts import Probiotic

WORLDS = np.arange(4000)
KEYS = WORLDS.astype(np.uint32)[:, None]
PRODUCT = ("lgg", "w51")
AXES = {"factor_strain": ("scorad", 3.07), "imprint_strain": ("eczema", -math.log(0.78))}


@pytest.fixture(scope="module")
def model():
    return load_model()


def of_strains(model, *products, trial=None):
    strains = [(one, True) for product in products for one in product]
    places = places_for(strains, model.tables)
    return strain_traits(model, places, products, WORLDS, 1, "evidence", trial=trial)


def test_closed_form_a_shift_is_normal_with_the_spread_between_trials_over_one_unit(model):
    found = shifts_of_trial(model, product_name(PRODUCT), KEYS, 1, 5)
    assert set(found) == set(AXES)
    for name, (kind, unit) in AXES.items():
        sd = spreads_between_trials(model, kind, KEYS, 1) / unit
        z = found[name] / sd
        assert z.mean() == pytest.approx(0.0, abs=0.05)
        assert z.std() == pytest.approx(1.0, abs=0.04)
        assert np.median(sd) * unit == pytest.approx(
            model.tables.conduct[f"between_trials_{kind}"].number("value"), rel=0.03
        )
    assert abs(np.corrcoef(*found.values())[0, 1]) < 0.05


def test_unit_one_unit_of_an_axis_is_the_pool_that_strains_are_measured_in(model):
    rows = load_evidence()
    points, ratio = (float(rows[name].fields["estimate"]) for name in ("MA0001", "MA0020"))
    units = {
        row.text("between_trials"): row.number("one_unit")
        for row in model.tables.strain_traits.values() if row.text("between_trials")
    }  # fmt: skip
    assert units == pytest.approx({"scorad": abs(points), "eczema": -math.log(ratio)}, rel=2e-3)


def test_property_all_strains_of_a_product_are_shifted_alike_and_other_axes_stay(model):
    alone, tried = (of_strains(model, PRODUCT, trial=one) for one in (None, 5))
    shift = shifts_of_trial(model, product_name(PRODUCT), KEYS, 1, 5)
    for name, values in tried.items():
        axis, _, place = name.rpartition("_")
        assert place in ("1", "2")
        assert values - alone[name] == pytest.approx(shift.get(axis, 0.0), abs=1e-6), name


def test_property_another_product_has_a_trial_of_its_own(model):
    alone, tried = (of_strains(model, ("lgg",), ("w51",), trial=one) for one in (None, 5))
    first, second = (tried[name] - alone[name] for name in ("factor_strain_1", "factor_strain_2"))
    assert first.std() > 0.5
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05


def test_property_arms_on_one_product_share_their_trial_whatever_the_dose(model):
    given = [Probiotic(kind="probiotic", strains=PRODUCT, cfu_per_day=dose) for dose in (1e9, 1e10)]
    first, second = (traits_of(model, [one], WORLDS[:50], 1, "evidence") for one in given)
    alone = of_strains(model, PRODUCT)["factor_strain_1"][:50]
    assert first["factor_strain_1"].tolist() == second["factor_strain_1"].tolist()
    assert np.abs(first["factor_strain_1"] - alone).min() > 0.0


def test_unit_a_shipped_trial_draws_it(model):
    arm = load_trial("sakei-children", model.biology).active[0]
    strains = arm.interventions[0].strains
    alone = of_strains(model, strains)["factor_strain_1"]
    tried = traits_of(model, arm.interventions, WORLDS, 1, "evidence")["factor_strain_1"]
    assert tried.var() > alone.var() + 0.4
