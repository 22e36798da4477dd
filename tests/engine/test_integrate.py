"""Trajectories of patients against closed forms, an independent solver, and needed properties."""

from dataclasses import replace
from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from gutskin.engine import Course, Hold, Pulse, Schedule, SimulationFailed, simulate
from gutskin.errors import InputError

TIMES = np.array([0.0, 0.5, 3.0, 7.0])


class Linear:
    """x' = inflow - rate x; y' = x - 0.5 y; the season is given, the dose arrives as a pulse."""

    state_ids = ("x", "y")
    parameter_ids = ("rate", "inflow")
    assigned_ids = ("twice", "inflow_now")
    scales = np.ones(2)

    def values(self, stance="evidence"):
        return {"rate": 2.0, "inflow": 0.0}

    def unit(self, name):
        return "mg"

    def rhs(self, t, y, p):
        return jnp.array([p[1] - p[0] * y[0], y[0] - 0.5 * y[1]])

    def observe(self, t, y, p):
        return jnp.array([2.0 * y[0], p[1] + 0.0 * y[0]])


class Stiff(Linear):
    """Ten states with rates from 0.03 to 30 per day, saturation, feedback and a season."""

    state_ids = tuple(f"s{i}" for i in range(10))
    parameter_ids = ("gain", "drive", *(f"k{i}" for i in range(10)))
    scales = np.ones(10)
    rates = np.geomspace(0.03, 30.0, 10)

    def values(self, stance="evidence"):
        return {"gain": 1.0, "drive": 0.0} | {f"k{i}": k for i, k in enumerate(self.rates)}

    def rhs(self, t, y, p):
        season = 1.0 + 0.3 * jnp.sin(2.0 * jnp.pi * t / 7.0)
        rows = []
        for i in range(10):
            other = y[(i + 3) % 10]
            saturated = other * other / (0.25 + other * other)
            drive = p[1] * season if i % 4 == 0 else 0.0
            rows.append(p[2 + i] * (0.2 + p[0] * saturated + drive - y[i]))
        return jnp.array(rows)


class Exploding(Linear):
    """x' = rate x^2 blows up at 1 / (rate x(0))."""

    def rhs(self, t, y, p):
        return jnp.array([p[0] * y[0] * y[0], 0.0 * y[1]])


LINEAR, STIFF = Linear(), Stiff()


def stiff_study(patients=5):
    rng = np.random.default_rng(1)
    gain = rng.uniform(0.5, 2.0, patients)
    start = rng.uniform(0.2, 2.0, (10, patients))
    days = np.arange(0.0, 8.0)
    schedule = Schedule(
        holds=[Hold("k3", 1.3, 2.6, rng.uniform(0.5, 1.0, patients))],
        pulses=[Pulse("s2", 4.1, rng.uniform(0.0, 1.0, patients))],
        courses=[Course("drive", days, rng.uniform(0.0, 0.5, (8, patients)))],
    )
    return {"gain": gain}, start, schedule


def test_closed_form_decay_of_each_patient_at_its_own_rate():
    rate = np.array([0.1, 1.0, 10.0, 40.0])
    got = simulate(LINEAR, {"rate": rate}, np.ones((2, 4)), Schedule(), TIMES, rtol=1e-6)
    np.testing.assert_allclose(got.states[:, 0], np.exp(-np.outer(TIMES, rate)), atol=1e-5)
    assert not got.failed.any()


def test_closed_form_a_rate_of_40_per_day_stays_stable_for_a_year():
    got = simulate(LINEAR, {"rate": 40.0, "inflow": 40.0}, np.ones((2, 1)), Schedule(), [0, 365])
    np.testing.assert_allclose(got.states[-1, :, 0], [1.0, 2.0], rtol=2e-3)
    assert got.steps[0] < 365 * 6


def test_closed_form_hold_and_pulse_between_the_requested_times():
    held = Schedule(holds=[Hold("inflow", 0.71, 2.13, 3.0)], pulses=[Pulse("x", 4.37, 5.0)])
    got = simulate(LINEAR, {}, np.zeros((2, 1)), held, TIMES, rtol=1e-7)
    decay = np.exp(-2.0 * (TIMES - 2.13)) * 1.5 * (1.0 - np.exp(-2.0 * (2.13 - 0.71)))
    true = np.where(TIMES >= 2.13, decay, 0.0)
    true += np.where(TIMES >= 4.37, 5.0 * np.exp(-2.0 * (TIMES - 4.37)), 0.0)
    np.testing.assert_allclose(got.states[:, 0, 0], true, atol=5e-6)


