"""Files nobody would write: each is refused with its line, or gives schedules that hold."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trial_texts import FULL

from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.population.patient_file import load_patient
from gutskin.trials.interventions import moved, places_of, schedule_of
from gutskin.trials.plan import plan_trial

QUICK = settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
STRANGE = (
    "0", "-0.0", "1e308", "-1e308", "1e-308", "5e-324", "9223372036854775807", "1e20", "-1",
    "0.1", "nan", "inf", "-inf", '""', '"x"', "[]", "{}", "true", "[1e308]", "[nan]", "1979-05-27",
    "3", "[1]", "[[]]", "[{}]", "9" * 400,
)  # fmt: skip
WEEK = st.one_of(st.integers(0, 12), st.floats(-1, 1e4), st.floats())
AMOUNT = st.one_of(st.floats(0, 1), st.floats(0, 700), st.floats())
STRAINS = st.lists(st.sampled_from(["W23", "w23", "W51", "lgg", "W55", "nobody"]), max_size=8)
ANTIBIOTICS = st.sampled_from(["broad", "amoxicillin", "vancomycin", "Macrolide", "nobody"])
KEYS = {
    "probiotic": {"strains": STRAINS, "cfu_per_day": st.floats(0, 1e12)},
    "emollient": {"level": AMOUNT},
    "topical_steroid": {"level": AMOUNT},
    "antibiotic": {"days": AMOUNT, "name": ANTIBIOTICS},
    "maternal_probiotic": {
        "strains": STRAINS,
        "cfu_per_day": st.floats(0, 1e12),
        "weeks_before_birth": st.floats(-1, 50),
        "while_nursing": st.booleans(),
    },
    "fibre": {"factor": AMOUNT},
    "lactulose": {"g_per_day": AMOUNT},
    "washing": {"washes_per_day": AMOUNT},
    "dupilumab": {"loading_mg": AMOUNT, "dose_mg": AMOUNT, "every_weeks": AMOUNT},
}


def toml(value):
    """A value as TOML has it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, str | bool) else repr(value)


@st.composite
def interventions(draw):
    """One intervention, right or wrong."""
    kind = draw(st.sampled_from(sorted(KEYS)))
    own = {key: draw(value) for key, value in KEYS[kind].items()}
    times = draw(st.fixed_dictionaries({}, optional={"start_week": WEEK, "end_week": WEEK}))
    return {"kind": kind, **own, **times}


@QUICK
@given(received=st.lists(interventions(), max_size=3), weeks=st.integers(1, 12))
def test_property_a_trial_is_refused_with_lines_or_its_schedules_hold(tmp_path, received, weeks):
    path = tmp_path / "trial.toml"
    path.write_text(f"""\
name = "fuzz"
population = "ad_child"
[visits]
weeks = [0, {weeks}]
end_week = {weeks}
[[arms]]
name = "fuzzed"
n = 4
interventions = {toml(received)}
[[arms]]
name = "placebo"
n = 4
control = true
[analysis]
primary = "scorad"
endpoints = ["scorad"]
""")
    plan, wrong = None, ()
    try:
        plan = plan_trial(path, 10)
    except InputError as error:
        wrong = error.problems
    assert all(one.file == path and one.line == 9 for one in wrong), wrong
    assert (plan is None) == bool(wrong)
    if plan is None:
        return
    end = plan.design.end_week * 7
    own = {name: np.array([0.1, 0.9]) for name in moved(load_model())}
    for arm, of in zip(plan.design.arms, plan.arms, strict=True):
        care = {"emollient": 0.2, "topical_steroid": 0.05}
        given_ = schedule_of(
            load_model(),
            of.calendar,
            places_of(arm.interventions, load_model().tables),
            own,
            care,
            end,
            0.5,
        )
        assert all(0 <= one.start < one.end <= end for one in given_.holds)
        assert all(0 <= one.time < end and np.all(np.isfinite(one.add)) for one in given_.pulses)
        assert all(one.doses >= 1 for one in of.courses)


