"""Patients who could not be computed: who is one, and his file, followed to the same numbers."""

import pickle
import tomllib
from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.engine import Course, Hold, Pulse, Schedule, SimulationFailed, simulate
from gutskin.model.compiled import load_model
from gutskin.population import bounds
from gutskin.population.course import follow, prepare
from gutskin.population.patient_file import load_patient
from gutskin.population.populations import Marginal
from gutskin.population.streams import name_number, patient_keys
from gutskin.trials import failures, screening
from gutskin.trials.conduct import WorkCounter, conduct_batch
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.study import prepare as prepare_study

DESIGN = TrialDesign.model_validate(
    {
        "name": "tiny",
        "population": "ad_child",
        "visits": {"weeks": (0.0, 1.0)},
        "arms": ({"name": "active", "n": 2}, {"name": "placebo", "n": 2, "control": True}),
        "analysis": {"primary": "scorad", "endpoints": ("scorad",)},
    }
)
PATIENTS = 3
INFANTS = TrialDesign.model_validate(
    {
        "name": "infants",
        "population": "ad_child",
        "visits": {"weeks": (0.0, 13.0, 26.0)},
        "conduct": {"dropout_share": 0.0},
        "arms": (
            {"name": "active", "n": 6, "interventions": (
                {"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 1e10},
            )},
            {"name": "placebo", "n": 6, "control": True},
        ),
        "analysis": {"primary": "scorad", "endpoints": ("scorad", "total_ige")},
    }
)  # fmt: skip
HARM = -6.0  # factor of a strain: six times the class effect, the other way


def test_the_file_of_a_patient_gives_his_course_again_whatever_moved(tmp_path, monkeypatch):
    model = load_model()
    study = prepare_study(DESIGN, model, 1, 1, "evidence")
    keys = patient_keys(0, "active", PATIENTS)
    patients = screening.patients_of(study, keys)
    off = {"s_m47": 0.0, "s_m24": 0.5}  # one mechanism off, one halved
    shares = np.linspace(0.6, 1.2, PATIENTS)
    central = model.values()
    schedule = Schedule(
        [Hold("emollient", 9.0, 12.0, 0.5 * shares), Hold("tewl_scale", 11.0, 99.0, 30.0)],
        [Pulse("drug_1_depot", 10.5, 100.0 * shares), Pulse("gut_treg", 12.0, 0.1)],
        [Course("k_barrier", [9.0, 13.0], central["k_barrier"] * np.array([shares, 2 * shares]))],
    )
    start = np.repeat(model.initial("severe")[:, None], PATIENTS, axis=1) * shares
    start[[name in model.signed_ids for name in model.state_ids]] = -2.0
    times = np.arange(10.0, 15.0)
    courses = simulate(model, patients.parameters | off, start, schedule, times, rtol=1e-6)
    with monkeypatch.context() as patch:
        patch.setattr(bounds, "BEYOND", 1e-9)  # everybody is named
        found = failures.checked(
            study, keys, "follow-up", courses, start, numerics=(1e-6, "double", None)
        )
    assert len(found.failures) == PATIENTS
    names = (*model.state_ids, "tewl_lesional", "scorad")
    seen = courses.quantities(names)
    for one in found.failures:
        path = tmp_path / "patient.toml"
        path.write_text(failures.to_toml(one))
        again = follow(prepare(load_patient(path), model=model)).quantities
        for place, name in enumerate(names):
            true = seen[:, place, one.index]
            np.testing.assert_allclose(
                again[name], true, rtol=1e-4, atol=1e-4 * np.abs(true).max(), err_msg=name
            )


def harmed(design, ages, monkeypatch):
    """A study of children of these ages (years) in which the strains do harm in every world."""
    whole = screening.find_population(design.population[0], load_model().biology)
    young = {**whole.covariates, "age_years": Marginal("uniform", ages)}
    monkeypatch.setattr(
        screening, "find_population", lambda *named: replace(whole, covariates=young)
    )
    study = prepare_study(design, load_model(), 2, 1, "evidence")
    traits = {arm: dict(values) for arm, values in study.traits.items()}
    traits["active"] |= {f"factor_strain_{place}": np.full(2, HARM) for place in range(1, 7)}
    return replace(study, traits=traits)


def test_trial_of_infants_leaves_nobody_out_for_having_got_worse(monkeypatch):
    study = harmed(INFANTS, (0.3, 0.6), monkeypatch)
    part = conduct_batch(study, 2, WorkCounter(None, 24, 2))
    assert part.failures == ()
    measured, latent = (part.data[name].sel(endpoint="scorad") for name in ("measured", "latent"))
    assert np.isfinite(measured).all()
    assert np.isfinite(latent).all()
    last = latent.isel(visit=-1)
    worse = last.sel(given="active") - last.sel(given="placebo")
    assert (worse.mean(("arm", "patient")) > 1.0).all()


def test_unit_an_infant_whose_tolerance_falls_below_nothing_is_computed():
    model = load_model()
    own = {"age_at_start": 60.0, "imprint_strain_1": HARM, "dose_strain_1": 10.0}
    own |= {"survival_strain_1": 0.3, "viable_strain_1": 1.0}
    start = model.initial("birth_vaginal")
    courses = simulate(model, own, start, Schedule(), np.arange(0.0, 360.0, 30.0))
    place = model.state_ids.index("tolerance_imprint")
    assert courses.states[:, place].min() < -bounds.BELOW * model.scales[place]
    assert bounds.refuse_unsound(model, courses) is courses


def test_infants_on_the_worst_and_the_best_strain_that_may_be_written_are_computed():
    """The ends of the domains of a strain's axes, from birth on the largest dose of a day, where
    the imprint counts most: memory has no room for more than some tens of the usual."""
    model = load_model()
    corners = np.array(list(product((-20.0, -8.0, 8.0, 20.0), (-20.0, -6.0, 6.0, 20.0)))).T
    most = model.tables.parameters["g_imprint"].number("high")
    own = {"age_at_start": 0.0, "atopy": 1.5, "sensitised_acquires": 1.0, "g_imprint": most}
    own |= {"dose_strain_1": 1000.0, "survival_strain_1": 0.4, "viable_strain_1": 1.0}
    own |= {"imprint_strain_1": corners[0], "factor_strain_1": corners[1]}
    start = np.repeat(model.initial("birth_vaginal")[:, None], corners.shape[1], axis=1)
    courses = simulate(model, own, start, Schedule(), np.arange(0.0, 1100.0, 50.0))
    assert bounds.refuse_unsound(model, courses) is courses
    memory = courses.states[-1, model.state_ids.index("blood_th2_memory")]
    worst, best = memory[corners[0] < 0], memory[corners[0] > 0]
    assert worst.min() > best.max()  # who was harmed is worse, and is there
    assert memory.max() < model.values()["memory_room"]


def test_unit_an_amount_below_nothing_is_named_with_its_day():
    model = load_model()
    start = model.initial("healthy_adult")
    fall = Schedule(pulses=[Pulse("gut_treg", 2.0, -5.0)])
    courses = simulate(model, {}, start, fall, [0.0, 1.0, 2.0])
    with pytest.raises(SimulationFailed, match=r"patient 0, day 2: gut_treg is -4(\.0\d*)?\. Look"):
        bounds.refuse_unsound(model, courses)


def lost(count, **given):
    usual = {"replicate": 0, "arm": "active", "stage": "follow-up", "day": 3.0, "why": "it fell"}
    return [failures.Failure(**{**usual, "index": i, "patient": {}, **given}) for i in range(count)]


def test_closed_form_one_patient_in_a_thousand_may_be_left_out_and_no_more():
    failures.refuse(lost(1), 1000)
    failures.refuse(lost(2), 2000)
    failures.refuse([], 0)
    with pytest.raises(failures.TooMany, match="1 of 999 patients could not be computed"):
        failures.refuse(lost(1), 999)


def test_closed_form_who_failed_at_two_stages_is_one_patient():
    twice = [*lost(1), *lost(1, stage="settling")]
    failures.refuse(twice, 1000)
    other = [*lost(1), *lost(1, arm="placebo")]
    with pytest.raises(failures.TooMany, match="2 of 1,000 patients"):
        failures.refuse(other, 1000)


def test_unit_three_failures_are_named_and_the_others_counted():
    with pytest.raises(failures.TooMany) as caught:
        failures.refuse(lost(3), 10)
    assert "Candidate 2 of arm active, replicate 0, follow-up, day 3: it fell." in str(caught.value)
    assert " more. Look" not in str(caught.value)
    with pytest.raises(failures.TooMany) as caught:
        failures.refuse(lost(5), 10)
    assert "Candidate 3" not in str(caught.value)
    assert "And 2 more. Look" in str(caught.value)
    assert len(caught.value.failures) == 5
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.failures) == (str(caught.value), caught.value.failures)


