"""The domain of every parameter, input and state."""

from math import isfinite

import numpy as np
import pytest

from gutskin.model.biology import biology_folder, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.domains import (
    is_signed,
    limit_of,
    limits,
    parameter_domain,
    pulse_domain,
    state_domain,
)
from gutskin.model.evidence import load_evidence
from gutskin.model.rows import read_table
from gutskin.model.vocabulary import vocabulary

NAMES = vocabulary(shipped_biology())


def test_every_limit_has_a_reason_and_two_ends_in_order():
    for row in read_table(biology_folder() / "limits.tsv").values():
        assert row.text("reason"), row.id
        assert row.number("low") < row.number("high")


def test_every_limit_says_what_was_seen_of_its_source_or_that_it_is_our_own():
    evidence = load_evidence(shipped_biology())
    for row in read_table(biology_folder() / "limits.tsv").values():
        if row.text("source") in ("own bound", "definition"):
            continue
        assert row.items("source"), row.id
        for source in row.items("source"):
            where, _, seen = source.partition(" (")
            assert len(seen.rstrip(")")) > 10, source
            assert source.endswith(")"), source
            assert where in evidence or where.startswith(("doi:10.", "url:https://", "cite:"))


def test_every_input_has_a_limit_of_its_own():
    assert [name for name in NAMES.inputs if limit_of(name) is None] == []


def test_every_covariate_that_a_population_sets_has_a_limit_of_its_own():
    rows = NAMES.parameters.values()
    names = [row.id for row in rows if row.text("role") == "covariate"]
    assert [one for one in names if limit_of(one) is None] == []


@pytest.mark.parametrize("column", ["value", "claimed", "low", "high"])
def test_whatever_the_tables_say_lies_in_its_domain(column):
    for row in NAMES.parameters.values():
        value = row.number(column, row.number("value"))
        assert value in parameter_domain(row), row.id


def test_the_starts_of_the_tables_lie_in_the_domain_of_the_states():
    for row in NAMES.states.values():
        for start in NAMES.starts:
            assert row.number(start, 0.0) in state_domain(row), row.id


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("atopy", -5), ("atopy", 1e9), ("f_pioneer_butyrate", 1.1), ("f_pioneer_butyrate", -0.1),
        ("k_transit", -1e-9), ("k_transit", 1e12), ("g_gut_inflammation", 1e6),
        ("oral_jak", 1.01), ("sensitised", 2), ("hours_per_day", -24),
        ("viable_strain_4", 2), ("s_m47", -1), ("emollient", 1.5), ("dose_strain_6", 1e21),
    ],
)  # fmt: skip
def test_what_no_body_has_is_outside(name, wrong):
    assert wrong not in parameter_domain(NAMES.parameters[name])


@pytest.mark.parametrize("name", ["k_refuge", "g_gut_inflammation", "f_pioneer_butyrate"])
def test_nothing_at_all_and_ten_times_a_prior_s_width_are_inside(name):
    row = NAMES.parameters[name]
    assert 0.0 in parameter_domain(row)
    if row.text("distribution") != "logit":
        assert 10 * row.number("high") in parameter_domain(row)


def test_only_a_signed_state_may_lie_below_nothing():
    for row in NAMES.states.values():
        signed = is_signed(row)
        domain = state_domain(row)
        assert (-row.number("typical") in domain) == signed, row.id
        assert (-1e-9 in pulse_domain(row)) == signed, row.id
        assert isfinite(domain.high)


def test_a_depot_takes_what_one_injection_holds():
    row = NAMES.states["drug_1_depot"]
    assert 600 in pulse_domain(row)
    assert -100 not in pulse_domain(row)
    assert limits()["drug_*_depot"].high < 1e30


@pytest.mark.parametrize("start", ["healthy_adult", "birth_vaginal"])
def test_closed_form_milk_is_divided_by_and_the_diet_without_starch_is_none_of_it(start):
    model = load_model()
    values = dict(model.constants) | dict(model.values()) | {"j_starch": 0.0}

    def rates(milk):
        p = [np.full(1, {**values, "j_milk": milk}[name]) for name in model.parameter_ids]
        with np.errstate(all="ignore"):
            return np.asarray(model.rhs(np.zeros(1), model.initial(start)[:, None], p))

    domain = parameter_domain(model.tables.parameters["j_milk"])
    assert np.isfinite(rates(domain.low)).all()
    assert np.isfinite(rates(domain.high)).all()
    assert not np.isfinite(rates(0.0)).all()
    assert 0.0 not in domain
