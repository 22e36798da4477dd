"""The children whom speed is measured on: the same ones, under the doses that the page names."""

import numpy as np
import pytest

from gutskin.engine import xla
from gutskin.model.compiled import load_model
from gutskin.model.drugs import drugs
from gutskin.population import benchmark


@pytest.fixture(scope="module")
def children():
    return benchmark.children(load_model(), 4, 56)


def test_closed_form_six_strains_a_fortnight_of_cream_a_week_of_an_antibiotic(children):
    holds = {one.parameter: (one.start, one.end, float(one.value)) for one in children.doses.holds}
    strains = {name: hold for name, hold in holds.items() if name.startswith("dose_strain_")}
    assert len(strains) == 6
    assert set(strains.values()) == {(0.0, np.inf, 4e9 / 1e9 / 6)}
    assert holds["topical_steroid"] == (7.0, 21.0, 0.5)
    assert holds["antibiotic_broad"] == (28.0, 35.0, 1.0)
    assert len(holds) == 8


def test_closed_form_an_injection_every_other_week(children):
    share = drugs(load_model().biology)["dupilumab"].number("bioavailability")
    pulses = children.doses.pulses
    assert [one.time for one in pulses] == [3.5, 17.5, 31.5, 45.5]
    assert [one.add for one in pulses] == pytest.approx([300 * share, *[150 * share] * 3])


def test_unit_life_adds_the_noise_of_every_child(children):
    assert [one.parameter for one in children.life.courses] == ["stress", "activity"]
    for one in children.life.courses:
        assert np.shape(one.values)[-1] == 4
        assert one.times[0] == 0.0
    assert children.life.holds == children.doses.holds
    assert not children.doses.courses


def test_unit_they_are_the_same_children_every_time_and_differ(children):
    again = benchmark.children(load_model(), 6, 56)
    np.testing.assert_array_equal(again.parameters["atopy"][:4], children.parameters["atopy"])
    assert len(set(children.parameters["atopy"])) == 4


def test_unit_the_shortest_of_three_runs_after_the_first_is_told(monkeypatch):
    clock = iter([0.0, 9.0, 10.0, 15.0, 20.0, 22.0, 30.0, 36.0])
    monkeypatch.setattr(benchmark, "perf_counter", lambda: next(clock))
    speed = benchmark.measure(load_model(), 2, 2, 1e-3, "double", None)
    assert (speed.first, speed.seconds) == (9.0, 2.0)
    assert speed.lanes == xla.lanes_for(2)
    assert speed.steps > 2
    assert speed.evaluations > speed.steps
