"""The page's engine in node against the engine: the same model, compiled for another machine."""

from pathlib import Path

import numpy as np
import pytest
from browser import needs_browser
from web_engine import course_case, run_in_chromium, run_in_node, unpacked

from gutskin.engine import Course, Hold, Pulse, Schedule, simulate
from gutskin.model.compiled import load_model
from gutskin.page.compiled import compile_for_web
from gutskin.page.layout import FOLLOWING_STAGES as STAGES
from gutskin.page.layout import LONGEST_FOLLOWED as LONGEST
from gutskin.population.course import prepare
from gutskin.population.draw import draw_patients, draw_worlds
from gutskin.population.patient_file import load_patient
from gutskin.population.populations import find_population
from gutskin.population.steady_state import run_to_steady_state
from gutskin.population.streams import patient_keys

MODEL = load_model()
DAYS = 56
NEAR = 1e-6  # of each quantity's scale
BODIES = 50
FEW = 5
EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENTS = ("ad_child", "healthy_adult", "infant_from_birth")
WEEKS = np.arange(0.0, DAYS + 1, 7.0)
PLACES = ("node", pytest.param("chromium", marks=needs_browser))
NAMES = (*MODEL.state_ids, *MODEL.assigned_ids)


@pytest.fixture(scope="module")
def web():
    return compile_for_web(MODEL)


def bodies(count, population="ad_child"):
    """Children with eczema, each in a world of his own."""
    keys = patient_keys(0, "page", count)
    centres = {**MODEL.values(), **draw_worlds(MODEL, np.arange(count), 7, "evidence")}
    who = find_population(population, MODEL.biology)
    return draw_patients(MODEL, who, keys, 7, centres=centres).parameters


def random_schedule(random, count):
    """Anything that a schedule may move: inputs held or on lines, for all or one by one."""
    names = list(random.permutation(MODEL.input_ids))
    usual = MODEL.values()

    def value(name, several):
        size = max(usual[name], 0.5)
        return size * random.uniform(0.5, 1.5, count if several else None)

    holds = []
    for name in names[:6]:
        edges = np.sort(random.uniform(-5.0, DAYS + 5.0, 3)).round(int(random.integers(3)))
        if len(set(edges)) == 3:
            holds += [
                Hold(name, edges[0], edges[1], value(name, True)),
                Hold(name, edges[1], edges[2], value(name, False)),
            ]
    holds.append(Hold(names[6], 3.0, np.inf, value(names[6], False)))
    courses = [
        Course(
            name,
            np.sort(random.uniform(-5.0, DAYS + 5.0, 5)),
            np.stack([np.broadcast_to(value(name, several), count) for _ in range(5)])
            if several
            else [value(name, False) for _ in range(5)],
        )
        for name, several in zip(names[7:10], (True, False, True), strict=True)
    ]
    scales = dict(zip(MODEL.state_ids, MODEL.scales, strict=True))
    pulses = [
        Pulse(
            state,
            float(random.integers(0, DAYS + 1)),
            0.3 * scales[state] * random.uniform(size=count),
        )
        for state in random.choice(MODEL.state_ids, 6)
    ]
    return Schedule(holds, pulses, courses)


def compare(found, courses, names):
    """For each body the largest distance over the scale, and whether the steps were the same."""
    shape = (len(courses.times), len(names), courses.states.shape[2])
    ours, theirs = courses.quantities(names), unpacked(found["quantities"], shape)
    typical = dict(zip(MODEL.state_ids, MODEL.scales, strict=True))
    scale = np.nanmax(np.abs(ours), axis=(0, 2), keepdims=True)
    scale = np.maximum(scale, np.reshape([typical.get(name, 1e-9) for name in names], (1, -1, 1)))
    np.testing.assert_array_equal(found["failed"], courses.failed)
    np.testing.assert_array_equal(np.isnan(theirs), np.isnan(ours))
    return np.nanmax(np.abs(theirs - ours) / scale, axis=(0, 1)), found["steps"] == courses.steps


