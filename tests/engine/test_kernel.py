"""The kernel of the processor against the integrator in JAX: the same steps, the same courses."""

import ast
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.engine import Course, Hold, Pulse, Schedule, processor, simulate, xla

FOLDER = Path(processor.__file__).parent
TIMES = np.array([0.0, 0.5, 3.0, 7.0, 40.0])


class Ring:
    """Twelve states with rates from 0.03 to 8 per day, saturation, feedback and a season."""

    state_ids = tuple(f"s{i}" for i in range(12))
    parameter_ids = ("gain", "drive", "dose", *(f"k{i}" for i in range(12)))
    assigned_ids = ()
    scales = np.ones(12)
    input_ids = ("drive",)

    def values(self, stance="evidence"):
        rates = np.geomspace(0.03, 8.0, 12)
        return {"gain": 1.0, "drive": 0.1, "dose": 0.2} | {f"k{i}": k for i, k in enumerate(rates)}

    def unit(self, name):
        return "1"

    def rhs(self, t, y, p):
        season = 1.0 + 0.3 * jnp.sin(2.0 * jnp.pi * t / 7.0)
        rows = []
        for i in range(12):
            other = y[(i + 3) % 12]
            saturated = other * other / (0.25 + other * other)
            drive = (p[1] * season if i % 4 == 0 else p[2]) * jnp.exp(-y[i])
            rows.append(p[3 + i] * (0.2 + p[0] * saturated + drive - y[i]))
        return jnp.array(rows)

    def observe(self, t, y, p):
        return y[:0]


class Sharing(Ring):
    """The same; it says which parameters differ between patients."""

    input_ids, individual_ids = ("drive", "dose"), ("gain", "k2")


class Mixing(Ring):
    """Two inputs act together, and each alone."""

    input_ids = ("drive", "dose")

    def rhs(self, t, y, p):
        both, alone = p[1] * p[2] / (p[1] + 0.3), jnp.exp(-p[2])
        return super().rhs(t, y, p) + (both - both * alone * p[0]) * jnp.cos(t) * alone


class Exploding(Ring):
    """x' = gain x^2 blows up at 1 / (gain x(0))."""

    state_ids, scales, individual_ids = ("x",), np.ones(1), ("gain",)

    def rhs(self, t, y, p):
        return jnp.array([p[0] * y[0] * y[0]])


def study(patients):
    rng = np.random.default_rng(5)
    days = np.arange(0.0, 41.0, 1.7)
    schedule = Schedule(
        holds=[Hold("dose", 1.3, 12.6, rng.uniform(0.5, 1.0, patients)), Hold("k3", 2.0, 4.0, 2.0)],
        pulses=[
            *(Pulse("s2", day, rng.uniform(0.0, 1.0, patients)) for day in (0.0, 4.1, 7.0)),
            *(Pulse(f"s{n}", 9.0, 0.1) for n in range(7)),
            Pulse("s5", 40.0, 1.0),
        ],
        courses=[Course("drive", days, rng.uniform(0.0, 0.5, (len(days), patients)))],
    )
    values = {"gain": rng.uniform(0.5, 2.0, patients), "k2": rng.uniform(0.1, 3.0, patients)}
    return values, rng.uniform(0.2, 2.0, (12, patients)), schedule


def both(monkeypatch, *arguments, **options):
    """The courses from the kernel and those from XLA."""
    found = simulate(*arguments, **options)
    with monkeypatch.context() as patch:
        patch.setattr(xla, "on_cpu", lambda: False)
        return found, simulate(*arguments, **options, lanes=128)


def assert_alike(found, other):
    """Equal within rounding, which the control of the step slowly feeds: day 40 is the last."""
    np.testing.assert_allclose(found.states[:4], other.states[:4], rtol=1e-10)
    np.testing.assert_allclose(found.states, other.states, rtol=1e-6)
    np.testing.assert_allclose(found.end, other.end, rtol=1e-6)


@pytest.mark.parametrize(
    "options",
    [{}, {"rtol": 1e-6}, {"h_max": 0.3}, {"atol": np.full(12, 1e-5)}, {"varying": ["k4"]}]
    + [{"stages": stages} for stages in (3, 5, 6)],
)
@pytest.mark.parametrize("model", [Ring(), Sharing()])
def test_double_programming_steps_and_courses_are_those_of_the_integrator(
    model, options, monkeypatch
):
    values, start, schedule = study(13)
    found, other = both(monkeypatch, model, values, start, schedule, TIMES, **options)
    np.testing.assert_array_equal(found.steps, other.steps)
    assert_alike(found, other)
    assert not found.failed.any()


def test_double_programming_a_ramp_of_a_parameter_that_is_no_input(monkeypatch):
    values, start, schedule = study(3)
    ramp = Course("k6", [0.0, 3.0, 20.0], [1.0, 5.0, 1.0])
    schedule = Schedule(schedule.holds, schedule.pulses, (*schedule.courses, ramp))
    found, other = both(monkeypatch, Sharing(), values, start, schedule, TIMES)
    np.testing.assert_array_equal(found.steps, other.steps)
    assert_alike(found, other)


def test_double_programming_two_inputs_ramp_at_once(monkeypatch):
    values, start, schedule = study(9)
    ramp = Course("dose", [0.0, 3.0, 20.0], [1.0, 0.2, 0.7])
    schedule = Schedule((), schedule.pulses, (*schedule.courses, ramp))
    found, other = both(monkeypatch, Mixing(), values, start, schedule, TIMES)
    np.testing.assert_array_equal(found.steps, other.steps)
    assert_alike(found, other)


