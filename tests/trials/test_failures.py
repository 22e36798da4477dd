"""Patients who could not be computed: the file of each is followed again to the same numbers."""

import numpy as np

from gutskin.engine import Course, Hold, Pulse, Schedule, simulate
from gutskin.model.compiled import load_model
from gutskin.population.course import follow, prepare
from gutskin.population.patient_file import load_patient
from gutskin.population.streams import patient_keys
from gutskin.trials import failures, screening
from gutskin.trials.conduct import prepare as prepare_study
from gutskin.trials.design import TrialDesign

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
    start[[name.startswith("ln_") for name in model.state_ids]] = -2.0
    times = np.arange(10.0, 15.0)
    courses = simulate(model, patients.parameters | off, start, schedule, times, rtol=1e-6)
    monkeypatch.setattr(failures, "BEYOND", 1e-9)  # everybody is named
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
