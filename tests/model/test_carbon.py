"""Carbon in the gut is neither made nor lost in a reaction, and nothing falls below zero."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gutskin.model.compiled import load_model

MODEL = load_model()
# mmol of carbon in one unit of a species; whoever has none does not count carbon
CARBON = {
    row.id: row.number("carbon") for row in MODEL.tables.species.values() if row.text("carbon")
}
FERMENTATIONS = [
    one
    for one in MODEL.equations.values()
    if one.reaction
    and set(one.participants) <= set(CARBON)
    and min(one.participants.values()) < 0.0 < max(one.participants.values())
]
POSITIVE = [i for i, name in enumerate(MODEL.state_ids) if name not in MODEL.signed_ids]
VALUES = MODEL.values()
# states whose makers end at 1 or near it: what is whole is not rebuilt further
SHARES = (
    "gut_tight_junction", "gut_richness", "skin_barrier", "skin_buffer", "skin_filaggrin",
    "skin_lamellae", "skin_lipid",
)  # fmt: skip


@pytest.mark.parametrize("reaction", FERMENTATIONS, ids=lambda one: one.id)
def test_a_fermentation_keeps_its_carbon(reaction):
    carbon = sum(amount * CARBON[name] for name, amount in reaction.participants.items())
    assert carbon == pytest.approx(0.0, abs=1e-12)


def test_every_guild_and_acid_takes_part():
    taking_part = set().union(*(one.participants for one in FERMENTATIONS))
    assert set(CARBON) == taking_part
    assert len(FERMENTATIONS) >= 13


def test_an_empty_body_stays_empty_or_fills():
    """Nothing anywhere, and hardly a microbe on the skin."""
    y = np.where([name.startswith("ln_") for name in MODEL.state_ids], -25.0, 0.0)[:, None]
    rates = rates_of(y, VALUES)[POSITIVE, 0]
    falling = {
        MODEL.state_ids[i]: rate for i, rate in zip(POSITIVE, rates, strict=True) if rate < 0
    }
    assert falling == {}


def rates_of(y, parameters):
    patients = y.shape[1]
    p = [np.full(patients, parameters[name]) for name in MODEL.parameter_ids]
    return np.asarray(MODEL.rhs(np.zeros(patients), y, p))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(0.0, 3.0), dosed=st.booleans())
def test_a_state_that_is_empty_does_not_fall(seed, spread, dosed):
    """Each patient of the batch has another state at zero; the rest are spread around."""
    rng = np.random.default_rng(seed)
    usual = np.maximum(MODEL.initial("severe"), 0.1 * MODEL.scales)
    usual = np.where(MODEL.initial("severe") < 0.0, MODEL.initial("severe"), usual)
    patients = len(POSITIVE)
    y = usual[:, None] * np.exp(spread * rng.standard_normal((len(usual), patients)))
    for i, name in enumerate(MODEL.state_ids):
        if name.startswith(SHARES):
            y[i] = np.minimum(y[i], 1.0)
        if name.startswith("ln_"):
            y[i] = usual[i] + spread * rng.standard_normal(patients)
    y[POSITIVE, np.arange(patients)] = 0.0
    inputs = {
        "antibiotic_broad": 1.0,
        "washing": 3.0,
        "dose_strain_1": 4.0,
        "survival_strain_1": 0.3,
        "viable_strain_1": 1.0,
        "acetate_yield_strain_1": 0.5,
        "lactate_yield_strain_1": 1.0,
        "milk_use_strain_1": 1.0,
        "factor_strain_1": 1.0,
        "pollen": 1.0,
    }
    parameters = {**VALUES, **(inputs if dosed else {})}
    rates = rates_of(y, parameters)[POSITIVE, np.arange(patients)]
    falling = {
        MODEL.state_ids[i]: rate for i, rate in zip(POSITIVE, rates, strict=True) if rate < 0
    }
    assert falling == {}


GUILDS = (
    "bifidobacteria", "bacteroides", "butyrate_producers", "lactate_users", "enterobacteria",
)  # fmt: skip


def shares_and_growth(**changed):
    """What part of their sugar guilds build in, and how fast they grow on it (1/day)."""
    values = dict(VALUES) | changed
    y = MODEL.initial("healthy_adult")[:, None]
    p = [np.full(1, values[name]) for name in MODEL.parameter_ids]
    seen = dict(zip(MODEL.assigned_ids, np.asarray(MODEL.observe(np.zeros(1), y, p)), strict=True))
    shares = np.array([seen[f"assimilated_{guild}"][0] for guild in GUILDS])
    return shares, 6 * shares * [seen[f"specific_uptake_{guild}"][0] for guild in GUILDS]


def test_closed_form_the_usual_share_becomes_biomass_at_rest():
    shares, growth = shares_and_growth()
    assert shares == pytest.approx(VALUES["f_assimilated"], rel=0.06)
    assert growth.max() < 1.5


@pytest.mark.parametrize("sugar", [1e3, 1e4, 1e6])
def test_property_no_sugar_makes_a_guild_outgrow_its_limit(sugar):
    shares, growth = shares_and_growth(dose_lactulose=sugar)
    assert (growth < VALUES["growth_most"]).all()
    assert shares[0] < VALUES["f_assimilated"] / 3
    _, unbounded = shares_and_growth(dose_lactulose=sugar, s_m138=0.0)
    assert unbounded.max() > 2 * VALUES["growth_most"]
