"""Quantities read from courses: every cell against its closed form, and what is refused."""

import subprocess
import sys
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.engine import Course, Hold, Schedule, simulate
from gutskin.engine.readout import CELLS, readout
from gutskin.errors import InputError


class Growing:
    """x' = inflow, y' = 0; what is assigned uses time, states and parameters, or one of them."""

    state_ids = ("x", "y")
    parameter_ids = ("gain", "inflow", "dose")
    assigned_ids = ("scaled", "inflow_now", "dose_now", "clock", "gain_twice")
    scales = np.ones(2)

    def values(self, stance="evidence"):
        return {"gain": 2.0, "inflow": 0.0, "dose": 0.5}

    def unit(self, name):
        return "mg"

    def rhs(self, t, y, p):
        return jnp.array([p[1] + 0.0 * y[0], 0.0 * y[1]])

    def observe(self, t, y, p):
        zero = 0.0 * y[0]
        rows = [p[0] * y[0] + y[1], p[1] + zero, p[2] + zero, t + zero, 2.0 * p[0] + zero]
        return jnp.array(rows)


MODEL = Growing()
DAYS = np.arange(0.0, 41.0)


def followed(patients, schedule=None, **more):
    rng = np.random.default_rng(3)
    start, gain = rng.uniform(1.0, 2.0, (2, patients)), rng.uniform(1.0, 2.0, patients)
    schedule = schedule or Schedule(
        holds=[Hold("dose", 3.0, 7.0, rng.uniform(1.0, 2.0, patients))],
        courses=[Course("inflow", [0.0, 10.0, 40.0], [1.0, 3.0, 0.0])],
    )
    return simulate(MODEL, {"gain": gain}, start, schedule, DAYS, **more)


def test_property_quantities_are_the_rows_of_the_whole_table():
    got = followed(5)
    data = got.observe()
    names = ["dose_now", "y", "scaled", "x", "clock", "y"]
    table = got.quantities(names)
    assert table.shape == (len(DAYS), len(names), 5)
    for place, name in enumerate(names):
        np.testing.assert_array_equal(table[:, place], data[name])
    np.testing.assert_array_equal(got.assigned(), got.quantities(MODEL.assigned_ids))


@pytest.mark.parametrize("patients", [1, 24, 25, 26, 131])
def test_closed_form_every_cell_whatever_the_number_of_patients(patients):
    """41 days: 24 patients nearly fill one piece of 1024 cells, 25 overflow it by one."""
    assert len(DAYS) * 24 < CELLS < len(DAYS) * 25
    got = followed(patients)
    gain, dose = got.parameters["gain"], got.schedule.holds[0].value
    held = ((DAYS >= 3.0) & (DAYS < 7.0))[:, None]
    true = {
        "x": got.states[:, 0],
        "scaled": gain * got.states[:, 0] + got.states[:, 1],
        "inflow_now": np.interp(DAYS, [0.0, 10.0, 40.0], [1.0, 3.0, 0.0])[:, None],
        "dose_now": np.where(held, dose, 0.5),
        "clock": DAYS[:, None],
        "gain_twice": 2.0 * gain,
    }
    table = got.quantities(tuple(true))
    for place, value in enumerate(true.values()):
        expected = np.broadcast_to(value, (len(DAYS), patients))
        np.testing.assert_allclose(table[:, place], expected, rtol=1e-14, atol=1e-14)


def test_unit_an_input_at_a_jump_has_the_value_after_it():
    schedule = Schedule(holds=[Hold("dose", 3.0, 7.0, [1.0, 2.0]), Hold("dose", 7.0, 40.0, 9.0)])
    table = followed(2, schedule).quantities(["dose_now"])[:, 0]
    np.testing.assert_array_equal(table[[2, 3, 6]], [[0.5, 0.5], [1.0, 2.0], [1.0, 2.0]])
    np.testing.assert_array_equal(table[[7, 39, 40]], [[9.0, 9.0], [9.0, 9.0], [0.5, 0.5]])


def test_unit_states_pass_through_unchanged():
    got = followed(3)
    np.testing.assert_array_equal(got.quantities(["y", "x"]), got.states[:, ::-1])
    assert got.quantities([]).shape == (len(DAYS), 0, 3)


def test_property_a_patient_s_quantities_do_not_depend_on_its_neighbours_in_any_bit():
    got = followed(30)
    alone = simulate(
        MODEL,
        {"gain": got.parameters["gain"][[17]]},
        got.states[0][:, [17]],
        got.schedule.for_patients(np.array([17])),
        DAYS,
    )
    whole = got.quantities(["scaled", "dose_now"])
    np.testing.assert_array_equal(alone.quantities(["scaled", "dose_now"]), whole[..., [17]])


def test_property_one_compiled_function_whatever_a_schedule_moves():
    arms = [
        Schedule(),
        Schedule(holds=[Hold("dose", 1.0, 2.0, 4.0)]),
        Schedule(holds=[Hold("dose", 1.0, 2.0, np.arange(4.0))]),
        Schedule(courses=[Course("inflow", [0.0, 5.0], [0.0, 1.0])]),
    ]
    of = readout(MODEL.observe, 2, 3, (2, 5))
    before = of.read._cache_size()
    for arm in arms:
        followed(4, arm).quantities(["scaled", "clock"])
        followed(4, arm, varying=["gain"]).quantities(["scaled", "clock"])
    assert of.read._cache_size() == max(before, 1)


def test_unit_a_failed_patient_has_no_quantity_afterwards():
    states = np.ones((len(DAYS), 2, 3))
    states[20:, :, 1] = np.nan
    table = replace(followed(3), states=states).quantities(["scaled", "x"])
    assert np.isnan(table[20:, :, 1]).all()
    assert np.isfinite(table[:20]).all()
    assert np.isfinite(table[:, :, [0, 2]]).all()


def test_unit_unknown_quantities_are_named_together_with_the_nearest():
    with pytest.raises(InputError) as caught:
        followed(1).quantities(["scale", "x", "clocks"])
    assert len(caught.value.problems) == 2
    assert "Did you mean 'scaled'?" in str(caught.value)
    assert "Did you mean 'clock'?" in str(caught.value)


def test_unit_schedules_need_no_jax():
    code = """
import sys
from gutskin.engine import Course, Hold, Pulse, Schedule, run_chunks
assert "jax" not in sys.modules
from gutskin.engine import Trajectories, SimulationFailed, simulate
assert "jax" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
