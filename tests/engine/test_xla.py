"""The device, and how many patients are computed together on it."""

from types import SimpleNamespace

import jax
import numpy as np
import pytest

from gutskin.engine import Pulse, Schedule, simulate, xla
from gutskin.engine.timeline import LANES
from gutskin.errors import InputError


class Decay:
    """One state that decays, at a rate of each patient's own."""

    state_ids = ("left",)
    parameter_ids = ("rate",)
    assigned_ids = ()
    scales = np.ones(1)

    def values(self, stance="evidence"):
        return {"rate": 1.0}

    def unit(self, name):
        return "1"

    def rhs(self, t, y, p):
        return -p[0] * y

    def observe(self, t, y, p):
        return y[:0]


def test_property_how_many_are_computed_together_changes_no_course():
    rates = np.linspace(0.1, 4.0, 150)
    schedule = Schedule(pulses=[Pulse("left", 1.0, 0.5)])
    start, times = np.ones((1, 150)), [0.0, 1.0, 3.0]
    found = [
        simulate(Decay(), {"rate": rates}, start, schedule, times, lanes=lanes)
        for lanes in (None, 16, 256)
    ]
    for other in found[1:]:
        np.testing.assert_allclose(other.states, found[0].states, rtol=1e-12)
        np.testing.assert_array_equal(other.steps, found[0].steps)


def test_unit_a_card_computes_more_together_but_no_more_than_there_are(monkeypatch):
    assert xla.lanes_for(100_000) == LANES
    monkeypatch.setattr(jax, "devices", lambda *_: [SimpleNamespace(platform="gpu")])
    found = [xla.lanes_for(patients) for patients in (1, 1000, 100_000)]
    assert found == [LANES, 1024, xla.ON_A_CARD]


def test_unit_a_device_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="finds no device 'tpu'"):
        xla.use("tpu")
    assert xla.use("cpu")
    jax.config.update("jax_default_device", None)