def test_unit_the_file_of_a_failure_is_named_by_patient_and_stage():
    (one,) = lost(1, replicate=12, stage="noisy weeks")
    assert one.file_name == "00000012-active-0-noisy-weeks.toml"
    assert one.to_json()["day"] == 3.0


def made_up(count=3, **given):
    """Courses from day 10 to 12.5 that were never simulated; healthy but for what is given."""
    model = load_model()
    state = np.repeat(model.initial("healthy_adult")[:, None], count, axis=1)
    parameters = {**model.values(), "age_at_start": 100.0 * np.arange(1, count + 1)}
    usual = {
        "times": np.array([10.0, 11.0, 12.5]), "states": np.stack([state] * 3),
        "failed": np.zeros(count, bool), "failed_at": np.full(count, np.nan),
        "parameters": parameters, "schedule": Schedule(),
    }  # fmt: skip
    return SimpleNamespace(**{**usual, **given})


def checked(courses, numerics=(1e-2, "single", None), **read):
    study = SimpleNamespace(design=DESIGN, stance="evidence", model=load_model())
    keys = np.array([[4, name_number("placebo"), 9], [4, name_number("active"), 1],
                     [5, name_number("placebo"), 0]], np.uint32)  # fmt: skip
    start = courses.states[0] + np.arange(3.0)
    return failures.checked(study, keys, "follow-up", courses, start, numerics=numerics, **read)