CONDUCT = "\n[conduct]\nadherence = 0.9\ndropout_share = 0.1\n"
PATIENT = """\
name = "full"
start = "settled"
population = "ad_child"
age_years = 6
days = 28
[parameters]
atopy = 2.2
[season]
amplitude = 0.3
peak_day = 45
[noise]
seed = 3
[[doses]]
kind = "probiotic"
strains = ["W23"]
cfu_per_day = 4e9
start_day = 1
end_day = 9
[[doses]]
kind = "wash"
day = 2.5
minutes = 10
[[doses]]
kind = "dupilumab"
loading_mg = 600
dose_mg = 300
every_days = 14
start_day = 0
[[holds]]
parameter = "emollient"
start_day = 1
end_day = 3
value = 0.5
[[pulses]]
state = "drug_1_depot"
day = 2
add = 100
[[courses]]
parameter = "pollen"
days = [0, 4]
values = [0, 1]
[numerics]
rtol = 1e-6
longest_step_days = 0.5
"""
EVENTS = """\
name = "events"
population = "ad_adult"
[visits]
weeks = [0, 4, 8]
[[arms]]
name = "mix"
n = 10
interventions = [{ kind = "fibre", factor = 2 }]
[[arms]]
name = "placebo"
n = 10
control = true
[conduct]
rescue = true
[discontinuation]
share = 0.1
if_no_better = 0.2
if_worse = 0.1
kinds = ["fibre"]
[rescue]
stops_product = true
interventions = [{ kind = "topical_steroid", level = 0.8 }]
[[estimands]]
name = "one"
label = "One"
population = "mild"
endpoint = "easi75"
week = 4
summary = "risk ratio"
strategies = { rescue = "composite", dropout = "hypothetical" }
[[estimators]]
name = "two"
method = "g-computation"
missing = "non-responder"
strategies = { discontinuation = "while on treatment" }
[[subgroups]]
name = "mild"
easi = [0, 20]
[analysis]
primary = "easi"
endpoints = ["easi", "easi75"]
week = 4
"""
CROSSOVER = """\
name = "crossover"
population = "ad_adult"
[visits]
weeks = [0, 4, 8, 12]
[crossover]
periods = [[0, 4], [8, 12]]
[[arms]]
name = "first"
n = 10
[[arms]]
name = "then"
n = 10
control = true
[analysis]
primary = "easi"
endpoints = ["easi"]
"""
ARRIVAL = """\
name = "arrival"
population = "ad_child"
[visits]
weeks = [0, 4, 8, 12]
screening_weeks = 4
[eligibility]
scorad = [25, 103]
[randomisation]
block_sizes = [4, 6]
ratio = [1, 1]
adjust = true
[[randomisation.strata]]
by = "scorad"
cuts = [40, 60]
[[randomisation.strata]]
by = "sensitised"
[seasons]
amplitude = 0.3
peak_week = 3
starts = [36, 60]
[extension]
from_week = 8
share = 0.9
share_if_no_better = 0.5
[[arms]]
name = "mix"
n = 11
[[arms]]
name = "placebo"
n = 10
control = true
[analysis]
primary = "scorad"
endpoints = ["scorad"]
week = 8
"""
ALONE = """\
name = "alone"
population = "ad_adult"
[visits]
weeks = [0, 4]
[[arms]]
name = "mix"
n = 10
control = false
[analysis]
primary = "easi"
endpoints = ["easi"]
"""
FILES = {
    "events": (EVENTS, lambda path: plan_trial(path, 10)),
    "crossover": (CROSSOVER, lambda path: plan_trial(path, 10)),
    "arrival": (ARRIVAL, lambda path: plan_trial(path, 10)),
    "single arm": (ALONE, lambda path: plan_trial(path, 10)),
    "trial": (FULL + CONDUCT, lambda path: plan_trial(path, 10)),
    "patient": (PATIENT, load_patient),
}


@pytest.mark.parametrize("kind", FILES)
def test_the_files_without_a_change_are_right(tmp_path, kind):
    text, read = FILES[kind]
    path = tmp_path / "file.toml"
    path.write_text(text)
    assert read(path)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_no_value_of_any_key_raises_anything_but_an_error_with_its_line(
    tmp_path, kind, value, step
):
    """Every value and every key, and of their pairs every fourth in every run of the tests."""
    text, read = FILES[kind]
    path, lines = tmp_path / "file.toml", text.splitlines()
    for i, line in enumerate(lines):
        if " = " not in line or (i + STRANGE.index(value)) % step:
            continue
        key = line.split(" = ")[0]
        path.write_text("\n".join([*lines[:i], f"{key} = {value}", *lines[i + 1 :]]))
        found = ()
        try:
            read(path)
        except InputError as error:
            found = error.problems
        assert all(one.line or one.file is None for one in found), (key, found)
