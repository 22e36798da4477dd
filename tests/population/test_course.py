"""What a patient file becomes: parameters, start and schedule, before anything is simulated."""

import json

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.population.course import _parameters, follow, prepare
from gutskin.population.patient_format import PatientFile
from gutskin.population.populations import find_population


def patient(**given):
    return PatientFile.model_validate({"start": "healthy_adult", "name": "A", **given})


def courses(schedule):
    return {one.parameter: one for one in schedule.courses}


def test_closed_form_the_season_is_a_cosine_with_its_peak():
    case = prepare(patient(season={"amplitude": 0.5, "peak_day": 10.0}), days=30)
    season = courses(case.schedule)["season"]
    np.testing.assert_array_equal(season.times, np.arange(31.0))
    turn = 2 * np.pi * (np.arange(31.0) - 10.0) / 365.25
    np.testing.assert_allclose(season.values, 1 + 0.5 * np.cos(turn))
    usual = prepare(patient(season={"amplitude": 0.5}), days=3).schedule
    assert courses(usual)["season"].values[0] == 1.5  # the peak of a file that names none


def test_unit_noise_moves_the_challenge_of_the_skin_by_its_seed_alone():
    def lived(seed):
        return courses(prepare(patient(noise={"seed": seed}), days=20).schedule)["stress"]

    one, same, other = lived(3), lived(3), lived(4)
    assert np.ndim(one.values) == 1
    assert one.times[0] == 0.0
    np.testing.assert_array_equal(one.values, same.values)
    assert not np.array_equal(one.values, other.values)
    assert courses(prepare(patient(), days=20).schedule) == {}


def test_unit_holds_pulses_and_courses_of_the_file_are_in_the_schedule():
    case = prepare(
        patient(
            holds=({"parameter": "emollient", "start_day": 1.0, "end_day": 5.0, "value": 0.5},),
            pulses=({"state": "drug_1_depot", "day": 2.0, "add": 300.0},),
            courses=({"parameter": "pollen", "days": (0.0, 9.0), "values": (0.0, 2.0)},),
        )
    )
    (hold,), (pulse,) = case.schedule.holds, case.schedule.pulses
    assert (hold.parameter, hold.start, hold.end, hold.value) == ("emollient", 1.0, 5.0, 0.5)
    assert (pulse.state, pulse.time, pulse.add) == ("drug_1_depot", 2.0, 300.0)
    assert tuple(courses(case.schedule)["pollen"].values) == (0.0, 2.0)


def test_closed_form_the_age_is_his_own_or_that_of_the_population_or_nothing_at_birth():
    model = load_model()

    def age(**given):
        return _parameters(patient(**given), model, "evidence")["age_at_start"] / 365.25

    population = find_population("ad_child", model.biology)
    middle = float(population.covariates["age_years"].at(np.array([0.5]))[0])
    assert age(population="ad_child") == pytest.approx(middle)
    assert age(population="ad_child", age_years=3.0) == pytest.approx(3.0)
    assert age(start="birth_vaginal", population="newborn_high_risk") == 0.0
    assert age() == pytest.approx(model.values("evidence")["age_at_start"] / 365.25)


def test_unit_his_own_values_take_the_place_of_the_populations_and_switches_of_one():
    model = load_model()
    given = {"population": "ad_child", "parameters": {"atopy": 9.0}, "switches": {"M07": False}}
    values = _parameters(patient(**given), model, "evidence")
    usual = _parameters(patient(population="ad_child"), model, "evidence")
    switch = model.tables.mechanisms["M07"].text("switch")
    assert values["atopy"] == 9.0
    assert (values[switch], usual[switch]) == (0.0, 1.0)
    assert usual["atopy"] != model.values("evidence")["atopy"]


def test_unit_states_of_the_file_take_the_place_of_the_starts():
    case = prepare(patient(states={"gut_treg": 2.5}))
    model = case.model
    place = model.state_ids.index("gut_treg")
    assert case.start[place] == 2.5
    others = np.arange(len(case.start)) != place
    np.testing.assert_array_equal(case.start[others], model.initial("healthy_adult")[others])
    assert model.initial("healthy_adult")[place] != 2.5
    assert case.days == 56
    assert prepare(patient(days=9)).days == 9


def test_unit_a_course_as_data_and_as_json_has_days_names_and_units():
    course = follow(prepare(patient(days=2)))
    np.testing.assert_array_equal(course.times, [0.0, 1.0, 2.0])
    document = json.loads(json.dumps(course.to_json()))
    assert document["times"] == [0.0, 1.0, 2.0]
    assert set(document["units"]) == set(document["quantities"]) == set(course.quantities)
    assert course.data["day"].values.tolist() == [0.0, 1.0, 2.0]
    assert f"{len(course.quantities) - len(load_model().state_ids)} quantities" in repr(course)
    hours = follow(course.case, np.array([0.0, 0.25]))
    np.testing.assert_array_equal(hours.times, [0.0, 0.25])


def test_unit_a_course_that_cannot_be_computed_is_an_error_of_the_input(monkeypatch):
    from gutskin.population import bounds

    monkeypatch.setattr(bounds, "BEYOND", 1e-9)
    with pytest.raises(InputError, match="left its bounds"):
        follow(prepare(patient(days=1)))


def test_unit_he_is_computed_as_his_file_says_and_exactly_without(monkeypatch):
    from gutskin import engine

    asked = {}
    whole = engine.simulate

    def simulate(*given, **control):
        asked.update(control)
        return whole(*given, **control)

    monkeypatch.setattr(engine, "simulate", simulate)
    usual = follow(prepare(patient(days=1)))
    assert asked["rtol"] == 1e-6
    np.testing.assert_allclose(asked["atol"], 1e-12 * usual.case.model.scales)
    follow(prepare(patient(days=1, numerics={})))
    assert (asked["rtol"], asked["precision"], asked["h_max"]) == (1e-6, "double", None)
    assert asked["stages"] == 4
    own = {"rtol": 1e-3, "precision": "single", "longest_step_days": 0.5, "stages": 6}
    follow(prepare(patient(days=1, numerics=own)))
    assert (asked["rtol"], asked["precision"], asked["h_max"]) == (1e-3, "single", 0.5)
    assert asked["stages"] == 6


def test_unit_simulating_and_exporting_a_patient_take_his_days_and_stance():
    from gutskin.population.course import export_patient, simulate_patient

    course = simulate_patient(patient(days=3), stance="article")
    assert (course.case.days, course.case.stance) == (3, "article")
    assert simulate_patient(patient(days=3), 2).times.tolist() == [0.0, 1.0, 2.0]
    sbml = export_patient(patient(days=3), 2)
    assert "evidence stance, day 0 to 2." in sbml
    assert "day 0 to 3." in export_patient(patient(days=3))


def test_unit_his_genotype_is_his_own_and_his_own_values_go_before_it():
    model = load_model()
    row = model.biology.table("genotypes.tsv")["heterozygous"]
    one = PatientFile(start="settled", population="ad_child", flg="heterozygous")
    values = _parameters(one, model, "evidence")
    assert values["flg_genotype"] == row.number("flg_genotype") == 0.5
    assert values["flg_penetration"] == row.number("flg_penetration") > 1
    own = one.model_copy(update={"parameters": {"flg_penetration": 3.0}})
    assert _parameters(own, model, "evidence")["flg_penetration"] == 3.0
    without = one.model_copy(update={"flg": None})
    assert _parameters(without, model, "evidence")["flg_genotype"] == 1.0