def test_unit_who_failed_is_told_with_his_name_day_and_reason():
    failed, at = np.array([False, False, True]), np.array([np.nan, np.nan, 11.4])
    courses = made_up(failed=failed, failed_at=at)
    place = load_model().state_ids.index("gut_treg")
    courses.states[1:, place, 0] = -4.0, -5.0
    courses.states[2:, :, 2] = np.nan
    found = checked(courses)
    np.testing.assert_array_equal(found.lost, [True, False, True])
    first, last = found.failures
    assert (first.replicate, first.arm, first.index, first.stage) == (4, "placebo", 9, "follow-up")
    assert (first.day, first.why) == (11.0, "gut_treg is -4")
    assert first.patient["name"] == "tiny, replicate 4, placebo, candidate 9, follow-up"
    assert (last.replicate, last.arm, last.index, last.day) == (5, "placebo", 0, 11.4)
    assert "grows without bound" in last.why


def test_unit_a_true_value_outside_its_scale_is_a_failure():
    endpoints = endpoints_of(load_model(), ("scorad", "il5"))
    values = np.ones((2, 3, 3))  # [endpoint, time, patient]
    values[0, 2, 1] = 1000.0
    assert not checked(made_up()).lost.any()
    found = checked(made_up(), endpoints=endpoints, values=values)
    np.testing.assert_array_equal(found.lost, [False, True, False])
    (one,) = found.failures
    assert (one.arm, one.day) == ("active", 12.5)
    assert one.why == "SCORAD is 1000, outside 0 to 103"


def file_of(courses, lane, numerics=(1e-2, "single", None)):
    """The patient file of one of three, all of whom are named."""
    place = load_model().state_ids.index("gut_treg")
    courses.states[2, place] = -9.0
    return checked(courses, numerics).failures[lane].patient


