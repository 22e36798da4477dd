"""Patients who could not be computed: who is one, and his file, followed to the same numbers."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from gutskin.engine import Course, Hold, Pulse, Schedule, SimulationFailed, simulate
from gutskin.model.compiled import load_model
from gutskin.population import bounds
from gutskin.population.course import follow, prepare
from gutskin.population.patient_file import load_patient
from gutskin.population.populations import Marginal
from gutskin.population.streams import patient_keys
from gutskin.trials import failures, screening
from gutskin.trials.conduct import WorkCounter, conduct_batch
from gutskin.trials.design import TrialDesign
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
        [Pulse("drug_depot", 10.5, 100.0 * shares), Pulse("gut_treg", 12.0, 0.1)],
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
    whole = screening.find_population(design.population, load_model().biology)
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
    with pytest.raises(failures.TooMany, match="2 of 1000 patients"):
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
    (one,) = lost(1, replicate=12, stage="noisy months")
    assert one.file_name == "00000012-active-0-noisy-months.toml"
    assert one.to_json()["day"] == 3.0