def test_double_programming_single_precision(monkeypatch):
    values, start, schedule = study(20)
    found, other = both(monkeypatch, Ring(), values, start, schedule, TIMES, precision="single")
    exact = simulate(Ring(), values, start, schedule, TIMES, rtol=1e-8).states
    errors = [np.abs(one.states - exact).max() for one in (found, other)]
    assert errors[0] < 1.05 * errors[1]
    assert abs(found.steps.sum() / other.steps.sum() - 1.0) < 0.01


def test_double_programming_failures(monkeypatch):
    rate = np.array([0.01, 0.4, 0.02, 3.0])
    start = np.ones((1, 4))
    found, other = both(
        monkeypatch, Exploding(), {"gain": rate}, start, Schedule(), [0.0, 1.0, 5.0]
    )
    np.testing.assert_array_equal(found.failed, [False, True, False, True])
    np.testing.assert_allclose(found.failed_at, other.failed_at, rtol=1e-6)
    np.testing.assert_array_equal(np.isnan(found.states), np.isnan(other.states))


@pytest.mark.parametrize("precision", ["double", "single"])
def test_property_neighbours_workers_and_pieces_change_no_bit(precision):
    values, start, schedule = study(70)
    run = {"precision": precision}
    whole = simulate(Sharing(), values, start, schedule, TIMES, workers=1, **run)
    for options in ({"workers": 2}, {"workers": 3, "lanes": 24}, {"lanes": 1}):
        again = simulate(Sharing(), values, start, schedule, TIMES, **options, **run)
        np.testing.assert_array_equal(again.states, whole.states)
        np.testing.assert_array_equal(again.steps, whole.steps)
    chosen = np.array([69, 3, 3, 41, 8])
    part = simulate(
        Sharing(), {name: value[chosen] for name, value in values.items()}, start[:, chosen],
        schedule.for_patients(chosen), TIMES, **run,
    )  # fmt: skip
    np.testing.assert_array_equal(part.states, whole.states[:, :, chosen])


@pytest.mark.parametrize("precision", ["double", "single"])
def test_double_programming_tolerances_of_any_size(precision, monkeypatch):
    """None at all where a state is never zero, more than any number, and everything between."""
    values, start, schedule = study(5)
    atol = np.geomspace(1e-9, 1e3, 12)
    atol[[0, 7]] = 0.0, np.inf
    options = {"atol": atol, "precision": precision}
    found, other = both(monkeypatch, Ring(), values, start, schedule, TIMES, **options)
    assert not found.failed.any()
    assert abs(found.steps.sum() / other.steps.sum() - 1.0) < 0.01


@pytest.mark.parametrize("state", [0, 5, 11])
def test_unit_a_rate_that_is_no_number_is_never_lost(state):
    class Broken(Ring):
        def rhs(self, t, y, p):
            lost = jnp.where(t > 3.3, jnp.log(-p[0]), 0.0)
            rates = super().rhs(t, y, p)
            return jnp.array([rates[i] + lost if i == state else rates[i] for i in range(12)])

    courses = simulate(Broken(), {}, np.ones(12), Schedule(), [0.0, 2.0, 5.0])
    assert courses.failed.all()
    assert courses.failed_at[0] == pytest.approx(3.3, abs=1e-3)


def test_count_one_kernel_serves_every_schedule_and_two_every_set_of_patients():
    processor._kernel.cache_clear()
    model = Sharing()
    values, start, schedule = study(5)
    for plan in (schedule, Schedule(), Schedule(holds=[Hold("k7", 1.0, 2.0, 3.0)])):
        for given in ({}, {"gain": values["gain"]}, values):
            simulate(model, given, start, plan, TIMES)
    assert processor._kernel.cache_info().misses == 1
    simulate(model, {"k9": values["k2"]}, start, Schedule(), TIMES)
    simulate(model, {"k8": values["k2"]}, start, Schedule(), TIMES)
    assert processor._kernel.cache_info().misses == 2


def test_property_a_kernel_on_disk_is_named_by_all_the_code_that_writes_one():
    """Else a change of that code would go on using what the old code wrote."""
    package = "gutskin.engine."
    wanted, waiting = set(), ["kernel", "traced"]
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == package[:-1]:
                waiting += [one.name for one in node.names if one.name not in wanted]
            elif isinstance(node, ast.ImportFrom) and node.module.startswith(package):
                waiting += {node.module.removeprefix(package)} - wanted
    assert set(processor.SOURCES) == wanted


def test_unit_pieces_are_whole_groups_and_every_thread_has_one():
    assert processor.chunk_lanes(1, 2, "double", 128) == 8
    assert processor.chunk_lanes(100, 2, "double", 128) == 56
    assert processor.chunk_lanes(10_000, 2, "double", 128) == 128
    assert processor.chunk_lanes(100, 2, "single", 20) == 32


def test_property_drawn_patients_need_the_smaller_kernel_only():
    """What the draws of patients and worlds give is named by the model as individual."""
    from gutskin.model.compiled import load_model
    from gutskin.population import benchmark

    model = load_model()
    who = benchmark.children(model, 3, 7)
    own = {name for name, value in who.parameters.items() if np.ndim(value)}
    assert own <= {*model.individual_ids, *model.input_ids}