def test_closed_form_a_stage_is_written_from_its_own_first_day():
    """Day 10 becomes day 0; what ended by then is left out, what had begun begins with it."""
    shares = np.array([1.0, 2.0, 3.0])
    schedule = Schedule(
        [Hold("emollient", 4.0, 10.0, 0.9), Hold("emollient", 10.0, 11.0, 0.1 * shares),
         Hold("pollen", 3.0, 99.0, 0.5), Hold("washing", 11.5, 12.0, 7.0)],
        [Pulse("drug_1_depot", 9.5, 50.0), Pulse("drug_1_depot", 10.0, 100.0 * shares),
         Pulse("gut_treg", 12.0, 0.1)],
        [Course("stress", [10.0, 12.0], np.array([shares, 4 * shares])),
         Course("allergen_skin", [9.0, 13.0], np.array([1.0, 2.0]))],
    )  # fmt: skip
    told = file_of(made_up(schedule=schedule), 1, (1e-6, "double", 0.05))
    assert (told["start"], told["days"]) == ("given", 3)
    assert told["age_years"] == pytest.approx(210.0 / 365.25)
    assert told["numerics"] == {"rtol": 1e-6, "precision": "double", "longest_step_days": 0.05}
    assert told["holds"] == [
        {"parameter": "emollient", "start_day": 0.0, "end_day": 1.0, "value": 0.2},
        {"parameter": "pollen", "start_day": 0.0, "end_day": 89.0, "value": 0.5},
        {"parameter": "washing", "start_day": 1.5, "end_day": 2.0, "value": 7.0},
    ]
    assert told["pulses"] == [
        {"state": "drug_1_depot", "day": 0.0, "add": 200.0},
        {"state": "gut_treg", "day": 2.0, "add": 0.1},
    ]
    assert told["courses"] == [
        {"parameter": "stress", "days": [0.0, 2.0], "values": [2.0, 8.0]},
        {"parameter": "allergen_skin", "days": [-1.0, 3.0], "values": [1.0, 2.0]},
    ]
    model = load_model()
    assert list(told["states"]) == list(model.state_ids)
    start = model.initial("healthy_adult") + 1.0
    np.testing.assert_array_equal(list(told["states"].values()), start)


def test_unit_only_what_differs_from_the_centre_is_written():
    own = {"atopy": np.array([1.0, 2.5, 1.0]), "s_m47": 0.0, "s_m24": np.array([0.5, 2.0, 0.5])}
    courses = made_up()
    courses.parameters |= own
    told = file_of(courses, 1)
    assert told["parameters"] == {"atopy": 2.5}
    assert told["switches"] == {"M47": False}
    assert told["holds"] == [{"parameter": "s_m24", "start_day": 0.0, "end_day": 4.0, "value": 2.0}]
    assert told["numerics"] == {"rtol": 1e-2, "precision": "single"}


def test_closed_form_a_stage_of_an_instant_lasts_a_day():
    courses = made_up(times=np.array([10.0, 10.0, 10.0]))
    assert file_of(courses, 0)["days"] == 1


def test_property_a_patient_file_says_in_toml_what_it_was_made_of():
    patient = {
        "name": 'he said "µ"\n', "days": 3, "age_years": 0.1 + 0.2, "numerics": {"rtol": 1e-2},
        "switches": {"M47": False, "M07": True}, "parameters": {}, "holds": [],
        "pulses": [{"state": "gut_treg", "day": 2.0}, {"state": "skin_treg", "day": -1e-300}],
        "courses": [{"parameter": "stress", "days": [0.0, 1.5], "values": [1.0, 2.0]}],
    }  # fmt: skip
    (one,) = lost(1, patient=patient)
    text = failures.to_toml(one)
    assert tomllib.loads(text) == {name: value for name, value in patient.items() if value != []}
    first, second, *_ = text.splitlines()
    assert first == f"# {one}"
    assert "gutskin simulate" in second
    assert text.endswith("\n")
