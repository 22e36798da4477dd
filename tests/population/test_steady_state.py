"""How a patient settles: hurried memories, his age at the end, and nobody before birth."""

from types import SimpleNamespace

import numpy as np
import pytest

from gutskin import engine
from gutskin.model.compiled import load_model
from gutskin.population.steady_state import (
    accelerated_rates,
    broadcast_parameters,
    run_to_steady_state,
)


@pytest.fixture
def asked(monkeypatch):
    """What the engine is asked for, instead of being asked."""
    found = {}

    def simulate(model, parameters, start, schedule, times, **control):
        found.update(parameters=parameters, start=start, schedule=schedule, times=times)
        found.update(control)
        return "courses"

    monkeypatch.setattr(engine, "simulate", simulate)

    def of(age_days, **given):
        model = load_model()
        parameters = {**model.values("evidence"), "age_at_start": np.array(age_days, float)}
        count = len(age_days)
        assert run_to_steady_state(model, parameters, count, refuse=False, **given) == "courses"
        return SimpleNamespace(**found)

    return of


def test_closed_form_slow_rates_are_hurried_and_nothing_else(asked):
    model = load_model()
    usual, faster = model.values("evidence"), accelerated_rates(model.biology)
    got = asked([9000.0]).parameters
    assert faster
    for name, value in usual.items():
        if name != "age_at_start":
            np.testing.assert_allclose(got[name], value * faster.get(name, 1.0))


def test_closed_form_they_settle_until_the_day_asked_for(asked):
    days = load_model().tables.conduct["settle_days"].number("value")
    assert asked([9000.0]).times == [-days, 0.0]
    assert asked([9000.0], last=-14.0).times == [-14.0 - days, -14.0]
    assert asked([9000.0], days=100.0).times == [-100.0, 0.0]


def test_closed_form_nobody_is_followed_back_to_before_the_youngest_age(asked):
    youngest = load_model().tables.conduct["youngest_settled_days"].number("value")
    ages = [youngest + 50.0, youngest + 100.0, youngest + 500.0]
    got = asked(ages, days=100.0).parameters["age_at_start"]
    np.testing.assert_allclose(got, [youngest + 100.0, youngest + 100.0, youngest + 500.0])
    got = asked(ages, days=100.0, last=20.0).parameters["age_at_start"]
    np.testing.assert_allclose(got, [youngest + 80.0, youngest + 100.0, youngest + 500.0])


def test_unit_how_they_set_out_and_how_exactly(asked):
    model = load_model()
    got = asked([9000.0, 9000.0], start="healthy_adult", rtol=1e-5, precision="single", workers=1)
    np.testing.assert_array_equal(
        got.start, np.repeat(model.initial("healthy_adult")[:, None], 2, 1)
    )
    assert (got.rtol, got.precision, got.workers, got.h_max) == (1e-5, "single", 1, 1.6)
    assert asked([9000.0]).rtol == 1e-3
    np.testing.assert_array_equal(asked([9000.0]).start[:, 0], model.initial("severe"))


def test_closed_form_what_is_an_array_in_one_group_is_one_in_all():
    groups = {
        "a": {"age_at_start": np.zeros(3), "atopy": np.arange(3.0), "k": 2.0},
        "b": {"age_at_start": np.zeros(2), "atopy": 5.0, "k": 3.0},
    }
    found = broadcast_parameters(groups)
    np.testing.assert_array_equal(found["a"]["atopy"], [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(found["b"]["atopy"], [5.0, 5.0])
    assert (found["a"]["k"], found["b"]["k"]) == (2.0, 3.0)


@pytest.mark.parametrize("refuse", [True, False])
def test_unit_who_left_his_bounds_is_refused_if_asked_for(monkeypatch, refuse):
    from gutskin.population import bounds

    model = load_model()
    monkeypatch.setattr(bounds, "BEYOND", 1e-9)
    parameters = {**model.values("evidence"), "age_at_start": np.array([9000.0])}
    call = {"days": 2.0, "refuse": refuse, "workers": 1}
    if refuse:
        with pytest.raises(engine.SimulationFailed, match="left its bounds"):
            run_to_steady_state(model, parameters, 1, **call)
    else:
        states = run_to_steady_state(model, parameters, 1, **call).states
        assert states.shape == (
            2,
            len(model.state_ids),
            1,
        )