def test_closed_form_input_on_a_straight_line():
    """x' = 3 t - 2 x from 0 gives x = 1.5 t - 0.75 (1 - exp(-2 t))."""
    ramp = Schedule(courses=[Course("inflow", [0.0, 7.0], [0.0, 21.0])])
    got = simulate(LINEAR, {}, np.zeros((2, 1)), ramp, TIMES, rtol=1e-7)
    true = 1.5 * TIMES - 0.75 * (1.0 - np.exp(-2.0 * TIMES))
    np.testing.assert_allclose(got.states[:, 0, 0], true, atol=1e-5)


def test_unit_a_value_at_a_jump_is_the_one_after_it():
    schedule = Schedule(
        holds=[Hold("inflow", 3.0, 7.0, 4.0)],
        pulses=[Pulse("x", 0.0, 1.0), Pulse("x", 3.0, 2.0), Pulse("y", 7.0, 3.0)],
    )
    got = simulate(LINEAR, {"rate": 0.0}, np.zeros((2, 1)), schedule, TIMES)
    np.testing.assert_allclose(got.states[:, 0, 0], [1.0, 1.0, 3.0, 19.0], rtol=1e-6)
    assert got.states[3, 1, 0] - got.end[1, 0] == pytest.approx(3.0)
    data = got.observe()
    np.testing.assert_allclose(data["twice"][:, 0], 2.0 * got.states[:, 0, 0])
    np.testing.assert_allclose(data["inflow_now"][:, 0], [0.0, 0.0, 4.0, 0.0])
    assert data["x"].dims == ("time", "patient")
    assert data["x"].attrs["units"] == "mg"


def test_reference_stiff_system_agrees_with_an_implicit_solver():
    parameters, start, schedule = stiff_study()
    got = simulate(STIFF, parameters, start, schedule, TIMES, rtol=1e-3)
    for patient in range(start.shape[1]):
        one = schedule.for_patients(np.array([patient]))

        def slope(t, y, one=one, patient=patient):
            values = STIFF.values() | {"gain": parameters["gain"][patient]}
            p = [one.values(name, [t], value)[0] for name, value in values.items()]
            p = [float(np.squeeze(value)) for value in p]
            season = 1.0 + 0.3 * np.sin(2.0 * np.pi * t / 7.0)
            other = np.roll(y, -3)
            drive = np.where(np.arange(10) % 4 == 0, p[1] * season, 0.0)
            return np.array(p[2:]) * (0.2 + p[0] * other**2 / (0.25 + other**2) + drive - y)

        y, row = start[:, patient].copy(), {0.0: start[:, patient].copy()}
        edges = np.union1d(schedule.breakpoints(), TIMES)
        for left, right in pairwise(edges):
            stop = np.nextafter(right, left)
            y = solve_ivp(slope, (left, stop), y, "LSODA", rtol=1e-9, atol=1e-10).y[:, -1]
            if right == 4.1:
                y[2] += schedule.pulses[0].add[patient]
            row[right] = y
        reference = np.array([row[time] for time in TIMES])
        np.testing.assert_allclose(got.states[:, :, patient], reference, rtol=3e-3)


def test_property_tighter_tolerance_is_nearer():
    parameters, start, schedule = stiff_study()

    def run(rtol):
        return simulate(STIFF, parameters, start, schedule, TIMES, rtol=rtol).states

    truth = run(1e-8)
    errors = [np.abs(run(rtol) / truth - 1.0).max() for rtol in (1e-2, 1e-3, 1e-4, 1e-5)]
    assert errors[1] < 2e-3
    assert sorted(errors, reverse=True) == errors


def test_property_single_precision_is_as_near_at_the_tolerance_of_a_trial():
    parameters, start, schedule = stiff_study()
    exact = simulate(STIFF, parameters, start, schedule, TIMES, rtol=1e-8).states
    single, double = (
        simulate(STIFF, parameters, start, schedule, TIMES, rtol=1e-2, precision=precision).states
        for precision in ("single", "double")
    )
    assert single.dtype == double.dtype == np.float64
    assert (single != double).any()
    np.testing.assert_allclose(single, double, atol=1e-4)
    assert np.abs(single - exact).max() < 1.01 * np.abs(double - exact).max()


def test_unit_a_tolerance_that_rounding_does_not_allow_is_refused():
    with pytest.raises(InputError, match=r"rtol is 1e-06.*Give one from 0\.0001"):
        simulate(LINEAR, {}, [1.0, 1.0], Schedule(), TIMES, rtol=1e-6, precision="single")


