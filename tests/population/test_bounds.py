"""A course outside what a body can be is found, with its day and its quantity."""

from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.engine import SimulationFailed
from gutskin.model.compiled import load_model
from gutskin.population.bounds import (
    Range,
    excursions,
    range_of_endpoint,
    ranges_of_states,
    refuse_unsound,
)


def row(scale="linear", **numbers):
    return SimpleNamespace(
        text=lambda name: {"scale": scale, "label": "SCORAD"}[name],
        number=lambda name, usual=None: numbers.get(name, usual),
    )


def test_closed_form_an_amount_may_fall_a_tenth_of_its_size_below_nothing_and_a_signed_state_far():
    model = load_model()
    ranges = dict(zip(model.state_ids, ranges_of_states(model), strict=True))
    sizes = dict(zip(model.state_ids, np.asarray(model.scales).tolist(), strict=True))
    assert ranges["gut_butyrate"].least == pytest.approx(-0.1 * sizes["gut_butyrate"])
    assert ranges["gut_butyrate"].largest == pytest.approx(1e6 * sizes["gut_butyrate"])
    signed = model.signed_ids[0]
    assert ranges[signed].least == pytest.approx(-1e6 * sizes[signed])


def test_closed_form_the_ends_of_a_scale_belong_to_it_within_rounding():
    scale = range_of_endpoint(row(low=0.0, high=103.0))
    assert (scale.least, scale.largest) == pytest.approx((-1.03e-4, 103.0 + 1.03e-4))
    assert scale.why(-5.0) == "SCORAD is -5, outside 0 to 103"


def test_closed_form_what_is_measured_by_its_logarithm_is_positive():
    scale = range_of_endpoint(row("log", low=-3.0))
    assert scale.least == np.nextafter(0.0, 1.0)
    assert scale.largest == np.finfo(float).max
    assert scale.why(0.0) == "SCORAD is 0, outside 0 to inf"
    assert range_of_endpoint(row()).least == -np.finfo(float).max


def test_closed_form_both_ends_are_within_and_no_number_is_without():
    times = np.array([0.0, 2.0, 5.0])
    ranges = (Range("a", 0.0, 1.0), Range("b", -1.0, 2.0, ", too much"))
    values = np.array([
        [[0.0, 1.0, 0.5, 0.5], [-1.0, 2.0, 0.0, 0.0]],
        [[0.0, 1.0, 0.5, 1.5], [0.0, 0.0, 2.5, 0.0]],
        [[0.0, 1.0, -0.5, np.nan], [0.0, 0.0, 0.0, 0.0]],
    ])  # fmt: skip
    found = excursions(times, ranges, values)
    assert found.patients.tolist() == [False, False, True, True]
    assert found.first(2) == (2.0, "b is 2.5, too much")
    assert found.first(3) == (2.0, "a is 1.5")


def courses(model, states):
    return SimpleNamespace(times=np.array([0.0, 3.0]), states=states, raise_if_failed=lambda: None)


def test_unit_who_left_his_bounds_is_named_up_to_five_and_the_others_counted():
    model = load_model()
    states = np.repeat(np.asarray(model.scales)[None, :, None], 2, axis=0).repeat(9, axis=2)
    sound = courses(model, states)
    assert refuse_unsound(model, sound) is sound
    wrong = states.copy()
    place = model.state_ids.index("gut_butyrate")
    wrong[1, place, 2:9] = -1e9
    with pytest.raises(SimulationFailed) as caught:
        refuse_unsound(model, courses(model, wrong))
    text = str(caught.value)
    assert "The course of 7 of 9 patients left its bounds: patient 2, day 3: gut_butyrate" in text
    assert "patient 6, day 3" in text
    assert "patient 7," not in text
    assert "; and 2 more. Look at" in text
    wrong[1, place, 7:9] = states[1, place, 7:9]
    with pytest.raises(SimulationFailed) as caught:
        refuse_unsound(model, courses(model, wrong))
    assert "more" not in str(caught.value).partition("Look at")[0]


def test_unit_a_quantity_that_is_read_is_looked_at_if_it_has_a_scale():
    model = load_model()
    states = np.repeat(np.asarray(model.scales)[None, :, None], 2, axis=0).repeat(2, axis=2)
    sound = courses(model, states)
    beyond = np.array([[10.0, 20.0], [10.0, 1e4]])
    assert refuse_unsound(model, sound, {"no_endpoint": beyond}) is sound
    with pytest.raises(SimulationFailed, match="patient 1, day 3: SCORAD is"):
        refuse_unsound(model, sound, {"no_endpoint": beyond, "scorad": beyond})
