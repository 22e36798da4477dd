"""What strains say is a sum over cells: places have no order and no borders; killed say less."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gutskin.model.compiled import load_model

MODEL = load_model()
TRAITS = sorted(
    row.id.removesuffix("_1")
    for row in MODEL.tables.parameters.values()
    if row.text("role") == "trial" and row.id.endswith("_strain_1")
)
SAYS = (
    "strain_signal", "strain_type1", "strain_type17", "strain_seal", "strain_imprint",
    "strain_total", "pbmc_il10", "strain_stool_output",
)  # fmt: skip
NUMBERS = st.floats(-3.0, 3.0)
SHARES = st.floats(0.0, 1.0)
STRAINS = st.fixed_dictionaries(
    {
        name: SHARES
        if name.startswith(("survival", "cell_wall", "milk", "viable", "bifid", "resistant"))
        else st.floats(0.1, 3.0)
        if name.startswith(("k_leave", "acetate", "lactate"))
        else NUMBERS
        for name in TRAITS
    }
    | {"dose_strain": st.floats(0.0, 20.0), "cells": st.floats(0.0, 50.0)}
)


@cache
def observed_and_rates():
    """One compiled function: what is observed, and the rates, of one patient."""
    import jax

    def both(y, p):
        return MODEL.observe(0.0, y, p), MODEL.rhs(0.0, y, p)

    return jax.jit(both)


def told(strains):
    """What the strains in places 1 to 6 say, and how the rest of the body changes."""
    values = dict(MODEL.values())
    state = np.array(MODEL.initial("healthy_adult"))
    for place, one in enumerate(strains, start=1):
        for name, value in one.items():
            if name == "cells":
                state[MODEL.state_ids.index(f"gut_strain_{place}")] = value
            else:
                values[f"{name}_{place}"] = value
    seen, rates = observed_and_rates()(state, [values[name] for name in MODEL.parameter_ids])
    body = [i for i, name in enumerate(MODEL.state_ids) if not name.startswith("gut_strain_")]
    says = {name: float(seen[MODEL.assigned_ids.index(name)]) for name in SAYS}
    return says, np.asarray(rates)[body]


def same(one, other):
    """Whether two bodies are told the same, to the last digits of single precision."""
    (says, rates), (other_says, other_rates) = one, other
    assert says == pytest.approx(other_says, rel=2e-4, abs=2e-4)
    assert rates == pytest.approx(other_rates, rel=2e-3, abs=2e-4)


@settings(max_examples=15, deadline=None)
@given(strains=st.lists(STRAINS, min_size=2, max_size=6), seed=st.integers(0, 99))
def test_property_places_have_no_order(strains, seed):
    order = np.random.default_rng(seed).permutation(6)
    full = [*strains, *({} for _ in range(6 - len(strains)))]
    same(told(full), told([full[place] for place in order]))


@settings(max_examples=15, deadline=None)
@given(strains=st.lists(STRAINS, min_size=1, max_size=4), share=st.floats(0.05, 0.95))
def test_property_a_strain_split_over_two_places_says_what_it_says_in_one(strains, share):
    first = strains[0]
    parts = [
        {**first, "cells": part * first["cells"], "dose_strain": part * first["dose_strain"]}
        for part in (share, 1 - share)
    ]
    same(told(strains), told([*parts, *strains[1:]]))


def test_an_empty_place_says_nothing():
    says, _ = told([])
    assert {name: value for name, value in says.items() if value} == {"pbmc_il10": 1.0}


def plain(**changed):
    usual = dict.fromkeys(TRAITS, 0.0) | {
        "survival_strain": 0.3, "k_leave_strain": 1.4, "viable_strain": 1.0,
        "cell_wall_strain": 0.7, "factor_strain": 1.0, "seal_strain": 1.0, "cells": 1.0,
    }  # fmt: skip
    return usual | changed


def test_killed_cells_keep_the_share_of_their_wall_and_less_of_the_seal():
    values = MODEL.values()
    live, killed = (told([plain(viable_strain=v, cells=1e-4)])[0] for v in (1.0, 0.0))
    assert killed["strain_signal"] / live["strain_signal"] == pytest.approx(0.7, rel=1e-3)
    kept = 0.7 * values["f_seal_killed"]
    assert killed["strain_seal"] / live["strain_seal"] == pytest.approx(kept, rel=1e-3)


def test_two_kinds_have_more_places_than_one():
    """Half and half of a bifidobacterium and a lactic acid bacterium, against all of either."""
    one = told([plain(cells=2.0)])[0]["strain_signal"]
    two = told([plain(), plain(bifid_strain=1.0)])[0]["strain_signal"]
    own, km = (MODEL.values()[name] for name in ("f_own_place", "km_strain"))
    assert one == pytest.approx(2 / (km + 2), rel=1e-3)
    assert two == pytest.approx((1 - own) * 2 / (km + 2) + own * 2 / (km + 1), rel=1e-3)


def test_closed_form_strains_of_equal_wall_are_heard_as_the_mean_of_their_factors():
    mixed = told([plain(factor_strain=factor) for factor in (3.0, -1.0, 1.0)])[0]
    alone = told([plain(factor_strain=1.0, cells=3.0)])[0]
    assert mixed["strain_signal"] == pytest.approx(alone["strain_signal"], rel=1e-3)