@pytest.mark.parametrize("stages", [2, 9])
def test_unit_a_number_of_stages_that_no_step_has_is_refused(stages):
    with pytest.raises(InputError, match=f"A step of {stages} stages.*from 3 to 8"):
        simulate(LINEAR, {}, [1.0, 1.0], Schedule(), TIMES, stages=stages)


def test_count_more_stages_bear_longer_steps_where_stability_bounds_them():
    """At a rate of 13 a day six stages take less than four fifths of the evaluations of four."""
    four, six = (
        simulate(LINEAR, {"rate": 13.0}, [1.0, 1.0], Schedule(), [0.0, 100.0], stages=stages,
                 h_max=longest, rtol=3e-2)
        for stages, longest in ((4, 0.7), (6, 1.6))
    )  # fmt: skip
    np.testing.assert_allclose(four.end, six.end, atol=1e-6)
    assert six.evaluations < 0.8 * four.evaluations


def test_count_a_bend_is_entered_with_the_step_that_fitted_at_the_last_one():
    """An input that turns every other day: a step that grew in the calm is not tried at a kink."""
    days = np.arange(0.0, 61.0, 2.0)
    zigzag = Course("inflow", days, 20.0 * (np.arange(len(days)) % 2))
    got = simulate(LINEAR, {"rate": 14.0}, [1.0, 1.0], Schedule(courses=[zigzag]), [0.0, 60.0])
    assert got.steps[0] < 19.0 * len(days)  # 20 with the step of the calm


def test_property_a_patient_s_course_does_not_depend_on_its_neighbours_in_any_bit():
    parameters, start, schedule = stiff_study(patients=150)
    whole = simulate(STIFF, parameters, start, schedule, TIMES)
    order = np.random.default_rng(2).permutation(150)
    for chosen in (order, np.array([77]), np.array([149, 3, 3])):
        part = simulate(
            STIFF,
            {"gain": parameters["gain"][chosen]},
            start[:, chosen],
            schedule.for_patients(chosen),
            TIMES,
        )
        np.testing.assert_array_equal(part.states, whole.states[:, :, chosen])
        np.testing.assert_array_equal(part.steps, whole.steps[chosen])


def test_property_a_difficult_neighbour_changes_no_bit():
    rate = np.array([0.5, 40.0, 3.0])
    pulses = [Pulse("x", day, np.array([0.0, 50.0, 1.0])) for day in (1.0, 2.5)]
    together = simulate(LINEAR, {"rate": rate}, np.ones((2, 3)), Schedule(pulses=pulses), TIMES)
    for patient in range(3):
        alone = Schedule(pulses=[replace(p, add=np.asarray(p.add)[[patient]]) for p in pulses])
        got = simulate(LINEAR, {"rate": rate[[patient]]}, np.ones((2, 1)), alone, TIMES)
        np.testing.assert_array_equal(got.states[:, :, 0], together.states[:, :, patient])


def test_property_doses_of_a_linear_model_superpose():
    early, late = Pulse("x", 0.3, 2.0), Pulse("x", 2.2, 5.0)
    runs = [
        simulate(LINEAR, {}, np.zeros((2, 1)), Schedule(pulses=pulses), TIMES, rtol=1e-7).states
        for pulses in ([early], [late], [early, late])
    ]
    np.testing.assert_allclose(runs[0] + runs[1], runs[2], atol=1e-6)


def test_property_later_start_gives_the_same_course_later():
    schedule = Schedule(holds=[Hold("inflow", 1.0, 2.0, 3.0)], pulses=[Pulse("y", 2.5, 1.0)])
    now = simulate(LINEAR, {}, np.ones((2, 1)), schedule, TIMES).states
    later = simulate(LINEAR, {}, np.ones((2, 1)), schedule.shifted(64.0), TIMES + 64.0).states
    np.testing.assert_allclose(later, now, rtol=1e-9)


def test_property_two_windows_are_one():
    parameters, start, schedule = stiff_study()
    whole = simulate(STIFF, parameters, start, schedule, [0.0, 4.1, 7.0], rtol=1e-6)
    first = simulate(STIFF, parameters, start, schedule, [0.0, 4.1], rtol=1e-6)
    second = simulate(STIFF, parameters, first.end, schedule, [4.1, 7.0], rtol=1e-6)
    np.testing.assert_allclose(second.states, whole.states[1:], rtol=1e-5)