@pytest.mark.parametrize(
    ("rtol", "alike", "count"),
    [
        (1e-7, 1.0, FEW),
        pytest.param(1e-7, 1.0, BODIES, marks=pytest.mark.slow),
        (1e-3, 0.9, BODIES),
    ],
)
def test_agreement_any_schedule_of_any_bodies_takes_the_same_steps_to_the_same_values(
    web, tmp_path, rtol, alike, count
):
    """At a coarse tolerance the fastest states meet the limit of stability.

    There one rounding may decide a step; such bodies differ within the tolerance.
    """
    parameters = bodies(count)
    start = np.repeat(MODEL.initial("severe")[:, None], count, axis=1)
    schedules = [random_schedule(np.random.default_rng(seed), count) for seed in range(2)]
    cases = [
        course_case(parameters, start, one, WEEKS, NAMES, rtol=rtol, longest=LONGEST, stages=STAGES)
        for one in schedules
    ]
    for schedule, found in zip(schedules, run_in_node(tmp_path, web, cases), strict=True):
        courses = simulate(
            MODEL, parameters, start, schedule, WEEKS, rtol=rtol, h_max=LONGEST, stages=STAGES
        )
        distance, same = compare(found, courses, NAMES)
        assert same.mean() >= alike
        assert distance[same].max() < NEAR
        assert distance.max() < rtol


@needs_browser
def test_agreement_a_browser_takes_the_steps_and_has_the_values_of_the_engine(web, browser):
    """50 children at the tolerance of the page."""
    start = np.repeat(MODEL.initial("severe")[:, None], BODIES, axis=1)
    schedule, control = random_schedule(np.random.default_rng(3), BODIES), {"stages": STAGES}
    parameters = bodies(BODIES)
    case = course_case(
        parameters, start, schedule, WEEKS, NAMES, rtol=1e-3, longest=LONGEST, **control
    )
    (found,) = run_in_chromium(browser, web, [case])
    courses = simulate(
        MODEL, parameters, start, schedule, WEEKS, rtol=1e-3, h_max=LONGEST, **control
    )
    distance, same = compare(found, courses, NAMES)
    assert same.mean() >= 0.9
    assert distance[same].max() < NEAR
    assert distance.max() < 1e-3


@pytest.mark.parametrize("place", PLACES)
def test_agreement_the_example_patients_run_to_the_same_values(web, tmp_path, request, place):
    patients = [
        prepare(load_patient(EXAMPLES / f"{name}.toml"), DAYS, "evidence", MODEL)
        for name in PATIENTS
    ]
    cases = [
        course_case(
            one.parameters, one.start[:, None], one.schedule, WEEKS, NAMES,
            rtol=1e-7, longest=LONGEST, stages=STAGES,
        )
        for one in patients
    ]  # fmt: skip
    if place == "node":
        found = run_in_node(tmp_path, web, cases)
    else:
        found = run_in_chromium(request.getfixturevalue("browser"), web, cases)
    for one, got in zip(patients, found, strict=True):
        courses = simulate(
            MODEL, one.parameters, one.start[:, None], one.schedule, WEEKS,
            rtol=1e-7, h_max=LONGEST, stages=STAGES, varying=MODEL.input_ids,
        )  # fmt: skip
        distance, same = compare(got, courses, NAMES)
        assert same.all()
        assert distance.max() < NEAR


@pytest.mark.slow
def test_agreement_a_model_of_ones_own_is_compiled_where_no_linker_is(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("GUTSKIN_CACHE_DIR", str(tmp_path / "cache"))
    own = load_model(EXAMPLES / "overlay")
    web = compile_for_web(own)
    start, schedule = own.initial("severe")[:, None], Schedule()
    case = course_case(
        own.values(), start, schedule, WEEKS, NAMES, rtol=1e-7, longest=LONGEST, stages=STAGES
    )
    (found,) = run_in_node(tmp_path, web, [case])
    courses = simulate(
        own, own.values(), start, schedule, WEEKS, rtol=1e-7, h_max=LONGEST, stages=STAGES
    )
    distance, same = compare(found, courses, NAMES)
    assert same.all()
    assert distance.max() < NEAR


def test_agreement_bodies_settle_to_the_same_state(web, tmp_path):
    parameters = bodies(11)
    (found,) = run_in_node(
        tmp_path, web, [
            {
                "settle": True, "bodies": 11, "last": -14.0,
                "parameters": course_case(parameters, [0.0], Schedule(), [0.0], ())["parameters"],
            }
        ],
    )  # fmt: skip
    ours = run_to_steady_state(MODEL, parameters, 11, last=-14.0).end
    theirs = unpacked(found["end"], ours.shape)
    scale = np.maximum(np.abs(ours).max(axis=1, keepdims=True), MODEL.scales[:, None])
    assert np.max(np.abs(theirs - ours) / scale) < NEAR
