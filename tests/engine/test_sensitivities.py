"""Derivatives through the integrator: against closed forms and finite differences."""

import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.engine import Course, Hold, Pulse, Schedule, sensitivities, simulate
from gutskin.errors import InputError

TIMES = np.array([0.0, 0.5, 3.0, 7.0])


class Loop:
    """Saturating feedback between a fast and a slow state, under a dose and a season."""

    state_ids = ("fast", "slow")
    parameter_ids = ("rate", "gain", "dose", "drive")
    assigned_ids = ("ratio",)
    scales = np.ones(2)

    def values(self, stance="evidence"):
        return {"rate": 6.0, "gain": 1.5, "dose": 0.2, "drive": 0.3}

    def unit(self, name):
        return "1"

    def rhs(self, t, y, p):
        season = 1.0 + 0.2 * jnp.sin(t)
        return jnp.array([
            p[0] * (p[2] + p[1] * y[1] ** 2 / (0.5 + y[1] ** 2) - y[0]),
            0.3 * (season * y[0] + p[3] - y[1]),
        ])  # fmt: skip

    def observe(self, t, y, p):
        return jnp.array([p[1] * y[0] / (y[1] + p[2])])


MODEL = Loop()
SCHEDULE = Schedule(
    holds=[Hold("dose", 1.0, 2.5, 1.0)],
    pulses=[Pulse("slow", 4.0, 0.7)],
    courses=[Course("drive", [2.0, 5.0], [0.3, 0.9])],
)


def differences(run, values, name, step=1e-5):
    """Central differences by a parameter, over all patients at once."""
    up, down = (run(values | {name: values[name] + sign * step}) for sign in (1.0, -1.0))
    return (up - down) / (2.0 * step)


@pytest.mark.parametrize("plan", [Schedule(), SCHEDULE])
def test_reference_finite_differences_of_states_and_quantities(plan):
    rng = np.random.default_rng(3)
    values = {"rate": rng.uniform(3.0, 9.0, 3), "gain": rng.uniform(1.0, 2.0, 3), "dose": 0.2}
    start, names = rng.uniform(0.3, 1.0, (2, 3)), ["ratio", "slow", "fast"]
    given = {"rtol": 1e-9, "varying": ["dose"]}
    got = sensitivities(MODEL, values, start, plan, TIMES, ["rate", "gain", "dose"], **given)

    def run(values):
        return simulate(MODEL, values, start, plan, TIMES, **given).quantities(names)

    found = got.quantities(names)
    for number, name in enumerate(got.by):
        true = differences(run, values, name)
        np.testing.assert_allclose(found[number], true, atol=1e-4 * np.abs(true).max())
    np.testing.assert_allclose(
        got.courses.states, simulate(MODEL, values, start, plan, TIMES, **given).states, rtol=1e-9
    )


def relative(model, values, by, derivatives):
    """Change by a share of each parameter, not by a unit, so that they can be compared."""
    known = model.values() | values
    return np.array([known[name] * one for name, one in zip(by, derivatives, strict=True)])


def test_reference_finite_differences_at_the_tolerance_that_is_the_default():
    rng = np.random.default_rng(3)
    values = {"rate": rng.uniform(3.0, 9.0, 3), "gain": rng.uniform(1.0, 2.0, 3), "dose": 0.2}
    start, by = rng.uniform(0.3, 1.0, (2, 3)), ["rate", "gain", "dose"]
    names = ["ratio", "slow", "fast"]
    got = sensitivities(MODEL, values, start, SCHEDULE, TIMES, by)

    def run(values):
        return simulate(MODEL, values, start, SCHEDULE, TIMES, rtol=1e-9).quantities(names)

    true = relative(MODEL, values, by, [differences(run, values, name) for name in by])
    found = relative(MODEL, values, by, got.quantities(names))
    for name in range(len(names)):  # each quantity in its own unit
        largest = np.abs(true[:, :, name]).max()
        np.testing.assert_allclose(
            found[:, :, name], true[:, :, name], rtol=0.0, atol=1e-4 * largest
        )


def test_reference_a_start_that_moves_with_the_parameter():
    """Settled first, then followed: the derivative goes on where the first window ended."""
    given = {"rtol": 1e-8}
    whole = sensitivities(MODEL, {}, [1.0, 1.0], SCHEDULE, [0.0, 3.0, 7.0], ["gain"], **given)
    first = sensitivities(MODEL, {}, [1.0, 1.0], SCHEDULE, [0.0, 3.0], ["gain"], **given)
    second = sensitivities(
        MODEL, {}, first.courses.end, SCHEDULE, [3.0, 7.0], ["gain"],
        start_by=first.states[:, -1], **given,
    )  # fmt: skip
    np.testing.assert_allclose(second.states[:, -1], whole.states[:, -1], rtol=1e-5)


def test_count_derivatives_take_the_steps_of_the_states_and_no_others():
    plain = simulate(MODEL, {}, [1.0, 1.0], SCHEDULE, TIMES, rtol=1e-4)
    got = sensitivities(MODEL, {}, [1.0, 1.0], SCHEDULE, TIMES, ["rate", "gain"], rtol=1e-4)
    assert got.courses.evaluations == plain.evaluations
    np.testing.assert_array_equal(got.courses.steps, plain.steps)


def test_unit_wrong_input_is_refused():
    with pytest.raises(InputError, match="Did you mean 'gain'"):
        sensitivities(MODEL, {}, [1.0, 1.0], Schedule(), TIMES, ["gian"])
    with pytest.raises(InputError, match="No parameter is named"):
        sensitivities(MODEL, {}, [1.0, 1.0], Schedule(), TIMES, [])
    with pytest.raises(InputError, match="start_by has shape"):
        sensitivities(MODEL, {}, [1.0, 1.0], Schedule(), TIMES, ["gain"], start_by=np.ones(2))
    with pytest.raises(InputError, match="Did you mean 'ratio'"):
        sensitivities(MODEL, {}, [1.0, 1.0], Schedule(), TIMES, ["gain"]).quantities(["rati"])


@pytest.mark.slow
def test_reference_finite_differences_on_the_shipped_model():
    """Settled children under doses; every parameter against steps in the same numbers."""
    from gutskin.model.compiled import load_model

    model = load_model()
    by = ["k_barrier", "k_filaggrin", "k_ph", "severity_scale"]
    start = model.initial("severe")
    given = {"rtol": 1e-8, "workers": 1}
    days = np.array([0.0, 3.0, 7.0])
    dosed = Schedule(holds=[Hold("dose_strain_1", 1.0, 5.0, 1.0)])
    got = sensitivities(model, {}, start, dosed, days, by, **given)
    default = sensitivities(model, {}, start, dosed, days, by).quantities(["scorad"])
    found, differs = got.quantities(["scorad"]), []
    for number, name in enumerate(by):
        centre = model.values()[name]
        step = 1e-4 * centre

        def run(values):
            return simulate(model, values, start, dosed, days, **given).quantities(["scorad"])

        true = differences(run, {name: centre}, name, step)
        np.testing.assert_allclose(found[number], true, atol=1e-4 * np.abs(true).max())
        differs.append(true)
    true = relative(model, {}, by, differs)
    np.testing.assert_allclose(
        relative(model, {}, by, default), true, rtol=0.0, atol=1e-4 * np.abs(true).max()
    )