def test_property_horizon_of_many_blocks_meets_a_short_one():
    """Segments are computed in blocks of 32: kinks and outputs on every day of 100."""
    days = np.arange(0.0, 101.0)
    wave = Schedule(courses=[Course("inflow", days, 1.0 + np.sin(days))])
    daily = simulate(LINEAR, {}, np.ones((2, 1)), wave, days, rtol=1e-6)
    few = simulate(LINEAR, {}, np.ones((2, 1)), wave, days[[0, 50, 100]], rtol=1e-6)
    np.testing.assert_allclose(few.states, daily.states[[0, 50, 100]], rtol=1e-5)


def test_property_naming_inputs_that_others_move_changes_nothing():
    plain = simulate(LINEAR, {}, np.ones((2, 1)), Schedule(), TIMES)
    named = simulate(LINEAR, {}, np.ones((2, 1)), Schedule(), TIMES, varying=["inflow"])
    np.testing.assert_allclose(named.states, plain.states, rtol=1e-12)


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("moment", [5e-324, 1e-241, 1e-12, 1e-7])
def test_unit_a_bend_a_moment_after_another_stops_nobody(moment, precision):
    ramp = Course("inflow", (0.0, moment, 3.0), (5.0, 0.0, 1.0))
    schedule = Schedule(holds=(Hold("rate", 0.0, moment, 4.0),), courses=(ramp,))
    courses = simulate(
        Linear(), {}, [0.0, 0.0], schedule, [0.0, 3.0], rtol=1e-4, precision=precision
    )
    other = Schedule(courses=(Course("inflow", (0.0, 3.0), (0.0, 1.0)),))
    smooth = simulate(Linear(), {}, [0.0, 0.0], other, [0.0, 3.0], rtol=1e-4, precision=precision)
    assert courses.states[-1] == pytest.approx(smooth.states[-1], rel=1e-3, abs=1e-5)


def test_unit_failed_patient_is_named_and_the_others_go_on():
    rate = np.array([0.01, 0.4, 0.02])
    got = simulate(Exploding(), {"rate": rate}, np.ones((2, 3)), Schedule(), [0.0, 1.0, 5.0])
    np.testing.assert_array_equal(got.failed, [False, True, False])
    assert np.isfinite(got.states[1]).all()
    assert np.isnan(got.states[2, :, 1]).all()
    np.testing.assert_allclose(got.states[2, 0, [0, 2]], [1 / 0.95, 1 / 0.9], rtol=2e-3)
    assert got.failed_at[1] == pytest.approx(2.5, abs=0.03)
    with pytest.raises(SimulationFailed, match=r"1 of 3 patients.*patient 1 \(day 2\.5"):
        got.raise_if_failed()


def test_unit_courses_without_failure_pass_through():
    got = simulate(LINEAR, {}, np.ones(2), Schedule(), [0.0, 1.0])
    assert got.raise_if_failed() is got
    assert got.evaluations > got.steps.sum() > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameters": {"rat": 1.0}}, "Did you mean 'rate'"),
        ({"parameters": {"rate": [1.0, 2.0, 3.0]}}, "batch of 2"),
        ({"parameters": {"rate": np.nan}}, "not finite"),
        ({"start": np.ones((3, 2))}, "2 states"),
        ({"start": np.array([[1.0, np.nan], [1.0, 1.0]])}, "'x' in patient 1"),
        ({"times": [0.0, 0.0]}, "do not increase"),
        ({"rtol": 1.0}, "rtol"),
        ({"varying": ["inflo"]}, "Did you mean 'inflow'"),
        ({"schedule": Schedule(pulses=[Pulse("z", 0.0, 1.0)])}, "no such state"),
        ({"schedule": Schedule(holds=[Hold("q", 0.0, 1.0, 1.0)])}, "no such parameter"),
        ({"schedule": Schedule(pulses=[Pulse("x", 0.0, [1.0] * 3)])}, "batch of 2"),
    ],
)
def test_unit_wrong_input_is_refused(change, message):
    given = {"parameters": {}, "start": np.ones((2, 2)), "schedule": Schedule(), "times": TIMES}
    with pytest.raises(InputError, match=message):
        simulate(LINEAR, **(given | change))


@pytest.mark.parametrize(("name", "value"), [("k_ph", 1e12), ("k_lipid", -5.0)])
def test_unit_the_shipped_model_out_of_its_range_fails_by_name_and_never_as_a_number(name, value):
    from gutskin.model.compiled import load_model

    model = load_model()
    courses = simulate(
        model, {name: value}, model.initial("severe"), Schedule(), np.arange(8.0), workers=1
    )
    assert courses.failed.all()
    assert np.isfinite(courses.failed_at).all()
